import { crc32 } from 'node:zlib'
import { toValue, type Value } from '../../event/index.ts'
import { checkQuery, checkSearch } from '../dsl/index.ts'
import type { BulkItem, BulkOperation, IndexSelection, SearchHit, Store } from '../store.ts'
import type { RestAnswer, RestRequest } from './router.ts'
import type { SearchRoutesOptions } from './routes-options.ts'
import { flag } from './selection.ts'
import type { TaskHandle, Tasks } from './tasks.ts'

/** What delete by query, update by query and reindex have in common: what a search finds is written again in batches. */
export interface Work {
  readonly selection: IndexSelection
  readonly query: Value | undefined
  readonly source?: Value | undefined
  readonly maxDocs: number
  readonly batch: number
  readonly proceed: boolean
  readonly perSecond: number
  /** Into how many parts the answer is told apart. */
  readonly slices: number
  /** The one part of several that this run works on. */
  readonly slice: { readonly id: number; readonly max: number } | undefined
  /** The ingest pipeline that documents go through. */
  readonly pipeline: string | undefined
  /** The operation for a document that was found; undefined leaves it alone. */
  operation(hit: SearchHit): BulkOperation | undefined
}

/** What a run asks and is asked by. */
export interface Asked {
  readonly store: Store
  readonly request: RestRequest
  readonly tasks: Tasks
  readonly options: SearchRoutesOptions
}

interface Counts {
  total: number
  updated: number
  created: number
  deleted: number
  batches: number
  version_conflicts: number
  noops: number
}

const noCounts = (): Counts => ({
  total: 0,
  updated: 0,
  created: 0,
  deleted: 0,
  batches: 0,
  version_conflicts: 0,
  noops: 0,
})

const ACTIONS: Readonly<Record<string, string>> = {
  _reindex: 'indices:data/write/reindex',
  _update_by_query: 'indices:data/write/update/byquery',
  _delete_by_query: 'indices:data/write/delete/byquery',
}

/** Runs the work, or with `wait_for_completion=false` starts it as a task. */
export async function run(asked: Asked, work: Work): Promise<RestAnswer> {
  const { request, tasks } = asked
  if (work.query !== undefined) checkQuery(work.query)
  const kind = request.path.split('/').at(-1)!
  if (flag(request, 'wait_for_completion') !== false) {
    const handle = { signal: request.signal, requestsPerSecond: work.perSecond, status: undefined }
    const { body, status } = await carryOut(asked, work, handle, kind)
    return { status, body }
  }
  const names = work.selection.expressions.join(', ')
  const opaque = request.headers['x-opaque-id']
  const headers: Record<string, string> = opaque === undefined ? {} : { 'X-Opaque-Id': opaque }
  const description = `${kind.slice(1).replaceAll('_', '-')} [${names}]`
  const task = tasks.start(ACTIONS[kind]!, description, headers, work.perSecond, async (handle) => {
    const { body } = await carryOut(asked, work, handle, kind)
    return body
  })
  return { body: { task: tasks.name(task) } }
}

async function carryOut(
  { store, request, options }: Asked,
  work: Work,
  handle: TaskHandle,
  kind: string,
): Promise<{ status: number; body: object }> {
  const started = options.clock.monotonic()
  const counts = noCounts()
  const parts = Array.from({ length: work.slices }, noCounts)
  const failures: object[] = []
  let throttled = 0
  let after: Value[] | undefined
  const shown = (): object => statusOf(counts, parts, kind, throttled, handle.requestsPerSecond)
  handle.status = shown()
  while (counts.total < work.maxDocs && failures.length === 0 && !handle.signal.aborted) {
    const found = await page(store, handle.signal, work, Math.min(work.batch, work.maxDocs - counts.total), after)
    if (found.length === 0) break
    after = found.at(-1)!.sort as Value[]
    const { slice } = work
    const hits = slice === undefined ? found : found.filter(({ _id }) => partOf(_id, slice.max) === slice.id)
    counts.batches++
    counts.total += hits.length
    for (const { _id } of hits) parts[partOf(_id, parts.length)]!.total++
    const operations: BulkOperation[] = []
    for (const hit of hits) {
      const operation = work.operation(hit)
      if (operation === undefined) {
        counts.noops++
        parts[partOf(hit._id, parts.length)]!.noops++
      } else operations.push(work.pipeline === undefined ? operation : { ...operation, pipeline: work.pipeline })
    }
    const items = operations.length === 0 ? [] : await store.bulk(operations)
    for (const [i, item] of items.entries()) {
      const part = parts[partOf(operations[i]!.id ?? item.id, parts.length)]!
      tally(item, [counts, part], failures, work)
    }
    handle.status = shown()
    if (Number.isFinite(handle.requestsPerSecond)) {
      const pause = (hits.length / handle.requestsPerSecond) * 1000
      throttled += pause
      await options.clock.sleep(pause, handle.signal)
    }
  }
  const refresh = request.query.get('refresh')
  if (refresh !== undefined && refresh !== 'false') await store.refresh({ expressions: [] })
  const status = failures.reduce(
    (worst: number, failure) => Math.max(worst, (failure as { status: number }).status),
    200,
  )
  const canceled = handle.signal.aborted ? { canceled: 'by user request' } : {}
  const took = Math.round(options.clock.monotonic() - started)
  return { status, body: { took, timed_out: false, ...shown(), ...canceled, failures } }
}

function statusOf(counts: Counts, parts: readonly Counts[], kind: string, throttled: number, rate: number): object {
  const one = ({ total, updated, created, deleted, ...rest }: Counts): object => ({
    total,
    ...(kind === '_delete_by_query' ? {} : { updated }),
    ...(kind === '_reindex' ? { created } : {}),
    deleted,
    batches: rest.batches,
    version_conflicts: rest.version_conflicts,
    noops: rest.noops,
    retries: { bulk: 0, search: 0 },
    throttled_millis: Math.round(throttled),
    requests_per_second: Number.isFinite(rate) ? rate : -1,
    throttled_until_millis: 0,
  })
  const slices = parts.length === 1 ? {} : { slices: parts.map((part, i) => ({ slice_id: i, ...one(part) })) }
  return { ...one(counts), ...slices }
}

/** Which of so many parts a document belongs to, by its id. */
function partOf(id: string, parts: number): number {
  return parts === 1 ? 0 : crc32(id) % parts
}

/** By id, so that what is written meanwhile is not seen a second time. */
async function page(
  store: Store,
  signal: AbortSignal,
  work: Work,
  size: number,
  after: Value[] | undefined,
): Promise<readonly SearchHit[]> {
  const body = toValue({
    size,
    sort: ['_index', '_id'],
    version: true,
    seq_no_primary_term: true,
    track_total_hits: false,
    ...(work.query === undefined ? {} : { query: work.query }),
    ...(work.source === undefined ? {} : { _source: work.source }),
    ...(after === undefined ? {} : { search_after: after }),
  })
  const answer = await store.search(work.selection, checkSearch(body), { signal })
  return answer.hits.hits
}

function tally(item: BulkItem, all: readonly Counts[], failures: object[], work: Work): void {
  const count = (name: keyof Counts): void => {
    for (const counts of all) counts[name]++
  }
  if (item.error !== undefined) {
    if (item.status === 409) count('version_conflicts')
    if (item.status === 409 && work.proceed) return
    failures.push({ index: item.index, id: item.id, cause: item.error, status: item.status })
  } else if (item.result === 'created' || item.result === 'deleted' || item.result === 'updated') count(item.result)
}
