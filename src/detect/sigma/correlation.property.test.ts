import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toValue, type ValueObject } from '../../event/index.ts'
import type { SeenEvent } from '../detector.ts'
import { createSigmaDetector, parseRules } from './index.ts'
import { createWindow } from './windows.ts'

/** An event of one of the rules a, b, c in a second, of a group, with a number. */
interface Step {
  readonly rule: 'a' | 'b' | 'c'
  readonly wait: number
  readonly group: string
  readonly value: number
}

interface Seen extends Step {
  readonly time: number
}

const SPAN = 10
const step: fc.Arbitrary<Step> = fc.record({
  rule: fc.constantFrom('a', 'b', 'c'),
  wait: fc.constantFrom(0, 0, 1, 2, 4, 11),
  group: fc.constantFrom('x', 'y'),
  value: fc.integer({ min: -3, max: 6 }),
})

const BASE = ['a', 'b', 'c']
  .map(
    (name) => `title: ${name}\nname: ${name}\nlogsource: {category: any}\ndetection: {s: {r: ${name}}, condition: s}\n`,
  )
  .join('---\n')

/** What the whole of a window says of a condition, looked at anew. */
type Judge = (window: readonly Seen[]) => boolean

const numbers = (window: readonly Seen[]): number[] =>
  window.filter(({ rule }) => rule === 'a').map(({ value }) => value)
const has = (window: readonly Seen[], rule: string): boolean => window.some((one) => one.rule === rule)

function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  const rank = (percent / 100) * (sorted.length - 1)
  const [low, high] = [sorted[Math.floor(rank)]!, sorted[Math.ceil(rank)]!]
  return low + (high - low) * (rank - Math.floor(rank))
}

/** Whether some events of these rules, one each, are in this order: every choice is tried. */
function chain(window: readonly Seen[], rules: readonly string[], from = -Infinity): boolean {
  const [first, ...rest] = rules
  if (first === undefined) return true
  return window.some(({ rule, time }) => rule === first && time >= from && chain(window, rest, time))
}

const any = (values: readonly number[], test: (values: readonly number[]) => boolean): boolean =>
  values.length > 0 && test(values)

const CASES: readonly (readonly [type: string, rules: string, condition: string, judge: Judge])[] = [
  ['event_count', 'a', '{gte: 3}', (window) => numbers(window).length >= 3],
  [
    'event_count',
    'a, b',
    '{gt: 2, lt: 5}',
    (window) => {
      const { length } = window.filter(({ rule }) => rule !== 'c')
      return length > 2 && length < 5
    },
  ],
  ['value_count', 'a', '{gte: 3, field: v}', (window) => new Set(numbers(window)).size >= 3],
  [
    'value_sum',
    'a',
    '{gte: 9, field: v}',
    (window) => any(numbers(window), (values) => values.reduce((sum, one) => sum + one, 0) >= 9),
  ],
  [
    'value_avg',
    'a',
    '{lt: 0, field: v}',
    (window) => any(numbers(window), (values) => values.reduce((sum, one) => sum + one, 0) / values.length < 0),
  ],
  ['value_median', 'a', '{gt: 4, field: v}', (window) => any(numbers(window), (values) => percentile(values, 50) > 4)],
  [
    'value_percentile',
    'a',
    '{gte: 5, field: v, percentile: 90}',
    (window) => any(numbers(window), (values) => percentile(values, 90) >= 5),
  ],
  ['temporal', 'a, b, c', '', (window) => ['a', 'b', 'c'].every((rule) => has(window, rule))],
  ['temporal', 'a, b, c', '{gte: 2}', (window) => ['a', 'b', 'c'].filter((rule) => has(window, rule)).length >= 2],
  ['temporal', 'a, b, c', 'a and b and not c', (window) => has(window, 'a') && has(window, 'b') && !has(window, 'c')],
  ['temporal', 'a, b, c', 'not (a or b)', (window) => !has(window, 'a') && !has(window, 'b')],
  ['temporal_ordered', 'a, b, c', '', (window) => chain(window, ['a', 'b', 'c'])],
  ['temporal_ordered', 'c, a', '', (window) => chain(window, ['c', 'a'])],
  ['temporal_ordered', 'a, b, c', '{gte: 2}', (window) => chain(window, ['a', 'b'])],
  [
    'temporal_ordered',
    'a, b, c',
    'a and (b or c)',
    (window) => {
      const present = ['a', 'b', 'c'].filter((rule) => has(window, rule))
      return has(window, 'a') && present.length > 1 && chain(window, present)
    },
  ],
  ['temporal_ordered', 'a, b, c', 'a and b and not c', (window) => !has(window, 'c') && chain(window, ['a', 'b'])],
]

describe('a correlation says at each event what its whole window says', () => {
  test.each(CASES)('%s of %s %s', (type, rules, condition, judge) => {
    const named = new Set(rules.split(', '))
    const correlation = `title: all\nid: all\nlogsource: {category: any}\ncorrelation: {type: ${type}, rules: [${rules}], group-by: [g], timespan: ${SPAN}s${condition === '' ? '' : `, condition: ${condition}`}}\n`
    const parsed = parseRules({ name: 'r.yml', text: `${BASE}---\n${correlation}` })
    expect(parsed.problems).toEqual([])
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
        const detector = createSigmaDetector(parsed.rules)
        expect(detector.problems).toEqual([])
        const seen: Seen[] = []
        let time = 0
        for (const one of steps) {
          time += one.wait
          seen.push({ ...one, time })
          const event: SeenEvent = {
            fields: toValue({ r: one.rule, g: one.group, v: one.value }) as ValueObject,
            time: time * 1000,
            index: 'i',
          }
          // Without its episodes it tells at each event what it knows; with what is stored of it, it goes on.
          const state = JSON.parse(JSON.stringify(detector.snapshot())) as ValueObject
          detector.restore({ ...state, episodes: [] })
          const says = detector.see([event]).some(({ rule, phase }) => rule.id === 'all' && phase === 'open')
          const window = seen.filter((other) => other.group === one.group && other.time > time - SPAN)
          expect(says).toBe(named.has(one.rule) && judge(window))
        }
      }),
      { numRuns: 60 },
    )
  })
})

test('a window of distinct values counts as the whole of it does, however many there are', () => {
  const correlation = `title: all\nlogsource: {category: any}\ncorrelation: {type: value_count, rules: [a], group-by: [g], timespan: 20s, condition: {gte: 3, field: v}}\n`
  const [rule] = parseRules({ name: 'r.yml', text: correlation }).rules
  if (rule?.kind !== 'correlation') throw new Error('no correlation')
  const steps = fc.array(fc.record({ wait: fc.constantFrom(0, 0, 0, 1, 1, 7), value: fc.nat(30) }), { maxLength: 150 })
  fc.assert(
    fc.property(steps, fc.nat(149), (values, restart) => {
      let window = createWindow(rule)
      let time = 0
      const seen: { time: number; value: number }[] = []
      values.forEach(({ wait, value }, n) => {
        time += wait * 1000
        seen.push({ time, value })
        if (n === restart) window = createWindow(rule, window.save())
        window.add(time, 0, value)
        const inside = new Set(seen.filter((one) => one.time > time - 20_000).map((one) => one.value))
        expect(window.measure(time)).toBe(inside.size)
        expect(window.values(100).map(Number).sort()).toEqual([...inside].sort())
      })
    }),
    { numRuns: 40 },
  )
})

test('events out of order give the same alerts as in order, within the tolerance', () => {
  const correlation = `title: all\nid: all\nlogsource: {category: any}\ncorrelation: {type: temporal_ordered, rules: [a, b], group-by: [g], timespan: ${SPAN}s}\n`
  const { rules } = parseRules({ name: 'r.yml', text: `${BASE}---\n${correlation}` })
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 2, maxLength: 30 }),
      fc.infiniteStream(fc.integer({ min: 0, max: 4 })),
      (steps, delays) => {
        let time = 0
        const events = steps.map((one, n): SeenEvent => {
          time += one.wait * 1000 + 1
          return { fields: toValue({ r: one.rule, g: one.group }) as ValueObject, time, index: 'i', id: String(n) }
        })
        const run = (list: readonly SeenEvent[]): unknown => {
          const detector = createSigmaDetector(rules, { lateness: 5000 })
          return [...list.flatMap((event) => detector.see([event])), ...detector.tick(time + 10_000_000)]
        }
        const late = events
          .map((event) => ({ event, at: event.time + delays.next().value! * 1000 }))
          .sort((one, other) => one.at - other.at)
          .map(({ event }) => event)
        expect(run(late)).toEqual(run(events))
      },
    ),
    { numRuns: 60 },
  )
})
