import { Oldest } from '../oldest.ts'
import type { CorrelationRule } from './correlation.ts'
import { ExtendedWindow, OrderWindow } from './order-windows.ts'

/** What a group of a correlation has seen in its window. Times come in order; a window is (time - span, time]. */
export interface Window {
  add(time: number, rule: number, value: string | number): void
  /** The figure that the condition compares, with what is older than the window forgotten. */
  measure(time: number): number
  /** The distinct values or the like, for the alert; at most `limit`. */
  values(limit: number): string[]
  /** Events, values or the like that it holds. */
  readonly size: number
  save(): unknown
}

export function createWindow(rule: CorrelationRule, state?: unknown): Window {
  if (rule.type === 'event_count') return new EventWindow(rule.timespan, state as number[] | undefined)
  if (rule.type === 'value_count')
    return new DistinctWindow(rule.timespan, state as [string | number, number][] | undefined)
  if (rule.extended !== undefined) return new ExtendedWindow(rule, rule.extended, state as number[][] | undefined)
  if (rule.type === 'temporal' || rule.type === 'temporal_ordered')
    return new OrderWindow(rule, state as (number | null)[][] | undefined)
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

/** Events or values of one group beyond this are dropped, oldest first: the alarm went off long before. */
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
  get size(): number {
    return this.times.length
  }
  save(): unknown {
    return this.times.list()
  }
}

/** So many numbers are looked through; more, and texts, are looked up. */
const FEW = 8

/** Distinct values of the last `span` milliseconds; exact. Most groups hold few, which cost no map. */
class DistinctWindow implements Window {
  private readonly span: number
  /** Numbers, each followed by the time it was last seen, in that order. */
  private few: number[] = []
  private many: LastSeen | undefined
  constructor(span: number, state: readonly [string | number, number][] = []) {
    this.span = span
    for (const [value, time] of state) this.add(time, 0, value)
  }
  add(time: number, _rule: number, value: string | number): void {
    if (this.many === undefined && typeof value === 'number' && this.addToFew(time, value)) return
    this.many ??= this.manyOfFew()
    this.many.add(value, time)
    if (this.many.times.size > EVENTS_LIMIT) this.many.dropOldest()
  }
  measure(time: number): number {
    if (this.many !== undefined) this.many.forget(time - this.span)
    else {
      let gone = 0
      while (gone < this.few.length && this.few[gone + 1]! <= time - this.span) gone += 2
      if (gone > 0) this.few = this.few.slice(gone)
    }
    return this.size
  }
  values(limit: number): string[] {
    const values: string[] = []
    for (const value of this.many?.times.keys() ?? this.few.filter((_, at) => at % 2 === 0)) {
      if (values.length >= limit) break
      values.push(String(value))
    }
    return values
  }
  get size(): number {
    return this.many?.times.size ?? this.few.length / 2
  }
  save(): unknown {
    return [...(this.many ?? this.manyOfFew()).times]
  }
  /** False where there is no room for one more. */
  private addToFew(time: number, value: number): boolean {
    const { few } = this
    for (let at = 0; at < few.length; at += 2) {
      if (few[at] !== value) continue
      few.copyWithin(at, at + 2)
      few[few.length - 2] = value
      few[few.length - 1] = time
      return true
    }
    if (few.length === FEW * 2) return false
    // Not by push, which makes room for many more.
    this.few = few.concat(value, time)
    return true
  }
  private manyOfFew(): LastSeen {
    const many = new LastSeen()
    for (let at = 0; at < this.few.length; at += 2) many.add(this.few[at]!, this.few[at + 1]!)
    return many
  }
}

/** Values with the time each was last seen, in that order: a few steps an event however many values there are. */
class LastSeen {
  readonly times = new Map<string | number, number>()
  private readonly oldest = new Oldest(this.times)
  private front: string | number | undefined
  private frontTime = 0
  add(value: string | number, time: number): void {
    this.times.delete(value)
    this.times.set(value, time)
  }
  /** Drops what was last seen then or before. */
  forget(until: number): void {
    while (this.findFront() && this.frontTime <= until) this.times.delete(this.front!)
  }
  dropOldest(): void {
    if (this.findFront()) this.times.delete(this.front!)
  }
  /** False where there is nothing. */
  private findFront(): boolean {
    // One that was seen again stands at the end by now.
    if (this.front !== undefined && this.times.get(this.front) === this.frontTime) return true
    this.front = this.oldest.take()
    if (this.front === undefined) return false
    this.frontTime = this.times.get(this.front)!
    return true
  }
}

class NumberWindow implements Window {
  private readonly rule: CorrelationRule
  private readonly queue = new Queue<[number, number]>()
  private readonly figures: RunningSum | SortedNumbers
  constructor(rule: CorrelationRule, state: readonly [number, number][] = []) {
    this.rule = rule
    this.figures = rule.type === 'value_sum' || rule.type === 'value_avg' ? new RunningSum() : new SortedNumbers()
    for (const [time, value] of state) this.add(time, 0, value)
  }
  add(time: number, _rule: number, value: string | number): void {
    const number = Number(value)
    if (value === '' || !Number.isFinite(number)) return
    this.queue.push([time, number])
    this.figures.add(number)
    if (this.queue.length > EVENTS_LIMIT) this.drop()
  }
  measure(time: number): number {
    while (this.queue.length > 0 && this.queue.first![0] <= time - this.rule.timespan) this.drop()
    const { length } = this.queue
    if (this.figures instanceof SortedNumbers) return this.figures.percentile(this.rule.percentile)
    if (this.rule.type === 'value_sum') return this.figures.sum
    return length === 0 ? NaN : this.figures.sum / length
  }
  private drop(): void {
    this.figures.drop(this.queue.shift()[1])
  }
  values(): string[] {
    return []
  }
  get size(): number {
    return this.queue.length
  }
  save(): unknown {
    return this.queue.list()
  }
}

/**
 * The sum of a queue. Nothing is subtracted, so that a number too big for the others to show beside leaves no trace when
 * it goes: sums of what is left of the front, made when it is empty, and of what came behind it since.
 */
class RunningSum {
  private readonly front: number[] = []
  private readonly back: number[] = []
  private backSum = 0
  get sum(): number {
    return (this.front.at(-1) ?? 0) + this.backSum
  }
  add(value: number): void {
    this.back.push(value)
    this.backSum += value
  }
  drop(_oldest: number): void {
    if (this.front.length === 0) {
      let sum = 0
      while (this.back.length > 0) this.front.push((sum += this.back.pop()!))
      this.backSum = 0
    }
    this.front.pop()
  }
}

/** Kept in order, as sorting anew at each event would cost more the fuller the window is. */
class SortedNumbers {
  private readonly list: number[] = []
  add(value: number): void {
    this.list.splice(this.placeOf(value), 0, value)
  }
  drop(value: number): void {
    this.list.splice(this.placeOf(value), 1)
  }
  /** By linear interpolation between the closest ranks, as percentile_cont of SQL; NaN of nothing. */
  percentile(percent: number): number {
    const last = this.list.length - 1
    if (last < 0) return NaN
    const rank = (percent / 100) * last
    const low = Math.floor(rank)
    return this.list[low]! + (this.list[Math.min(low + 1, last)]! - this.list[low]!) * (rank - low)
  }
  /** Of the first that is not smaller. */
  private placeOf(value: number): number {
    let low = 0
    let high = this.list.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.list[middle]! < value) low = middle + 1
      else high = middle
    }
    return low
  }
}
