import { diagnose, DiagnosticError, type Diagnostic } from '../../diagnostic/index.ts'
import type { ValueObject } from '../../event/index.ts'
import { compileCondition, every, type Condition } from './condition.ts'
import { FieldTable, Subject } from './fields.ts'
import { Origin } from './logsource.ts'
import { compileItem, type Need, type Test } from './modifiers.ts'
import type { DetectionRule, FilterRule, Selection, SigmaRule } from './rule.ts'

interface Compiled {
  readonly rule: DetectionRule
  readonly test: Test
  readonly need: Need | undefined
}

interface Route {
  readonly always: readonly number[]
  readonly exact: readonly { readonly slot: number; readonly rules: ReadonlyMap<string, readonly number[]> }[]
  readonly grams: readonly {
    readonly slot: number
    readonly bits: Uint8Array
    readonly rules: ReadonlyMap<number, readonly number[]>
  }[]
}

const GRAM = 4
const ROUTES_LIMIT = 1_000

/**
 * Rules ready to judge events. Each rule that cannot match without one of some texts in some field is looked at only
 * where the event has such a text: whole values by a map, parts of values by one group of four characters of each.
 */
export class RuleSet {
  readonly rules: readonly DetectionRule[]
  readonly problems: readonly Diagnostic[]
  private readonly compiled: readonly Compiled[]
  private readonly table = new FieldTable()
  private readonly subject: Subject
  private readonly origin: Origin
  private readonly routes = new Map<string, Route>()
  private readonly stamps: Uint32Array
  private stamp = 0

  constructor(rules: readonly SigmaRule[]) {
    const problems: Diagnostic[] = []
    this.origin = new Origin(this.table)
    const filters = rules.filter((rule) => rule.kind === 'filter')
    for (const filter of filters) if (filter.rules !== 'any') problems.push(...missing(filter, rules))
    this.compiled = rules.flatMap((rule) => {
      if (rule.kind !== 'rule') return []
      try {
        return [compileRule(rule, filters, this.table)]
      } catch (error) {
        if (!(error instanceof DiagnosticError)) throw error
        problems.push(...error.diagnostics)
        return []
      }
    })
    this.rules = this.compiled.map(({ rule }) => rule)
    this.problems = problems
    this.subject = new Subject(this.table)
    this.stamps = new Uint32Array(this.compiled.length)
  }

  /** The rules that match an event, in the order given. */
  match(fields: ValueObject): DetectionRule[] {
    const { subject } = this
    subject.reset(fields)
    const key = this.origin.key(subject)
    let route = this.routes.get(key)
    if (route === undefined) {
      if (this.routes.size >= ROUTES_LIMIT) this.routes.clear()
      route = this.route(key)
      this.routes.set(key, route)
    }
    const hits: number[] = []
    const stamp = (this.stamp = (this.stamp + 1) >>> 0)
    const judge = (indices: readonly number[]): void => {
      for (const index of indices) {
        if (this.stamps[index] === stamp) continue
        this.stamps[index] = stamp
        if (this.compiled[index]!.test(subject)) hits.push(index)
      }
    }
    judge(route.always)
    for (const { slot, rules } of route.exact)
      for (const text of subject.foldsOf(slot)) {
        const found = rules.get(text)
        if (found !== undefined) judge(found)
      }
    for (const { slot, bits, rules } of route.grams)
      for (const text of subject.foldsOf(slot))
        for (let at = 0; at + GRAM <= text.length; at++) {
          const hash = gramAt(text, at)
          if (bits[hash & 0xffff] === 0) continue
          const found = rules.get(hash)
          if (found !== undefined) judge(found)
        }
    hits.sort((a, b) => a - b)
    return hits.map((index) => this.compiled[index]!.rule)
  }

  private route(key: string): Route {
    const always: number[] = []
    const exact = new Map<number, Map<string, number[]>>()
    const grams = new Map<number, Map<number, number[]>>()
    this.compiled.forEach(({ rule, need }, index) => {
      if (!this.origin.allows(key, rule.logsource)) return
      if (need === undefined) always.push(index)
      else if (need.exact) for (const text of need.texts) put(exact, need.slot, text, index)
      else for (const text of need.texts) put(grams, need.slot, rarest(text), index)
    })
    return {
      always,
      exact: [...exact].map(([slot, rules]) => ({ slot, rules })),
      grams: [...grams].map(([slot, rules]) => {
        const bits = new Uint8Array(65_536)
        for (const hash of rules.keys()) bits[hash & 0xffff] = 1
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

function gramAt(text: string, at: number): number {
  let hash = 0
  for (let i = 0; i < GRAM; i++) hash = Math.imul(hash, 0x01_00_01_93) + text.charCodeAt(at + i)
  return hash ^ (hash >>> 16)
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

function compileRule(rule: DetectionRule, filters: readonly FilterRule[], table: FieldTable): Compiled {
  const own = compileDetection(rule, table)
  const applying = filters.filter((filter) => applies(filter, rule))
  if (applying.length === 0) return { rule, ...own }
  // A filter has its names to itself: it is one more test, not a rewritten rule.
  const tests = applying.map((filter) => compileDetection(filter, table).test)
  return { rule, test: every(true, [own.test, ...tests]), need: own.need }
}

function applies(filter: FilterRule, rule: DetectionRule): boolean {
  if (filter.rules !== 'any')
    return filter.rules.includes(rule.id) || (rule.name !== undefined && filter.rules.includes(rule.name))
  return (['product', 'category', 'service'] as const).every(
    (key) => filter.logsource[key] === undefined || filter.logsource[key] === rule.logsource[key],
  )
}

function missing(filter: FilterRule, rules: readonly SigmaRule[]): Diagnostic[] {
  const names = filter.rules === 'any' ? [] : filter.rules
  return names
    .filter((name) => !rules.some((rule) => rule.id === name || rule.name === name))
    .map((name) =>
      diagnose('sigma.reference', { owner: filter.title, name }, { span: filter.span, severity: 'warning' }),
    )
}

type Detection = Pick<DetectionRule, 'selections' | 'conditions'>

function compileDetection(
  { selections, conditions }: Detection,
  table: FieldTable,
): { test: Test; need: Need | undefined } {
  const compiled = new Map(selections.map((selection) => [selection.name, compileSelection(selection, table)]))
  const tests = conditions.map((condition) => compileCondition(condition, (name) => compiled.get(name)!.test))
  const needs = (condition: Condition): Need | undefined => {
    if (condition.kind === 'name') return compiled.get(condition.name)!.need
    if (condition.kind === 'not') return undefined
    const inner = condition.of.map(needs)
    return condition.kind === 'and' ? best(inner) : union(inner)
  }
  return { test: every(false, tests), need: union(conditions.map(needs)) }
}

function compileSelection(selection: Selection, table: FieldTable): { test: Test; need: Need | undefined } {
  const groups = selection.alternatives.map((items) => {
    const compiled = items.map((item) => compileItem(item, table))
    return {
      test: every(
        true,
        compiled.map(({ test }) => test),
      ),
      need: best(compiled.map(({ need }) => need)),
    }
  })
  return {
    test: every(
      false,
      groups.map(({ test }) => test),
    ),
    need: union(groups.map(({ need }) => need)),
  }
}

/** The need that leaves out most: whole values first, then the one whose shortest text is longest. */
function best(needs: readonly (Need | undefined)[]): Need | undefined {
  const score = (need: Need): number => {
    const shortest = Math.min(...need.texts.map((text) => text.length))
    return (need.exact ? 2 : 0) + shortest - Math.log2(need.texts.length)
  }
  const usable = needs.filter((need) => need !== undefined && isUsable(need)) as Need[]
  return usable.reduce<Need | undefined>((a, b) => (a === undefined || score(b) > score(a) ? b : a), undefined)
}

/** All of them must speak of one field: an event is asked once. */
function union(needs: readonly (Need | undefined)[]): Need | undefined {
  const [first] = needs
  if (first === undefined) return undefined
  if (needs.some((need) => need === undefined || need.slot !== first.slot || need.exact !== first.exact))
    return undefined
  const need = { ...first, texts: needs.flatMap((one) => one!.texts) }
  return isUsable(need) ? need : undefined
}

function isUsable(need: Need): boolean {
  return need.exact || need.texts.every((text) => text.length >= GRAM)
}
