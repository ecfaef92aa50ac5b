import { parseFieldPath, type FieldPath } from '../../../event/index.ts'
import { type, type OptionType } from '../../../settings/index.ts'

/** The name of a field: `name`, `[name]`, `[a][b]`, `[@metadata][x]`. */
export const fieldReference: OptionType<FieldPath> = {
  name: 'field reference',
  read(raw) {
    const path = typeof raw === 'string' ? parseFieldPath(raw) : undefined
    return path === undefined ? type.no('a field reference such as "name" or "[a][b]"') : type.ok(path)
  },
}

/** A hash whose names are fields. */
export function fieldHash<T>(values: OptionType<T>): OptionType<readonly (readonly [FieldPath, T])[]> {
  const hash = type.hash(values)
  return {
    name: `hash of fields to ${values.name}`,
    read(raw) {
      const read = hash.read(raw)
      if (!read.ok) return read
      const pairs: [FieldPath, T][] = []
      for (const [name, value] of read.value) {
        const path = parseFieldPath(name)
        if (path === undefined) return type.no(`a hash whose names are field references, which '${name}' is not`)
        pairs.push([path, value])
      }
      return type.ok(pairs)
    },
  }
}

/** The field `inner` below `outer`. */
export function below(outer: FieldPath, inner: FieldPath): FieldPath {
  const keys = [...(outer.metadata ? ['@metadata'] : []), ...outer.keys, ...inner.keys]
  const path = parseFieldPath(keys.map((key) => `[${key}]`).join(''))
  if (path === undefined) throw new TypeError(`invalid field reference below '${outer.text}'`)
  return path
}
