import { fail, didYouMean } from '../../diagnostic/index.ts'
import type { IndexSummary, Store } from '../store.ts'
import type { RestRequest, Router } from './router.ts'
import { selectionOf, SELECTION_PARAMETERS } from './selection.ts'

type Section = (documents: number, deleted: number, bytes: number) => object

const none = (...names: string[]): object => Object.fromEntries(names.map((name) => [name, 0]))

/**
 * The sections of statistics by the names that requests give them. What the store counts is documents and bytes;
 * what belongs to caches and threads that it does not have is zero.
 */
const SECTIONS: Readonly<Record<string, { name: string; of: Section }>> = {
  docs: { name: 'docs', of: (count, deleted) => ({ count, deleted }) },
  store: { name: 'store', of: (_, __, bytes) => ({ size_in_bytes: bytes, reserved_in_bytes: 0 }) },
  indexing: {
    name: 'indexing',
    of: (count) => ({
      index_total: count,
      ...none('index_time_in_millis', 'index_current', 'index_failed', 'delete_total', 'delete_time_in_millis'),
      ...none('delete_current', 'noop_update_total', 'throttle_time_in_millis'),
      is_throttled: false,
    }),
  },
  get: {
    name: 'get',
    of: () => ({
      ...none('total', 'time_in_millis', 'exists_total', 'exists_time_in_millis'),
      ...none('missing_total', 'missing_time_in_millis', 'current'),
    }),
  },
  search: {
    name: 'search',
    of: () => ({
      ...none('open_contexts', 'query_total', 'query_time_in_millis', 'query_current'),
      ...none('fetch_total', 'fetch_time_in_millis', 'fetch_current', 'scroll_total', 'scroll_time_in_millis'),
      ...none('scroll_current', 'suggest_total', 'suggest_time_in_millis', 'suggest_current'),
    }),
  },
  merge: {
    name: 'merges',
    of: () => none('current', 'current_docs', 'current_size_in_bytes', 'total', 'total_time_in_millis', 'total_docs'),
  },
  refresh: {
    name: 'refresh',
    of: () => none('total', 'total_time_in_millis', 'external_total', 'external_total_time_in_millis', 'listeners'),
  },
  flush: { name: 'flush', of: () => none('total', 'periodic', 'total_time_in_millis') },
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
    of: (count) => ({
      count: count === 0 ? 0 : 1,
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
    of: () =>
      none(
        'operations',
        'size_in_bytes',
        'uncommitted_operations',
        'uncommitted_size_in_bytes',
        'earliest_last_modified_age',
      ),
  },
  request_cache: {
    name: 'request_cache',
    of: () => none('memory_size_in_bytes', 'evictions', 'hit_count', 'miss_count'),
  },
  recovery: { name: 'recovery', of: () => none('current_as_source', 'current_as_target', 'throttle_time_in_millis') },
}

/** Statistics of all sections, or of those that are named, for so many documents. */
export function statistics(
  metrics: readonly string[],
  { documents, deletedDocuments, bytes }: Pick<IndexSummary, 'documents' | 'deletedDocuments' | 'bytes'>,
): object {
  return Object.fromEntries(
    Object.entries(SECTIONS)
      .filter(([metric]) => metrics.length === 0 || metrics.includes(metric))
      .map(([, { name, of }]) => [name, of(documents, deletedDocuments, bytes)]),
  )
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

const STATS_PARAMETERS = [
  ...SELECTION_PARAMETERS,
  'level',
  'groups',
  'fields',
  'fielddata_fields',
  'completion_fields',
  'types',
  'include_segment_file_sizes',
  'include_unloaded_segments',
  'forbid_closed_indices',
] as const

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
        const sum = { documents: 0, deletedDocuments: 0, bytes: 0 }
        for (const { documents, deletedDocuments, bytes } of rows) {
          sum.documents += documents
          sum.deletedDocuments += deletedDocuments
          sum.bytes += bytes
        }
        const twice = (stats: object): object => ({ primaries: stats, total: stats })
        const indices = Object.fromEntries(
          rows.map((row) => [
            row.name,
            {
              uuid: row.uuid,
              ...twice(statistics(metrics, row)),
              ...(level === 'shards' ? { shards: { 0: [shard(metrics, row)] } } : {}),
            },
          ]),
        )
        return {
          body: {
            _shards: { total: rows.length, successful: rows.length, failed: 0 },
            _all: twice(statistics(metrics, sum)),
            ...(level === 'cluster' ? {} : { indices }),
          },
        }
      },
    })
}

function shard(metrics: readonly string[], row: IndexSummary): object {
  return {
    routing: { state: 'STARTED', primary: true, node: row.uuid, relocating_node: null },
    ...statistics(metrics, row),
    commit: { id: row.uuid, generation: 1, user_data: {}, num_docs: row.documents },
    seq_no: {
      max_seq_no: row.documents - 1,
      local_checkpoint: row.documents - 1,
      global_checkpoint: row.documents - 1,
    },
    shard_path: { state_path: '', data_path: '', is_custom_data_path: false },
  }
}
