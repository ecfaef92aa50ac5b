import type { Budget } from './budget.ts'
import type { FunctionValue, ScriptValue } from './instance.ts'

export type Dialect = 'painless' | 'groovy'

/** One run of a script: its budget, its bindings, and where it is, for messages. */
export interface Machine {
  readonly budget: Budget
  readonly dialect: Dialect
  /** Offsets of the expression that is being evaluated. */
  start: number
  end: number
  /** Variables of the context and, in Groovy, of the binding. */
  readonly globals: Map<string, ScriptValue>
  readonly functions: ReadonlyMap<string, FunctionValue>
  /** Text of a value, charged to the budget. */
  print(value: ScriptValue): string
  /** Calls a method of the allow-list; for library code that must call back into a value. */
  invoke(target: ScriptValue, name: string, args: ScriptValue[]): ScriptValue
  /** Reads a property, as `target.name` does. */
  property(target: ScriptValue, name: string): ScriptValue
  truth(value: ScriptValue): boolean
  /** The time of the run, for `now()`: milliseconds since the epoch. */
  readonly now: () => number
}
