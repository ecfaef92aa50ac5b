import { DiagnosticError, type Diagnostic } from '../../diagnostic/index.ts'
import type { ValueObject } from '../../event/index.ts'
import { compileCondition, every, type Condition } from './condition.ts'
import { FieldTable, Places, Subject } from './fields.ts'
import { Origin } from './logsource.ts'
import { bestNeed, commonNeed, GRAM, Matcher, type Compiled, type Need } from './matcher.ts'
import type { Pipeline } from './pipeline/pipeline.ts'
import { prepareRules } from './prepare.ts'
import type { Detection, DetectionRule, SigmaRule } from './rule.ts'
import { Shapes } from './shapes.ts'

interface CompiledRule extends Compiled {
  readonly rule: DetectionRule
  readonly matcher: Matcher
  /** Matches, how often it was looked at, and the milliseconds that took in the events that are timed. */
  hits: number
  asked: number
  millis: number
}

interface Route {
  readonly always: readonly number[]
  readonly exact: readonly { readonly slot: number; readonly rules: ReadonlyMap<string, readonly number[]> }[]
  readonly grams: readonly {
    readonly slot: number
    /** A bit for each hash of a group of characters, of which most are in no rule. */
    readonly bits: Uint8Array
    readonly rules: ReadonlyMap<number, readonly number[]>
  }[]
}

const ROUTES_LIMIT = 2_000
const NO_RULES: Route = { always: [], exact: [], grams: [] }
const NOTHING_SAID = '\0'.repeat(10)

/** What events with the same keys have in common. */
interface Form {
  readonly places: Places
  /** Whether they may say where they come from, and by which fields. */
  readonly says: boolean
  readonly present: readonly boolean[]
  /** The rules for each origin. */
  readonly routes: Map<string, Route>
}
const BITS = 65_536
/** Of so many events one is timed. */
const TIMED_ONE_OF = 64

/**
 * Rules ready to judge events. Each rule that cannot match without one of some texts in some field is looked at only
 * where the event has such a text: whole values by a map, parts of values by one group of four characters of each.
 */
export class RuleSet {
  readonly rules: readonly DetectionRule[]
  readonly problems: readonly Diagnostic[]
  private readonly compiled: readonly CompiledRule[]
  private readonly table = new FieldTable()
  private readonly subject: Subject
  private readonly origin: Origin
  private forms: Shapes<Form>
  private routes = 0
  private readonly stamps: Uint32Array
  private stamp = 0
  private readonly monotonic: (() => number) | undefined
  private events = 0

  /** Correlations are passed over. */
  constructor(
    rules: readonly SigmaRule[],
    { pipelines = [], monotonic }: { pipelines?: readonly Pipeline[]; monotonic?: (() => number) | undefined } = {},
  ) {
    const prepared = prepareRules(rules, pipelines)
    const problems = [...prepared.problems]
    this.monotonic = monotonic
    this.origin = new Origin(
      this.table,
      prepared.rules.flatMap((rule) => (rule.kind === 'rule' ? [rule.logsource] : [])),
    )
    this.compiled = prepared.rules.flatMap((rule) => {
      if (rule.kind !== 'rule') return []
      try {
        const matcher = new Matcher(this.table, rule.logsource)
        return [{ rule, matcher, hits: 0, asked: 0, millis: 0, ...compileRule(rule, matcher) }]
      } catch (error) {
        if (!(error instanceof DiagnosticError)) throw error
        problems.push(...error.diagnostics)
        return []
      }
    })
    this.rules = this.compiled.map(({ rule }) => rule)
    this.problems = problems
    this.subject = new Subject(this.table)
    this.forms = new Shapes((heads) => this.form(heads))
    this.stamps = new Uint32Array(this.compiled.length)
  }

  /** The rules that match an event, in the order given. */
  match(fields: ValueObject): DetectionRule[] {
    const { subject } = this
    const form = this.forms.of(fields)
    subject.reset(fields, form.places)
    const route = this.routeFor(form)
    if (route === NO_RULES) return []
    const timed = this.monotonic !== undefined && ++this.events % TIMED_ONE_OF === 0
    const hits: number[] = []
    const stamp = (this.stamp = (this.stamp + 1) >>> 0)
    const judge = (indices: readonly number[]): void => {
      for (const index of indices) {
        if (this.stamps[index] === stamp) continue
        this.stamps[index] = stamp
        const compiled = this.compiled[index]!
        compiled.asked++
        if (timed ? this.timed(compiled) : compiled.test(subject)) hits.push(index)
      }
    }
    judge(route.always)
    for (const { slot, rules } of route.exact)
      for (const text of subject.foldsOf(slot)) {
        const found = rules.get(text)
        if (found !== undefined) judge(found)
      }
    for (const { slot, bits, rules } of route.grams)
      for (const text of subject.foldsOf(slot)) {
        let hash = 0
        for (let at = 0; at < text.length; at++) {
          hash = (hash << 8) | (text.charCodeAt(at) & 0xff)
          if (at < GRAM - 1) continue
          const bit = bitOf(hash)
          if ((bits[bit >>> 3]! & (1 << (bit & 7))) === 0) continue
          const found = rules.get(hash)
          if (found !== undefined) judge(found)
        }
      }
    if (hits.length > 1) hits.sort((a, b) => a - b)
    return hits.map((index) => {
      const compiled = this.compiled[index]!
      compiled.hits++
      return compiled.rule
    })
  }

  /** Choices of rules that are kept, for what events have in common. */
  get routesMade(): number {
    return this.routes
  }

  private routeFor(form: Form): Route {
    const key = form.says ? this.origin.key(this.subject, form.present) : NOTHING_SAID
    let route = form.routes.get(key)
    if (route === undefined) {
      if (this.routes++ >= ROUTES_LIMIT) this.forget()
      route = this.route(key, form.places)
      form.routes.set(key, route)
    }
    return route
  }

  /** Routes are made anew for the forms that still come. */
  private forget(): void {
    this.forms = new Shapes((heads) => this.form(heads))
    this.routes = 1
  }

  private form(heads: ReadonlySet<string> | undefined): Form {
    const places = new Places(this.table, heads)
    const present = this.origin.slotsIn(places)
    return { places, present, says: present.includes(true), routes: new Map() }
  }

  private timed(compiled: CompiledRule): boolean {
    const began = this.monotonic!()
    const matches = compiled.test(this.subject)
    compiled.millis += (this.monotonic!() - began) * TIMED_ONE_OF
    return matches
  }

  status(): { rule: DetectionRule; hits: number; asked: number; millis: number; timeouts: number }[] {
    return this.compiled.map(({ rule, matcher, hits, asked, millis }) => {
      return { rule, hits, asked, millis, timeouts: matcher.timeouts }
    })
  }

  /** Takes over the counts of rules with the same ids. */
  resume(counts: ReadonlyMap<string, { hits: number; asked: number; millis: number }>): void {
    for (const compiled of this.compiled) {
      const { hits, asked, millis } = counts.get(compiled.rule.id) ?? compiled
      Object.assign(compiled, { hits, asked, millis })
    }
  }

  private route(key: string, places: Places): Route {
    const always: number[] = []
    const exact = new Map<number, Map<string, number[]>>()
    const grams = new Map<number, Map<number, number[]>>()
    this.compiled.forEach(({ rule, need }, index) => {
      if (!this.origin.allows(key, rule.logsource)) return
      if (need === undefined) always.push(index)
      else
        for (const { slot, exact: whole, text } of need) {
          // An event of this form does not have the field at all.
          if (places.of(slot).length === 0) continue
          if (whole) put(exact, slot, text, index)
          else put(grams, slot, rarest(text), index)
        }
    })
    if (always.length === 0 && exact.size === 0 && grams.size === 0) return NO_RULES
    return {
      always,
      exact: [...exact].map(([slot, rules]) => ({ slot, rules })),
      grams: [...grams].map(([slot, rules]) => {
        const bits = new Uint8Array(BITS / 8)
        for (const hash of rules.keys()) bits[bitOf(hash) >>> 3]! |= 1 << (bitOf(hash) & 7)
        return { slot, bits, rules }
      }),
    }
  }
}

function put<K>(slots: Map<number, Map<K, number[]>>, slot: number, key: K, index: number): void {
  const rules = slots.get(slot) ?? new Map<K, number[]>()
  slots.set(slot, rules)
  const list = rules.get(key)
  if (list === undefined) rules.set(key, [index])
  else list.push(index)
}

/** Four characters as a number, of each its low byte. */
function gramAt(text: string, at: number): number {
  let hash = 0
  for (let i = 0; i < GRAM; i++) hash = (hash << 8) | (text.charCodeAt(at + i) & 0xff)
  return hash
}

/** The place of a group among the bits: neighbours far apart (Fibonacci hashing). */
function bitOf(hash: number): number {
  return Math.imul(hash, 0x9e3779b1) >>> 16
}

/** The group of the text that ordinary command lines hold least often, by a rough guess: few vowels, no `.exe`. */
function rarest(text: string): number {
  let best = 0
  let bestScore = -1
  for (let at = 0; at + GRAM <= text.length; at++) {
    const gram = text.slice(at, at + GRAM)
    const score = (/\.exe|exe$|\\win|dows|syst|em32/.test(gram) ? 0 : 5) + gram.replace(/[aeiou\s\\./:]/g, '').length
    if (score <= bestScore) continue
    bestScore = score
    best = at
  }
  return gramAt(text, best)
}

function compileRule(rule: DetectionRule, matcher: Matcher): Compiled {
  const compiled = rule.detections.map((detection) => compileDetection(detection, matcher))
  return {
    test: every(
      true,
      compiled.map(({ test }) => test),
    ),
    need: bestNeed(compiled.map(({ need }) => need)),
  }
}

function compileDetection({ selections, conditions }: Detection, matcher: Matcher): Compiled {
  const compiled = new Map(selections.map(({ name, clause }) => [name, matcher.compile(clause)]))
  const tests = conditions.map((condition) => compileCondition(condition, (name) => compiled.get(name)!.test))
  const needs = (condition: Condition): Need | undefined => {
    if (condition.kind === 'name') return compiled.get(condition.name)!.need
    if (condition.kind === 'not') return undefined
    const inner = condition.of.map(needs)
    return condition.kind === 'and' ? bestNeed(inner) : commonNeed(inner)
  }
  return { test: every(false, tests), need: commonNeed(conditions.map(needs)) }
}
