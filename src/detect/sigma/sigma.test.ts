import { describe, expect, test } from 'vitest'
import { formatDiagnostic } from '../../diagnostic/index.ts'
import { toValue, type ValueObject } from '../../event/index.ts'
import { createSigmaDetector, parseRules, RuleSet } from './index.ts'

function matches(detection: string, event: unknown): boolean {
  const text = `title: t\nlogsource: {product: any}\ndetection:\n${detection.replace(/^/gm, '  ')}`
  const { rules, problems } = parseRules({ name: 'r.yml', text })
  const set = new RuleSet(rules)
  expect([...problems, ...set.problems].map((problem) => formatDiagnostic(problem))).toEqual([])
  return set.match(toValue(event) as ValueObject).length === 1
}

const one = (item: string): string => `s:\n  ${item}\ncondition: s`

describe('an item', () => {
  test.each<[string, unknown, boolean]>([
    ["F|contains: '\\Desktop\\'", { F: 'C:\\Users\\a\\desktop\\x' }, true],
    ["F|contains: '\\Desktop\\'", { F: 'C:\\Users\\a\\desktop' }, false],
    ["F: 'a\\*b'", { F: 'a*b' }, true],
    ["F: 'a\\*b'", { F: 'axb' }, false],
    ["F: 'a\\\\*b'", { F: 'a\\xxb' }, true],
    ["F: 'a?c'", { F: 'abc' }, true],
    ["F: 'a?c'", { F: 'ac' }, false],
    ['F: null', {}, true],
    ['F: null', { F: '' }, false],
    ["F: ''", { F: '' }, true],
    ["F: ''", {}, false],
    ['F|exists: true', { F: '' }, true],
    ['F|exists: false', { F: '' }, false],
    ['EventID: 4688', { EventID: '4688' }, true],
    ["EventID: '4688'", { EventID: 4688 }, true],
    ['F|gte: 5', { F: '5' }, true],
    ['F|lt: 5', { F: 5 }, false],
    ['F|contains|neq: [a, b]', { F: 'xbx' }, false],
    ['F|contains|neq: [a, b]', {}, true],
    ['F|fieldref: G', { F: 'A', G: 'a' }, true],
    ['F|fieldref: G', { F: 'A' }, false],
    ["F: 'STRAßE ÄÖ'", { F: 'straße äö' }, true],
    ["F|re: '(?i)foo.\\d'", { F: 'xxFOO-1' }, true],
    ['F|re: foo', { F: 'xFOO' }, false],
    ['F|re|i: foo', { F: 'xFOO' }, true],
    ['F|cidr: 10.0.0.0/8', { F: '10.200.1.1' }, true],
    ["F|cidr: 'fe80::/10'", { F: 'febf::1' }, true],
    ["F|cidr: '2001:db8::/33'", { F: '2001:db8:8000::1' }, false],
    ["F|windash|contains: ' -f '", { F: 'x /F y' }, true],
    ["F|windash|contains: 'a-f'", { F: 'a/f' }, false],
    ['F|base64offset|contains: http', { F: Buffer.from('xyhttp:').toString('base64') }, true],
    ['F|wide|base64offset|contains: IEX', { F: Buffer.from(' IEX(', 'utf16le').toString('base64') }, true],
    ['F|cased: Ab', { F: 'ab' }, false],
    ['F|hour: 3', { F: '2026-01-01T03:10:00Z' }, true],
    ['F|week: 53', { F: '2021-01-01T03:10:00Z' }, true],
    ['source.ip: 10.0.0.1', { src_ip: '10.0.0.1' }, true],
    ['src_ip: 10.0.0.1', { source: { ip: '10.0.0.1' } }, true],
    ['a.b.c: x', { 'a.b': { c: ['y', 'X'] } }, true],
    ["'|all': [foo, bar]", { message: 'a FOO', n: { k: 'barx' } }, true],
    ["'|all': [foo, bar]", { message: 'a FOO' }, false],
  ])('%s on %j is %s', (item, event, expected) => expect(matches(one(item), event)).toBe(expected))
})

describe('a condition', () => {
  const base = 's: {A: x}\nf_1: {B: y}\nf_2: {C: z}\n_h: {D: d}\ncondition: '
  test.each<[string, unknown, boolean]>([
    ['s and not 1 of f_*', { A: 'x', B: 'y' }, false],
    ['s and not 1 of f_*', { A: 'x' }, true],
    ['s and not all of f_*', { A: 'x', B: 'y' }, true],
    ['s or f_1 and f_2', { A: 'x' }, true],
    ['(s or f_1) and f_2', { A: 'x' }, false],
    ['NOT s', {}, true],
    ['all of them', { A: 'x', B: 'y', C: 'z' }, true],
    ['1 of f*1', { B: 'y' }, true],
  ])('%s on %j is %s', (condition, event, expected) => expect(matches(base + condition, event)).toBe(expected))
})

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
  [
    "title: t\nlogsource: {product: x}\ndetection:\n  s: {a|re: '(?=x)'}\n  condition: s",
    "r.yml:4:7: 'a|re': the regular expression is refused: lookahead and lookbehind cannot be matched in linear time",
  ],
])('refuses %j', (text, message) => {
  const { rules, problems } = parseRules({ name: 'r.yml', text })
  expect([...problems, ...new RuleSet(rules).problems].map((problem) => formatDiagnostic(problem))).toEqual([message])
})

const SCAN = `title: connection
name: conn
logsource: {category: firewall}
detection: {s: {source.ip|exists: true}, condition: s}
---
title: Port scan
id: scan
level: high
logsource: {}
correlation:
  type: value_count
  rules: [conn]
  group-by: [source.ip, destination.ip]
  timespan: 30s
  condition: {gt: 50, field: destination.port}
`

const probe = (port: number, time: number): { fields: ValueObject; time: number; index: string } => ({
  fields: toValue({ src_ip: '10.0.0.66', dst_ip: '10.0.0.1', dst_port: port }) as ValueObject,
  time,
  index: 'logstash',
})

describe('the alarm of the seed', () => {
  const { rules } = parseRules({ name: 'scan.yml', text: SCAN })

  test('opens at the 51st port, grows at twice as many, and ends when it is quiet', () => {
    const detector = createSigmaDetector(rules)
    const findings = Array.from({ length: 110 }, (_, port) => detector.see([probe(port, port * 10)])).flat()
    expect(findings.map(({ phase, count, time }) => [phase, count, time])).toEqual([
      ['open', 51, 500],
      ['update', 102, 1010],
    ])
    expect(findings[0]).toMatchObject({
      culprits: ['10.0.0.66'],
      targets: ['10.0.0.1'],
      severity: 'high',
      threshold: 50,
    })
    expect(detector.tick(2_000_000).map(({ phase }) => phase)).toEqual(['end'])
  })

  test('says nothing of 50 ports, nor of ports spread over more than the window', () => {
    const detector = createSigmaDetector(rules)
    expect(detector.see(Array.from({ length: 50 }, (_, port) => probe(port, port)))).toEqual([])
    const slow = createSigmaDetector(rules)
    expect(slow.see(Array.from({ length: 200 }, (_, port) => probe(port, port * 601)))).toEqual([])
  })

  test('goes on after a restart without a second alarm', () => {
    const before = createSigmaDetector(rules)
    before.see(Array.from({ length: 60 }, (_, port) => probe(port, port)))
    const after = createSigmaDetector(rules)
    after.restore(JSON.parse(JSON.stringify(before.snapshot())) as ValueObject)
    expect(after.see([probe(61, 100)])).toEqual([])
    expect(
      after.see(Array.from({ length: 60 }, (_, port) => probe(100 + port, 200))).map(({ phase }) => phase),
    ).toEqual(['update'])
  })

  test('finds the same out of order, with a tolerance for lateness', () => {
    const events = Array.from({ length: 120 }, (_, port) => probe(port, port * 100))
    const shuffled = events.map((_, index) => events[(index * 7) % 120]!)
    const run = (list: typeof events): unknown => {
      const detector = createSigmaDetector(rules, { lateness: 20_000 })
      return [...list.flatMap((event) => detector.see([event])), ...detector.tick(100_000)].map(
        ({ phase, time, count }) => [phase, time, count],
      )
    }
    expect(run(shuffled)).toEqual(run(events))
  })
})

test('the distinct values are counted as by counting the window anew', () => {
  const { rules } = parseRules({ name: 'scan.yml', text: SCAN.replace('gt: 50', 'gte: 8').replace('30s', '1s') })
  const seen: [number, number][] = []
  let time = 0
  for (let i = 0, seed = 1; i < 3000; i++) {
    seed = (seed * 48_271) % 2_147_483_647
    time += seed % 400
    seen.push([time, seed % 13])
  }
  const expected = seen.findIndex(
    ([now]) => new Set(seen.filter(([t]) => t > now - 1000 && t <= now).map(([, port]) => port)).size >= 8,
  )
  const detector = createSigmaDetector(rules)
  const first = seen.findIndex(([now, port]) => detector.see([probe(port, now)]).length > 0)
  expect(expected).toBeGreaterThan(0)
  expect(seen[first]![0]).toBe(seen[expected]![0])
})

test('a correlation that comes back to itself is refused', () => {
  const { rules } = parseRules({ name: 'scan.yml', text: SCAN.replace('rules: [conn]', 'rules: [scan]') })
  expect(createSigmaDetector(rules).problems.map((problem) => formatDiagnostic(problem))).toEqual([
    "scan.yml:12:10: 'rules' is not supported: 'Port scan' refers to itself or deeper than 10 correlations",
  ])
})

test('a state of another form is refused, and the detector is empty', () => {
  const detector = createSigmaDetector(parseRules({ name: 'scan.yml', text: SCAN }).rules)
  expect(() => detector.restore(toValue({ version: 1 }) as ValueObject)).toThrow(
    'the saved state of the rules is not usable',
  )
  expect(detector.stats['groups']).toBe(0)
})
