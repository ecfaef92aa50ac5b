import { isObject, newObject, type Value } from '../event/index.ts'
import { wildcardPattern } from './wildcard.ts'

/**
 * Keeps what `filter_path` names: comma-separated paths, `*` for part of a name, `**` for any depth, `-` in front
 * to take away (taken away first, as Elasticsearch does).
 */
export function filterPath(body: Value, expression: string): Value {
  const paths = expression
    .split(',')
    .map((path) => path.trim())
    .filter((path) => path !== '')
  const excluded = paths.filter((path) => path.startsWith('-')).map((path) => parse(path.slice(1)))
  const included = paths.filter((path) => !path.startsWith('-')).map(parse)
  let result: Value | undefined = body
  if (excluded.length > 0) result = without(body, excluded)
  if (included.length > 0 && result !== undefined) result = only(result, included)
  return result ?? newObject()
}

type Step = RegExp | '**'
type Path = readonly Step[]

function parse(path: string): Path {
  return path.split(/(?<!\\)\./).map((part) => (part === '**' ? '**' : wildcardPattern(part.replaceAll('\\.', '.'))))
}

/** The paths that are left after a name; an empty one means that it matched whole. */
function advance(paths: readonly Path[], name: string): Path[] {
  const next: Path[] = []
  for (const path of paths) {
    const [step, ...rest] = path
    if (step === undefined) continue
    if (step === '**') {
      next.push(path)
      if (rest.length === 0) next.push([])
      else next.push(...advance([rest], name))
    } else if (step.test(name)) next.push(rest)
  }
  return next
}

function only(value: Value, paths: readonly Path[]): Value | undefined {
  if (paths.some((path) => path.length === 0)) return value
  if (Array.isArray(value)) {
    const kept = value.map((item) => only(item, paths)).filter((item) => item !== undefined)
    return kept.length === 0 ? undefined : kept
  }
  if (!isObject(value)) return undefined
  const result = newObject()
  for (const name in value) {
    const next = advance(paths, name)
    if (next.length === 0) continue
    const kept = only(value[name]!, next)
    if (kept !== undefined) result[name] = kept
  }
  return Object.keys(result).length === 0 ? undefined : result
}

function without(value: Value, paths: readonly Path[]): Value | undefined {
  if (paths.some((path) => path.length === 0)) return undefined
  if (Array.isArray(value)) return value.map((item) => without(item, paths)).filter((item) => item !== undefined)
  if (!isObject(value)) return value
  const result = newObject()
  for (const name in value) {
    const next = advance(paths, name)
    const kept = next.length === 0 ? value[name]! : without(value[name]!, next)
    if (kept !== undefined) result[name] = kept
  }
  return result
}
