import { fail, didYouMean } from '../../diagnostic/index.ts'
import { wildcardMatch } from '../dsl/index.ts'
import type { IndexSummary, Store } from '../store.ts'
import type { RestRequest, Router } from './router.ts'
import { selectionOf, SELECTION_PARAMETERS } from './selection.ts'

type Counted = Pick<IndexSummary, 'documents' | 'deletedDocuments' | 'bytes' | 'segments' | 'counters'>
type Section = (row: Counted, groups: readonly string[]) => object

/** What a journal takes without an operation in it. */
const JOURNAL_HEADER = 55

const none = (...names: string[]): object => Object.fromEntries(names.map((name) => [name, 0]))

/**
 * The sections of statistics by the names that requests give them. What belongs to caches and threads that the store
 * does not have is zero.
 */
const SECTIONS: Readonly<Record<string, { name: string; of: Section }>> = {
  docs: { name: 'docs', of: ({ documents: count, deletedDocuments: deleted }) => ({ count, deleted }) },
  store: {
    name: 'store',
    of: ({ bytes }) => ({ size_in_bytes: bytes, total_data_set_size_in_bytes: bytes, reserved_in_bytes: 0 }),
  },
  indexing: {
    name: 'indexing',
    of: ({ documents, counters }) => ({
      index_total: counters?.indexed ?? documents,
      index_failed: counters?.failed ?? 0,
      delete_total: counters?.deleted ?? 0,
      noop_update_total: counters?.noopUpdates ?? 0,
      ...none('index_time_in_millis', 'index_current', 'delete_time_in_millis', 'delete_current'),
      ...none('throttle_time_in_millis'),
      is_throttled: false,
    }),
  },
  get: {
    name: 'get',
    of: ({ counters }) => ({
      total: counters?.gets ?? 0,
      exists_total: (counters?.gets ?? 0) - (counters?.missingGets ?? 0),
      missing_total: counters?.missingGets ?? 0,
      ...none('time_in_millis', 'exists_time_in_millis', 'missing_time_in_millis', 'current'),
    }),
  },
  search: {
    name: 'search',
    of: ({ counters }, groups) => {
      const named = [...(counters?.queriesByGroup ?? [])].filter(([group]) =>
        groups.some((pattern) => pattern === '_all' || wildcardMatch(pattern, group)),
      )
      return {
        open_contexts: 0,
        ...searchCounts(counters?.queries ?? 0),
        ...(named.length === 0
          ? {}
          : { groups: Object.fromEntries(named.map(([group, queries]) => [group, searchCounts(queries)])) }),
      }
    },
  },
  merge: {
    name: 'merges',
    of: ({ counters }) => ({
      ...none('current', 'current_docs', 'current_size_in_bytes', 'total_time_in_millis', 'total_docs'),
      ...none('total_size_in_bytes', 'total_stopped_time_in_millis', 'total_throttled_time_in_millis'),
      total: counters?.merges ?? 0,
    }),
  },
  refresh: {
    name: 'refresh',
    of: ({ counters }) => ({
      total: counters?.refreshes ?? 0,
      external_total: counters?.refreshes ?? 0,
      ...none('total_time_in_millis', 'external_total_time_in_millis', 'listeners'),
    }),
  },
  flush: {
    name: 'flush',
    of: ({ counters }) => ({ total: counters?.flushes ?? 0, ...none('periodic', 'total_time_in_millis') }),
  },
  warmer: { name: 'warmer', of: () => none('current', 'total', 'total_time_in_millis') },
  query_cache: {
    name: 'query_cache',
    of: () =>
      none('memory_size_in_bytes', 'total_count', 'hit_count', 'miss_count', 'cache_size', 'cache_count', 'evictions'),
  },
  fielddata: { name: 'fielddata', of: () => none('memory_size_in_bytes', 'evictions') },
  completion: { name: 'completion', of: () => none('size_in_bytes') },
  segments: {
    name: 'segments',
    of: ({ segments }) => ({
      count: segments?.length ?? 0,
      ...none(
        'memory_in_bytes',
        'terms_memory_in_bytes',
        'stored_fields_memory_in_bytes',
        'index_writer_memory_in_bytes',
      ),
      max_unsafe_auto_id_timestamp: -1,
      file_sizes: {},
    }),
  },
  translog: {
    name: 'translog',
    // What is not in a segment yet is in the journal.
    of: ({ segments = [] }) => {
      const live = segments.filter(({ sealed }) => !sealed)
      const operations = live.reduce((sum, { documents, deletedDocuments }) => sum + documents + deletedDocuments, 0)
      const bytes = live.reduce((sum, segment) => sum + segment.bytes, JOURNAL_HEADER)
      return {
        operations,
        size_in_bytes: bytes,
        uncommitted_operations: operations,
        uncommitted_size_in_bytes: bytes,
        earliest_last_modified_age: 0,
      }
    },
  },
  request_cache: {
    name: 'request_cache',
    of: () => none('memory_size_in_bytes', 'evictions', 'hit_count', 'miss_count'),
  },
  recovery: { name: 'recovery', of: () => none('current_as_source', 'current_as_target', 'throttle_time_in_millis') },
}

/** Statistics of all sections, or of those that are named, for so many documents. */
export function statistics(metrics: readonly string[], row: Counted, groups: readonly string[] = []): object {
  return Object.fromEntries(
    Object.entries(SECTIONS)
      .filter(([metric]) => metrics.length === 0 || metrics.includes(metric))
      .map(([, { name, of }]) => [name, of(row, groups)]),
  )
}

function searchCounts(queries: number): object {
  return {
    query_total: queries,
    fetch_total: queries,
    ...none('query_time_in_millis', 'query_current', 'fetch_time_in_millis', 'fetch_current'),
    ...none('scroll_total', 'scroll_time_in_millis', 'scroll_current'),
    ...none('suggest_total', 'suggest_time_in_millis', 'suggest_current'),
  }
}

/** Of several indices together. */
export function sumOf(rows: readonly IndexSummary[]): Counted {
  const queriesByGroup = new Map<string, number>()
  const counters = {
    indexed: 0,
    deleted: 0,
    failed: 0,
    noopUpdates: 0,
    gets: 0,
    missingGets: 0,
    queries: 0,
    refreshes: 0,
    flushes: 0,
    merges: 0,
  }
  let [documents, deletedDocuments, bytes] = [0, 0, 0]
  for (const row of rows) {
    documents += row.documents
    deletedDocuments += row.deletedDocuments
    bytes += row.bytes
    if (row.counters === undefined) continue
    for (const name of Object.keys(counters) as (keyof typeof counters)[]) counters[name] += row.counters[name]
    for (const [group, count] of row.counters.queriesByGroup)
      queriesByGroup.set(group, (queriesByGroup.get(group) ?? 0) + count)
  }
  const segments = rows.flatMap((row) => row.segments ?? [])
  return { documents, deletedDocuments, bytes, segments, counters: { ...counters, queriesByGroup } }
}

/** @throws illegal_argument_exception naming a metric that there is not */
export function metricsOf(request: RestRequest, known: readonly string[]): string[] {
  const metrics = (request.params['metric'] ?? '_all').split(',').filter((metric) => metric !== '')
  if (metrics.length === 1 && metrics[0] === '_all') return []
  if (metrics.includes('_all'))
    throw fail('rest.parameter_invalid', {
      reason: `request [${request.path}] contains _all and individual metrics [${metrics.join(',')}]`,
    })
  const unknown = metrics.filter((metric) => !known.includes(metric))
  if (unknown.length === 0) return metrics
  const described = unknown.map((name) => {
    const near = didYouMean(name, known)
    return `[${name}]${near === undefined ? '' : ` -> did you mean [${near}]?`}`
  })
  throw fail('rest.parameter_invalid', {
    reason: `request [${request.path}] contains unrecognized ${unknown.length === 1 ? 'metric' : 'metrics'}: ${described.join(', ')}`,
  })
}

/** What statistics of nodes and of indices are asked with alike. */
export const DETAIL_PARAMETERS = [
  'level',
  'groups',
  'fields',
  'fielddata_fields',
  'completion_fields',
  'types',
  'include_segment_file_sizes',
  'include_unloaded_segments',
] as const

const STATS_PARAMETERS = [...SELECTION_PARAMETERS, ...DETAIL_PARAMETERS, 'forbid_closed_indices'] as const

/** GET _stats: documents and bytes by index. */
export function registerStats(router: Router, store: Store): void {
  for (const path of ['/_stats', '/_stats/:metric', '/:index/_stats', '/:index/_stats/:metric'])
    router.route({
      method: 'GET',
      path,
      parameters: STATS_PARAMETERS,
      async handle(request) {
        const metrics = metricsOf(request, Object.keys(SECTIONS))
        const level = request.query.get('level') ?? 'indices'
        if (!['cluster', 'indices', 'shards'].includes(level))
          throw fail('rest.parameter_invalid', {
            reason: `level parameter must be one of [cluster] or [indices] or [shards] but was [${level}]`,
          })
        const selection = selectionOf(request)
        const rows = await store.describeIndices({
          ...selection,
          expandWildcards: selection.expandWildcards ?? ['open', 'hidden'],
        })
        const groups = request.query.get('groups')?.split(',') ?? []
        const shards = rows.reduce((sum, row) => sum + row.shards, 0)
        const copies = rows.reduce((sum, row) => sum + row.shards * (row.replicas + 1), 0)
        const twice = (stats: object): object => ({ primaries: stats, total: stats })
        const indices = Object.fromEntries(
          rows.map((row) => [
            row.name,
            {
              uuid: row.uuid,
              ...twice(statistics(metrics, row, groups)),
              ...(level === 'shards' ? { shards: shardsOf(metrics, row, groups) } : {}),
            },
          ]),
        )
        return {
          body: {
            _shards: { total: copies, successful: shards, failed: 0 },
            _all: twice(statistics(metrics, sumOf(rows), groups)),
            ...(level === 'cluster' ? {} : { indices }),
          },
        }
      },
    })
}

const EMPTY: Counted = { documents: 0, deletedDocuments: 0, bytes: 0, segments: [] }

/** All documents are in the first shard. */
function shardsOf(metrics: readonly string[], row: IndexSummary, groups: readonly string[]): object {
  return Object.fromEntries(
    Array.from({ length: row.shards }, (_, i) => [
      i,
      [shard(metrics, i === 0 ? row : { ...row, ...EMPTY, counters: undefined }, groups)],
    ]),
  )
}

function shard(
  metrics: readonly string[],
  row: Omit<IndexSummary, 'counters'> & Pick<Counted, 'counters'>,
  groups: readonly string[],
): object {
  return {
    routing: { state: 'STARTED', primary: true, node: row.uuid, relocating_node: null },
    ...statistics(metrics, row, groups),
    commit: { id: row.uuid, generation: 1, user_data: {}, num_docs: row.documents },
    seq_no: {
      max_seq_no: row.documents - 1,
      local_checkpoint: row.documents - 1,
      global_checkpoint: row.documents - 1,
    },
    shard_path: { state_path: '', data_path: '', is_custom_data_path: false },
  }
}
