import type { CheckedSearch, SourceFilter } from './dsl/index.ts'
import type { Value, ValueObject } from '../event/index.ts'

/** One operation of a bulk. `source` is JSON text: the store keeps it as it was received. */
export interface BulkOperation {
  readonly action: 'index' | 'create' | 'update' | 'delete'
  readonly index: string
  /** Generated where it is absent (index and create only). */
  readonly id?: string | undefined
  /** The document; for `update` the body with `doc`, `upsert`, `doc_as_upsert` or `script`. */
  readonly source?: string | undefined
  readonly routing?: string | undefined
  readonly ifSeqNo?: number | undefined
  readonly ifPrimaryTerm?: number | undefined
  readonly version?: number | undefined
  readonly versionType?: 'internal' | 'external' | 'external_gte' | undefined
  readonly requireAlias?: boolean | undefined
  readonly requireDataStream?: boolean | undefined
  /** The ingest pipeline it goes through; `_none` for no one, not even the index's own. */
  readonly pipeline?: string | undefined
}

/** An error as Elasticsearch puts it on the wire. */
export interface ErrorCause {
  readonly type: string
  readonly reason: string
  readonly [detail: string]: unknown
}

/** The outcome of one operation, in the order of the request; statuses are HTTP's, as in Elasticsearch. */
export interface BulkItem {
  readonly action: BulkOperation['action']
  readonly index: string
  readonly id: string
  readonly status: number
  readonly result?: 'created' | 'updated' | 'deleted' | 'not_found' | 'noop'
  readonly version?: number
  readonly seqNo?: number
  readonly primaryTerm?: number
  readonly error?: ErrorCause
  /** The document as parsed, where the Store parsed it; not to be changed. Its objects may have a prototype (see `readJson`). */
  readonly document?: ValueObject | undefined
}

/** The part of a Store that a pipeline's output needs; it crosses the boundary of a worker thread. */
export interface BulkWriter {
  /**
   * Applies the operations in order.
   *
   * - It resolves when every operation whose status is below 300 is durable: it survives `kill -9`.
   * - One bad operation fails alone, with its status and error; the others go on.
   * - It rejects only where nothing could be applied (store closed, disk full: status 429 with
   *   `cluster_block_exception` for each item is preferred where items can be told apart).
   */
  bulk(operations: readonly BulkOperation[]): Promise<BulkItem[]>
  /** Installs an index template of the older generation where it is not there yet, or always with `overwrite`. */
  putTemplate(name: string, body: ValueObject, options?: { overwrite?: boolean }): Promise<void>
}

/** Which indices a request means: names, wildcards, exclusions, date math, aliases; empty means all. */
export interface IndexSelection {
  readonly expressions: readonly string[]
  readonly ignoreUnavailable?: boolean | undefined
  readonly allowNoIndices?: boolean | undefined
  /** `open` unless given. */
  readonly expandWildcards?: readonly ('open' | 'closed' | 'hidden' | 'none' | 'all')[] | undefined
  /** Wildcards match aliases too; true unless given. */
  readonly aliases?: boolean | undefined
}

/** Kinds of what a store keeps by name beside indices. */
export type ResourceKind =
  | 'component_template'
  | 'index_template'
  | 'script'
  | 'cluster_settings'
  | 'ingest_pipeline'
  | 'lifecycle_policy'
  | 'state_policy'
  | 'lifecycle_state'

export interface SearchHit {
  readonly _index: string
  readonly _id: string
  readonly _score: number | null
  readonly _source?: ValueObject
  readonly sort?: readonly unknown[]
  readonly [extra: string]: unknown
}

/** The body of Elasticsearch's answer; `hits.total` is always the object here, the REST layer may flatten it. */
export interface SearchResponse {
  readonly took: number
  readonly timed_out: boolean
  readonly _shards: { total: number; successful: number; skipped: number; failed: number }
  readonly hits: {
    readonly total?: { value: number; relation: 'eq' | 'gte' }
    readonly max_score: number | null
    readonly hits: readonly SearchHit[]
  }
  readonly aggregations?: ValueObject
}

export interface StoredDocument {
  readonly index: string
  readonly id: string
  readonly version: number
  readonly seqNo: number
  readonly primaryTerm: number
  readonly routing?: string | undefined
  /** JSON text as received. */
  readonly source: string
  /** What the index's mapping lets answers show of it; all where it is not given. */
  readonly shown?: SourceFilter | undefined
}

export interface IndexSummary {
  readonly name: string
  readonly uuid: string
  readonly hidden: boolean
  readonly closed: boolean
  readonly createdMillis: number
  readonly documents: number
  readonly deletedDocuments: number
  readonly bytes: number
  /** As its settings say. Here they are but a number: an index is one piece, and copies of it are nowhere. */
  readonly shards: number
  readonly replicas: number
  /** In the order in which their documents came; absent where a cluster keeps them. */
  readonly segments?: readonly SegmentSummary[]
  readonly counters?: IndexCounters
}

export interface SegmentSummary {
  readonly number: number
  readonly documents: number
  readonly deletedDocuments: number
  readonly bytes: number
  /** On disk as a segment; else in memory and in the journal. */
  readonly sealed: boolean
}

/** What was done with an index since the start. */
export interface IndexCounters {
  indexed: number
  deleted: number
  failed: number
  noopUpdates: number
  gets: number
  missingGets: number
  queries: number
  /** By what searches name in `stats`. */
  queriesByGroup: Map<string, number>
  refreshes: number
  flushes: number
  merges: number
}

export interface StoreHealth {
  readonly status: 'green' | 'yellow' | 'red'
  readonly indices: number
  /** Set while the store refuses writes, with the sentence to show. */
  readonly readOnly?: string | undefined
}

/** A data stream: events are appended under its name, into the last of its backing indices. */
export interface DataStreamSummary {
  readonly name: string
  readonly indices: readonly { readonly name: string; readonly uuid: string }[]
  readonly generation: number
  /** The index template that it was made by. */
  readonly template: string
  readonly hidden: boolean
  readonly allowCustomRouting: boolean
  /** By name, with their options. */
  readonly aliases: ValueObject
  /** `{ enabled, data_retention }` where it has one. */
  readonly lifecycle: ValueObject | undefined
}

/** The data streams of a store, which a cluster keeps itself. Names may have `*` and commas. */
export interface DataStreams {
  /** @throws index_not_found_exception for a name that does not exist */
  list(pattern?: string): Promise<DataStreamSummary[]>
  /** @throws illegal_argument_exception where no index template makes it one, resource_already_exists_exception */
  create(name: string): Promise<void>
  /** Removes streams with their indices. @returns their names */
  remove(pattern: string): Promise<string[]>
  /** Makes a new backing index, to which writes go from now on. @returns its name */
  rollOver(name: string): Promise<string>
  /** Sets or takes away how long documents are kept. */
  setLifecycle(pattern: string, lifecycle: ValueObject | undefined): Promise<void>
  /** Adds indices behind a stream, as its oldest, or takes them from there; they stay indices. */
  modify(actions: readonly ValueObject[]): Promise<void>
}

/** What is done to indices as a whole, which a cluster does itself. */
export interface IndexMaintenance {
  /** Moves what is in memory and in the journal into segments. */
  flush(selection: IndexSelection): Promise<void>
  /** As few segments as their size allows, or only those without deleted documents. */
  forceMerge(selection: IndexSelection, options: { onlyExpungeDeletes: boolean }): Promise<void>
  /** A new index with the documents of one that is not written any more. */
  copyIndex(kind: 'clone' | 'shrink' | 'split', source: string, target: string, body: ValueObject): Promise<void>
}

/** A request that a cluster answers in whole. */
export interface ForwardedRequest {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly body?: ValueObject | undefined
}

/** Indices as they were at a moment. What it holds is let go with it. */
export interface StoreReader {
  /**
   * A page of a search.
   * @param cursor is what the page before gave: only hits after it are shown.
   */
  page(
    search: CheckedSearch,
    signal: AbortSignal,
    cursor: unknown,
  ): Promise<{ response: SearchResponse; cursor: unknown }>
}

/**
 * Events kept and found. Two implementations, one behaviour: `embedded` and `cluster`.
 *
 * - A search takes the tree that `search/dsl` has checked, so that both refuse the same things alike.
 * - Methods reject with a DiagnosticError whose catalogue entry has Elasticsearch's status and type
 *   (`index_not_found_exception`, `resource_already_exists_exception`, ...).
 * - A written document is visible to the next search, in the embedded store a moment before it is durable: `bulk`
 *   resolves when it is, and `refresh` when all that could be seen is.
 * - `close` flushes, releases the lock on the data folder and may be called twice.
 */
export interface Store extends BulkWriter {
  /** A view of indices as they are now, for scrolls and points in time; absent where a cluster keeps them itself. */
  openReader?(selection: IndexSelection): Promise<StoreReader>
  search(selection: IndexSelection, search: CheckedSearch, options?: { signal?: AbortSignal }): Promise<SearchResponse>
  count(selection: IndexSelection, search: CheckedSearch): Promise<number>
  /** @param routing as the document was written with; where an index has several shards another one finds nothing */
  get(index: string, id: string, routing?: string): Promise<StoredDocument | undefined>

  createIndex(name: string, body: ValueObject): Promise<void>
  deleteIndices(selection: IndexSelection): Promise<string[]>
  /** Names of the concrete indices, sorted; rejects with index_not_found_exception as Elasticsearch does. */
  resolveIndices(selection: IndexSelection): Promise<string[]>
  describeIndices(selection: IndexSelection): Promise<IndexSummary[]>
  /** By index: `{ mappings, settings, aliases }` as Elasticsearch's GET /index shows them. */
  getIndices(selection: IndexSelection): Promise<ValueObject>
  putMapping(selection: IndexSelection, mapping: ValueObject): Promise<void>
  /** Changes settings of indices: null takes one away; with `preserve` what is set already stays. */
  putSettings(selection: IndexSelection, settings: ValueObject, options?: { preserve?: boolean }): Promise<void>
  /** Opens or closes indices; a closed one keeps its documents and refuses to be read or written. @returns their names. */
  setOpen(selection: IndexSelection, open: boolean): Promise<string[]>
  getTemplates(pattern?: string): Promise<ValueObject>
  deleteTemplate(name: string): Promise<boolean>
  updateAliases(actions: readonly ValueObject[]): Promise<void>
  /** Bodies by name, as they were put; names may have `*`. */
  getResources(kind: ResourceKind, pattern?: string): Promise<ValueObject>
  putResource(kind: ResourceKind, name: string, body: ValueObject): Promise<void>
  /** @returns false where there was none of that name. */
  deleteResource(kind: ResourceKind, name: string): Promise<boolean>
  refresh(selection: IndexSelection): Promise<void>
  /**
   * The ingest pipelines that the settings of an index name, or would name if it were made now; undefined where there is
   * none. Absent where a cluster runs them itself.
   */
  pipelinesOf?(index: string): { readonly first?: string | undefined; readonly final?: string | undefined } | undefined
  /** Absent where a cluster keeps them itself. */
  readonly dataStreams?: DataStreams
  /** Absent where a cluster does it. */
  readonly maintenance?: IndexMaintenance

  /** Sends a request on to a cluster that answers it itself; absent where the store is this process. */
  forward?(request: ForwardedRequest): Promise<{ status: number; body: Value }>
  health(): Promise<StoreHealth>
  /** Size and free bytes of the file system that holds the store; absent where a cluster holds it. */
  disk?(): Promise<{ readonly total: number; readonly free: number }>
  close(): Promise<void>
}
