import { EntryValue, IteratorValue, ListValue, MapValue, RangeValue } from '../containers.ts'
import { className, elements } from '../equality.ts'
import { raise, type FunctionValue, type ScriptValue } from '../instance.ts'
import type { Machine } from '../machine.ts'
import { MatcherValue } from '../regex.ts'
import { allMatches } from './patterns.ts'
import { StreamValue } from './stream-value.ts'

/** What a loop or a library method walks over; a snapshot, charged to the budget. */
export function itemsOf(machine: Machine, value: ScriptValue): readonly ScriptValue[] {
  if (value === null) throw raise('NullPointerException', 'Cannot iterate over [null]')
  if (value instanceof RangeValue) machine.budget.allocate(value.size)
  const list = elements(value)
  if (list !== undefined) {
    machine.budget.steps(list.length >> 3)
    return list
  }
  if (value instanceof MapValue) {
    machine.budget.allocate(value.size)
    return value.entries().map((entry) => new EntryValue(value, entry.key))
  }
  if (value instanceof IteratorValue) {
    const rest = value.items.slice(value.index)
    value.index = value.items.length
    return rest
  }
  if (value instanceof StreamValue) return value.drain(machine)
  if (machine.dialect === 'groovy') {
    if (typeof value === 'string') {
      machine.budget.allocate(value.length)
      return [...value]
    }
    if (value instanceof MatcherValue) return allMatches(machine, value)
    return [value]
  }
  throw raise('IllegalArgumentException', `Cannot iterate over [${className(value)}]`)
}

/** Calls a function for one element; a map's entry becomes key and value where two are asked for. */
export function callWith(fn: FunctionValue, item: ScriptValue, ...more: ScriptValue[]): ScriptValue {
  if (item instanceof EntryValue && fn.arity === 2 + more.length) return fn.call([item.key, item.value, ...more])
  if (item instanceof ListValue && fn.arity > 1 + more.length && more.length === 0) return fn.call([...item.items])
  return fn.call([item, ...more])
}

/** A list that may be changed. */
export function modifiable(machine: Machine, list: ListValue, grow = 0): ScriptValue[] {
  if (list.unmodifiable) throw raise('UnsupportedOperationException')
  if (grow > 0) machine.budget.allocate(grow)
  return list.items
}

export function modifiableMap(machine: Machine, map: MapValue, grow = 0): MapValue {
  if (map.unmodifiable) throw raise('UnsupportedOperationException')
  if (grow > 0) machine.budget.allocate(grow)
  return map
}

export function newList(machine: Machine, items: ScriptValue[]): ListValue {
  machine.budget.allocate(items.length)
  return new ListValue(items)
}
