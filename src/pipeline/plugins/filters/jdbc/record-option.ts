import {
  RawHash,
  type,
  type Option,
  type OptionSchema,
  type OptionsOf,
  type OptionType,
  type Raw,
} from '../../../../settings/index.ts'

/** A hash with options of its own, as deep in a plugin's as the plugin's own are in its body. */
export function record<const S extends OptionSchema>(schema: S): OptionType<OptionsOf<S>> {
  return {
    name: `hash of ${Object.keys(schema).join(', ')}`,
    read(raw) {
      if (!(raw instanceof RawHash)) return type.no(`a hash of ${Object.keys(schema).join(', ')}`)
      const given = new Map<string, Raw>(raw.pairs)
      const names = new Set(Object.entries(schema).flatMap(([name, { aliases = [] }]) => [name, ...aliases]))
      for (const name of given.keys())
        if (!names.has(name))
          return type.no(`a hash without '${name}', which is none of ${Object.keys(schema).join(', ')}`)
      const values: Record<string, unknown> = {}
      for (const [name, spec] of Object.entries(schema) as [string, Option][]) {
        const written = [name, ...(spec.aliases ?? [])].map((one) => given.get(one)).find((one) => one !== undefined)
        if (written === undefined) {
          if (spec.required === true) return type.no(`a hash with '${name}'`)
          values[name] = spec.default
          continue
        }
        const read = spec.type.read(written)
        if (!read.ok) return type.no(`a hash whose '${name}' is ${read.expected}`)
        values[name] = read.value
      }
      return type.ok(values as OptionsOf<S>)
    },
  }
}
