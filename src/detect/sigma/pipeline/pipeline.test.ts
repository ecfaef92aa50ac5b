import { describe, expect, test } from 'vitest'
import { formatDiagnostic } from '../../../diagnostic/index.ts'
import { toValue, type ValueObject } from '../../../event/index.ts'
import { createSigmaDetector, parsePipelines, parseRules, RuleSet, type Pipeline } from '../index.ts'

function pipelinesOf(...texts: readonly string[]): Pipeline[] {
  return texts.flatMap((text) => {
    const { pipelines, problems } = parsePipelines({ name: 'p.yml', text })
    expect(problems.map((problem) => formatDiagnostic(problem))).toEqual([])
    return pipelines
  })
}

const WINDOWS = '{product: windows, category: process_creation}'

function setOf(pipelines: readonly Pipeline[], detection: string, logsource = WINDOWS): RuleSet {
  const text = `title: t\nlevel: high\ntags: [attack.t1059]\nlogsource: ${logsource}\ndetection: ${detection}\n`
  const { rules, problems } = parseRules({ name: 'r.yml', text })
  expect(problems.map((problem) => formatDiagnostic(problem))).toEqual([])
  return new RuleSet(rules, { pipelines })
}

function matches(items: string, detection: string, event: object): boolean {
  const set = setOf(pipelinesOf(`transformations: [${items}]`), detection)
  expect(set.problems.map((problem) => formatDiagnostic(problem))).toEqual([])
  return set.match(toValue(event) as ValueObject).length === 1
}

const one = (item: string): string => `{s: {${item}}, condition: s}`

describe('a transformation', () => {
  test.each<[items: string, item: string, event: object, expected: boolean]>([
    ['{type: field_name_mapping, mapping: {a: b}}', 'a: x', { b: 'x' }, true],
    ['{type: field_name_mapping, mapping: {a: b}}', 'a: x', { a: 'x' }, false],
    ['{type: field_name_mapping, mapping: {a: [b, c]}}', 'a: x', { c: 'x' }, true],
    ['{type: field_name_mapping, mapping: {a: [b, c]}}', 'a|neq: x', { b: 'y', c: 'x' }, false],
    ['{type: field_name_mapping, mapping: {g: h}}', 'a|fieldref: g', { a: 'x', h: 'x' }, true],
    ['{type: field_name_prefix_mapping, mapping: {win.: log.}}', 'win.a: x', { 'log.a': 'x' }, true],
    ['{type: field_name_prefix, prefix: p.}', 'a: x', { p: { a: 'x' } }, true],
    ['{type: field_name_suffix, suffix: .s}', 'a: x', { a: { s: 'x' } }, true],
    [
      '{type: field_name_prefix, prefix: p., field_name_conditions: [{type: exclude_fields, fields: [b]}]}',
      'b: x, a: y',
      { b: 'x', 'p.a': 'y' },
      true,
    ],
    [
      '{type: drop_detection_item, field_name_conditions: [{type: include_fields, fields: [EventID]}]}',
      'EventID: 1, a: x',
      { EventID: 9, a: 'x' },
      false,
    ],
    [
      '{type: drop_detection_item, field_name_conditions: [{type: include_fields, fields: ["E.*"], mode: re}]}',
      'Extra: 1, a: x',
      { a: 'x' },
      true,
    ],
    [
      '{type: drop_detection_item, detection_item_conditions: [{type: is_null, cond: any}]}',
      'a: null, b: x',
      { a: 'y', b: 'x' },
      true,
    ],
    [
      '{type: hashes_fields, valid_hash_algos: [MD5, SHA1], field_prefix: File}',
      'Hashes|contains: ["MD5=ab", "SHA1=cd"]',
      { FileSHA1: 'CD' },
      true,
    ],
    [
      '{type: hashes_fields, valid_hash_algos: [MD5], field_prefix: h, drop_algo_prefix: true}',
      'Hashes: MD5=ab',
      { h: 'ab' },
      true,
    ],
    [
      '{type: extract_fields, regex: "(?P<type>\\\\w+):(?P<n>\\\\d+)", field_prefix: reg}',
      'a: Dword:12',
      { reg: { type: 'dword', n: 12 } },
      true,
    ],
    [
      '{type: extract_fields, regex: "(?P<type>\\\\w+):(?P<n>\\\\d+)", field_prefix: reg}',
      'a: Dword:12',
      { reg: { type: 'dword', n: 13 } },
      false,
    ],
    ['{type: add_condition, conditions: {b: y}}', 'a: x', { a: 'x', b: 'y' }, true],
    ['{type: add_condition, conditions: {b: y}}', 'a: x', { a: 'x' }, false],
    ['{type: add_condition, conditions: {b|contains: [y, z]}, negated: true}', 'a: x', { a: 'x', b: 'azb' }, false],
    [
      '{type: add_condition, conditions: {d: "$product.$category"}, template: true}',
      'a: x',
      { a: 'x', d: 'windows.process_creation' },
      true,
    ],
    ['{type: change_logsource, product: linux}', 'a: x', { a: 'x', host: { os: { type: 'linux' } } }, true],
    ['{type: replace_string, regex: "^C:", replacement: "D:"}', "a: 'C:\\x*'", { a: 'D:\\xyz' }, true],
    ['{type: replace_string, regex: "(\\\\w)-(\\\\w)", replacement: "\\\\2-\\\\1"}', 'a: x-y', { a: 'y-x' }, true],
    ['{type: replace_string, regex: "\\\\*", replacement: "b"}', 'a: x*', { a: 'xb' }, true],
    ['{type: replace_string, regex: "\\\\*", replacement: "b", skip_special: true}', 'a: x*', { a: 'xyz' }, true],
    ['{type: replace_string, regex: "x", replacement: "*", skip_special: true}', 'a: x', { a: '*' }, true],
    ['{type: replace_string, regex: "x", replacement: "*", skip_special: true}', 'a: x', { a: 'y' }, false],
    [
      '{type: replace_string, regex: "x", replacement: "*", skip_special: true, interpret_special: true}',
      'a: x',
      { a: 'y' },
      true,
    ],
    ['{type: replace_string, regex: "1", replacement: "2"}', 'a: 1', { a: 2 }, true],
    ['{type: map_string, mapping: {x: [y, z]}}', 'a: x', { a: 'z' }, true],
    ['{type: map_string, mapping: {x: [y, z]}}', 'a|all: [x, "*q"]', { a: ['z', 'q'] }, true],
    ['{type: regex, method: plain}', 'a: X*', { a: 'Xyz' }, true],
    ['{type: regex, method: plain}', 'a: X*', { a: 'xyz' }, false],
    ['{type: regex}', 'a: X?z', { a: 'xyZ' }, true],
    ['{type: regex}', 'a: x', { a: 'axb' }, false],
    ['{type: set_value, value: 5}', 'a: x', { a: 5 }, true],
    ['{type: set_value, value: 5, force_type: str}', 'a: x', { a: '5' }, true],
    ['{type: convert_type, target_type: num}', "a: '1'", { a: 1 }, true],
    ['{type: case, method: upper}, {type: regex, method: plain}', 'a: x', { a: 'X' }, true],
    ['{type: case, method: snake_case}', 'a: EventName', { a: 'event_name' }, true],
    ['{type: wildcard_placeholders}', "a|expand: 'x%any%y'", { a: 'x1y' }, true],
    [
      '{type: nest, items: [{type: field_name_prefix, prefix: p.}, {type: map_string, mapping: {x: y}}]}',
      'a: x',
      { 'p.a': 'y' },
      true,
    ],
    // Conditions over what came before.
    [
      '{id: m, type: field_name_mapping, mapping: {a: b}}, {type: field_name_prefix, prefix: p., field_name_conditions: [{type: processing_item_applied, processing_item_id: m}], field_name_cond_not: true}',
      'a: x, c: y',
      { b: 'x', 'p.c': 'y' },
      true,
    ],
    [
      '{id: m, type: map_string, mapping: {x: y}}, {type: field_name_prefix, prefix: p., detection_item_conditions: [{type: processing_item_applied, processing_item_id: m}]}',
      'a: x, c: z',
      { 'p.a': 'y', c: 'z' },
      true,
    ],
    [
      '{type: set_state, key: k, val: v}, {type: set_value, value: y, rule_conditions: [{type: processing_state, key: k, val: v}]}',
      'a: x',
      { a: 'y' },
      true,
    ],
    ['{type: set_value, value: y, rule_conditions: [{type: logsource, product: linux}]}', 'a: x', { a: 'x' }, true],
    [
      '{type: set_value, value: y, rule_conditions: [{type: logsource, product: linux}], rule_cond_not: true}',
      'a: x',
      { a: 'y' },
      true,
    ],
    [
      '{type: set_value, value: y, rule_conditions: [{type: logsource, product: linux}, {type: tag, tag: attack.t1059}], rule_cond_op: or}',
      'a: x',
      { a: 'y' },
      true,
    ],
    [
      '{type: set_value, value: y, rule_conditions: {w: {type: logsource, product: windows}, f: {type: contains_field, field: b}}, rule_cond_expr: w and not f}',
      'a: x',
      { a: 'y' },
      true,
    ],
    [
      '{type: set_value, value: y, rule_conditions: [{type: rule_attribute, attribute: level, op: gte, value: medium}]}',
      'a: x',
      { a: 'y' },
      true,
    ],
    [
      '{type: set_value, value: y, rule_conditions: [{type: contains_detection_item, field: a, value: x}]}',
      'a: x',
      { a: 'y' },
      true,
    ],
    ['{type: set_value, value: y, rule_conditions: [{type: is_sigma_correlation_rule}]}', 'a: x', { a: 'x' }, true],
    [
      '{type: set_value, value: y, detection_item_conditions: [{type: match_string, pattern: "x", cond: all}]}',
      'a: [x, z]',
      { a: 'z' },
      true,
    ],
    [
      '{type: set_value, value: y, detection_item_conditions: [{type: contains_wildcard, cond: any}]}',
      'a|contains: x',
      { a: 'y' },
      true,
    ],
    [
      '{type: set_value, value: y, detection_item_conditions: [{type: match_value, value: true, cond: any}]}',
      'a: true',
      { a: 'y' },
      true,
    ],
  ])('%s makes of {%s} on %j %s', (items, item, event, expected) => {
    expect(matches(items, one(item), event)).toBe(expected)
  })

  test('maps keywords to a field, in which they are looked for anywhere', () => {
    const items = '{type: field_name_mapping, mapping: {null: message}}'
    expect(matches(items, '{s: [foo, bar], condition: s}', { message: 'a FOO b' })).toBe(true)
    expect(matches(items, '{s: [foo, bar], condition: s}', { other: 'a FOO b' })).toBe(false)
  })

  test('takes a selection of which nothing is left out of the condition', () => {
    const items = '{type: drop_detection_item, field_name_conditions: [{type: include_fields, fields: [a]}]}'
    expect(matches(items, '{s: {a: 1}, t: {b: 2}, condition: s and t}', { b: 2 })).toBe(true)
    expect(matches(items, '{s: {a: 1}, t: {b: 2}, condition: t and not s}', { b: 2 })).toBe(true)
  })

  test('adds to a rule what a filter must hold too, before anything is renamed', () => {
    const text = `title: t\nid: one\nlogsource: {product: windows}\ndetection: {s: {a: x}, condition: s}\n---\ntitle: f\nlogsource: {product: windows}\nfilter: {rules: [one], s: {b: y}, condition: not s}\n`
    const { rules } = parseRules({ name: 'r.yml', text })
    const set = new RuleSet(rules, {
      pipelines: pipelinesOf('transformations: [{type: field_name_prefix, prefix: p.}]'),
    })
    expect(set.match(toValue({ 'p.a': 'x', 'p.b': 'y' }) as ValueObject)).toHaveLength(0)
    expect(set.match(toValue({ 'p.a': 'x', 'p.b': 'z' }) as ValueObject)).toHaveLength(1)
  })
})

test('values of placeholders come from vars; of two pipelines the one with the greater priority has the last word', () => {
  const vars = (priority: number, values: string): string =>
    `{priority: ${priority}, vars: {admins: ${values}}, transformations: []}`
  const set = setOf(
    pipelinesOf(
      vars(20, '[root, "adm*"]'),
      vars(10, '[nobody]'),
      '{priority: 30, transformations: [{type: value_placeholders}]}',
    ),
    one("user|expand: ['DOM\\%admins%', '50%off\\%']"),
  )
  const match = (user: string): number => set.match(toValue({ user }) as ValueObject).length
  expect(['DOM\\root', 'dom\\Administrator', 'DOM\\nobody', '50%off\\%'].map(match)).toEqual([1, 1, 0, 1])
})

test('a placeholder in a regular expression is replaced too', () => {
  const set = setOf(
    pipelinesOf('{vars: {n: [one, two]}, transformations: [{type: value_placeholders, include: [n]}]}'),
    one("a|re|expand: '^x%n%$'"),
  )
  expect(set.match(toValue({ a: 'xtwo' }) as ValueObject)).toHaveLength(1)
})

test('correlations group and count by the names that a pipeline gives', () => {
  const text = `title: t\nname: n\nlogsource: {product: windows}\ndetection: {s: {a: x}, condition: s}\n---\ntitle: c\ncorrelation: {type: value_count, rules: [n], group-by: [u], timespan: 1m, condition: {gte: 2, field: f}}\n`
  const { rules } = parseRules({ name: 'r.yml', text })
  const detector = createSigmaDetector(rules, {
    pipelines: pipelinesOf('transformations: [{type: field_name_prefix, prefix: p.}]'),
  })
  const event = (f: number) => ({ fields: toValue({ p: { a: 'x', u: 'me', f } }) as ValueObject, time: f, index: 'i' })
  expect(detector.see([event(1), event(2)]).map(({ entity }) => entity)).toEqual([{ field: 'p.u', value: 'me' }])
})

test.each([
  ['{type: rule_failure, message: not here}', 'r.yml:1:8: a pipeline refuses the rule: not here'],
  [
    '{type: detection_item_failure, message: no a, field_name_conditions: [{type: include_fields, fields: [a]}]}',
    'r.yml:5:17: a pipeline refuses the rule: no a',
  ],
  [
    '{type: field_name_mapping, mapping: {b: c}}, {type: strict_field_mapping_failure}',
    "r.yml:5:17: a pipeline refuses the rule: no mapping knows the field 'a'",
  ],
  ['{type: drop_detection_item}', "r.yml:1:8: a pipeline refuses the rule: the pipelines leave nothing of 't'"],
  [
    '{type: value_placeholders, exclude: [n]}',
    "r.yml:5:17: the placeholder '%n%' has no values; give its values in a pipeline (value_placeholders with vars)",
  ],
  [
    '{type: value_placeholders}',
    "r.yml:5:17: the placeholder '%n%' has no values; give its values in a pipeline (value_placeholders with vars)",
  ],
  ['{type: convert_type, target_type: num}', "r.yml:5:17: a pipeline refuses the rule: 'x' is no number"],
])('%s refuses a rule, which is left out', (items, message) => {
  const item = items.includes('placeholders') ? "'a|expand': 'x%n%'" : 'a: x'
  const set = setOf(pipelinesOf(`transformations: [${items}]`), one(item))
  expect(set.problems.map((problem) => formatDiagnostic(problem).split('\n')[0])).toEqual([message])
  expect(set.rules).toEqual([])
})

test.each([
  [
    'transformations: [{type: field_mapping}]',
    /^p\.yml:1:26: 'type' must be one of field_name_mapping, .*, got 'field_mapping'$/,
  ],
  [
    'transformations: [{type: http_placeholders}]',
    /'http_placeholders' is not supported: pipelines read nothing from the network/,
  ],
  ['transformations: [{type: query_expression_placeholders}]', /'query_expression_placeholders' is not supported/],
  ['finalizers: [{type: concat}]', /'finalizers' is not supported: rules are judged, not made into queries/],
  ['postprocessing: [{type: embed}]', /'postprocessing' is not supported/],
  [
    'transformations: [{type: set_value, val: 1}]',
    /'val' is not supported: 'set_value' has value, force_type|'val' is not supported/,
  ],
  [
    'transformations: [{type: regex, method: x}]',
    /'method' must be plain, ignore_case_flag or ignore_case_brackets, got 'x'/,
  ],
  ['transformations: [{type: regex, rule_conditions: [{type: x}]}]', /'type' must be one of logsource,/],
  ['transformations: [{type: replace_string, regex: "("}]', /'\(': the regular expression is refused/],
  ['transformations: [{type: field_name_mapping}]', /'mapping' must be a map, got/],
  ['priority: high', /'priority' must be a number, got 'high'/],
  ['- 1', /'a pipeline' must be a map, got a list/],
  [
    'transformations: [{type: regex, rule_conditions: [{type: tag, tag: x}], rule_cond_expr: a}]',
    /'rule_conditions' must be a map where there is an expression/,
  ],
])('refuses the pipeline %j by name', (text, message) => {
  const { pipelines, problems } = parsePipelines({ name: 'p.yml', text })
  expect(pipelines).toEqual([])
  expect(problems.map((problem) => formatDiagnostic(problem).split('\n')[0]).join()).toMatch(message)
})
