import { isObject, newObject, type Value, type ValueObject } from '../event/index.ts'
import type { Execution } from './model.ts'
import { Spec } from './spec.ts'
import { readTemplate } from './template.ts'

/** A value of a watch in which every text is a template. */
export interface RenderedValue {
  render(execution: Execution, payload: ValueObject): Value
}

/** Reads it; each text is rendered on its own, so what it fills in stays within it. */
export function readRendered(spec: Spec): RenderedValue | undefined {
  const { value } = spec
  if (typeof value === 'string') return readTemplate(spec)
  if (Array.isArray(value)) {
    const items = spec.items().map(readRendered)
    if (!items.every((item) => item !== undefined)) return undefined
    return { render: (execution, payload) => items.map((item) => item.render(execution, payload)) }
  }
  if (!isObject(value)) return { render: () => value }
  const members: [string, RenderedValue][] = []
  for (const name of spec.names()) {
    const inner = spec.take(name)
    const member = inner === undefined ? undefined : readRendered(inner)
    if (member !== undefined) members.push([name, member])
  }
  return {
    render(execution, payload) {
      const result = newObject()
      for (const [name, member] of members) result[name] = member.render(execution, payload)
      return result
    },
  }
}
