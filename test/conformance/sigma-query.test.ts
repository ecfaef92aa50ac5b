import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { systemClock } from '../../src/clock/index.ts'
import {
  convertCorrelation,
  convertRule,
  createSigmaDetector,
  parseRules,
  prepareRules,
  RuleSet,
  type CorrelationRule,
  type DetectionRule,
  type Search,
} from '../../src/detect/sigma/index.ts'
import { formatDiagnostic, DiagnosticError } from '../../src/diagnostic/index.ts'
import { toValue, type ValueObject } from '../../src/event/index.ts'
import { checkSearch } from '../../src/search/dsl/index.ts'
import { executeSearch } from '../../src/search/embedded/evaluator/index.ts'
import { memoryIndex } from '../memory-segments.ts'

const MAPPING = {
  properties: { a: { type: 'keyword' }, b: { type: 'keyword' }, n: { type: 'long' }, ip: { type: 'ip' } },
}
const word = fc.constantFrom('cmd', 'Cmd.exe', 'C:\\x\\cmd.exe', 'a*b', 'axb', 'x"y', 'foo bar', '10 %', 'ab12', '-')
const document = fc.record(
  {
    a: fc.oneof(word, fc.array(word, { minLength: 1, maxLength: 2 })),
    b: word,
    n: fc.integer({ min: 0, max: 5 }),
    ip: fc.constantFrom('10.0.0.1', '10.0.1.1', 'fe80::1'),
  },
  { requiredKeys: [] },
)
const documents = fc.sample(document, { numRuns: 80, seed: 7 })
const index = memoryIndex('events', toValue(MAPPING) as ValueObject, documents.map(toValue), 23)

const text = fc.constantFrom('cmd', 'cmd.exe', '*cmd*', 'a\\*b', 'a?b', '\\x\\', 'FOO BAR', 'x"y', '*', 'b12')
const item: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('a', 'b'),
      fc.constantFrom('', '|contains', '|startswith', '|endswith', '|cased', '|contains|neq', '|contains|all'),
      fc.array(text, { minLength: 1, maxLength: 2 }),
    )
    .map(([field, modifiers, values]) => ({ [field + modifiers]: values })),
  fc
    .tuple(
      fc.constantFrom('a', 'b'),
      fc.constantFrom('re', 're|i'),
      fc.constantFrom(
        'cmd',
        '^C:',
        'exe$',
        'a.b',
        '\\d{2}',
        '\\w+\\.exe',
        '^(?:cmd|axb)$',
        'x"',
        '\\\\x\\\\',
        '[^a-z]',
        '[]x]',
        '[^]a-z]',
        '[[:upper:][:digit:]]b?1',
        '[[:punct:]]',
        '[[]|\\*b',
      ),
    )
    .map(([field, re, value]) => ({ [`${field}|${re}`]: value })),
  fc
    .tuple(fc.constantFrom('', '|lt', '|lte', '|gt', '|gte', '|neq'), fc.integer({ min: 0, max: 5 }))
    .map(([modifier, value]) => ({ [`n${modifier}`]: value })),
  fc.constantFrom<Record<string, unknown>>(
    { a: null },
    { 'a|exists': true },
    { 'n|exists': false },
    { 'ip|cidr': '10.0.0.0/24' },
    { ip: '10.0.1.1' },
  ),
)
const condition = fc.constantFrom(
  's and t',
  's or t',
  's and not t',
  'not s and not t',
  '1 of them',
  'not (s and t)',
  's or 1 of nothing*',
  's and not all of nothing*',
  'all of them',
)
const selection = fc
  .array(item, { minLength: 1, maxLength: 2 })
  .map((items): unknown => (items.length === 1 ? items[0] : items))

const rule = (detection: object): string => JSON.stringify({ title: 't', logsource: { product: 'x' }, detection })

async function found(query: object): Promise<number[]> {
  const search = checkSearch(toValue({ size: 1000, _source: false, query }))
  const answer = await executeSearch([index], search, { now: systemClock.now(), clock: systemClock })
  return (answer as unknown as { hits: { hits: { _id: string }[] } }).hits.hits
    .map(({ _id }) => Number(_id))
    .sort((a, b) => a - b)
}

function prepared(source: string): ReturnType<typeof prepareRules>['rules'] {
  const { rules, problems } = parseRules({ name: 'r.yml', text: source })
  expect(problems.map((problem) => formatDiagnostic(problem))).toEqual([])
  return prepareRules(rules, []).rules
}

const compiled = (source: string): DetectionRule[] => prepared(source).filter((one) => one.kind === 'rule')

it('finds by the query of a rule the stored events that the rule matches as they pass', async () => {
  await fc.assert(
    fc.asyncProperty(selection, selection, condition, async (s, t, of) => {
      const source = rule({ s, t, condition: of })
      const [one] = compiled(source)
      const set = new RuleSet([one!])
      const matching = documents.flatMap((fields, id) =>
        set.match(toValue(fields) as ValueObject).length === 1 ? [id] : [],
      )
      expect(await found(convertRule(one!))).toEqual(matching)
    }),
    { numRuns: 300 },
  )
})

test('asks for every name of a field where that is wanted', async () => {
  const [one] = compiled(
    JSON.stringify({ title: 't', logsource: { category: 'dns' }, detection: { s: { query: 'x' }, condition: 's' } }),
  )
  expect(convertRule(one!, { fields: 'all' })).toEqual({
    bool: {
      should: [
        { term: { query: { value: 'x', case_insensitive: true } } },
        { term: { 'dns.question.name': { value: 'x', case_insensitive: true } } },
        { term: { 'dns.rrname': { value: 'x', case_insensitive: true } } },
      ],
      minimum_should_match: 1,
    },
  })
})

test('keywords are looked for in every field', async () => {
  const [one] = compiled(rule({ s: ['foo bar', 'axb'], condition: 's' }))
  const expected = documents.flatMap((fields, id) => (/foo bar|axb/.test(JSON.stringify(fields)) ? [id] : []))
  expect(await found(convertRule(one!))).toEqual(expected)
})

describe('refuses what a query cannot say', () => {
  test.each([
    [{ 'a|fieldref': 'b' }, "'a|fieldref': a query cannot say 'fieldref'"],
    [{ 'a|hour': 3 }, "'a|hour': a query cannot say 'hour'"],
    [{ 'a|re': 'x\\b' }, "'a|re': a query cannot say '\\b' of the regular expression"],
    [{ 'a|re': '^a|b' }, "'a|re': a query cannot say '^' and '$' beside '|' of the regular expression"],
    [{ 'a|re|m': 'a' }, "'a|re|m': a query cannot say the flag 'm'"],
    [{ 'a|expand': '%x%' }, "the placeholder '%x%' has no values"],
  ])('%j', (s, message) => {
    const [one] = compiled(rule({ s, condition: 's' }))
    let said = ''
    try {
      convertRule(one!)
    } catch (error) {
      said = (error as DiagnosticError).diagnostics[0]!.message
    }
    expect(said).toBe(message)
  })
})

describe('a correlation as a search', () => {
  const NOW = systemClock.now()
  const BASE = ['a', 'b']
    .map(
      (name) =>
        `title: ${name}\nname: ${name}\nlogsource: {category: x}\ndetection: {s: {r: ${name}}, condition: s}\n---\n`,
    )
    .join('')
  /** `a9:5` is an event of rule a nine seconds ago with the value 5; of each group there are several. */
  const STORIES: Readonly<Record<string, string>> = {
    few: 'a19:1 a9:1 b8:2 a0:1',
    many: 'a9:1 a7:2 a5:3 a0:9',
    old: 'a19:9 a18:8 a17:7 a16:6',
  }
  const events = Object.entries(STORIES).flatMap(([k, story]) =>
    story.split(' ').map((word) => {
      const [, r, second, v] = /^([ab])(\d+):(\d+)$/.exec(word)!
      return { '@timestamp': new Date(NOW - Number(second) * 1000).toISOString(), r, k, l: 'one', v: Number(v) }
    }),
  )
  const keyword = { type: 'keyword' }
  const mapping = {
    properties: { '@timestamp': { type: 'date' }, r: keyword, k: keyword, l: keyword, v: { type: 'long' } },
  }
  const stored = memoryIndex('correlated', toValue(mapping) as ValueObject, events.map(toValue), 5)

  const convert = (correlation: string): Search => {
    const rules = prepared(`${BASE}title: c\nid: c\ncorrelation: ${correlation}`)
    return convertCorrelation(rules.find(({ id }) => id === 'c') as CorrelationRule, rules)
  }
  type Bucket = { key: string; doc_count: number } & Record<string, { buckets: Bucket[] }>
  const run = async (search: Search): Promise<Record<string, { buckets: Bucket[] }>> => {
    const answer = await executeSearch([stored], checkSearch(toValue(search)), { now: NOW, clock: systemClock })
    return (answer as unknown as { aggregations: Record<string, { buckets: Bucket[] }> }).aggregations
  }
  /** The groups of which the engine says the same where it sees what the last timespan held. */
  const judged = (correlation: string): string[] => {
    const detector = createSigmaDetector(
      parseRules({ name: 'r.yml', text: `${BASE}title: c\ncorrelation: ${correlation}` }).rules,
    )
    return events
      .map((fields) => ({ fields: toValue(fields) as ValueObject, time: Date.parse(fields['@timestamp']), index: 'i' }))
      .filter(({ time }) => time > NOW - 10_000)
      .sort((a, b) => a.time - b.time)
      .flatMap((event) => detector.see([event]))
      .filter(({ phase, rule: { kind } }) => phase === 'open' && kind === 'correlation')
      .map(({ entity }) => entity.value)
      .sort()
  }

  test.each([
    ['type: event_count, rules: [a], condition: {gte: 3}', ['many']],
    ['type: event_count, rules: [a, b], condition: {gt: 2}', ['few', 'many']],
    ['type: event_count, rules: [a], condition: {gt: 2, lt: 5}', ['many']],
    ['type: value_count, rules: [a], condition: {field: v, gte: 2}', ['many']],
    ['type: value_sum, rules: [a], condition: {field: v, gt: 14}', ['many']],
    ['type: value_max, rules: [a, b], condition: {field: v, gte: 9}', ['many']],
    ['type: value_min, rules: [b], condition: {field: v, lte: 2}', ['few']],
    ['type: value_avg, rules: [a], condition: {field: v, gte: 3}', ['many']],
    ['type: temporal, rules: [a, b]', ['few']],
    ['type: temporal, rules: [a, b], condition: b and not (a and not a)', ['few']],
  ])('%s', async (correlation, expected) => {
    const whole = `{${correlation}, group-by: [k], timespan: 10s}`
    const { by_k: found } = await run(convert(whole))
    expect(found!.buckets.map(({ key }) => key).sort()).toEqual(expected)
    expect(judged(whole)).toEqual(expected)
  })

  test('of several fields is nested; of none there is one group', async () => {
    const two = await run(
      convert('{type: event_count, rules: a, group-by: [l, k], timespan: 10s, condition: {gte: 3}}'),
    )
    expect(two['by_l']!.buckets.map((bucket) => bucket['by_k']!.buckets.map(({ key }) => key))).toEqual([['many']])
    const all = await run(convert('{type: event_count, rules: a, timespan: 10s, condition: {gte: 6}}'))
    expect(all['all']!.buckets).toMatchObject({ all: { doc_count: 6 } })
    const none = await run(convert('{type: event_count, rules: a, timespan: 10s, condition: {gte: 7}}'))
    expect(none['all']!.buckets).toEqual({})
  })

  test('groups by the field that an alias stands for', () => {
    const alias =
      '{type: event_count, rules: [a], group-by: [x], aliases: {x: {a: k}}, timespan: 1m, condition: {gte: 1}}'
    expect(Object.keys(convert(alias).aggs!)).toEqual(['by_k'])
  })

  test.each([
    ['{type: temporal_ordered, rules: [a, b], group-by: [k], timespan: 1m}', "'temporal_ordered'"],
    ['{type: value_median, rules: a, timespan: 1m, condition: {field: v, gt: 1}}', "'value_median'"],
    [
      '{type: value_count, rules: a, timespan: 1m, condition: {field: [k, v], gt: 1}}',
      'how many combinations of several fields there are',
    ],
    [
      '{type: temporal, rules: [a, b], group-by: [x], aliases: {x: {a: k, b: l}}, timespan: 1m}',
      "an alias of several fields, such as 'x'",
    ],
  ])('%s is refused', (correlation, what) => {
    expect(() => convert(correlation)).toThrow(
      `'correlation' is not supported: a query cannot say ${what}: run it over the past by vedetta replay`,
    )
  })
})
