import { DiagnosticError, fail } from '../../diagnostic/index.ts'
import { isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'
import type { BulkOperation, Store, StoredDocument } from '../store.ts'
import { versionTypeOf } from './bulk-body.ts'
import type { RestRequest, Router } from './router.ts'
import { integer } from './selection.ts'
import { filterSource, shownSource, sourceParameter, SOURCE_PARAMETERS } from './source-filter.ts'
import { typesOf, UNTYPED } from './typed-mapping.ts'
import { deprecation } from './typed-routes.ts'

const READ_PARAMETERS = [...SOURCE_PARAMETERS, 'preference', 'realtime', 'refresh', 'routing'] as const

/** Documents by their ids: one, its source alone, or several. */
export function registerDocumentReads(router: Router, store: Store): void {
  router.route({
    method: 'GET',
    path: '/:index/_doc/:id',
    parameters: [...READ_PARAMETERS, 'stored_fields', 'version', 'version_type'],
    async handle(request) {
      const stored = request.query.get('stored_fields')?.split(',')
      const wanted: Wanted = {
        index: request.params['index']!,
        id: request.params['id']!,
        type: request.params['type'],
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
      const { index, id, type } = request.params as { index: string; id: string; type?: string }
      const document = await getDocument(store, { index, id, type, routing: request.query.get('routing') })
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
        let typed = false
        for (const wanted of wantedDocuments(body, request)) {
          docs.push(await getBodyOrError(store, wanted))
          typed ||= wanted.type !== undefined
        }
        const headers = deprecation('Specifying types in multi get requests is deprecated.')
        return typed ? { body: { docs }, headers } : { body: { docs } }
      },
    })
}

/** Where a document is looked for. */
interface Place {
  readonly index: string
  readonly id: string
  /** As the request names it; undefined where it names none. */
  readonly type: string | undefined
  readonly routing: string | undefined
}

/** As the store's `get`: an index of another type than is asked for does not have the document. */
export async function getDocument(
  store: Store,
  { index, id, type, routing }: Place,
): Promise<StoredDocument | undefined> {
  if (type !== undefined && type !== UNTYPED) {
    const types = await typesOf(store, { expressions: [index] })
    if ([...types.values()].some((has) => has !== type)) return undefined
  }
  return store.get(index, id, routing)
}

/** One document of a read. */
interface Wanted extends Place {
  readonly source: Value | undefined
  /** Fields to show, read from the source; `_source` among them shows it too. */
  readonly stored: readonly string[] | undefined
  readonly version: number | undefined
  readonly versionType: BulkOperation['versionType']
}

async function getBody(store: Store, wanted: Wanted): Promise<ValueObject> {
  const { index, id, type, stored } = wanted
  const document = await getDocument(store, wanted)
  const body = newObject()
  body['_index'] = document?.index ?? index
  if (type !== undefined) body['_type'] = type
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
  const { index, id, type } = wanted
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
      ...(type === undefined ? {} : { _type: type }),
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
    const type = given['_type'] ?? request.params['type']
    yield {
      index: String(index),
      id: String(id),
      type: type === undefined || type === null ? undefined : String(type),
      routing: given['routing'] === undefined ? request.query.get('routing') : String(given['routing']),
      source: given['_source'] ?? sourceParameter(request),
      stored: stored === undefined ? defaultFields : [stored].flat().map(String),
      version: version === undefined ? undefined : Number(version),
      versionType: versionTypeOf(versionType === undefined ? undefined : String(versionType)),
    }
  }
}
