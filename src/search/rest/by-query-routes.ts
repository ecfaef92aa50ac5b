import { crc32 } from 'node:zlib'
import { fail } from '../../diagnostic/index.ts'
import {
  cloneValue,
  isObject,
  newObject,
  stringifyJson,
  toValue,
  type Value,
  type ValueObject,
} from '../../event/index.ts'
import { checkQuery, checkSearch } from '../dsl/index.ts'
import type { BulkItem, BulkOperation, IndexSelection, SearchHit, Store } from '../store.ts'
import { runUpdateScript, updateScript, type UpdateScript } from '../update-script.ts'
import { versionTypeOf } from './bulk-body.ts'
import type { RestAnswer, RestRequest, Router } from './router.ts'
import type { SearchRoutesOptions } from './routes-options.ts'
import { forward } from './pass-through.ts'
import { requestsPerSecond } from './task-routes.ts'
import type { TaskHandle, Tasks } from './tasks.ts'
import { queryParameter } from './query-parameter.ts'
import { bodyObject, flag, integer, selectionOf, SELECTION_PARAMETERS } from './selection.ts'
import { queryOfTypes } from './type-filter.ts'

const PARAMETERS = [
  ...SELECTION_PARAMETERS,
  'q',
  'df',
  'default_operator',
  'analyze_wildcard',
  'analyzer',
  'lenient',
  'conflicts',
  'max_docs',
  'size',
  'scroll_size',
  'scroll',
  'slices',
  'refresh',
  'requests_per_second',
  'timeout',
  'search_timeout',
  'search_type',
  'preference',
  'routing',
  'request_cache',
  'wait_for_active_shards',
  'wait_for_completion',
  'terminate_after',
  'pipeline',
  'require_alias',
] as const

const BATCH = 1000

interface Work {
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

/** Delete by query, update by query, reindex: what a search finds is written again in batches. */
export function registerByQuery(router: Router, store: Store, tasks: Tasks, options: SearchRoutesOptions): void {
  router.route({
    method: 'POST',
    path: '/:index/_delete_by_query',
    parameters: PARAMETERS,
    async handle(request) {
      if (store.forward !== undefined) return forward(store, request)
      const body = bodyObject(request) ?? newObject()
      const query = queryParameter(request) ?? body['query']
      if (query === undefined) throw fail('rest.validation', { reason: '1: query is missing;' })
      only(body, ['query', 'max_docs', 'size', 'slice', 'conflicts'])
      return run(
        { store, request, tasks, options },
        {
          ...workOf(request, body),
          query: await ofTypes(store, request, query),
          operation: (hit) => ({ action: 'delete', ...identity(hit) }),
        },
      )
    },
  })
  router.route({
    method: 'POST',
    path: '/:index/_update_by_query',
    parameters: PARAMETERS,
    async handle(request) {
      if (store.forward !== undefined) return forward(store, request)
      const body = bodyObject(request) ?? newObject()
      only(body, ['query', 'script', 'conflicts', 'max_docs', 'size', 'slice'])
      const script = await scriptOf(store, body)
      return run(
        { store, request, tasks, options },
        {
          ...workOf(request, body),
          query: await ofTypes(store, request, queryParameter(request) ?? body['query']),
          operation: (hit) => rewritten(hit, script, options, () => identity(hit), ['index', 'noop', 'delete']),
        },
      )
    },
  })
  router.route({
    method: 'POST',
    path: '/_reindex',
    parameters: PARAMETERS,
    async handle(request) {
      if (store.forward !== undefined) return forward(store, request)
      const body = bodyObject(request)
      if (body === undefined) throw fail('rest.body_missing')
      return reindex({ store, request, tasks, options }, body)
    },
  })
}

function ofTypes(store: Store, request: RestRequest, query: Value | undefined): Promise<Value | undefined> {
  return queryOfTypes(store, selectionOf(request), query, request.params['type'])
}

/** What a run asks and is asked by. */
interface Asked {
  readonly store: Store
  readonly request: RestRequest
  readonly tasks: Tasks
  readonly options: SearchRoutesOptions
}

async function reindex(asked: Asked, body: ValueObject): Promise<RestAnswer> {
  const { store, request, options } = asked
  only(body, ['source', 'dest', 'script', 'conflicts', 'max_docs', 'size'])
  const { source, dest } = body
  if (!isObject(source) || !isObject(dest))
    throw fail('rest.validation', { reason: '1: [source] and [dest] must be specified;' })
  if (source['remote'] !== undefined)
    throw fail('rest.parameter_invalid', { reason: '[remote] is not supported: documents come from this store alone' })
  only(source, ['index', 'query', 'size', '_source', 'slice'])
  only(dest, ['index', 'op_type', 'version_type', 'pipeline'])
  const from = source['index']
  const names = (Array.isArray(from) ? from : [from]).filter((name) => name !== undefined).map(String)
  const target = dest['index']
  if (names.length === 0)
    throw fail('rest.validation', { reason: '1: use _all if you really want to copy from all existing indexes;' })
  if (typeof target !== 'string' || target === '') throw fail('rest.validation', { reason: '1: index is missing;' })
  const selection = { ...selectionOf(request), expressions: names.flatMap((name) => name.split(',')) }
  if ((await store.resolveIndices(selection)).includes(target))
    throw fail('rest.validation', {
      reason: `1: reindex cannot write into an index its reading from [${target}];`,
    })
  const opType = dest['op_type'] ?? 'index'
  if (opType !== 'index' && opType !== 'create')
    throw fail('rest.parameter_invalid', {
      reason: `opType must be 'create' or 'index', found: [${stringifyJson(opType)}]`,
    })
  const versionType = versionTypeOf(dest['version_type'] === undefined ? undefined : String(dest['version_type']))
  const script = await scriptOf(store, body)
  const work = workOf(request, body)
  return run(asked, {
    ...work,
    slice: sliceOf(source) ?? work.slice,
    pipeline: dest['pipeline'] === undefined ? undefined : String(dest['pipeline']),
    batch: typeof source['size'] === 'number' ? source['size'] : work.batch,
    selection,
    query: source['query'],
    source: source['_source'],
    operation(hit) {
      const external = versionType !== undefined && versionType !== 'internal'
      const head = {
        index: target,
        id: hit._id,
        routing: routingOf(hit),
        ...(external ? { version: Number(hit['_version']), versionType } : {}),
      }
      const operation = rewritten(hit, script, options, () => head, ['index', 'noop', 'delete'])
      return operation?.action === 'index' ? { ...operation, action: opType } : operation
    },
  })
}

function routingOf(hit: SearchHit): string | undefined {
  return hit['_routing'] === undefined ? undefined : String(hit['_routing'])
}

function identity(hit: SearchHit): Omit<BulkOperation, 'action'> {
  return {
    index: hit._index,
    id: hit._id,
    routing: routingOf(hit),
    ifSeqNo: Number(hit['_seq_no']),
    ifPrimaryTerm: Number(hit['_primary_term']),
  }
}

/** The document as it is, or as the script leaves it. */
function rewritten(
  hit: SearchHit,
  script: UpdateScript | undefined,
  options: SearchRoutesOptions,
  head: () => Omit<BulkOperation, 'action'>,
  allowed: readonly string[],
): BulkOperation | undefined {
  const source = hit._source ?? newObject()
  if (script === undefined) return { action: 'index', ...head(), source: stringifyJson(source) }
  const before = { ...head() }
  const context = Object.assign(newObject(), {
    _index: before.index,
    _id: hit._id,
    _version: Number(hit['_version'] ?? 1),
    op: 'index',
    _now: Math.floor(options.clock.now()),
    _source: cloneValue(source),
  })
  const after = runUpdateScript(script, context)
  const op = String(after['op'])
  if (!allowed.includes(op))
    throw fail('rest.parameter_invalid', {
      reason: `Operation type [${op}] not allowed, only [${allowed.join(', ')}] are allowed`,
    })
  if (op === 'noop') return undefined
  const moved = {
    ...before,
    index: String(after['_index']),
    id: after['_id'] === null ? undefined : String(after['_id']),
  }
  if (op === 'delete') return { action: 'delete', ...moved }
  const text = stringifyJson(isObject(after['_source']) ? after['_source'] : newObject())
  return { action: 'index', ...moved, source: text }
}

async function scriptOf(store: Store, body: ValueObject): Promise<UpdateScript | undefined> {
  const { script } = body
  if (script === undefined) return undefined
  const stored = await store.getResources('script')
  return updateScript(script, (id) => stored[id])
}

function only(body: ValueObject, keys: readonly string[]): void {
  for (const key of Object.keys(body))
    if (!keys.includes(key)) throw fail('search.parsing', { reason: `unknown field [${key}]` })
}

function workOf(request: RestRequest, body: ValueObject): Omit<Work, 'operation' | 'query'> {
  const { query } = request
  const conflicts = query.get('conflicts') ?? body['conflicts'] ?? 'abort'
  if (conflicts !== 'abort' && conflicts !== 'proceed')
    throw fail('rest.parameter_invalid', {
      reason: `conflicts may only be "proceed" or "abort" but was [${stringifyJson(conflicts)}]`,
    })
  const inBody = body['max_docs'] ?? body['size']
  const maxDocs =
    integer(request, 'max_docs') ?? integer(request, 'size') ?? (inBody === undefined ? undefined : Number(inBody))
  if (maxDocs !== undefined && !(Number.isInteger(maxDocs) && maxDocs > 0))
    throw fail('rest.validation', { reason: `1: [max_docs] parameter must be greater than 0, found [${maxDocs}];` })
  return {
    selection: selectionOf(request),
    maxDocs: maxDocs ?? Number.POSITIVE_INFINITY,
    batch: Math.min(integer(request, 'scroll_size') ?? BATCH, 10_000),
    proceed: conflicts === 'proceed',
    perSecond: requestsPerSecond(request) ?? Number.POSITIVE_INFINITY,
    slices: slicesOf(request),
    slice: sliceOf(body),
    pipeline: query.get('pipeline'),
  }
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
async function run(asked: Asked, work: Work): Promise<RestAnswer> {
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

const LARGEST_SLICES = 1024

function slicesOf(request: RestRequest): number {
  const text = request.query.get('slices') ?? '1'
  // One slice for each shard.
  if (text === 'auto') return 1
  const slices = Number(text)
  if (!Number.isInteger(slices) || slices < 1 || slices > LARGEST_SLICES)
    throw fail('rest.parameter_invalid', {
      reason: `[slices] must be a positive integer up to ${LARGEST_SLICES} or the string "auto", got [${text}]`,
    })
  return slices
}

function sliceOf(body: ValueObject): Work['slice'] {
  const { slice } = body
  if (slice === undefined) return undefined
  if (!isObject(slice)) throw fail('search.parsing', { reason: '[slice] must be an object' })
  only(slice, ['id', 'max'])
  const [id, max] = [Number(slice['id']), Number(slice['max'])]
  if (!Number.isInteger(id) || !Number.isInteger(max) || max < 2 || id < 0 || id >= max)
    throw fail('rest.parameter_invalid', {
      reason: `max must be greater than id, and 2 or more, got [${id}] of [${max}]`,
    })
  return { id, max }
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
