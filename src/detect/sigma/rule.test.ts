import { expect, test } from 'vitest'
import { formatDiagnostic } from '../../diagnostic/index.ts'
import { parseRules, RuleSet } from './index.ts'

test.each([
  ['title: t\ndetection: {s: {a: 1}, condition: s}', "r.yml:1:1: a rule needs 'logsource'"],
  [
    'title: t\nlogsource: {product: x}\ndetection:\n  s: {a: 1}\n  condition: s and t',
    "r.yml:5:14: condition: there is no 't'",
  ],
  [
    'title: t\nlogsource: {product: x}\ndetection:\n  s: {a|contain: 1}\n  condition: s',
    "r.yml:4:7: 'a|contain': the modifier 'contain' does not exist; did you mean 'contains'?",
  ],
  ...[
    ['not', "write 'not' before the selection in the condition"],
    ['endswithfield', "write 'fieldref|endswith'"],
  ].map(([name, hint]): [string, string] => [
    `title: t\nlogsource: {product: x}\ndetection:\n  s: {a|${name}: 1}\n  condition: s`,
    `r.yml:4:7: 'a|${name}': the modifier '${name}' does not exist; ${hint}`,
  ]),
  [
    "title: t\nlogsource: {product: x}\ndetection:\n  s: {a|expand: 'x%u%'}\n  condition: s",
    "r.yml:4:7: the placeholder '%u%' has no values; give its values in a pipeline (value_placeholders with vars)",
  ],
  [
    'title: t\nlogsource: {product: x}\ndetection:\n  s: {a|i: x}\n  condition: s',
    "r.yml:4:7: 'a|i': 'i' needs 're' before it",
  ],
  [
    'title: t\nlogsource: {product: x}\ndetection:\n  s: {a|lt|gt: 5}\n  condition: s',
    "r.yml:4:7: 'a|lt|gt': 'lt' and 'gt' exclude each other",
  ],
  [
    'title: t\nlogsource: {product: x}\ndetection:\n  s: {a|cidr|contains: 10.0.0.0/8}\n  condition: s',
    "r.yml:4:7: 'a|cidr|contains': 'cidr' and 'contains' exclude each other",
  ],
  ...Object.entries({ exists: true, fieldref: 'a', lt: 5, hour: 5 }).map(([name, value]): [string, string] => [
    `title: t\nlogsource: {product: x}\ndetection:\n  s: {'|${name}': ${value}}\n  condition: s`,
    `r.yml:4:7: '|${name}': keywords have no field for this modifier`,
  ]),
  [
    'title: t\nlogsource: {product: x}\ndetection:\n  s: {a: 1}\n  condition: 1 of t*',
    "r.yml:5:14: condition: '1 of t*' matches no name",
  ],
  [
    "title: t\nlogsource: {product: x}\ndetection:\n  s: {a|re: '(?>x)'}\n  condition: s",
    "r.yml:4:7: 'a|re': the regular expression is refused: invalid or unsupported Perl syntax: `(?>`",
  ],
  [
    'title: t\nlogsource: {definition: x}\ndetection: {s: {a: 1}, condition: s}',
    "r.yml:2:12: a logsource needs 'category, product or service'",
  ],
  ['title: f\nfilter: {rules: any, s: {a: 1}, condition: not s}', "r.yml:1:1: a filter needs 'logsource'"],
  ['title: f\nlogsource: {product: x}\nfilter: all', "r.yml:3:9: 'filter' must be a map, got 'all'"],
  [
    'title: f\nlogsource: {product: x}\nfilter: {rules: any, s: {a: 1}, condition: [s, not s]}',
    "r.yml:3:44: 'condition' must be one text, got a list",
  ],
  [
    'title: f\nlogsource: {product: x}\nfilter: {rules: [], s: {a: 1}, condition: not s}',
    "r.yml:3:17: 'rules' must be names of rules, or 'any', got a list",
  ],
  [
    'title: c\ncorrelation: {type: event_count, rules: a, aliases: x, timespan: 1m, condition: {gt: 1}}',
    "r.yml:2:53: 'aliases' must be a map, got 'x'",
  ],
])('refuses %j', (text, message) => {
  const { rules, problems } = parseRules({ name: 'r.yml', text })
  expect([...problems, ...new RuleSet(rules).problems].map((problem) => formatDiagnostic(problem))).toEqual([message])
})

test.each([
  ['attack.t1059.001', true],
  ['attack.credential_access', true],
  ['attack.lateral-movement', true],
  ['attack.g0016', true],
  ['attack.ds0029', true],
  ['attack.11136.001', false],
  ['attack.t12', false],
  ['car.2016-04-005', true],
  ['car.16-4', false],
  ['cve.2021-44228', true],
  ['cve.2021.44228', true],
  ['cve.log4j', false],
  ['d3fend.d3-am', true],
  ['detection.threat-hunting', true],
  ['detection.other', false],
  ['stp.3k', true],
  ['stp.9', false],
  ['tlp.amber-strict', true],
  ['tlp.blue', false],
  ['mine.anything', true],
  ['constructor.x', true],
  ['alone', false],
])('the tag %s is as the specification has it: %s', (tag, right) => {
  const text = `title: t\ntags: [${tag}]\nlogsource: {product: x}\ndetection: {s: {a: 1}, condition: s}`
  expect(parseRules({ name: 'r.yml', text }).doubts.length === 0).toBe(right)
})

test('names what a rule runs with, but its writer hardly meant', () => {
  const text = `title: ${'t'.repeat(257)}
status: draft
tags: [attack.t1046, scan]
logsource: {product: x}
detection: {s: {a: 1}, forgotten: {b: 2}, _part: {c: 3}, condition: s and 1 of _* and not 1 of filter_*}
`
  const { rules, problems, doubts } = parseRules({ name: 'r.yml', text })
  expect([rules.length, problems]).toEqual([1, []])
  expect(doubts.map((doubt) => formatDiagnostic(doubt))).toEqual([
    "r.yml:1:8: warning: 'title' must be at most 256 characters, got 257",
    "r.yml:2:9: warning: 'status' must be one of stable, test, experimental, deprecated, unsupported, got 'draft'",
    "r.yml:3:22: warning: 'tags' must be a namespace and a name such as attack.t1046, got 'scan'",
    "r.yml:5:69: warning: condition: '1 of filter_*' matches no name",
    "r.yml:5:24: warning: no condition uses 'forgotten'",
  ])
  const correlation = '{type: event_count, rules: a, groupby: b, timespan: 1m, condition: {gt: 1}}'
  const misspelt = parseRules({ name: 'r.yml', text: `title: c\ncorrelation: ${correlation}` })
  expect(misspelt.doubts.map((doubt) => formatDiagnostic(doubt))).toEqual([
    "r.yml:2:44: warning: 'correlation.groupby' is not known; did you mean 'group-by'?",
  ])
})
