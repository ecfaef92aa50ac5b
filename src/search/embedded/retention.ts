import { retentionOf, type DataStream } from './data-streams.ts'
import type { SealedSegment } from './sealed-segment.ts'
import type { StoredIndex } from './stored-index.ts'

export interface RetentionOptions {
  /** Events older than this, by their arrival, are removed; 30 days unless given. Milliseconds. */
  readonly age?: number
  /** What the store may take of the room it has (its own bytes and what is free): the oldest goes first. 0.8 unless given. */
  readonly diskShare?: number
  /** Below this share of the disk free, the store refuses writes; 0.05 unless given. */
  readonly readOnlyBelow?: number
  /** Below this share of the disk free, it warns; 0.1 unless given. */
  readonly warnBelow?: number
}

/** A file system's size and what of it may still be used, in bytes. */
export interface DiskSpace {
  readonly total: number
  readonly free: number
}

export interface RetentionPlan {
  readonly index: StoredIndex
  readonly segments: SealedSegment[]
  /** Nothing of the index is left and nothing new comes: it goes as a whole. */
  readonly whole: boolean
}

export const DAY = 86_400_000

/**
 * What retention removes now. It is for events: indices whose documents have no `@timestamp` are left alone,
 * and so is what Vedetta keeps for itself in hidden indices, except histories and alerts. A data stream may keep its
 * documents for less; the index that it is written through stays.
 * @param now milliseconds since the epoch.
 */
export function planRetention(
  indices: Iterable<StoredIndex>,
  options: RetentionOptions,
  now: number,
  disk: DiskSpace | undefined,
  streamOf: (index: string) => DataStream | undefined = () => undefined,
): RetentionPlan[] {
  const eligible = [...indices].filter(isEvents)
  const age = options.age ?? 30 * DAY
  const oldestOf = (index: StoredIndex): number => {
    const stream = streamOf(index.name)
    return now - Math.min(age, (stream === undefined ? undefined : retentionOf(stream)) ?? age)
  }
  const removed = new Set<SealedSegment>()
  for (const index of eligible)
    for (const segment of index.sealed) if (segment.directory.arrived < oldestOf(index)) removed.add(segment)
  if (disk !== undefined) {
    const all = eligible.flatMap(({ sealed }) => sealed).filter((segment) => !removed.has(segment))
    let own = all.reduce((sum, { bytes }) => sum + bytes, 0)
    // What other programs take of the disk is not ours to make up for.
    const limit = (own + disk.free) * (options.diskShare ?? 0.8)
    for (const segment of all.sort((a, b) => a.directory.arrived - b.directory.arrived)) {
      if (own <= limit) break
      removed.add(segment)
      own -= segment.bytes
    }
  }
  return eligible.flatMap((index) => {
    const segments = index.sealed.filter((segment) => removed.has(segment))
    const empty = segments.length === index.sealed.length && index.live.documents === 0 && !index.busy
    const written = streamOf(index.name)?.indices.at(-1) === index.name
    const whole = empty && !written && index.createdMillis < oldestOf(index)
    return segments.length === 0 && !whole ? [] : [{ index, segments, whole }]
  })
}

function isEvents(index: StoredIndex): boolean {
  if (index.name.startsWith('.') && !/^\.(watcher-history|vedetta-alerts|ds)-/.test(index.name)) return false
  return index.mapping.field('@timestamp') !== undefined
}
