import { isIP } from 'node:net'
import { fail } from '../../diagnostic/index.ts'
import { Double, type Value } from '../../event/index.ts'
import { parseAddress, parseNetwork } from './address.ts'
import { every } from './condition.ts'
import type { FieldTable, Subject } from './fields.ts'
import {
  compilePattern,
  fold,
  hasWildcard,
  isPlaceholder,
  longestText,
  openEnd,
  openStart,
  plainText,
  type Pattern,
} from './pattern.ts'
import { compileRegex } from './regex.ts'
import type { Logsource } from './rule.ts'
import { readTime } from './time-parts.ts'
import type { Clause, Comparison, SigmaValue, Term } from './value.ts'

export type Test = (subject: Subject) => boolean

/** A text, folded, that stands in a field: as its whole value (`exact`) or anywhere in it. */
export interface Literal {
  readonly slot: number
  readonly exact: boolean
  readonly text: string
}

/** What routing may rely on: a match implies one of these. */
export type Need = readonly Literal[]

export interface Compiled {
  readonly test: Test
  readonly need: Need | undefined
}

const COMPARE: Readonly<Record<Comparison, (a: number, b: number) => boolean>> = {
  eq: (a, b) => a === b,
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
}
/** Texts shorter than this in the middle of a value choose no rules. */
export const GRAM = 4

/** Makes tests of the clauses of a rule with a logsource. */
export class Matcher {
  /** Searches of regular expressions that took too long. */
  timeouts = 0
  private readonly table: FieldTable
  private readonly logsource: Logsource

  constructor(table: FieldTable, logsource: Logsource) {
    this.table = table
    this.logsource = logsource
  }

  /** @throws DiagnosticError for a placeholder without values, or an expression that is refused */
  compile(clause: Clause): Compiled {
    if (clause.kind === 'term') return this.term(clause)
    const parts = clause.of.map((one) => this.compile(one))
    const all = clause.kind === 'all'
    const needs = parts.map(({ need }) => need)
    return {
      test: every(
        all,
        parts.map(({ test }) => test),
      ),
      need: all ? bestNeed(needs) : commonNeed(needs),
    }
  }

  private term(term: Term): Compiled {
    const slot = term.field === '' ? -1 : this.table.slot(term.field, this.logsource)
    const tests = term.values.map((value) => this.value(slot, value, term))
    const test = every(term.all, tests)
    if (term.negated) return { test: (subject) => !test(subject), need: undefined }
    if (slot < 0) return { test, need: undefined }
    const needs = term.values.map((value) => needOf(slot, value))
    return { test, need: term.all ? bestNeed(needs) : commonNeed(needs) }
  }

  private value(slot: number, value: SigmaValue, term: Term): Test {
    switch (value.kind) {
      case 'variants':
        return every(
          false,
          value.of.map((one) => this.value(slot, one, term)),
        )
      case 'text':
        return textTest(slot, resolved(value.pattern, term), value.cased)
      case 'number':
      case 'boolean':
        return textTest(slot, [String(value.value)], false)
      case 'null':
        return (subject) => subject.value(slot) === undefined || subject.value(slot) === null
      case 'exists':
        return (subject) => (subject.value(slot) !== undefined) === value.value
      case 'regex':
        return onTexts(
          slot,
          compileRegex(plainText(resolved(value.pattern, term)), value.flags, term, () => this.timeouts++),
        )
      case 'cidr':
        return networkTest(slot, value.text)
      case 'compare':
        return numberTest(slot, value)
      case 'fieldref':
        return this.reference(slot, value)
    }
  }

  private reference(slot: number, { name, mode, cased }: Extract<SigmaValue, { kind: 'fieldref' }>): Test {
    const other = this.table.slot(name, this.logsource)
    const compare = {
      equals: (a: string, b: string) => a === b,
      contains: (a: string, b: string) => a.includes(b),
      startswith: (a: string, b: string) => a.startsWith(b),
      endswith: (a: string, b: string) => a.endsWith(b),
    }[mode]
    return (subject) => {
      const left = cased ? subject.textsOf(slot) : subject.foldsOf(slot)
      const right = cased ? subject.textsOf(other) : subject.foldsOf(other)
      return left.some((a) => right.some((b) => compare(a, b)))
    }
  }
}

function resolved(pattern: Pattern, { span }: Term): Pattern {
  const open = pattern.find(isPlaceholder)
  if (open !== undefined) throw fail('sigma.placeholder', { name: open.placeholder }, { span })
  return pattern
}

function textTest(slot: number, pattern: Pattern, cased: boolean): Test {
  // Keywords are looked for anywhere.
  const test = compilePattern(slot < 0 ? openStart(openEnd(pattern)) : pattern, cased)
  if (cased) return onTexts(slot, test)
  if (slot < 0) return (subject) => subject.all().folds.some(test)
  return (subject) => {
    const texts = subject.foldsOf(slot)
    for (let i = 0; i < texts.length; i++) if (test(texts[i]!)) return true
    return false
  }
}

function onTexts(slot: number, test: (text: string) => boolean): Test {
  if (slot < 0) return (subject) => subject.all().texts.some(test)
  return (subject) => {
    const texts = subject.textsOf(slot)
    for (let i = 0; i < texts.length; i++) if (test(texts[i]!)) return true
    return false
  }
}

function networkTest(slot: number, text: string): Test {
  const network = parseNetwork(text)!
  return onTexts(slot, (one) => {
    if (isIP(one) === 0) return false
    const address = parseAddress(one)
    return address !== undefined && network(address)
  })
}

function numberTest(slot: number, { operator, value, part }: Extract<SigmaValue, { kind: 'compare' }>): Test {
  const compare = COMPARE[operator]
  const read = part === undefined ? numberOf : (one: Value): number => readTime(one, part)
  const test = (one: Value): boolean => {
    const number = read(one)
    return !Number.isNaN(number) && compare(number, value)
  }
  return (subject) => {
    const held = subject.value(slot)
    if (held === undefined || held === null) return false
    return Array.isArray(held) ? held.some(test) : test(held)
  }
}

function numberOf(value: Value): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Double) return value.value
  if (typeof value === 'string' && value.trim() !== '') return Number(value)
  return NaN
}

function needOf(slot: number, value: SigmaValue): Need | undefined {
  if (value.kind === 'number' || value.kind === 'boolean') return [{ slot, exact: true, text: String(value.value) }]
  if (value.kind === 'variants') return commonNeed(value.of.map((one) => needOf(slot, one)))
  if (value.kind !== 'text') return undefined
  const text = fold(longestText(value.pattern))
  const exact = !hasWildcard(value.pattern)
  return exact || text.length >= GRAM ? [{ slot, exact, text }] : undefined
}

/** Of needs that all hold the one that leaves out most: whole values first, then the one whose shortest text is longest. */
export function bestNeed(needs: readonly (Need | undefined)[]): Need | undefined {
  const score = (need: Need): number =>
    need.reduce((least, { exact, text }) => Math.min(least, text.length + (exact ? 2 : 0)), Infinity) -
    Math.log2(need.length)
  return needs.reduce<Need | undefined>((best, need) => {
    if (need === undefined) return best
    return best === undefined || score(need) > score(best) ? need : best
  }, undefined)
}

/** What is needed where one of several holds; undefined where one of them needs nothing. */
export function commonNeed(needs: readonly (Need | undefined)[]): Need | undefined {
  return needs.length === 0 || needs.includes(undefined) ? undefined : needs.flatMap((need) => need!)
}
