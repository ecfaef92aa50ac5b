import { EntryValue, type MapValue } from '../containers.ts'
import { compareValues, newMap, newSet } from '../equality.ts'
import { raise, type ScriptValue } from '../instance.ts'
import type { Machine } from '../machine.ts'
import type { Signatures } from './define.ts'

type Side = 'below' | 'at-most' | 'at-least' | 'above'

/** The nearest key on one side of another, or undefined. */
function nearest(map: MapValue, key: ScriptValue, side: Side): ScriptValue | undefined {
  const keys = map.keys()
  const fits = (candidate: ScriptValue): boolean => {
    const order = compareValues(candidate, key)
    return side === 'below' ? order < 0 : side === 'at-most' ? order <= 0 : side === 'at-least' ? order >= 0 : order > 0
  }
  return side === 'below' || side === 'at-most' ? keys.findLast(fits) : keys.find(fits)
}

interface Bound {
  readonly key: ScriptValue
  readonly inclusive: boolean
}

function between(machine: Machine, map: MapValue, from: Bound | undefined, to: Bound | undefined): MapValue {
  machine.budget.allocate(map.size)
  const part = newMap('sorted')
  for (const { key, value } of map.entries()) {
    const low = from === undefined ? 1 : compareValues(key, from.key)
    const high = to === undefined ? -1 : compareValues(key, to.key)
    if ((low > 0 || (low === 0 && from!.inclusive)) && (high < 0 || (high === 0 && to!.inclusive))) part.set(key, value)
  }
  return part
}

function polled(map: MapValue, index: 0 | -1): ScriptValue {
  if (map.size === 0) return null
  const { key } = edge(map, index)
  const alone = newMap('linked')
  alone.set(key, map.get(key) ?? null)
  map.delete(key)
  return new EntryValue(alone, key)
}

const SIDES: Readonly<Record<string, Side>> = { lower: 'below', floor: 'at-most', ceiling: 'at-least', higher: 'above' }

/** What a TreeMap has of NavigableMap. The parts of it that it gives are copies. */
export const NAVIGATION: Signatures = {
  ...Object.fromEntries(
    Object.entries(SIDES).flatMap(([name, side]) => [
      [`def ${name}Key(def)`, (_m: Machine, map: MapValue, key: ScriptValue) => nearest(map, key, side) ?? null],
      [
        `Entry ${name}Entry(def)`,
        (_m: Machine, map: MapValue, key: ScriptValue) => {
          const found = nearest(map, key, side)
          return found === undefined ? null : new EntryValue(map, found)
        },
      ],
    ]),
  ),
  'Map headMap(def)': (machine, map: MapValue, to: ScriptValue) => between(machine, map, undefined, { key: to, inclusive: false }), // prettier-ignore
  'Map headMap(def,boolean)': (machine, map: MapValue, to: ScriptValue, inclusive: boolean) => between(machine, map, undefined, { key: to, inclusive }), // prettier-ignore
  'Map tailMap(def)': (machine, map: MapValue, from: ScriptValue) => between(machine, map, { key: from, inclusive: true }, undefined), // prettier-ignore
  'Map tailMap(def,boolean)': (machine, map: MapValue, from: ScriptValue, inclusive: boolean) => between(machine, map, { key: from, inclusive }, undefined), // prettier-ignore
  'Map subMap(def,def)': (machine, map: MapValue, from: ScriptValue, to: ScriptValue) =>
    between(machine, map, { key: from, inclusive: true }, { key: to, inclusive: false }),
  'Map subMap(def,boolean,def,boolean)': (
    machine,
    map: MapValue,
    from: ScriptValue,
    a: boolean,
    to: ScriptValue,
    b: boolean,
  ) =>
    // prettier-ignore
    between(machine, map, { key: from, inclusive: a }, { key: to, inclusive: b }),
  'Map descendingMap()': (machine, map: MapValue) => {
    machine.budget.allocate(map.size)
    const reversed = newMap('linked')
    for (const { key, value } of map.entries().toReversed()) reversed.set(key, value)
    return reversed
  },
  'Set navigableKeySet()': (_m, map: MapValue) => newSet('sorted', map.keys()),
  'Set descendingKeySet()': (_m, map: MapValue) => newSet('linked', map.keys().toReversed()),
  'Entry pollFirstEntry()': (_m, map: MapValue) => polled(map, 0),
  'Entry pollLastEntry()': (_m, map: MapValue) => polled(map, -1),
}

/** The first or last entry. @throws NoSuchElementException where there is none */
export function edge(map: MapValue, index: number): { readonly key: ScriptValue } {
  const entry = map.entries().at(index)
  if (entry === undefined) throw raise('java.util.NoSuchElementException')
  return entry
}
