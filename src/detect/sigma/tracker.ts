import type { Value, ValueObject } from '../../event/index.ts'
import { OPERATORS, type CorrelationRule } from './correlation.ts'
import { fieldReader, textOf } from './fields.ts'
import { GroupTable } from './group-table.ts'
import type { SigmaRule } from './rule.ts'
import { createWindow, type Window } from './windows.ts'

/** A group whose condition holds. */
export interface Met {
  /** Of the fields of `group-by`, in their order. */
  readonly values: readonly string[]
  readonly measure: number
  readonly window: Window
}

type SavedGroup = readonly [key: string, time: number, window: unknown]

type Read = (fields: ValueObject) => Value | undefined

/** The fields that one of the named rules groups and counts by, its aliases resolved. */
interface Input {
  readonly groupBy: readonly Read[]
  readonly fields: readonly Read[]
}

/** The groups of one correlation. */
export class Tracker {
  readonly rule: CorrelationRule
  /** Events, values and the like that all its windows hold; long keys count as several. */
  entries = 0
  /** Events that met the condition, and that were counted. */
  hits = 0
  asked = 0
  /** Of each group its window; of a type that needs none for one event, the value of that event. */
  private readonly groups: GroupTable<Window | string | number>
  private readonly single: boolean
  private readonly inputs: readonly Input[]

  /** @param named the rules that `rule.rules` names, in that order */
  constructor(rule: CorrelationRule, named: readonly SigmaRule[]) {
    this.rule = rule
    this.single = rule.type === 'event_count' || rule.type === 'value_count'
    this.groups = new GroupTable(rule.timespan / 16)
    this.inputs = named.map((input) => {
      const { id, name } = input
      const logsource = input.kind === 'rule' ? input.logsource : undefined
      const fieldOf = (field: string): Read => {
        const alias = Object.hasOwn(rule.aliases, field) ? new Map(Object.entries(rule.aliases[field]!)) : undefined
        return fieldReader((name === undefined ? undefined : alias?.get(name)) ?? alias?.get(id) ?? field, logsource)
      }
      return { groupBy: rule.groupBy.map(fieldOf), fields: rule.fields.map(fieldOf) }
    })
  }

  get size(): number {
    return this.groups.size
  }

  /** Counts an event of the rule at `index`; answers its group where the condition holds. */
  observe(index: number, fields: ValueObject, eventTime: number): Met | undefined {
    const { rule } = this
    this.asked++
    const input = this.inputs[index]!
    const values: string[] = []
    for (const read of input.groupBy) {
      const text = firstText(read(fields))
      if (text === undefined) return undefined
      values.push(text)
    }
    const counted = input.fields.length === 0 ? 0 : countedOf(fields, input.fields)
    if (counted === undefined) return undefined
    const measure = this.count(values, eventTime, index, counted)
    const met =
      rule.extended === undefined
        ? rule.bounds.every(({ operator, value }) => OPERATORS[operator]!(measure, value))
        : measure > 0
    if (!met || Number.isNaN(measure)) return undefined
    this.hits++
    return { values, measure, window: this.windowOf(this.groups.find(values)) }
  }

  /** Counts an event in its group; answers what the window that ends with it measures, NaN of one that comes too late. */
  private count(values: readonly string[], eventTime: number, index: number, counted: string | number): number {
    const { groups } = this
    let row = groups.find(values)
    if (row < 0) {
      row = groups.add(eventTime, this.single ? counted : createWindow(this.rule))
      this.entries += groups.weightOf(row)
      if (this.single) {
        this.entries++
        return 1
      }
    }
    const before = groups.times[row]!
    const start = before - this.rule.timespan
    // An event that comes late counts in the window that ends now, if it is in there.
    if (eventTime <= start) return NaN
    const time = Math.max(before, eventTime)
    let held = groups.held[row]!
    if (typeof held !== 'object') {
      const gone = before <= time - this.rule.timespan
      if (gone || (held === counted && this.rule.type === 'value_count')) {
        groups.use(row, time)
        groups.held[row] = counted
        return 1
      }
      held = groups.held[row] = this.windowOf(row)
    }
    groups.use(row, time)
    const size = held.size
    held.add(time, index, counted)
    const measure = held.measure(time)
    this.entries += held.size - size
    return measure
  }

  private windowOf(row: number): Window {
    const held = this.groups.held[row]!
    if (typeof held === 'object') return held
    const window = createWindow(this.rule)
    window.add(this.groups.times[row]!, 0, held)
    return window
  }

  /** The groups nearest to the condition, by what they measure; among the 10,000 used last. */
  fullest(limit: number): { readonly values: readonly string[]; readonly measure: number }[] {
    const found: { values: readonly string[]; measure: number }[] = []
    let looked = 0
    for (const row of this.groups.newestFirst()) {
      if (++looked > 10_000) break
      const measure = this.windowOf(row).measure(this.groups.times[row]!)
      if (found.length < limit || measure > found.at(-1)!.measure) {
        found.push({ values: this.groups.valuesOf(row), measure })
        found.sort((a, b) => b.measure - a.measure)
        if (found.length > limit) found.pop()
      }
    }
    return found
  }

  /** Takes over the counts of a tracker before. */
  resume(counts: { readonly hits: number; readonly asked: number } | undefined): void {
    if (counts === undefined) return
    this.hits = counts.hits
    this.asked = counts.asked
  }

  /** Forgets the groups whose windows are empty by now. */
  sweep(now: number): void {
    for (const row of this.groups.oldestFirst()) if (this.groups.times[row]! <= now - this.rule.timespan) this.drop(row)
  }

  /** Forgets the group that was longest idle. */
  dropOldest(): void {
    const row = this.groups.oldest
    if (row >= 0) this.drop(row)
  }

  clear(): void {
    this.groups.clear()
    this.entries = 0
  }

  save(): SavedGroup[] {
    return Array.from(this.groups.oldestFirst(), (row) => [
      keyOf(this.groups.valuesOf(row)),
      this.groups.times[row]!,
      this.windowOf(row).save(),
    ])
  }

  restore(saved: readonly SavedGroup[]): void {
    this.clear()
    for (const [key, time, state] of saved) {
      const window = createWindow(this.rule, state)
      if (this.groups.find(textsOf(key, this.rule.groupBy.length)) >= 0) continue
      const row = this.groups.add(time, this.single && window.size === 1 ? valueIn(state) : window)
      this.entries += window.size + this.groups.weightOf(row)
    }
  }

  private drop(row: number): void {
    const held = this.groups.held[row]!
    this.entries -= (typeof held === 'object' ? held.size : 1) + this.groups.weightOf(row)
    this.groups.delete(row)
  }
}

/** The value in the state of a window that holds one event; of events without values any. */
function valueIn(state: unknown): string | number {
  const [first] = state as readonly (number | readonly [string | number, number])[]
  return typeof first === 'object' ? first[0] : 0
}

/** The value, or the tuple, that is counted; undefined where a field is not there. */
function countedOf(fields: ValueObject, reads: readonly Read[]): string | number | undefined {
  if (reads.length === 1) return scalar(reads[0]!(fields))
  const texts: string[] = []
  for (const read of reads) {
    const value = scalar(read(fields))
    if (value === undefined) return undefined
    texts.push(String(value))
  }
  return keyOf(texts)
}

/** 443 and '443' are one value, as rules compare them. */
function scalar(value: Value | undefined): string | number | undefined {
  if (typeof value === 'number') return value
  if (value === undefined || value === null) return undefined
  const text = firstText(value) ?? ''
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : text
}

/** Several texts as one that no others give: all but the last with their lengths. */
export function keyOf(texts: readonly string[]): string {
  let key = ''
  for (let i = 0; i < texts.length - 1; i++) key += `${texts[i]!.length}:${texts[i]!}`
  return key + (texts.at(-1) ?? '')
}

/** The texts that {@link keyOf} has made a key of. */
function textsOf(key: string, count: number): string[] {
  const texts: string[] = []
  let rest = key
  while (texts.length < count - 1) {
    const colon = rest.indexOf(':')
    const end = colon + 1 + Number(rest.slice(0, colon))
    texts.push(rest.slice(colon + 1, end))
    rest = rest.slice(end)
  }
  if (count > 0) texts.push(rest)
  return texts
}

/** A value, or the first of several, as text. */
export function firstText(value: Value | undefined): string | undefined {
  if (value === undefined) return undefined
  return Array.isArray(value) ? (value.length === 0 ? undefined : textOf(value[0]!)) : textOf(value)
}
