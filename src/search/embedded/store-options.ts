import type { Clock } from '../../clock/index.ts'
import type { Logger } from '../../diagnostic/index.ts'
import type { CheckedSearch } from '../dsl/index.ts'
import type { SearchResponse } from '../store.ts'
import type { SearchContext, SearchedIndex } from './evaluator/index.ts'
import type { DiskSpace, RetentionOptions } from './retention.ts'

export interface Evaluator {
  executeSearch(
    indices: readonly SearchedIndex[],
    search: CheckedSearch,
    context: SearchContext,
  ): Promise<SearchResponse> | SearchResponse
  countMatches(
    indices: readonly SearchedIndex[],
    search: CheckedSearch,
    context: SearchContext,
  ): Promise<number> | number
}

export interface EmbeddedStoreOptions {
  /** The data folder; made where it is not there. */
  readonly path: string
  readonly clock: Clock
  readonly logger: Logger
  /** What runs searches over segments; ours unless given. */
  readonly evaluator?: Evaluator
  readonly retention?: RetentionOptions
  /** Bytes of decoded columns kept; 192 MB unless given. */
  readonly cacheBytes?: number
  /** A live segment is sealed at so many documents (131,072 unless given) ... */
  readonly sealDocuments?: number
  /** ... or so many bytes of sources (48 MB unless given) ... */
  readonly sealBytes?: number
  /** ... or so many milliseconds after its first document (an hour unless given). */
  readonly sealAge?: number
  /** Size and free bytes of the file system that holds a path; for tests. */
  readonly diskSpace?: (path: string) => Promise<DiskSpace>
}
