import { ListValue, MapValue } from '../containers.ts'
import { className } from '../equality.ts'
import { raise, type ScriptValue } from '../instance.ts'
import type { Machine } from '../machine.ts'
import { checkBounds } from './bounds.ts'
import type { Signatures } from './define.ts'

/** `a.b.0.c` within maps and lists. @throws IllegalArgumentException where it leads nowhere and nothing stands in */
function byPath(machine: Machine, start: ScriptValue, path: string, other?: ScriptValue): ScriptValue {
  let value: ScriptValue = start
  const steps = path.split('.')
  for (const [i, step] of steps.entries()) {
    machine.budget.step()
    let inner: ScriptValue | undefined
    if (value instanceof MapValue) inner = value.get(step)
    else if (value instanceof ListValue) {
      if (!/^\d+$/.test(step)) {
        const place = `at path [${path}] and index [${i}]`
        throw raise('IllegalArgumentException', `Could not parse [${step}] as a int index into list ${place}`)
      }
      checkBounds(Number(step), value.items.length)
      inner = value.items[Number(step)]
    } else
      throw raise(
        'IllegalArgumentException',
        `Non-container [${className(value)}] at [${step}], index [${i}] in path [${path}]`,
      )
    if (inner === undefined || inner === null) {
      if (other === undefined && i < steps.length) throw raise('IllegalArgumentException', `Could not find key [${step}] at index [${i}] in path [${path}]`) // prettier-ignore
      return other!
    }
    value = inner
  }
  return value
}

/** What maps and lists have of it. */
export const BY_PATH: Signatures = {
  'def getByPath(String)': (machine, self: ScriptValue, path: string) => byPath(machine, self, path),
  'def getByPath(String,def)': (machine, self: ScriptValue, path: string, other: ScriptValue) =>
    byPath(machine, self, path, other),
}
