import type { Value } from '../event/index.ts'

/** The values of one field of a document, as a script's `doc['field']` holds them, in rising order. */
export interface DocField {
  /** `long` for every whole number, dates as Timestamp, addresses as text. */
  readonly type: 'long' | 'double' | 'boolean' | 'string' | 'date'
  readonly values: readonly Value[]
}

/** What `doc` is in a script: fields are read when the script asks for them. */
export abstract class DocLookup {
  /** Whether a field of that name is mapped. */
  abstract has(field: string): boolean
  /** @returns undefined where no field of that name is mapped. */
  abstract get(field: string): DocField | undefined
}
