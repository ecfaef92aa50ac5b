import { isObject, newObject, parseJson, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { checkCount, checkSearch } from '../dsl/index.ts'
import type { Store } from '../store.ts'
import { getDocument } from './document-reads.ts'
import { queryParameter, QUERY_PARAMETERS } from './query-parameter.ts'
import type { RestRequest, Router } from './router.ts'
import { selectionOf } from './selection.ts'
import { filterSource, sourceParameter, SOURCE_PARAMETERS } from './source-filter.ts'

/** `_explain`: whether a query finds a document, and with which score. */
export function registerExplain(router: Router, store: Store): void {
  router.route({
    method: ['GET', 'POST'],
    path: '/:index/_explain/:id',
    parameters: [...QUERY_PARAMETERS, ...SOURCE_PARAMETERS, 'stored_fields', 'preference', 'routing'],
    async handle(request) {
      const { index, id, type } = request.params as { index: string; id: string; type?: string }
      const query = queryOf(request)
      const document = await getDocument(store, { index, id, type, routing: request.query.get('routing') })
      const body = newObject()
      body['_index'] = document?.index ?? index
      body['_id'] = id
      body['matched'] = false
      if (document === undefined) return { status: 404, body }
      const ids = Object.assign(newObject(), { ids: Object.assign(newObject(), { values: [id] }) })
      const bool = Object.assign(newObject(), { must: [query], filter: [ids] })
      const search = checkSearch(
        Object.assign(newObject(), {
          query: Object.assign(newObject(), { bool }),
          size: 1,
          explain: true,
          _source: false,
        }),
      )
      const { hits } = await store.search(selectionOf(request), search, { signal: request.signal })
      const [hit] = hits.hits as unknown as ValueObject[]
      body['matched'] = hit !== undefined
      body['explanation'] =
        (hit?.['_explanation'] as Value | undefined) ??
        Object.assign(newObject(), { value: 0, description: 'no matching clause', details: [] })
      const source = sourceParameter(request)
      if (source !== undefined) {
        const got = Object.assign(newObject(), {
          found: true,
          _seq_no: document.seqNo,
          _primary_term: document.primaryTerm,
        }) as ValueObject
        if (source !== false) got['_source'] = filterSource(parseJson(document.source), source)
        body['get'] = got
      }
      return { body }
    },
  })
}

/** From the URL or the body, where it must be all there is. */
function queryOf(request: RestRequest): Value {
  const given = queryParameter(request)
  if (given !== undefined) return given
  const body = request.json() ?? null
  checkCount(body)
  if (!isObject(body) || body['query'] === undefined) throw fail('rest.validation', { reason: '1: query is missing;' })
  return body['query']
}
