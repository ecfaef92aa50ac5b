import { isObject, parseJson, stringifyJson, type Value } from '../../../event/index.ts'
import { Conversion } from '../conversion.ts'
import { raise, type ScriptValue } from '../instance.ts'
import type { Machine } from '../machine.ts'
import { defineClass } from './define.ts'

function load(machine: Machine, text: string): ScriptValue {
  machine.budget.allocate(text.length)
  const conversion = new Conversion((entries) => machine.budget.allocate(entries))
  try {
    return conversion.toScript(parseJson(text))
  } catch (error) {
    throw raise('IllegalArgumentException', (error as Error).message)
  }
}

function dump(machine: Machine, value: ScriptValue, pretty: boolean): string {
  const conversion = new Conversion((entries) => machine.budget.allocate(entries))
  const house = conversion.toHouse(value)
  const text = pretty ? indented(house, '') : stringifyJson(house)
  machine.budget.allocate(text.length)
  return text
}

/** As Elasticsearch indents: two blanks, and blanks on both sides of a colon. */
function indented(value: Value, margin: string): string {
  const inner = `${margin}  `
  if (Array.isArray(value)) {
    if (value.length === 0) return '[ ]'
    return `[\n${value.map((item) => inner + indented(item, inner)).join(',\n')}\n${margin}]`
  }
  if (!isObject(value)) return stringifyJson(value)
  const names = Object.keys(value)
  if (names.length === 0) return '{ }'
  const lines = names.map((name) => `${inner}${JSON.stringify(name)} : ${indented(value[name]!, inner)}`)
  return `{\n${lines.join(',\n')}\n${margin}}`
}

/** What Elasticsearch gives the scripts of watches and of ingest. */
export const JSON_CLASS = defineClass('Json', {
  static: {
    'def load(String)': (machine, _s, text: string) => load(machine, text),
    'String dump(def)': (machine, _s, value: ScriptValue) => dump(machine, value, false),
    'String dump(def,boolean)': (machine, _s, value: ScriptValue, pretty: boolean) => dump(machine, value, pretty),
  },
})
