import type { Segment } from './columns.ts'

/** A segment as it is now: what is written to it or deleted from it later is not seen. */
export function frozenSegment(segment: Segment): Segment {
  const { documents, deletedCount } = segment
  return {
    documents,
    deleted: segment.deleted === undefined ? undefined : Uint32Array.from(segment.deleted),
    deletedCount,
    column: (field) => segment.column(field),
    id: (document) => segment.id(document),
    source: (document) => segment.source(document),
    version: (document) => segment.version(document),
    seqNo: (document) => segment.seqNo(document),
  }
}
