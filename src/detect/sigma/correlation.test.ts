import { describe, expect, test } from 'vitest'
import type { Finding } from '../../alert/index.ts'
import { formatDiagnostic } from '../../diagnostic/index.ts'
import { toValue, type ValueObject } from '../../event/index.ts'
import type { SeenEvent } from '../detector.ts'
import { createSigmaDetector, parseRules, type SigmaDetectorOptions, type SigmaRule } from './index.ts'

const BASE = ['a', 'b', 'c']
  .map(
    (name) =>
      `title: rule ${name}\nid: id-${name}\nname: ${name}\nlogsource: {category: any}\ndetection: {s: {r: ${name}}, condition: s}\n`,
  )
  .join('---\n')

/** The rules a, b and c, each for events with its name as `r`, and correlations over them. */
function rulesOf(...correlations: readonly string[]): readonly SigmaRule[] {
  const text = [
    BASE,
    ...correlations.map((more) => `title: the correlation\nlogsource: {category: any}\n${more}\n`),
  ].join('---\n')
  const { rules, problems } = parseRules({ name: 'r.yml', text })
  expect(problems.map((problem) => formatDiagnostic(problem))).toEqual([])
  return rules
}

function detectorOf(correlation: string, options: SigmaDetectorOptions = {}): ReturnType<typeof createSigmaDetector> {
  const detector = createSigmaDetector(rulesOf(correlation), options)
  expect(detector.problems.map((problem) => formatDiagnostic(problem))).toEqual([])
  return detector
}

function event(second: number, fields: Record<string, unknown>): SeenEvent {
  return { fields: toValue(fields) as ValueObject, time: second * 1000, index: 'i' }
}

/** `a0 b1:5` is an event of rule a in second 0, then one of rule b in second 1 with the value 5. */
function story(text: string): SeenEvent[] {
  return text.split(' ').map((word) => {
    const [, rule, second, value] = /^([abc])(\d+)(?::(.+))?$/.exec(word)!
    return event(Number(second), {
      r: rule,
      k: 'k',
      ...(value === undefined ? {} : { v: JSON.parse(value) as unknown }),
    })
  })
}

const opened = (findings: readonly Finding[]): number[] =>
  findings.filter(({ phase, rule }) => phase === 'open' && rule.kind === 'correlation').map(({ time }) => time / 1000)

describe('a correlation', () => {
  test.each<[type: string, rules: string, condition: string, events: string, opens: number[]]>([
    ['event_count', '[a]', '{gte: 3}', 'a0 a1 a2', [2]],
    ['event_count', '[a]', '{gte: 3}', 'a0 a1 a10', []],
    ['event_count', '[a, b]', '{gte: 3}', 'a0 b1 c1 a2', [2]],
    ['event_count', '[a]', '{gt: 1, lte: 2}', 'a0 a1', [1]],
    ['event_count', '[a]', '{eq: 1}', 'a0', [0]],
    ['value_count', '[a]', '{gte: 2, field: v}', 'a0:443 a1:"443" a2:80', [2]],
    ['value_count', '[a]', '{gte: 2, field: v}', 'a0 a1:1 a2:1', []],
    ['value_count', '[a]', '{gte: 3, field: [v, r]}', 'a0:1 a1:2 a2:2 a3:3', [3]],
    ['value_sum', '[a]', '{gt: 10, field: v}', 'a0:4 a1:6 a2:1', [2]],
    ['VALUE_MIN', '[a]', '{lt: 3, field: v}', 'a0:4 a1:"3" a2:1', [2]],
    ['value_max', '[a]', '{lt: 4, field: v}', 'a0:9 a5:3 a10:2', [10]],
    ['value_sum', '[a]', '{gt: 10, field: v}', 'a0:4 a1:"6" a2:"1"', [2]],
    ['value_sum', '[a]', '{gt: 10, field: v}', 'a0:9 a10:9', []],
    ['value_sum', '[a]', '{gt: 10, field: v}', 'a0:"" a1:"x" a2:11', [2]],
    ['value_sum', '[a]', '{eq: 3, field: v}', 'a0:1e300 a5:1 a10:2', [10]],
    ['value_avg', '[a]', '{gte: 5, field: v}', 'a0:4 a1:4 a2:7', [2]],
    ['value_avg', '[a]', '{neq: 5, field: v}', 'a0:"x"', []],
    ['value_percentile', '[a]', '{gte: 9, field: v, percentile: 75}', 'a0:1 a1:9 a2:9', [2]],
    ['value_percentile', '[a]', '{gte: 9, field: v, percentile: 100}', 'a0:1 a1:9', [1]],
    ['value_median', '[a]', '{gte: 4, field: v}', 'a0:1 a1:6 a2:4', [2]],
    ['temporal', '[a, b]', '', 'b0 a9', [9]],
    ['temporal', '[a, b]', '', 'b0 a10', []],
    ['temporal', '[a, b, c]', '{gte: 2}', 'a0 c3', [3]],
    ['temporal', '[a, b, c]', 'a and b and not c', 'a0 b1', [1]],
    ['temporal', '[a, b, c]', 'a and b and not c', 'c0 a1 b2', []],
    ['temporal', '[a, b, c]', 'a and (b or c)', 'a0 c1', [1]],
    ['temporal_ordered', '[a, b]', '', 'a0 b9', [9]],
    ['temporal_ordered', '[a, b]', '', 'b0 a9', []],
    ['temporal_ordered', '[a, b]', '', 'a5 b5', [5]],
    ['temporal_ordered', '[a, b]', '', 'b5 a5', [5]],
    ['temporal_ordered', '[a, b, c]', '', 'a0 b1 a2 c3', [3]],
    ['temporal_ordered', '[a, b, c]', '', 'b0 a1 c2', []],
    ['temporal_ordered', '[a, b, c]', '', 'a0 b5 c10', []],
  ])('%s of %s %s in 10 s, after %s', (type, rules, condition, events, opens) => {
    const detector = detectorOf(
      `correlation: {type: ${type}, rules: ${rules}, group-by: [k], timespan: 10s${condition === '' ? '' : `, condition: ${condition}`}}`,
    )
    expect(opened(detector.see(story(events)))).toEqual(opens)
  })
})

describe('compared with counting each window anew', () => {
  const average = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length
  const figures: Readonly<Record<string, (values: readonly number[]) => number>> = {
    event_count: (values) => values.length,
    value_count: (values) => new Set(values).size,
    value_sum: (values) => values.reduce((a, b) => a + b, 0),
    value_avg: average,
    value_median(values) {
      const sorted = [...values].sort((a, b) => a - b)
      return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2
    },
  }
  test.each(Object.entries(figures))('%s has the same figure at each event', (type, figure) => {
    const field = type === 'event_count' ? '' : ', field: v'
    // Every match ends its episode at once, so that each finding says the figure of its window.
    const detector = detectorOf(
      `correlation: {type: ${type}, rules: [a], timespan: 5s, condition: {gte: -1000000${field}}}`,
    )
    let seed = 7
    const next = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below
    const seen: SeenEvent[] = []
    let second = 0
    const said: number[] = []
    const expected: number[] = []
    for (let i = 0; i < 400; i++) {
      second += next(3)
      const now = event(second, { r: 'a', v: next(40) - 10 })
      seen.push(now)
      const window = seen.filter(({ time }) => time > now.time - 5000)
      expected.push(figure(window.map(({ fields }) => Number(fields['v']))))
      // Restored without its episodes it opens one at each event.
      const state = JSON.parse(JSON.stringify(detector.snapshot())) as ValueObject
      detector.restore({ ...state, episodes: [] })
      said.push(detector.see([now])[0]!.count)
    }
    expect(said).toEqual(expected)
  })
})

test('aliases name a field for each rule, whether the rule is named by its name or its id', () => {
  const detector = detectorOf(
    'correlation: {type: temporal, rules: [id-a, b], group-by: [who], timespan: 10s, aliases: {who: {a: x, b: y}}}',
  )
  const findings = detector.see([
    event(0, { r: 'a', x: 'ann' }),
    event(1, { r: 'b', y: 'bob' }),
    event(2, { r: 'b', y: 'ann' }),
  ])
  expect(findings.map(({ entity }) => entity)).toEqual([{ field: 'who', value: 'ann' }])
})

test('an alias for a rule that does not exist is refused', () => {
  const rules = rulesOf(
    'correlation: {type: temporal, rules: [a, b], group-by: [who], timespan: 10s, aliases: {who: {a: x, nobody: y}}}',
  )
  expect(createSigmaDetector(rules).problems.map((problem) => formatDiagnostic(problem))).toEqual([
    expect.stringContaining("'the correlation' names the rule 'nobody', which does not exist"),
  ])
})

test('correlations build on correlations, with the values of their groups', () => {
  const rules = rulesOf(
    'name: many\ncorrelation: {type: event_count, rules: [a], group-by: [k], timespan: 10s, condition: {gte: 2}}',
    'id: outer\ncorrelation: {type: temporal_ordered, rules: [many, b], group-by: [k], timespan: 10s}',
  )
  const findings = createSigmaDetector(rules).see(story('a0 b1 a2 b3'))
  expect(findings.map(({ rule, time }) => [rule.id, time])).toEqual([['outer', 3000]])
})

test.each([
  ['', ', generate: false', ['many']],
  ['', ', generate: true', ['id-a', 'many']],
  ['generate: true\n', '', ['id-a', 'many']],
  ['generate: true\n', ', generate: false', ['many']],
])('with %j beside and %j in the correlation its rules say %j', (beside, inside, said) => {
  const detector = detectorOf(
    `id: many\n${beside}correlation: {type: event_count, rules: [a], timespan: 10s${inside}, condition: {gte: 2}}`,
  )
  expect(
    detector
      .see(story('a0 a1'))
      .filter(({ phase }) => phase === 'open')
      .map(({ rule }) => rule.id),
  ).toEqual(said)
})

test('groups whose values differ only in where one ends are two, and so are their alerts', () => {
  const detector = detectorOf(
    'correlation: {type: event_count, rules: [a], group-by: [x, y], timespan: 10s, condition: {gte: 2}}',
  )
  const pair = (x: string, y: string): SeenEvent[] => [event(0, { r: 'a', x, y }), event(1, { r: 'a', x, y })]
  const findings = [...pair('a,b', 'c'), ...pair('a', 'b,c'), ...pair('p\u001fq', 'r'), ...pair('p', 'q\u001fr')]
    .sort((one, other) => one.time - other.time)
    .flatMap((one) => detector.see([one]))
  expect(findings.map(({ entity, culprits }) => [entity.value, culprits])).toEqual([
    ['"a,b",c', ['a,b', 'c']],
    ['a,"b,c"', ['a', 'b,c']],
    ['p\u001fq,r', ['p\u001fq', 'r']],
    ['p,q\u001fr', ['p', 'q\u001fr']],
  ])
})

test('a source whose clock is ahead holds up no other', () => {
  const detector = detectorOf(
    'correlation: {type: event_count, rules: [a], group-by: [k], timespan: 10s, condition: {gte: 2}}',
  )
  detector.see([event(4_000_000_000, { r: 'a', k: 'ahead' })])
  expect(opened(detector.see(story('a0 a1')))).toEqual([1])
})

describe('the state is bounded', () => {
  const count =
    'correlation: {type: value_count, rules: [a], group-by: [k], timespan: 10s, condition: {gte: 1000, field: v}}'
  const stats = (options: SigmaDetectorOptions, events: readonly SeenEvent[]): Readonly<Record<string, number>> => {
    const detector = detectorOf(count, options)
    for (const one of events) detector.see([one])
    return detector.stats
  }
  const of = (groups: number, values: number): SeenEvent[] =>
    Array.from({ length: groups * values }, (_, i) => event(0, { r: 'a', k: `k${i % groups}`, v: i }))

  test('in groups', () => expect(stats({ maxGroups: 10 }, of(30, 1))).toMatchObject({ groups: 10, evicted: 20 }))
  test('in the values that all groups hold', () =>
    expect(stats({ maxEntries: 100 }, of(5, 30))['evicted']).toBeGreaterThan(0))
  test('in what long keys take', () => {
    const long = Array.from({ length: 30 }, (_, i) => event(0, { r: 'a', k: `${'x'.repeat(6_400)}${i}`, v: i }))
    expect(stats({ maxEntries: 500 }, long)).toMatchObject({ groups: 4, evicted: 26 })
  })
  test('in groups that count nothing', () => {
    const sum = count.replace('value_count', 'value_sum')
    const detector = detectorOf(sum, { maxGroups: 2 })
    for (const k of ['x', 'y', 'z']) detector.see([event(0, { r: 'a', k, v: 'none' })])
    expect(detector.stats['groups']).toBe(2)
  })
  test('in events that wait for earlier ones', () => {
    const detector = detectorOf(count.replace('gte: 1000', 'gte: 1'), { lateness: 60_000, maxWaiting: 3 })
    const findings = [1, 2, 3, 4, 5].flatMap((second) =>
      detector.see([event(second, { r: 'a', k: `k${second}`, v: 1 })]),
    )
    expect(opened(findings)).toEqual([1, 2])
  })
})
