import { fail } from '../../diagnostic/index.ts'
import { cloneValue, isObject, newObject, stringifyJson, type Value, type ValueObject } from '../../event/index.ts'
import type { BulkOperation, SearchHit, Store } from '../store.ts'
import { runUpdateScript, updateScript, type UpdateScript } from '../update-script.ts'
import { requireCopies } from './active-shards.ts'
import { versionTypeOf } from './bulk-body.ts'
import { run, type Asked, type Work } from './by-query-run.ts'
import type { RestAnswer, RestRequest, Router } from './router.ts'
import type { SearchRoutesOptions } from './routes-options.ts'
import { forward } from './pass-through.ts'
import { requestsPerSecond } from './task-routes.ts'
import type { Tasks } from './tasks.ts'
import { queryParameter, QUERY_PARAMETERS } from './query-parameter.ts'
import { bodyObject, integer, selectionOf, SELECTION_PARAMETERS } from './selection.ts'
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

/** Delete by query, update by query, reindex: what a search finds is written again in batches. */
export function registerByQuery(router: Router, store: Store, tasks: Tasks, options: SearchRoutesOptions): void {
  router.route({
    method: 'POST',
    path: '/:index/_delete_by_query',
    parameters: PARAMETERS,
    async handle(request) {
      if (store.forward !== undefined) return forwardOfTypes(store, request)
      const body = bodyObject(request) ?? newObject()
      const query = queryParameter(request) ?? body['query']
      if (query === undefined) throw fail('rest.validation', { reason: '1: query is missing;' })
      only(body, ['query', 'max_docs', 'size', 'slice', 'conflicts'])
      await requireCopies(request, store, await store.resolveIndices(selectionOf(request)))
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
      if (store.forward !== undefined) return forwardOfTypes(store, request)
      const body = bodyObject(request) ?? newObject()
      only(body, ['query', 'script', 'conflicts', 'max_docs', 'size', 'slice'])
      const script = await scriptOf(store, body)
      await requireCopies(request, store, await store.resolveIndices(selectionOf(request)))
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

/** A cluster knows no types: what a request says by its path goes into its query. */
async function forwardOfTypes(store: Store, request: RestRequest): Promise<RestAnswer> {
  if (request.params['type'] === undefined) return forward(store, request)
  const body = bodyObject(request) ?? newObject()
  const query = await ofTypes(store, request, queryParameter(request) ?? body['query'])
  const inUrl: readonly string[] = QUERY_PARAMETERS
  return forward(store, {
    ...request,
    query: new Map([...request.query].filter(([name]) => !inUrl.includes(name))),
    json: () => Object.assign(newObject(), body, query === undefined ? {} : { query }),
  })
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
  await requireCopies(request, store, [target])
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
