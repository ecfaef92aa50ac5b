import { ListValue, RangeValue } from './containers.ts'
import { className, elements, rangeItems } from './equality.ts'
import { raise, type ScriptValue } from './instance.ts'
import type { Machine } from './machine.ts'
import { asInt, numberKind } from './numbers.ts'

/** Groovy's other indexes: `list[1..3]`, `list[0, 2]`, `text[-1]`, `range[0]`, `matcher[0]`, `date.list['name']`. */
export function spreadIndexes(machine: Machine, target: ScriptValue, key: ScriptValue): ScriptValue {
  if (typeof target === 'string') return textAt(machine, target, key)
  const items = elements(target)
  if (items !== undefined) {
    if (key instanceof RangeValue || key instanceof ListValue) return slice(machine, items, key)
    if (numberKind(key) === 'int') {
      const position = asInt(key)
      return items[position < 0 ? position + items.length : position] ?? null
    }
    if (typeof key === 'string') return machine.property(target, key)
    throw raise('groovy.lang.MissingMethodException', `No signature of method: ${className(target)}.getAt() is applicable for argument types: (${className(key)})`) // prettier-ignore
  }
  return machine.invoke(target, 'getAt', [key])
}

function positions(machine: Machine, key: ScriptValue, length: number): number[] {
  if (key instanceof RangeValue) {
    machine.budget.allocate(key.size)
    const from = key.from < 0 ? key.from + length : key.from
    const to = key.to < 0 ? key.to + length : key.to
    return rangeItems(new RangeValue(from, to))
  }
  return elements(key)!.flatMap((item) =>
    item instanceof RangeValue ? positions(machine, item, length) : [asInt(item)],
  )
}

function slice(machine: Machine, items: readonly ScriptValue[], key: ScriptValue): ListValue {
  const wanted = positions(machine, key, items.length)
  machine.budget.allocate(wanted.length)
  return new ListValue(
    wanted.map((position) => {
      const at = position < 0 ? position + items.length : position
      if (at < 0 || (at >= items.length && key instanceof RangeValue)) {
        throw raise('IndexOutOfBoundsException', `toIndex = ${at + 1}`)
      }
      return items[at] ?? null
    }),
  )
}

function textAt(machine: Machine, text: string, key: ScriptValue): string {
  const at = (position: number): string => {
    const char = text[position < 0 ? position + text.length : position]
    if (char === undefined) throw raise('StringIndexOutOfBoundsException', `String index out of range: ${position}`)
    return char
  }
  if (numberKind(key) === 'int') return at(asInt(key))
  if (key instanceof RangeValue || key instanceof ListValue) {
    const wanted = positions(machine, key, text.length)
    machine.budget.allocate(wanted.length)
    return wanted.map(at).join('')
  }
  throw raise('groovy.lang.MissingMethodException', `No signature of method: java.lang.String.getAt() is applicable for argument types: (${className(key)})`) // prettier-ignore
}
