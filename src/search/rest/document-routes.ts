import { DiagnosticError, fail } from '../../diagnostic/index.ts'
import { isObject, newObject, parseJson, type Value, type ValueObject } from '../../event/index.ts'
import type { BulkItem, BulkOperation, Store } from '../store.ts'
import { bulkAnswer, itemBody } from './bulk-answer.ts'
import { readBulk, versionTypeOf, type BulkRequestOperation } from './bulk-body.ts'
import type { RestAnswer, RestRequest, Router } from './router.ts'
import type { SearchRoutesOptions } from './routes-options.ts'
import { flag, integer } from './selection.ts'
import { filterSource, shownSource, sourceParameter, SOURCE_PARAMETERS } from './source-filter.ts'

// `refresh` may be given anywhere: what is written is visible at once.
const WRITE_PARAMETERS = ['refresh', 'routing', 'timeout', 'wait_for_active_shards', 'require_alias', 'type'] as const
const VERSION_PARAMETERS = ['version', 'version_type', 'if_seq_no', 'if_primary_term'] as const
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
        const refresh = refreshOf(request)
        if (flag(request, 'list_executed_pipelines') === true)
          throw fail('rest.parameter_invalid', { reason: '[list_executed_pipelines] is not supported' })
        const operations = withDefaults(request, await readBulk(request.stream, request.params['index']))
        const items = await store.bulk(operations)
        await refreshAfter(store, refresh, items)
        const took = Math.round(options.clock.monotonic() - started)
        const body = bulkAnswer(items, refresh === 'forced', took)
        await showUpdated(store, operations, items, body)
        return { body }
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
  registerReads(router, store)
}

function registerReads(router: Router, store: Store): void {
  router.route({
    method: 'GET',
    path: '/:index/_doc/:id',
    parameters: [...READ_PARAMETERS, 'stored_fields', 'version', 'version_type'],
    async handle(request) {
      const stored = request.query.get('stored_fields')?.split(',')
      const wanted: Wanted = {
        index: request.params['index']!,
        id: request.params['id']!,
        routing: request.query.get('routing'),
        source: sourceParameter(request),
        stored,
        version: integer(request, 'version'),
        versionType: versionTypeOf(request.query.get('version_type')),
      }
      const body = await getBody(store, wanted)
      return { status: body['found'] === true ? 200 : 404, body }
    },
  })
  router.route({
    method: 'GET',
    path: '/:index/_source/:id',
    parameters: READ_PARAMETERS,
    async handle(request) {
      const { index, id } = request.params as { index: string; id: string }
      const document = await store.get(index, id, request.query.get('routing'))
      if (document === undefined) throw fail('rest.not_found', { reason: `Document not found [${index}]/[${id}]` })
      const source = shownSource(document)
      if (source === undefined) throw fail('rest.not_found', { reason: `Source not found [${index}]/[${id}]` })
      return { body: filterSource(source, sourceParameter(request) ?? true) }
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
        for (const wanted of wantedDocuments(body, request)) docs.push(await getBodyOrError(store, wanted))
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

/** One document of a read. */
interface Wanted {
  readonly index: string
  readonly id: string
  readonly routing: string | undefined
  readonly source: Value | undefined
  /** Fields to show, read from the source; `_source` among them shows it too. */
  readonly stored: readonly string[] | undefined
  readonly version: number | undefined
  readonly versionType: BulkOperation['versionType']
}

async function getBody(store: Store, wanted: Wanted): Promise<ValueObject> {
  const { index, id, routing, stored } = wanted
  const document = await store.get(index, id, routing)
  const body = newObject()
  body['_index'] = document?.index ?? index
  body['_id'] = id
  body['found'] = document !== undefined
  if (document === undefined) return body
  checkVersion(wanted, document.version)
  body['_version'] = document.version
  body['_seq_no'] = document.seqNo
  body['_primary_term'] = document.primaryTerm
  if (document.routing !== undefined) body['_routing'] = document.routing
  const source = shownSource(document)
  const shown = wanted.source ?? (stored === undefined || stored.includes('_source'))
  if (shown !== false && source !== undefined) body['_source'] = filterSource(source, shown)
  const fields =
    stored === undefined ? newObject() : await storedFields(store, document.index, stored, source ?? newObject())
  if (Object.keys(fields).length > 0) body['fields'] = fields
  return body
}

/** A read may say which version it expects. */
function checkVersion({ id, version, versionType }: Wanted, current: number): void {
  // A read matches the very version, of whatever type it is.
  if (version === undefined || version === current) return
  const how = versionType === 'external' || versionType === 'external_gte' ? 'provided' : 'expected'
  throw fail('document.conflict', {
    id,
    reason: `current version [${current}] is different than the one ${how} [${version}]`,
  })
}

/** The fields that the mapping stores, out of the source. */
async function storedFields(
  store: Store,
  index: string,
  names: readonly string[],
  source: Value,
): Promise<ValueObject> {
  const description = (await store.getIndices({ expressions: [index] }))[index]
  const fields = newObject()
  for (const name of names) {
    let node: Value | undefined = isObject(description) ? description['mappings'] : undefined
    let value: Value | undefined = source
    for (const key of name.split('.')) {
      const properties: Value | undefined = isObject(node) ? node['properties'] : undefined
      node = isObject(properties) ? properties[key] : undefined
      value = isObject(value) ? value[key] : undefined
    }
    if (isObject(node) && String(node['store']) === 'true' && value !== undefined && value !== null)
      fields[name] = Array.isArray(value) ? value : [value]
  }
  return fields
}

async function getBodyOrError(store: Store, wanted: Wanted): Promise<ValueObject> {
  const { index, id } = wanted
  try {
    return await getBody(store, wanted)
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

const MGET_KEYS = ['_index', '_type', '_id', 'routing', 'stored_fields', '_source', 'version', 'version_type']

function* wantedDocuments(body: ValueObject, request: RestRequest): Generator<Wanted> {
  for (const key of Object.keys(body))
    if (key !== 'docs' && key !== 'ids')
      throw fail('search.parsing', { reason: `unknown key [${key}] for a START_ARRAY, expected [docs] or [ids]` })
  const docs = Array.isArray(body['docs']) ? body['docs'] : []
  const ids = Array.isArray(body['ids']) ? body['ids'].map((_id) => Object.assign(newObject(), { _id })) : []
  if (docs.length + ids.length === 0) throw fail('rest.validation', { reason: '1: no documents to get;' })
  const defaultFields = request.query.get('stored_fields')?.split(',')
  for (const [number, doc] of [...docs, ...ids].entries()) {
    const given = isObject(doc) ? doc : newObject()
    for (const key of Object.keys(given))
      if (!MGET_KEYS.includes(key)) throw fail('search.parsing', { reason: `[multi_get] unknown field [${key}]` })
    const index = given['_index'] ?? request.params['index']
    const id = given['_id']
    if (index === undefined) throw fail('rest.validation', { reason: `1: index is missing for doc ${number};` })
    if (id === undefined) throw fail('rest.validation', { reason: `1: id is missing for doc ${number};` })
    const stored = given['stored_fields']
    const { version, version_type: versionType } = given
    yield {
      index: String(index),
      id: String(id),
      routing: given['routing'] === undefined ? request.query.get('routing') : String(given['routing']),
      source: given['_source'] ?? sourceParameter(request),
      stored: stored === undefined ? defaultFields : [stored].flat().map(String),
      version: version === undefined ? undefined : Number(version),
      versionType: versionTypeOf(versionType === undefined ? undefined : String(versionType)),
    }
  }
}
