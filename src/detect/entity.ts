import type { Entity } from '../alert/index.ts'

/** The entity of several fields. A value with a comma in it is quoted as in CSV, so that no two entities look alike. */
export function entityOf(fields: readonly string[], values: readonly string[]): Entity {
  const quoted = values.map((value) => (/[",]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value))
  return { field: fields.join(','), value: values.length === 1 ? values[0]! : quoted.join(',') }
}
