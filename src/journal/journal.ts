/**
 * One durable log: under the store, the queue, the dead letters and notify.
 *
 * - `append` resolves with the record's sequence number once it is on disk. Appends that arrive together share
 *   one fsync (group commit).
 * - Records are checksummed. A torn record at the end (a crash while writing) is cut off at open; damage before the end
 *   is reported with its place and the records behind it that can be read are kept.
 * - `trim` forgets records below a sequence number; the space comes back by whole files.
 * - One writer a folder.
 */
export interface Journal {
  /** The sequence number that the next record gets; the first is 1. */
  readonly next: number
  append(record: Buffer): Promise<number>
  /** Records from `from` on, oldest first, up to what is durable when the iteration comes to its end. */
  read(from?: number): AsyncIterable<JournalRecord>
  trim(before: number): Promise<void>
  /** Bytes on disk. */
  bytes(): number
  close(): Promise<void>
}

export interface JournalRecord {
  readonly sequence: number
  readonly record: Buffer
}
