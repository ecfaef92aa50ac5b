import { newObject } from '../../event/index.ts'
import { checkSearch } from '../dsl/index.ts'
import type { IndexSummary, SegmentSummary, Store } from '../store.ts'
import {
  bytesColumn,
  catAnswer,
  CAT_PARAMETERS,
  column,
  formatBytes,
  formatTime,
  OPTIONAL,
  RIGHT,
  type CatColumn,
} from './cat-table.ts'
import { meansThisNode, NODE_HOST } from './node.ts'
import type { RestAnswer, Router } from './router.ts'
import type { SearchRoutesOptions } from './routes-options.ts'
import { selectionOf, SELECTION_PARAMETERS } from './selection.ts'
import { everyState } from './settings-routes.ts'

const LUCENE_VERSION = '9.12.0'
const ALL_DOCUMENTS = checkSearch(newObject())

interface ShardRow {
  readonly index: IndexSummary
  readonly shard: number
  readonly primary: boolean
}

/** The documents of an index are in its first shard; its copies are assigned nowhere. */
function shardRows(rows: readonly IndexSummary[]): ShardRow[] {
  return rows.flatMap((index) =>
    Array.from({ length: index.shards }, (_, shard) =>
      Array.from({ length: index.replicas + 1 }, (__, copy) => ({ index, shard, primary: copy === 0 })),
    ).flat(),
  )
}

/** `_cat` of shards and what is in them. */
export function registerCatShards(router: Router, store: Store, options: SearchRoutesOptions): void {
  const { nodeName, clusterUuid } = options
  const all = { expressions: [], expandWildcards: ['all'] } as const
  for (const path of ['/_cat/shards', '/_cat/shards/:index'])
    router.route({
      method: 'GET',
      path,
      parameters: [...CAT_PARAMETERS, ...SELECTION_PARAMETERS],
      async handle(request) {
        const rows = await store.describeIndices(everyState(request, ['open', 'closed']))
        return catAnswer(request, shardColumns(options), shardRows(rows))
      },
    })
  for (const path of ['/_cat/segments', '/_cat/segments/:index'])
    router.route({
      method: 'GET',
      path,
      parameters: [...CAT_PARAMETERS, ...SELECTION_PARAMETERS],
      async handle(request) {
        const selection = selectionOf(request)
        // Closed indices are refused by name, as everything that reads segments does.
        await store.count(selection, ALL_DOCUMENTS)
        const rows = (await store.describeIndices(selection)).flatMap((index) =>
          (index.segments ?? []).map((segment) => ({ index, segment })),
        )
        return catAnswer(request, segmentColumns(clusterUuid), rows)
      },
    })
  for (const path of ['/_cat/allocation', '/_cat/allocation/:node'])
    router.route({
      method: 'GET',
      path,
      parameters: CAT_PARAMETERS,
      async handle(request): Promise<RestAnswer> {
        const rows = await store.describeIndices(all)
        const disk = (await store.disk?.()) ?? { total: 0, free: 0 }
        const here = meansThisNode(request.params['node'], nodeName, clusterUuid)
        const copies = rows.reduce((sum, row) => sum + row.shards * row.replicas, 0)
        const node: AllocationRow = {
          shards: rows.reduce((sum, row) => sum + row.shards, 0),
          bytes: rows.reduce((sum, row) => sum + row.bytes, 0),
          ...disk,
          name: nodeName,
        }
        const unassigned: AllocationRow = { shards: copies, bytes: null, total: null, free: null, name: 'UNASSIGNED' }
        return catAnswer(request, ALLOCATION_COLUMNS, [
          ...(here ? [node] : []),
          ...(copies > 0 && request.params['node'] === undefined ? [unassigned] : []),
        ])
      },
    })
  for (const path of ['/_cat/recovery', '/_cat/recovery/:index'])
    router.route({
      method: 'GET',
      path,
      parameters: [...CAT_PARAMETERS, 'active_only', 'detailed'],
      async handle(request) {
        // All are recovered: none is active.
        const active = request.query.get('active_only') === 'true' || request.query.get('active_only') === ''
        const rows = active ? [] : await store.describeIndices(everyState(request, ['open', 'closed', 'hidden']))
        return catAnswer(
          request,
          recoveryColumns(options),
          shardRows(rows).filter(({ primary }) => primary),
        )
      },
    })
  for (const path of ['/_cat/fielddata', '/_cat/fielddata/:fields'])
    router.route({
      method: 'GET',
      path,
      parameters: [...CAT_PARAMETERS, 'fields'],
      // Columns are read from the segments; nothing is loaded for fielddata beside them.
      handle: (request) =>
        catAnswer(
          request,
          [
            column<0>('id', '', () => clusterUuid),
            column('host', 'h', () => NODE_HOST),
            column('ip', '', () => NODE_HOST),
            column('node', 'n', () => nodeName),
            column('field', 'f', () => ''),
            bytesColumn('size', 's', () => 0),
          ],
          [],
        ),
    })
}

function shardColumns({ nodeName, clusterUuid }: SearchRoutesOptions): CatColumn<ShardRow>[] {
  const there =
    <T>(pick: (row: ShardRow) => T) =>
    (row: ShardRow): T | null =>
      row.primary ? pick(row) : null
  const holds =
    (pick: (index: IndexSummary) => number) =>
    (row: ShardRow): number | null =>
      !row.primary ? null : row.shard === 0 ? pick(row.index) : 0
  const open = (row: ShardRow): boolean => row.primary && !row.index.closed
  const counted = (row: ShardRow): number | null => (open(row) ? (row.shard === 0 ? row.index.documents : 0) : null)
  const sized = (row: ShardRow): number | null => (open(row) ? (row.shard === 0 ? row.index.bytes : 0) : null)
  const optional = (name: string, value: (row: ShardRow) => string | number | null): CatColumn<ShardRow> =>
    column(
      name,
      name.replaceAll(/[._](\w)/g, (_, letter: string) => letter.toUpperCase()),
      value,
      {
        ...RIGHT,
        ...OPTIONAL,
      },
    )
  const zero = there(() => 0)
  const none = (): null => null
  const counter = (
    name: 'indexed' | 'deleted' | 'failed' | 'queries' | 'gets' | 'missingGets' | 'merges' | 'refreshes' | 'flushes',
  ): ((row: ShardRow) => number | null) => holds(({ counters }) => counters?.[name] ?? 0)
  const last = holds(({ documents, deletedDocuments }) => documents + deletedDocuments - 1)
  return [
    column('index', 'i,idx', ({ index }) => index.name, { describe: 'index name' }),
    column('shard', 's,sh', ({ shard }) => shard, { describe: 'shard name' }),
    column('prirep', 'p,pr,primaryOrReplica', ({ primary }) => (primary ? 'p' : 'r')),
    column('state', 'st', ({ primary }) => (primary ? 'STARTED' : 'UNASSIGNED')),
    column('docs', 'd,dc', counted, RIGHT),
    bytesColumn('store', 'sto', sized),
    column(
      'ip',
      '',
      there(() => NODE_HOST),
    ),
    column(
      'id',
      '',
      there(() => clusterUuid),
      OPTIONAL,
    ),
    column(
      'node',
      'n',
      there(() => nodeName),
    ),
    optional('sync_id', none),
    optional('unassigned.reason', ({ primary }) => (primary ? null : 'INDEX_CREATED')),
    optional('unassigned.at', ({ primary, index }) => (primary ? null : new Date(index.createdMillis).toISOString())),
    optional('unassigned.for', none),
    optional('unassigned.details', none),
    optional('recoverysource.type', none),
    optional('completion.size', zero),
    optional('fielddata.memory_size', zero),
    optional('fielddata.evictions', zero),
    optional('query_cache.memory_size', zero),
    optional('query_cache.evictions', zero),
    optional('flush.total', counter('flushes')),
    optional('flush.total_time', zero),
    optional('get.current', zero),
    optional('get.time', zero),
    optional('get.total', counter('gets')),
    optional('get.exists_time', zero),
    optional(
      'get.exists_total',
      holds(({ counters }) => (counters?.gets ?? 0) - (counters?.missingGets ?? 0)),
    ),
    optional('get.missing_time', zero),
    optional('get.missing_total', counter('missingGets')),
    optional('indexing.delete_current', zero),
    optional('indexing.delete_time', zero),
    optional('indexing.delete_total', counter('deleted')),
    optional('indexing.index_current', zero),
    optional('indexing.index_time', zero),
    optional('indexing.index_total', counter('indexed')),
    optional('indexing.index_failed', counter('failed')),
    optional('merges.current', zero),
    optional('merges.current_docs', zero),
    optional('merges.current_size', zero),
    optional('merges.total', counter('merges')),
    optional('merges.total_docs', zero),
    optional('merges.total_size', zero),
    optional('merges.total_time', zero),
    optional('refresh.total', counter('refreshes')),
    optional('refresh.time', zero),
    optional('refresh.external_total', counter('refreshes')),
    optional('refresh.external_time', zero),
    optional('refresh.listeners', zero),
    optional('search.fetch_current', zero),
    optional('search.fetch_time', zero),
    optional('search.fetch_total', counter('queries')),
    optional('search.open_contexts', zero),
    optional('search.query_current', zero),
    optional('search.query_time', zero),
    optional('search.query_total', counter('queries')),
    optional('search.scroll_current', zero),
    optional('search.scroll_time', zero),
    optional('search.scroll_total', zero),
    optional(
      'segments.count',
      holds(({ segments }) => segments?.length ?? 0),
    ),
    optional('segments.memory', zero),
    optional('segments.index_writer_memory', zero),
    optional('segments.version_map_memory', zero),
    optional('segments.fixed_bitset_memory', zero),
    optional('seq_no.max', last),
    optional('seq_no.local_checkpoint', last),
    optional('seq_no.global_checkpoint', last),
    optional('warmer.current', zero),
    optional('warmer.total', zero),
    optional('warmer.total_time', zero),
    optional('path.data', none),
    optional('path.state', none),
  ]
}

interface SegmentRow {
  readonly index: IndexSummary
  readonly segment: SegmentSummary
}

function segmentColumns(node: string): CatColumn<SegmentRow>[] {
  return [
    column('index', 'i,idx', ({ index }) => index.name, { describe: 'index name' }),
    column('shard', 's,sh', () => 0),
    column('prirep', 'p,pr,primaryOrReplica', () => 'p'),
    column('ip', '', () => NODE_HOST),
    column('id', '', () => node, OPTIONAL),
    column('segment', 'seg', ({ segment }) => `_${segment.number}`),
    column('generation', 'g,gen', ({ segment }) => segment.number, RIGHT),
    column('docs.count', 'dc,docsCount', ({ segment }) => segment.documents, RIGHT),
    column('docs.deleted', 'dd,docsDeleted', ({ segment }) => segment.deletedDocuments, RIGHT),
    bytesColumn('size', 'si', ({ segment }) => segment.bytes),
    column('size.memory', 'sm,sizeMemory', () => 0, RIGHT),
    column('committed', 'ic,isCommitted', ({ segment }) => String(segment.sealed)),
    column('searchable', 'is,isSearchable', () => 'true'),
    column('version', 'v,ver', () => LUCENE_VERSION),
    column('compound', 'ico,isCompound', ({ segment }) => String(segment.sealed)),
  ]
}

interface AllocationRow {
  readonly shards: number
  readonly bytes: number | null
  readonly total: number | null
  readonly free: number | null
  readonly name: string
}

const usedOf = ({ total, free }: AllocationRow): number | null => (total === null ? null : total - free!)
const located = ({ total }: AllocationRow): string | null => (total === null ? null : NODE_HOST)

const ALLOCATION_COLUMNS: readonly CatColumn<AllocationRow>[] = [
  column('shards', 's', ({ shards }) => shards, RIGHT),
  bytesColumn('disk.indices', 'di,diskIndices', ({ bytes }) => bytes),
  bytesColumn('disk.used', 'du,diskUsed', usedOf),
  bytesColumn('disk.avail', 'da,diskAvail', ({ free }) => free),
  bytesColumn('disk.total', 'dt,diskTotal', ({ total }) => total),
  column('disk.percent', 'dp,diskPercent', (row) => (row.total === null ? null : percentOf(row)), RIGHT),
  column('host', 'h', located),
  column('ip', '', located),
  column('node', 'n', ({ name }) => name),
]

function percentOf(row: AllocationRow): number {
  return row.total === 0 ? 0 : Math.round((usedOf(row)! / row.total!) * 100)
}

function recoveryColumns({ nodeName }: SearchRoutesOptions): CatColumn<ShardRow>[] {
  const zero = (): number => 0
  const full = (): string => '100.0%'
  const created = ({ index }: ShardRow): string => new Date(index.createdMillis).toISOString()
  const optional = (name: string, aliases: string, value: (row: ShardRow) => string | number): CatColumn<ShardRow> =>
    column(name, aliases, value, OPTIONAL)
  return [
    column('index', 'i,idx', ({ index }) => index.name),
    column('shard', 's,sh', ({ shard }) => shard),
    optional('start_time', 'start', created),
    optional('start_time_millis', 'start_millis', ({ index }) => index.createdMillis),
    optional('stop_time', 'stop', created),
    optional('stop_time_millis', 'stop_millis', ({ index }) => index.createdMillis),
    column('time', 't,ti', zero, { format: (_row, { time }) => formatTime(0, time) }),
    column('type', 'ty', ({ index }) => recoveryType(index)),
    column('stage', 'st', () => 'done'),
    column('source_host', 'shost', () => 'n/a'),
    column('source_node', 'snode', () => 'n/a'),
    column('target_host', 'thost', () => NODE_HOST),
    column('target_node', 'tnode', () => nodeName),
    column('repository', 'rep', () => 'n/a'),
    column('snapshot', 'snap', () => 'n/a'),
    column('files', 'f', zero),
    column('files_recovered', 'fr', zero),
    column('files_percent', 'fp', full),
    column('files_total', 'tf', zero),
    column('bytes', 'b', zero, { format: (_row, { bytes }) => (bytes === undefined ? '0' : formatBytes(0, bytes)) }),
    column('bytes_recovered', 'br', zero),
    column('bytes_percent', 'bp', full),
    column('bytes_total', 'tb', zero),
    column('translog_ops', 'to', zero),
    column('translog_ops_recovered', 'tor', zero),
    column('translog_ops_percent', 'top', full),
  ]
}

/** How an index came to be there at the last start. */
export function recoveryType(index: IndexSummary): 'empty_store' | 'existing_store' {
  const sealed = index.segments?.some((segment) => segment.sealed) === true
  return index.closed || sealed ? 'existing_store' : 'empty_store'
}
