import { DiagnosticError, fail } from '../../diagnostic/index.ts'
import { isObject, newObject, parseJson, type Value, type ValueObject } from '../../event/index.ts'
import type { BulkItem, BulkOperation, Store } from '../store.ts'
import { bulkAnswer, itemBody } from './bulk-answer.ts'
import { readBulk, versionTypeOf } from './bulk-body.ts'
import type { RestAnswer, RestRequest, Router } from './router.ts'
import type { SearchRoutesOptions } from './routes-options.ts'
import { flag, integer } from './selection.ts'
import { filterSource, sourceParameter } from './source-filter.ts'

// `refresh` may be given anywhere: what is written is visible at once.
const WRITE_PARAMETERS = ['refresh', 'routing', 'timeout', 'wait_for_active_shards', 'require_alias', 'type'] as const
const VERSION_PARAMETERS = ['version', 'version_type', 'if_seq_no', 'if_primary_term'] as const
const SOURCE_PARAMETERS = ['_source', '_source_includes', '_source_excludes'] as const
const READ_PARAMETERS = [...SOURCE_PARAMETERS, 'preference', 'realtime', 'refresh', 'routing'] as const

type Refresh = 'none' | 'wait' | 'forced'

export function registerDocumentRoutes(router: Router, store: Store, options: SearchRoutesOptions): void {
  for (const path of ['/_bulk', '/:index/_bulk', '/:index/:type/_bulk'])
    router.route({
      method: ['POST', 'PUT'],
      path,
      parameters: [
        ...WRITE_PARAMETERS,
        ...SOURCE_PARAMETERS,
        'pipeline',
        'require_data_stream',
        'list_executed_pipelines',
      ],
      body: 'stream',
      async handle(request) {
        const started = options.clock.monotonic()
        refusePipeline(request)
        const refresh = refreshOf(request)
        const read = await readBulk(request.stream, request.params['index'])
        const operations =
          flag(request, 'require_alias') === true
            ? read.map((operation) => ({ ...operation, requireAlias: operation.requireAlias ?? true }))
            : read
        const items = await store.bulk(operations)
        await refreshAfter(store, refresh, items)
        return { body: bulkAnswer(items, refresh === 'forced', Math.round(options.clock.monotonic() - started)) }
      },
    })

  const index = async (request: RestRequest, action: 'index' | 'create'): Promise<RestAnswer> => {
    refusePipeline(request)
    return write(store, request, { ...operation(request, action), source: required(request) })
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
    handle: (request) => index(request, opType(request)),
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
      const wanted = sourceParameter(request)
      if (wanted === undefined || wanted === false) return answer
      const document = await store.get(request.params['index']!, request.params['id']!)
      if (document === undefined) return answer
      const get = Object.assign(newObject(), { _source: filterSource(parseJson(document.source), wanted), found: true })
      return { ...answer, body: { ...(answer.body as object), get } }
    },
  })
  registerReads(router, store)
}

function registerReads(router: Router, store: Store): void {
  router.route({
    method: 'GET',
    path: '/:index/_doc/:id',
    parameters: [...READ_PARAMETERS, 'stored_fields', 'version', 'version_type'],
    async handle(request) {
      const body = await getBody(store, request.params['index']!, request.params['id']!, sourceParameter(request))
      return { status: body['found'] === true ? 200 : 404, body }
    },
  })
  router.route({
    method: 'GET',
    path: '/:index/_source/:id',
    parameters: READ_PARAMETERS,
    async handle(request) {
      const { index, id } = request.params as { index: string; id: string }
      const document = await store.get(index, id)
      if (document === undefined) throw fail('rest.not_found', { reason: `Document not found [${index}]/[${id}]` })
      return { body: filterSource(parseJson(document.source), sourceParameter(request) ?? true) }
    },
  })
  for (const path of ['/_mget', '/:index/_mget'])
    router.route({
      method: ['GET', 'POST'],
      path,
      parameters: [...READ_PARAMETERS, 'stored_fields'],
      async handle(request) {
        const body = request.json()
        if (!isObject(body)) throw fail('rest.body_missing')
        const docs: ValueObject[] = []
        for (const { index, id, source } of wantedDocuments(body, request))
          docs.push(await getBodyOrError(store, index, id, source))
        return { body: { docs } }
      },
    })
}

function operation(request: RestRequest, action: BulkOperation['action']): BulkOperation {
  const { index, id } = request.params
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
  }
}

async function write(store: Store, request: RestRequest, operation: BulkOperation): Promise<RestAnswer> {
  const refresh = refreshOf(request)
  const [item] = await store.bulk([operation])
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

function refusePipeline(request: RestRequest): void {
  const pipeline = request.query.get('pipeline')
  if (pipeline !== undefined && pipeline !== '_none')
    throw fail('rest.parameter_invalid', { reason: `pipeline with id [${pipeline}] does not exist` })
}

function required(request: RestRequest): string {
  if (request.text.trim() === '') throw fail('rest.body_missing')
  return request.text
}

async function getBody(store: Store, index: string, id: string, source: Value | undefined): Promise<ValueObject> {
  const document = await store.get(index, id)
  const body = newObject()
  body['_index'] = document?.index ?? index
  body['_id'] = id
  body['found'] = document !== undefined
  if (document === undefined) return body
  body['_version'] = document.version
  body['_seq_no'] = document.seqNo
  body['_primary_term'] = document.primaryTerm
  if (source !== false) body['_source'] = filterSource(parseJson(document.source), source ?? true)
  return body
}

async function getBodyOrError(
  store: Store,
  index: string,
  id: string,
  source: Value | undefined,
): Promise<ValueObject> {
  try {
    return await getBody(store, index, id, source)
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error
    const cause: ValueObject = Object.assign(newObject(), {
      type: error.http.type,
      reason: error.diagnostics[0]!.message,
    })
    return Object.assign(newObject(), {
      _index: index,
      _id: id,
      error: Object.assign(newObject(), { root_cause: [cause] }, cause),
    })
  }
}

function* wantedDocuments(
  body: ValueObject,
  request: RestRequest,
): Generator<{ index: string; id: string; source: Value | undefined }> {
  for (const key of Object.keys(body))
    if (key !== 'docs' && key !== 'ids')
      throw fail('search.parsing', { reason: `unknown key [${key}] for a START_ARRAY, expected [docs] or [ids]` })
  const docs = Array.isArray(body['docs']) ? body['docs'] : []
  const ids = Array.isArray(body['ids']) ? body['ids'].map((_id) => Object.assign(newObject(), { _id })) : []
  if (docs.length + ids.length === 0) throw fail('rest.validation', { reason: '1: no documents to get;' })
  for (const [number, doc] of [...docs, ...ids].entries()) {
    const given = isObject(doc) ? doc : newObject()
    const index = given['_index'] ?? request.params['index']
    const id = given['_id']
    if (index === undefined) throw fail('rest.validation', { reason: `1: index is missing for doc ${number};` })
    if (id === undefined) throw fail('rest.validation', { reason: `1: id is missing for doc ${number};` })
    yield { index: String(index), id: String(id), source: given['_source'] ?? sourceParameter(request) }
  }
}
