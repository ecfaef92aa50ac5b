import { IteratorValue, type SetValue } from '../containers.ts'
import { compareValues, newSet } from '../equality.ts'
import { raise, type ScriptValue } from '../instance.ts'
import type { Machine } from '../machine.ts'
import type { Signatures } from './define.ts'

type Test = (order: number) => boolean

const SIDES: Readonly<Record<string, readonly [test: Test, last: boolean]>> = {
  lower: [(order) => order < 0, true],
  floor: [(order) => order <= 0, true],
  ceiling: [(order) => order >= 0, false],
  higher: [(order) => order > 0, false],
}

const sortedPart =
  (test: Test, alsoEqual?: (inclusive: boolean) => Test) =>
  (machine: Machine, set: SetValue, key: ScriptValue, inclusive?: boolean): SetValue => {
    machine.budget.allocate(set.map.size)
    const fits = inclusive === undefined ? test : alsoEqual!(inclusive)
    return newSet(
      'sorted',
      set.items.filter((item) => fits(compareValues(item, key))),
    )
  }

const below = (inclusive: boolean): Test => (inclusive ? (order) => order <= 0 : (order) => order < 0)
const above = (inclusive: boolean): Test => (inclusive ? (order) => order >= 0 : (order) => order > 0)

function endOf(set: SetValue, index: 0 | -1, take: boolean): ScriptValue {
  const item = set.items.at(index)
  if (item === undefined) {
    if (take) return null
    throw raise('java.util.NoSuchElementException')
  }
  if (take) set.map.delete(item)
  return item
}

/** What a TreeSet has of NavigableSet. The parts of it that it gives are copies. */
export const SORTED_SET: Signatures = {
  ...Object.fromEntries(
    Object.entries(SIDES).map(([name, [test, last]]) => [
      `def ${name}(def)`,
      (_m: Machine, set: SetValue, key: ScriptValue) => {
        const fits = (item: ScriptValue): boolean => test(compareValues(item, key))
        return (last ? set.items.findLast(fits) : set.items.find(fits)) ?? null
      },
    ]),
  ),
  'def first()': (_m, set: SetValue) => endOf(set, 0, false),
  'def last()': (_m, set: SetValue) => endOf(set, -1, false),
  'def pollFirst()': (_m, set: SetValue) => endOf(set, 0, true),
  'def pollLast()': (_m, set: SetValue) => endOf(set, -1, true),
  'Set headSet(def)': sortedPart(below(false)),
  'Set headSet(def,boolean)': sortedPart(below(false), below),
  'Set tailSet(def)': sortedPart(above(true)),
  'Set tailSet(def,boolean)': sortedPart(above(true), above),
  'Set subSet(def,def)': (machine, set: SetValue, from: ScriptValue, to: ScriptValue) =>
    sortedPart(below(false))(machine, sortedPart(above(true))(machine, set, from), to),
  'Set descendingSet()': (_m, set: SetValue) => newSet('linked', set.items.toReversed()),
  'Iterator descendingIterator()': (_m, set: SetValue) => new IteratorValue(set.items.toReversed()),
}
