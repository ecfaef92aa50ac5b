import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, parseJson, type Value, type ValueObject } from '../../event/index.ts'
import type { BulkItem, BulkOperation, ErrorCause, Store } from '../store.ts'
import { awaitedShards, missingCopies } from './active-shards.ts'
import { bulkAnswer, itemBody } from './bulk-answer.ts'
import { readBulk, versionTypeOf, type BulkRequestOperation } from './bulk-body.ts'
import type { RestAnswer, RestRequest, Router } from './router.ts'
import type { SearchRoutesOptions } from './routes-options.ts'
import { flag, integer } from './selection.ts'
import { filterSource, sourceParameter, SOURCE_PARAMETERS } from './source-filter.ts'
import { otherType, typesOf, UNTYPED } from './typed-mapping.ts'
import { deprecation } from './typed-routes.ts'

// `refresh` may be given anywhere: what is written is visible at once.
const WRITE_PARAMETERS = ['refresh', 'routing', 'timeout', 'wait_for_active_shards', 'require_alias'] as const
const VERSION_PARAMETERS = ['version', 'version_type', 'if_seq_no', 'if_primary_term'] as const

type Refresh = 'none' | 'wait' | 'forced'

export function registerDocumentRoutes(router: Router, store: Store, options: SearchRoutesOptions): void {
  for (const path of ['/_bulk', '/:index/_bulk'])
    router.route({
      method: ['POST', 'PUT'],
      path,
      parameters: [
        ...WRITE_PARAMETERS,
        ...SOURCE_PARAMETERS,
        'pipeline',
        'require_data_stream',
        'list_executed_pipelines',
        'type',
      ],
      body: 'stream',
      async handle(request) {
        const started = options.clock.monotonic()
        const refresh = refreshOf(request)
        if (flag(request, 'list_executed_pipelines') === true)
          throw fail('rest.parameter_invalid', { reason: '[list_executed_pipelines] is not supported' })
        const { index, type = request.query.get('type') } = request.params
        const operations = withDefaults(request, await readBulk(request.stream, { index, type }))
        const items = await applied(store, request, operations)
        await refreshAfter(store, refresh, items)
        const took = Math.round(options.clock.monotonic() - started)
        const types = operations.map((each) => each.type)
        const body = bulkAnswer(items, refresh === 'forced', took, types)
        await showUpdated(store, operations, items, body)
        const typed = types.some((each) => each !== undefined)
        return typed ? { body, headers: deprecation('Specifying types in bulk requests is deprecated.') } : { body }
      },
    })

  const index = async (request: RestRequest, action: 'index' | 'create'): Promise<RestAnswer> => {
    const pipeline = request.query.get('pipeline')
    return write(store, request, { ...operation(request, action), pipeline, source: required(request) })
  }
  const indexParameters = [...WRITE_PARAMETERS, ...VERSION_PARAMETERS, 'op_type', 'pipeline']
  const opType = (request: RestRequest): 'index' | 'create' => {
    const type = request.query.get('op_type') ?? 'index'
    if (type === 'index' || type === 'create') return type
    throw fail('rest.parameter_invalid', {
      reason: `opType must be 'create' or 'index', found: [${type}]`,
    })
  }
  router.route({
    method: ['PUT', 'POST'],
    path: '/:index/_doc/:id',
    parameters: indexParameters,
    handle: (request) => index(request, opType(request)),
  })
  router.route({
    method: 'POST',
    path: '/:index/_doc',
    parameters: indexParameters,
    // Without an id it can only be a new one.
    handle: (request) => index(request, request.query.has('op_type') ? opType(request) : 'create'),
  })
  router.route({
    method: ['PUT', 'POST'],
    path: '/:index/_create/:id',
    parameters: indexParameters,
    handle: (request) => index(request, 'create'),
  })
  router.route({
    method: 'DELETE',
    path: '/:index/_doc/:id',
    parameters: [...WRITE_PARAMETERS, ...VERSION_PARAMETERS],
    handle: (request) => write(store, request, operation(request, 'delete')),
  })
  router.route({
    method: 'POST',
    path: '/:index/_update/:id',
    parameters: [...WRITE_PARAMETERS, ...VERSION_PARAMETERS, ...SOURCE_PARAMETERS, 'retry_on_conflict'],
    async handle(request) {
      const answer = await write(store, request, { ...operation(request, 'update'), source: required(request) })
      const body = request.json()
      const wanted = sourceParameter(request) ?? (isObject(body) ? body['_source'] : undefined)
      if (wanted === undefined || wanted === false || answer.status! >= 300) return answer
      const { index, id } = request.params as { index: string; id: string }
      const get = await updatedDocument(
        store,
        { action: 'update', index, id, status: 200 },
        wanted,
        request.query.get('routing'),
      )
      return get === undefined ? answer : { ...answer, body: { ...(answer.body as object), get } }
    },
  })
}

function operation(request: RestRequest, action: BulkOperation['action']): BulkRequestOperation {
  const { index, id, type } = request.params
  return {
    action,
    index: index!,
    id,
    routing: request.query.get('routing'),
    ifSeqNo: integer(request, 'if_seq_no'),
    ifPrimaryTerm: integer(request, 'if_primary_term'),
    version: integer(request, 'version'),
    versionType: versionTypeOf(request.query.get('version_type')),
    requireAlias: flag(request, 'require_alias'),
    type,
  }
}

async function write(store: Store, request: RestRequest, operation: BulkRequestOperation): Promise<RestAnswer> {
  const refresh = refreshOf(request)
  const [item] = await applied(store, request, [operation])
  const { error, status } = item!
  if (error !== undefined) {
    const body = newObject()
    body['error'] = Object.assign(newObject(), { root_cause: [error] }, error) as ValueObject
    body['status'] = status
    return { status, body }
  }
  await refreshAfter(store, refresh, [item!])
  const headers: Record<string, string> =
    status === 201 ? { location: `/${encodeURIComponent(item!.index)}/_doc/${encodeURIComponent(item!.id)}` } : {}
  return { status, body: itemBody(item!, refresh === 'forced'), headers }
}

/** As the store's `bulk`: what names another type than its index has, or waits for copies that are not there, fails alone. */
async function applied(
  store: Store,
  request: RestRequest,
  operations: readonly BulkRequestOperation[],
): Promise<readonly BulkItem[]> {
  const refused = await refusedOperations(store, request, operations)
  if (refused.size === 0) return store.bulk(operations)
  const items = await store.bulk(operations.filter((_, i) => !refused.has(i)))
  let next = 0
  return operations.map((_, i) => refused.get(i) ?? items[next++]!)
}

async function refusedOperations(
  store: Store,
  request: RestRequest,
  operations: readonly BulkRequestOperation[],
): Promise<ReadonlyMap<number, BulkItem>> {
  const refused = new Map<number, BulkItem>()
  const waits = awaitedShards(request, store) !== undefined
  const copies = new Map<string, ErrorCause | undefined>()
  const types = new Map<string, ReadonlyMap<string, string>>()
  for (const [i, { action, index, id = '', type }] of operations.entries()) {
    if (type !== undefined && type !== UNTYPED) {
      if (!types.has(index)) types.set(index, await typesOf(store, { expressions: [index] }))
      const [other] = [...types.get(index)!].filter(([, has]) => has !== type)
      if (other !== undefined) {
        const error = { type: 'illegal_argument_exception', reason: otherType(other[0], other[1], type) }
        refused.set(i, { action, index, id, status: 400, error })
        continue
      }
    }
    if (!waits) continue
    if (!copies.has(index)) copies.set(index, await missingCopies(request, store, index))
    const error = copies.get(index)
    if (error !== undefined) refused.set(i, { action, index, id, status: 503, error })
  }
  return refused
}

/** Before anything is written: a value that is not known must not come after the fact. */
function refreshOf(request: RestRequest): Refresh {
  const refresh = request.query.get('refresh') ?? 'false'
  if (refresh === '' || refresh === 'true') return 'forced'
  if (refresh === 'wait_for') return 'wait'
  if (refresh === 'false') return 'none'
  throw fail('rest.parameter_invalid', { reason: `Unknown value for refresh: [${refresh}].` })
}

async function refreshAfter(store: Store, refresh: Refresh, items: readonly BulkItem[]): Promise<void> {
  if (refresh === 'none') return
  const indices = new Set(items.filter((item) => item.error === undefined).map((item) => item.index))
  if (indices.size > 0)
    await store.refresh({ expressions: [...indices], ignoreUnavailable: true, expandWildcards: ['all'] })
}

/** Parameters of the URL stand where an operation says nothing. */
function withDefaults(request: RestRequest, read: readonly BulkRequestOperation[]): readonly BulkRequestOperation[] {
  const requireAlias = flag(request, 'require_alias')
  const requireDataStream = flag(request, 'require_data_stream')
  const pipeline = request.query.get('pipeline')
  const routing = request.query.get('routing')
  const sourceWanted = sourceParameter(request)
  const given = [requireAlias, requireDataStream, pipeline, routing, sourceWanted]
  if (given.every((value) => value === undefined)) return read
  return read.map((operation) => ({
    ...operation,
    requireAlias: operation.requireAlias ?? requireAlias,
    requireDataStream: operation.requireDataStream ?? requireDataStream,
    pipeline: operation.pipeline ?? pipeline,
    routing: operation.routing ?? routing,
    sourceWanted: operation.sourceWanted ?? sourceWanted,
  }))
}

/** An update may ask for the document that it leaves, in its metadata or in its body. */
async function showUpdated(
  store: Store,
  operations: readonly BulkRequestOperation[],
  items: readonly BulkItem[],
  body: ValueObject,
): Promise<void> {
  for (const [i, { action, source, sourceWanted }] of operations.entries()) {
    if (action !== 'update' || items[i]!.error !== undefined) continue
    const inBody = source?.includes('"_source"') === true ? parseJson(source) : undefined
    const wanted = (isObject(inBody) ? inBody['_source'] : undefined) ?? sourceWanted
    if (wanted === undefined || wanted === false || wanted === 'false') continue
    const get = await updatedDocument(store, items[i]!, wanted, operations[i]!.routing)
    const entry = (body['items'] as ValueObject[])[i]!['update']
    if (get !== undefined && isObject(entry)) entry['get'] = get
  }
}

async function updatedDocument(
  store: Store,
  { index, id }: BulkItem,
  wanted: Value,
  routing: string | undefined,
): Promise<ValueObject | undefined> {
  const document = await store.get(index, id, routing)
  if (document === undefined) return undefined
  const filter = wanted === 'true' ? true : wanted
  return Object.assign(newObject(), {
    _seq_no: document.seqNo,
    _primary_term: document.primaryTerm,
    ...(document.routing === undefined ? {} : { _routing: document.routing }),
    found: true,
    _source: filterSource(parseJson(document.source), filter),
  })
}

function required(request: RestRequest): string {
  if (request.text.trim() === '') throw fail('rest.body_missing')
  return request.text
}
