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
import { queryParameter } from './query-parameter.ts'
import { bodyObject, flag, integer, selectionOf, SELECTION_PARAMETERS } from './selection.ts'

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
  /** The operation for a document that was found; undefined leaves it alone. */
  operation(hit: SearchHit): BulkOperation | undefined
}

/** Delete by query, update by query, reindex: what a search finds is written again in batches. */
export function registerByQuery(router: Router, store: Store, options: SearchRoutesOptions): void {
  router.route({
    method: 'POST',
    path: '/:index/_delete_by_query',
    parameters: PARAMETERS,
    async handle(request) {
      if (store.forward !== undefined) return forward(store, request)
      const body = bodyObject(request) ?? newObject()
      const query = queryParameter(request) ?? body['query']
      if (query === undefined) throw fail('rest.validation', { reason: '1: query is missing;' })
      only(body, ['query', 'max_docs', 'size', 'slice'])
      return run(store, request, options, {
        ...workOf(request, body),
        query,
        operation: (hit) => ({ action: 'delete', ...identity(hit) }),
      })
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
      return run(store, request, options, {
        ...workOf(request, body),
        query: queryParameter(request) ?? body['query'],
        operation: (hit) => rewritten(hit, script, options, () => identity(hit), ['index', 'noop', 'delete']),
      })
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
      return reindex(store, request, options, body)
    },
  })
}

async function reindex(
  store: Store,
  request: RestRequest,
  options: SearchRoutesOptions,
  body: ValueObject,
): Promise<RestAnswer> {
  only(body, ['source', 'dest', 'script', 'conflicts', 'max_docs', 'size'])
  const { source, dest } = body
  if (!isObject(source) || !isObject(dest))
    throw fail('rest.validation', { reason: '1: [source] and [dest] must be specified;' })
  only(source, ['index', 'query', 'size', '_source'])
  only(dest, ['index', 'op_type', 'version_type', 'routing'])
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
  return run(store, request, options, {
    ...work,
    batch: typeof source['size'] === 'number' ? source['size'] : work.batch,
    selection,
    query: source['query'],
    source: source['_source'],
    operation(hit) {
      const external = versionType !== undefined && versionType !== 'internal'
      const head = {
        index: target,
        id: hit._id,
        ...(external ? { version: Number(hit['_version']), versionType } : {}),
      }
      const operation = rewritten(hit, script, options, () => head, ['index', 'noop', 'delete'])
      return operation?.action === 'index' ? { ...operation, action: opType } : operation
    },
  })
}

function identity(hit: SearchHit): Omit<BulkOperation, 'action'> {
  return {
    index: hit._index,
    id: hit._id,
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
  if (flag(request, 'wait_for_completion') === false)
    throw fail('rest.parameter_invalid', {
      reason: '[wait_for_completion=false] is not supported: the answer comes when the work is done',
    })
  if (query.has('pipeline'))
    throw fail('rest.parameter_invalid', { reason: `pipeline with id [${query.get('pipeline')}] does not exist` })
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
  const rate = query.get('requests_per_second') ?? '-1'
  const perSecond = rate === '-1' ? Number.POSITIVE_INFINITY : Number(rate)
  if (!(perSecond > 0))
    throw fail('rest.parameter_invalid', {
      reason: '[requests_per_second] must be a float greater than 0. Use -1 to disable throttling.',
    })
  return {
    selection: selectionOf(request),
    maxDocs: maxDocs ?? Number.POSITIVE_INFINITY,
    batch: Math.min(integer(request, 'scroll_size') ?? BATCH, 10_000),
    proceed: conflicts === 'proceed',
    perSecond,
  }
}

async function run(store: Store, request: RestRequest, options: SearchRoutesOptions, work: Work): Promise<RestAnswer> {
  const started = options.clock.monotonic()
  if (work.query !== undefined) checkQuery(work.query)
  const counts = { total: 0, updated: 0, created: 0, deleted: 0, batches: 0, version_conflicts: 0, noops: 0 }
  const failures: object[] = []
  let throttled = 0
  let after: Value[] | undefined
  while (counts.total < work.maxDocs && failures.length === 0) {
    const hits = await page(store, request, work, Math.min(work.batch, work.maxDocs - counts.total), after)
    if (hits.length === 0) break
    after = hits.at(-1)!.sort as Value[]
    counts.batches++
    counts.total += hits.length
    const operations: BulkOperation[] = []
    for (const hit of hits) {
      const operation = work.operation(hit)
      if (operation === undefined) counts.noops++
      else operations.push(operation)
    }
    for (const item of operations.length === 0 ? [] : await store.bulk(operations)) tally(item, counts, failures, work)
    if (Number.isFinite(work.perSecond)) {
      const pause = (hits.length / work.perSecond) * 1000
      throttled += pause
      await options.clock.sleep(pause, request.signal)
    }
  }
  const refresh = request.query.get('refresh')
  if (refresh !== undefined && refresh !== 'false') await store.refresh({ expressions: [] })
  const status = failures.reduce(
    (worst: number, failure) => Math.max(worst, (failure as { status: number }).status),
    200,
  )
  const { updated, created, deleted, ...rest } = counts
  const reindexing = request.path.endsWith('_reindex')
  const deleting = request.path.endsWith('_delete_by_query')
  return {
    status,
    body: {
      took: Math.round(options.clock.monotonic() - started),
      timed_out: false,
      total: rest.total,
      ...(deleting ? {} : { updated }),
      ...(reindexing ? { created } : {}),
      deleted,
      batches: rest.batches,
      version_conflicts: rest.version_conflicts,
      noops: rest.noops,
      retries: { bulk: 0, search: 0 },
      throttled_millis: Math.round(throttled),
      requests_per_second: Number.isFinite(work.perSecond) ? work.perSecond : -1,
      throttled_until_millis: 0,
      failures,
    },
  }
}

/** By id, so that what is written meanwhile is not seen a second time. */
async function page(
  store: Store,
  request: RestRequest,
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
  const answer = await store.search(work.selection, checkSearch(body), { signal: request.signal })
  return answer.hits.hits
}

function tally(
  item: BulkItem,
  counts: { updated: number; created: number; deleted: number; version_conflicts: number },
  failures: object[],
  work: Work,
): void {
  if (item.error !== undefined) {
    if (item.status === 409) counts.version_conflicts++
    if (item.status === 409 && work.proceed) return
    failures.push({ index: item.index, id: item.id, cause: item.error, status: item.status })
  } else if (item.result === 'created') counts.created++
  else if (item.result === 'deleted') counts.deleted++
  else if (item.result === 'updated') counts.updated++
}
