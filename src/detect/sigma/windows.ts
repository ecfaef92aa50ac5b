import type { CorrelationRule } from './correlation.ts'
import { compileCondition } from './condition.ts'

/** What a group of a correlation has seen in its window. Times come in order; a window is (time - span, time]. */
export interface Window {
  add(time: number, rule: number, value: string | number): void
  /** The figure that the condition compares, with what is older than the window forgotten. */
  measure(time: number): number
  /** The distinct values or the like, for the alert; at most `limit`. */
  values(limit: number): string[]
  save(): unknown
}

export function createWindow(rule: CorrelationRule, state?: unknown): Window {
  if (rule.type === 'event_count') return new EventWindow(rule.timespan, state as number[] | undefined)
  if (rule.type === 'value_count')
    return new DistinctWindow(rule.timespan, state as [string | number, number][] | undefined)
  if (rule.type === 'temporal' || rule.type === 'temporal_ordered')
    return new OrderWindow(rule, state as number[][] | undefined)
  return new NumberWindow(rule, state as [number, number][] | undefined)
}

/** A queue whose front is dropped in amortised constant time. */
class Queue<T> {
  items: T[] = []
  private head = 0
  get length(): number {
    return this.items.length - this.head
  }
  get first(): T | undefined {
    return this.items[this.head]
  }
  push(item: T): void {
    this.items.push(item)
  }
  shift(): T {
    const item = this.items[this.head++]!
    if (this.head > 64 && this.head * 2 > this.items.length) {
      this.items = this.items.slice(this.head)
      this.head = 0
    }
    return item
  }
  list(): T[] {
    return this.items.slice(this.head)
  }
}

/** Events of one group beyond this are dropped, oldest first: the alarm went off long before. */
const EVENTS_LIMIT = 100_000

class EventWindow implements Window {
  private readonly times = new Queue<number>()
  private readonly span: number
  constructor(span: number, state: readonly number[] = []) {
    this.span = span
    for (const time of state) this.times.push(time)
  }
  add(time: number): void {
    this.times.push(time)
    if (this.times.length > EVENTS_LIMIT) this.times.shift()
  }
  measure(time: number): number {
    while (this.times.length > 0 && this.times.first! <= time - this.span) this.times.shift()
    return this.times.length
  }
  values(): string[] {
    return []
  }
  save(): unknown {
    return this.times.list()
  }
}

/**
 * Distinct values, each with the time it was last seen, in that order: one step an event however many values there are,
 * and exact. Most groups hold one value, which costs no map.
 */
class DistinctWindow implements Window {
  private readonly span: number
  private only: string | number | undefined
  private onlyTime = 0
  private seen: Map<string | number, number> | undefined
  /** No value was last seen before it: until it leaves the window there is nothing to forget. */
  private oldest = -Infinity
  constructor(span: number, state: readonly [string | number, number][] = []) {
    this.span = span
    for (const [value, time] of state) this.add(time, 0, value)
  }
  add(time: number, _rule: number, value: string | number): void {
    if (this.seen === undefined) {
      if (this.only === undefined || this.only === value || this.onlyTime <= time - this.span) {
        this.only = value
        this.onlyTime = time
        return
      }
      this.seen = new Map([[this.only, this.onlyTime]])
    }
    this.seen.delete(value)
    this.seen.set(value, time)
  }
  measure(time: number): number {
    const oldest = time - this.span
    if (this.seen === undefined) return this.only === undefined || this.onlyTime <= oldest ? 0 : 1
    if (this.oldest > oldest) return this.seen.size
    this.oldest = time
    for (const [value, last] of this.seen) {
      if (last > oldest) {
        this.oldest = last
        break
      }
      this.seen.delete(value)
    }
    return this.seen.size
  }
  values(limit: number): string[] {
    if (this.seen === undefined) return this.only === undefined ? [] : [String(this.only)]
    const values: string[] = []
    for (const value of this.seen.keys()) {
      if (values.length >= limit) break
      values.push(String(value))
    }
    return values
  }
  save(): unknown {
    return this.seen === undefined ? (this.only === undefined ? [] : [[this.only, this.onlyTime]]) : [...this.seen]
  }
}

class NumberWindow implements Window {
  private readonly rule: CorrelationRule
  private readonly queue = new Queue<[number, number]>()
  private sum = 0
  constructor(rule: CorrelationRule, state: readonly [number, number][] = []) {
    this.rule = rule
    for (const [time, value] of state) this.add(time, 0, value)
  }
  add(time: number, _rule: number, value: string | number): void {
    const number = Number(value)
    if (!Number.isFinite(number)) return
    this.queue.push([time, number])
    this.sum += number
    if (this.queue.length > EVENTS_LIMIT) this.sum -= this.queue.shift()[1]
  }
  measure(time: number): number {
    while (this.queue.length > 0 && this.queue.first![0] <= time - this.rule.timespan) this.sum -= this.queue.shift()[1]
    const { length } = this.queue
    if (length === 0) {
      this.sum = 0
      return this.rule.type === 'value_sum' ? 0 : NaN
    }
    if (this.rule.type === 'value_sum') return this.sum
    if (this.rule.type === 'value_avg') return this.sum / length
    // Linear interpolation between the closest ranks, as percentile_cont of SQL.
    const sorted = Float64Array.from(this.queue.list(), ([, value]) => value).sort()
    const rank = (this.rule.percentile / 100) * (length - 1)
    const low = Math.floor(rank)
    return sorted[low]! + (sorted[Math.min(low + 1, length - 1)]! - sorted[low]!) * (rank - low)
  }
  values(): string[] {
    return []
  }
  save(): unknown {
    return this.queue.list()
  }
}

/** For temporal types: when each rule was last met, and since when a chain in order leads up to it. */
class OrderWindow implements Window {
  private readonly rule: CorrelationRule
  private readonly last: number[]
  private readonly since: number[]
  private readonly extended: ((time: number) => boolean) | undefined
  constructor(rule: CorrelationRule, state?: readonly number[][]) {
    this.rule = rule
    const none = (): number[] => rule.rules.map(() => -Infinity)
    const read = (times: readonly (number | null)[] | undefined): number[] =>
      times?.map((time) => time ?? -Infinity) ?? none()
    this.last = read(state?.[0])
    this.since = read(state?.[1])
    this.extended =
      rule.extended === undefined
        ? undefined
        : compileCondition(rule.extended, (name) => {
            const index = rule.rules.indexOf(name)
            return (time: number) => this.last[index]! > time - rule.timespan
          })
  }
  add(time: number, rule: number): void {
    this.last[rule] = time
    // Events of the same moment are in order either way round.
    for (let i = rule; i < this.last.length && this.last[i] === time; i++)
      this.since[i] = i === 0 ? time : this.since[i - 1]!
  }
  measure(time: number): number {
    const oldest = time - this.rule.timespan
    if (this.extended !== undefined) {
      if (!this.extended(time)) return 0
      return this.rule.type === 'temporal' || this.inOrder(oldest) ? 1 : 0
    }
    const met = this.last.filter((one) => one > oldest).length
    if (this.rule.type === 'temporal') return met
    // With fewer rules asked for than there are, what counts is how far the chain came.
    return this.since.reduce((far, since, index) => (since > oldest ? index + 1 : far), 0)
  }
  private inOrder(oldest: number): boolean {
    const times = this.last.filter((time) => time > oldest)
    return times.every((time, index) => index === 0 || time >= times[index - 1]!)
  }
  values(): string[] {
    return this.rule.rules.filter((_, index) => this.last[index]! > -Infinity)
  }
  save(): unknown {
    const finite = (times: number[]): (number | null)[] => times.map((time) => (time === -Infinity ? null : time))
    return [finite(this.last), finite(this.since)]
  }
}
