const COLUMNS = ['places', 'counts', 'hands', 'failed', 'tried', 'tiers', 'recent', 'techniques', 'tools'] as const

/** One column for each thing that is known of a window. */
export class Rows {
  readonly length: number
  readonly places: Uint32Array
  readonly counts: Uint16Array
  /** Where the search for an element that gives way goes on. */
  readonly hands: Uint16Array
  readonly failed: Uint16Array
  readonly tried: Uint16Array
  readonly tiers: Uint8Array
  readonly recent: Uint8Array
  readonly techniques: Uint8Array
  readonly tools: Uint8Array

  constructor(length: number) {
    this.length = length
    this.places = new Uint32Array(length)
    this.counts = new Uint16Array(length)
    this.hands = new Uint16Array(length)
    this.failed = new Uint16Array(length)
    this.tried = new Uint16Array(length)
    this.tiers = new Uint8Array(length)
    this.recent = new Uint8Array(length)
    this.techniques = new Uint8Array(length)
    this.tools = new Uint8Array(length)
  }

  extended(length: number): Rows {
    const rows = new Rows(length)
    for (const column of COLUMNS) rows[column].set(this[column])
    return rows
  }
}
