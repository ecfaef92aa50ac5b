import type { ValueObject } from '../../event/index.ts'

/** A search body that was checked: every clause known, every type right, dates resolved when it is run. */
export interface CheckedSearch {
  /** The body as it came, for a Store that sends it on. */
  readonly raw: ValueObject
}
