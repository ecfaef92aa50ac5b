import { compareValues } from '../equality.ts'
import { FunctionValue, type ScriptValue } from '../instance.ts'
import type { Machine } from '../machine.ts'
import { asInt, numberKind } from '../numbers.ts'

/** A JavaScript comparator for a Java Comparator, or a Groovy closure of one parameter (a key). */
export function comparator(machine: Machine, fn: FunctionValue | null): (a: ScriptValue, b: ScriptValue) => number {
  if (fn === null) {
    return (a, b) => {
      machine.budget.step()
      return compareValues(a, b)
    }
  }
  if (fn.arity === 1) {
    return (a, b) => {
      machine.budget.step()
      return compareValues(fn.call([a]), fn.call([b]))
    }
  }
  return (a, b) => {
    const result = fn.call([a, b])
    if (typeof result === 'boolean') return result ? 1 : 0
    return numberKind(result) === undefined ? 0 : asInt(result)
  }
}

/** A Comparator object. */
export function comparatorValue(compare: (a: ScriptValue, b: ScriptValue) => number): FunctionValue {
  return new FunctionValue(2, ([a, b]) => compare(a ?? null, b ?? null))
}
