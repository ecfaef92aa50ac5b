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
    ["'|re': 'fo+\\d'", { deep: { message: 'a foo1' } }, true],
    ['F: []', {}, true],
    ['F: []', { F: 'x' }, false],
    ['F|exists: yes', { F: '' }, true],
    ['F|re|ignorecase: foo', { F: 'FOO' }, true],
    ["F|re: '^b'", { F: 'a\nb' }, false],
    ["F|re|m: '^b'", { F: 'a\nb' }, true],
    ["F|re: 'a.b'", { F: 'a\nb' }, false],
    ["F|re|s: 'a.b'", { F: 'a\nb' }, true],
    ["F|re|i|m|s: 'A.^B'", { F: 'a\nb' }, true],
    ['F|re|contains: foo', { F: 'xfoox' }, true],
    ['F|re|startswith: f.o', { F: 'xfoo' }, false],
    ['F|re|endswith: f.o', { F: 'xfoo' }, true],
    ['F|re: [a, b]', { F: 'b' }, true],
    ['F|re|all: [a, b]', { F: 'b' }, false],
    ['F|fieldref|contains: G', { F: 'xAx', G: 'a' }, true],
    ['F|fieldref|startswith: G', { F: 'xa', G: 'x' }, true],
    ['F|fieldref|endswith: G', { F: 'xa', G: 'x' }, false],
    ['F|fieldref|neq: G', { F: 'a', G: 'b' }, true],
    ['F|fieldref|cased: G', { F: 'a', G: 'A' }, false],
    ['F|utf16le: ab', { F: 'a\0b\0' }, true],
    ["F|wide: 'a*'", { F: 'a\0b\0' }, true],
    ['F|utf16be: ab', { F: '\0a\0b' }, true],
    ['F|utf16|base64: ab', { F: Buffer.from('\ufeffab', 'utf16le').toString('base64') }, true],
    ['F|base64: foo', { F: Buffer.from('foo').toString('base64') }, true],
    ['F|base64: foo', { F: Buffer.from('foo').toString('base64').toLowerCase() }, false],
    ['F|base64|contains: foo', { F: `x${Buffer.from('foo').toString('base64')}x` }, true],
    ["F|windash|contains|all: ['-a', '-b']", { F: 'x /a \u2013b' }, true],
    ["F|windash|contains|all: ['-a', '-b']", { F: 'x /a' }, false],
    ["F|contains|windash: ' -x'", { F: 'a \u2015x' }, true],
    ['F|cidr: [10.0.0.0/8, 192.168.0.0/16]', { F: ['1.1.1.1', '192.168.3.4'] }, true],
    ['F|cidr: 10.0.0.0/8', { F: 'ten' }, false],
    ["F|cidr: '::ffff:0:0/96'", { F: '10.0.0.1' }, true],
    ['F|cidr|neq: 10.0.0.0/8', { F: '11.0.0.1' }, true],
    ['F|gt: 5.5', { F: '5.6' }, true],
    ['F|lte: 5', { F: 'x' }, false],
    ['F|neq: 5', { F: 5 }, false],
    ['F|gte|neq: 5', { F: 4 }, true],
    ['F|minute: 10', { F: '2026-01-01T03:10:00Z' }, true],
    ['F|day: 1', { F: '2026-01-01T03:10:00Z' }, true],
    ['F|month: 1', { F: 1767236400 }, true],
    ['F|year|gte: 2026', { F: '2026-01-01T03:10:00Z' }, true],
    ['F|hour|lt: 6', { F: '2026-01-01T03:10:00Z' }, true],
    ['F|hour: 3', { F: 'never' }, false],
    ['F|cased|contains: Ab', { F: 'xAbx' }, true],
    ['F|cased|contains: Ab', { F: 'xabx' }, false],
    ['F|contains|all: [a, b]', { F: ['xax', 'xbx'] }, true],
    ['F: true', { F: 'True' }, true],
    ['F: 0x17', { F: 23 }, true],
    ['F: 0x1A', { F: '0x1a' }, true],
    ['F: [0x17, 0x18]', { F: '0x18' }, true],
    ['F|neq: 0x17', { F: '0x17' }, false],
    ["F: '0x17'", { F: 23 }, false],
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
    ['s and not 1 of filter_optional_*', { A: 'x' }, true],
    ['any of f_*', { C: 'z' }, true],
    ['1 of _h*', { D: 'd' }, true],
    ['1 of them', { D: 'd' }, false],
    ['not not s', { A: 'x' }, true],
    ['not(s)', { A: 'x' }, false],
    ['[s and f_1, f_2]', { C: 'z' }, true],
    ['[s and f_1, f_2]', { A: 'x' }, false],
  ])('%s on %j is %s', (condition, event, expected) => expect(matches(base + condition, event)).toBe(expected))
})

const SCAN = `title: connection
name: conn
logsource: {category: firewall}
detection: {s: {source.ip|exists: true}, condition: s}
---
title: Port scan
id: scan
level: high
logsource: {category: any}
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

describe('YAML', () => {
  const alone = 'title: t\nlogsource: {product: x}\ndetection:\n'
  const match = (text: string, event: object): string[] => {
    const { rules, problems } = parseRules({ name: 'r.yml', text })
    const set = new RuleSet(rules)
    expect([...problems, ...set.problems].map((problem) => formatDiagnostic(problem))).toEqual([])
    return set.match(toValue(event) as ValueObject).map(({ title }) => title)
  }

  test('aliases stand for lists and maps, and merge into maps', () => {
    const text = `${alone}  a: {A: &list [x, y]}\n  b: &b {B: *list}\n  c: {<<: *b, C: z}\n  condition: b and c`
    expect(match(text, { B: 'y', C: 'z' })).toEqual(['t'])
    expect(match(text, { B: 'q', C: 'z' })).toEqual([])
  })

  test('aliases that grow without bound are refused', () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `  l${i + 1}: &l${i + 1} [${Array.from({ length: 10 }, () => `*l${i}`).join(', ')}]\n`,
    )
    const { rules, problems } = parseRules({
      name: 'r.yml',
      text: `${alone}  l0: &l0 [x, y]\n${levels.join('')}  condition: l0`,
    })
    expect(rules).toEqual([])
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining('aliases')])
  })

  test('documents with an action are what others have in common, or repeat', () => {
    const text = `action: global
title: both
logsource: {product: x}
detection: {s: {A: x}, condition: s}
---
detection: {s: {B: y}}
---
id: two
detection: {s: {B: z}}
---
action: reset
---
title: alone
logsource: {product: x}
detection: {s: {C: x}, condition: s}
---
action: repeat
title: again
detection: {s: {D: x}}
`
    expect(match(text, { A: 'x', B: 'y' })).toEqual(['both'])
    expect(match(text, { A: 'x', B: 'z', C: 'x', D: 'x' })).toEqual(['both', 'alone', 'again'])
    expect(match(text, { C: 'x' })).toEqual(['alone'])
  })

  test('rules of a collection without an id, or with one in common, are told apart', () => {
    const { rules } = parseRules({
      name: 'r.yml',
      text: `action: global\nid: c\ntitle: t\nlogsource: {product: x}\n---\n${['A', 'B']
        .map((field) => `detection: {s: {${field}: x}, condition: s}\n---\n`)
        .join(
          '',
        )}action: reset\n---\n---\n${'title: u\nlogsource: {product: x}\ndetection: {s: {C: x}, condition: s}\n---\n'.repeat(2)}`,
    })
    expect(rules.map(({ id }) => id)).toEqual(['c', 'c (2)', 'u', 'u (2)'])
    expect(createSigmaDetector(rules).problems).toEqual([])
  })

  test('a sentence with a colon is one', () => {
    const text = `${alone.replace('detection', 'falsepositives:\n  - Backups: of all kinds\n  - Others\nreferences: [one, null]\ndetection')}  s: {a: 1}\n  condition: s`
    expect(parseRules({ name: 'r.yml', text })).toMatchObject({
      rules: [{ falsepositives: ['Backups: of all kinds', 'Others'], references: ['one'] }],
      problems: [],
    })
  })

  test('an action that does not exist is refused', () => {
    const { problems } = parseRules({ name: 'r.yml', text: 'action: include\n---\naction: repeat\n' })
    expect(problems.map((problem) => formatDiagnostic(problem))).toEqual([
      "r.yml:1:9: 'action' must be global, repeat or reset, got 'include'",
      "r.yml:3:9: 'action' is not supported: there is no rule to repeat",
    ])
  })
})

describe('a filter', () => {
  const rules = (filter: string, logsource = '{product: windows}'): RuleSet => {
    const base = `title: t\nid: one\nname: first\nlogsource: {product: windows, category: process_creation}\ndetection: {selection: {A: x}, condition: selection}\n`
    const parsed = parseRules({
      name: 'r.yml',
      text: `${base}---\ntitle: f\nlogsource: ${logsource}\nfilter: ${filter}\n`,
    })
    expect(parsed.problems.map((problem) => formatDiagnostic(problem))).toEqual([])
    return new RuleSet(parsed.rules)
  }
  const count = (set: RuleSet, event: object): number => set.match(toValue(event) as ValueObject).length

  test.each([
    ['{rules: [one], selection: {B: y}, condition: not selection}', '{product: windows}', [1, 0]],
    ['{rules: [first], selection_1: {B: y}, condition: not 1 of selection_*}', '{product: windows}', [1, 0]],
    ['{rules: any, selection: {B: y}, condition: not selection}', '{product: windows}', [1, 0]],
    ['{rules: any, selection: {B: y}, condition: not selection}', '{product: linux}', [1, 1]],
    ['{rules: [one], selection: {B: y}, condition: not selection}', '{category: dns}', [1, 1]],
    ['{rules: [one], selection: {B: y}, condition: selection}', '{product: windows}', [0, 1]],
  ])('%s of %s', (filter, logsource, expected) => {
    const set = rules(filter, logsource)
    expect([count(set, { A: 'x' }), count(set, { A: 'x', B: 'y' })]).toEqual(expected)
  })

  test('without rules is refused', () => {
    const { problems } = parseRules({
      name: 'r.yml',
      text: 'title: f\nlogsource: {product: x}\nfilter: {s: {A: x}, condition: not s}',
    })
    expect(problems.map((problem) => formatDiagnostic(problem))).toEqual(["r.yml:3:9: a filter needs 'rules'"])
  })
})
