import type { Value, ValueObject } from '../../event/index.ts'
import { Oldest } from '../oldest.ts'
import { OPERATORS, type CorrelationRule } from './correlation.ts'
import { fieldReader, textOf } from './fields.ts'
import type { SigmaRule } from './rule.ts'
import { createWindow, type Window } from './windows.ts'

interface Group {
  readonly key: string
  readonly window: Window
  /** Of its newest event: each group has a clock of its own, so that a source whose clock is ahead holds up no other. */
  time: number
  /** When it was last put at the end. */
  moved: number
}

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
  /** Events, values and the like that all its windows hold. */
  entries = 0
  /** Events that met the condition, and that were counted. */
  hits = 0
  asked = 0
  private readonly groups = new Map<string, Group>()
  private readonly oldest = new Oldest(this.groups)
  private readonly inputs: readonly Input[]

  /** @param named the rules that `rule.rules` names, in that order */
  constructor(rule: CorrelationRule, named: readonly SigmaRule[]) {
    this.rule = rule
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
    const key = keyOf(values)
    const group = this.groups.get(key) ?? this.open(key, eventTime)
    // An event that comes late counts in the window that ends now, if it is in there.
    if (eventTime <= group.time - rule.timespan) return undefined
    const time = Math.max(group.time, eventTime)
    group.time = time
    this.touch(group)
    const { window } = group
    const before = window.size
    window.add(time, index, counted)
    const measure = window.measure(time)
    this.entries += window.size - before
    const met =
      rule.extended === undefined
        ? rule.bounds.every(({ operator, value }) => OPERATORS[operator]!(measure, value))
        : measure > 0
    if (!met || Number.isNaN(measure)) return undefined
    this.hits++
    return { values, measure, window }
  }

  /** The groups nearest to the condition, by what they measure; among the first 10,000. */
  fullest(limit: number): { readonly values: readonly string[]; readonly measure: number }[] {
    const found: { values: readonly string[]; measure: number }[] = []
    let looked = 0
    for (const { key, window, time } of this.groups.values()) {
      if (++looked > 10_000) break
      const measure = window.measure(time)
      if (found.length < limit || measure > found.at(-1)!.measure) {
        found.push({ values: textsOf(key, this.rule.groupBy.length), measure })
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
    for (const group of this.groups.values()) if (group.time <= now - this.rule.timespan) this.drop(group)
  }

  /** Forgets the group that was longest idle. */
  dropOldest(): void {
    const key = this.oldest.take()
    if (key !== undefined) this.drop(this.groups.get(key)!)
  }

  clear(): void {
    this.groups.clear()
    this.entries = 0
  }

  save(): SavedGroup[] {
    return [...this.groups.values()].map(({ key, time, window }) => [key, time, window.save()])
  }

  restore(saved: readonly SavedGroup[]): void {
    this.clear()
    for (const [key, time, state] of saved) {
      const window = createWindow(this.rule, state)
      this.groups.set(key, { key, window, time, moved: time })
      this.entries += window.size
    }
  }

  private open(key: string, time: number): Group {
    const group = { key, window: createWindow(this.rule), time, moved: time }
    this.groups.set(key, group)
    this.entries += group.window.size
    return group
  }

  /** Moving a group to the end keeps the longest idle in front; at most once in a sixteenth of the window. */
  private touch(group: Group): void {
    if (group.time - group.moved <= this.rule.timespan / 16) return
    this.groups.delete(group.key)
    this.groups.set(group.key, group)
    group.moved = group.time
  }

  private drop(group: Group): void {
    this.groups.delete(group.key)
    this.entries -= group.window.size
  }
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
