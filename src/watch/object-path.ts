import { isObject, newObject, type Value, type ValueObject } from '../event/index.ts'

/** The value at `ctx.payload.hits.hits.0._source.x`; undefined where there is none. */
export function valueAt(root: Value, path: string): Value | undefined {
  if (path === '') return root
  let value: Value | undefined = root
  const steps = path.split('.')
  for (let i = 0; i < steps.length; i++) {
    if (Array.isArray(value)) {
      const step = steps[i]!
      value = /^\d+$/.test(step) ? value[Number(step)] : undefined
    } else if (isObject(value)) {
      const rest: string = steps.slice(i).join('.')
      if (!Object.hasOwn(value, steps[i]!) && Object.hasOwn(value, rest)) return value[rest]
      value = Object.hasOwn(value, steps[i]!) ? value[steps[i]!] : undefined
    } else {
      return undefined
    }
  }
  return value
}

/** Keeps of an object what the paths name, in lists for each element, as `extract` of an input does. */
export function extractPaths(value: ValueObject, paths: readonly string[]): ValueObject {
  return (
    (pick(
      value,
      paths.map((path) => path.split('.')),
    ) as ValueObject | undefined) ?? newObject()
  )
}

function pick(value: Value, paths: readonly (readonly string[])[]): Value | undefined {
  if (paths.some((path) => path.length === 0)) return value
  if (Array.isArray(value)) {
    const kept = value.map((inner) => pick(inner, paths)).filter((inner) => inner !== undefined)
    return kept.length === 0 ? undefined : kept
  }
  if (!isObject(value)) return undefined
  const result = newObject()
  let found = false
  for (const name of Object.keys(value)) {
    const deeper = paths.filter(([first]) => first === name || first === '*').map((path) => path.slice(1))
    const inner = deeper.length === 0 ? undefined : pick(value[name]!, deeper)
    if (inner === undefined) continue
    result[name] = inner
    found = true
  }
  return found ? result : undefined
}
