import { compileCondition, namesOf, type Condition } from './condition.ts'
import type { CorrelationRule } from './correlation.ts'
import type { Window } from './windows.ts'

/** For temporal types: when each rule was last met, and since when a chain in order leads up to it. */
export class OrderWindow implements Window {
  private readonly rule: CorrelationRule
  private readonly last: number[]
  private readonly since: number[]

  constructor(rule: CorrelationRule, state?: readonly (readonly (number | null)[])[]) {
    this.rule = rule
    const read = (times: readonly (number | null)[] | undefined): number[] =>
      times?.map((time) => time ?? -Infinity) ?? rule.rules.map(() => -Infinity)
    this.last = read(state?.[0])
    this.since = read(state?.[1])
  }

  add(time: number, rule: number): void {
    this.last[rule] = time
    // Events of the same moment are in order either way round.
    for (let i = rule; i < this.last.length && this.last[i] === time; i++)
      this.since[i] = i === 0 ? time : this.since[i - 1]!
  }

  measure(time: number): number {
    const oldest = time - this.rule.timespan
    if (this.rule.type === 'temporal') return this.last.filter((one) => one > oldest).length
    // With fewer rules asked for than there are, what counts is how far the chain came.
    return this.since.reduce((far, since, index) => (since > oldest ? index + 1 : far), 0)
  }

  get size(): number {
    return this.last.length
  }

  values(): string[] {
    return this.rule.rules.filter((_, index) => this.last[index]! > -Infinity)
  }

  save(): unknown {
    const finite = (times: number[]): (number | null)[] => times.map((time) => (time === -Infinity ? null : time))
    return [finite(this.last), finite(this.since)]
  }
}

/** Of one rule in one window; the oldest are dropped beyond. */
const TIMES_LIMIT = 1000

/**
 * For temporal types with a condition over rules: it holds of the rules that were met in the window. Ordered, those of
 * them that the condition asks for must have been met in the order of the list, at least once.
 */
export class ExtendedWindow implements Window {
  private readonly rule: CorrelationRule
  private readonly times: number[][]
  private readonly holds: (time: number) => boolean
  private readonly wanted: readonly number[]

  constructor(rule: CorrelationRule, condition: Condition, state?: readonly (readonly number[])[]) {
    this.rule = rule
    this.times = rule.rules.map((_, index) => [...(state?.[index] ?? [])])
    this.holds = compileCondition(condition, (name) => {
      const times = this.times[rule.rules.indexOf(name)]!
      return (time: number) => (times.at(-1) ?? -Infinity) > time - rule.timespan
    })
    const positive = new Set(positiveNames(condition))
    this.wanted = rule.rules.flatMap((name, index) => (positive.has(name) ? [index] : []))
  }

  add(time: number, rule: number): void {
    const times = this.times[rule]!
    times.push(time)
    if (times.length > TIMES_LIMIT) times.shift()
  }

  measure(time: number): number {
    const oldest = time - this.rule.timespan
    for (const times of this.times) {
      const outside = times.findIndex((one) => one > oldest)
      times.splice(0, outside < 0 ? times.length : outside)
    }
    if (!this.holds(time)) return 0
    return this.rule.type === 'temporal' || this.inOrder() ? 1 : 0
  }

  /** Taking the earliest that fits leaves most room for those that follow. */
  private inOrder(): boolean {
    let reached = -Infinity
    for (const index of this.wanted) {
      const times = this.times[index]!
      if (times.length === 0) continue
      const next = times.find((one) => one >= reached)
      if (next === undefined) return false
      reached = next
    }
    return true
  }

  get size(): number {
    return this.times.reduce((sum, { length }) => sum + length, this.times.length)
  }

  values(): string[] {
    return this.rule.rules.filter((_, index) => this.times[index]!.length > 0)
  }

  save(): unknown {
    return this.times
  }
}

/** The names that stand under an even number of negations. */
function positiveNames(condition: Condition, negated = false): string[] {
  if (condition.kind === 'not') return positiveNames(condition.of, !negated)
  if (condition.kind === 'name') return negated ? [] : namesOf(condition)
  return condition.of.flatMap((one) => positiveNames(one, negated))
}
