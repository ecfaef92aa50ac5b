/** _validate/query: whether a query is one, without running it. */
import { isObject, newObject } from '../../event/index.ts'
import { DiagnosticError, fail } from '../../diagnostic/index.ts'
import { checkCount, checkQuery } from '../dsl/index.ts'
import type { Store } from '../store.ts'
import { queryParameter } from './query-parameter.ts'
import type { RestRequest, Router } from './router.ts'
import { flag, selectionOf, SELECTION_PARAMETERS } from './selection.ts'

export function registerValidate(router: Router, store: Store): void {
  for (const path of ['/_validate/query', '/:index/_validate/query'])
    router.route({
      method: ['GET', 'POST'],
      path,
      parameters: [
        ...SELECTION_PARAMETERS,
        'q',
        'df',
        'default_operator',
        'analyzer',
        'analyze_wildcard',
        'lenient',
        'explain',
        'rewrite',
        'all_shards',
      ],
      handle: (request) => validate(store, request),
    })
}

async function validate(store: Store, request: RestRequest): Promise<{ body: unknown }> {
  const indices = await store.resolveIndices(selectionOf(request))
  const explain = flag(request, 'explain') === true
  const shards = { total: 1, successful: 1, failed: 0 }
  try {
    const parameter = queryParameter(request)
    const body = request.json()
    let query = parameter
    if (body !== undefined) {
      if (!isObject(body)) throw fail('search.parsing', { reason: 'Expected [START_OBJECT] but found a value' })
      for (const key of Object.keys(body))
        if (key !== 'query') throw fail('search.parsing', { reason: `request does not support [${key}]` })
      if (isObject(body['query'])) query = body['query']
    }
    checkQuery(query ?? Object.assign(newObject(), { match_all: newObject() }))
    // Whether a field takes the value is known only where it is mapped.
    if (query !== undefined) await store.count(selectionOf(request), checkCount(Object.assign(newObject(), { query })))
    const explanations = indices.map((index) => ({
      index,
      valid: true,
      explanation: query === undefined ? '*:*' : JSON.stringify(query),
    }))
    return { body: { _shards: shards, valid: true, ...(explain ? { explanations } : {}) } }
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error
    const reason = detailed(error.http.type, error.diagnostics[0]!.message)
    return {
      body: {
        ...(explain ? {} : { _shards: shards }),
        valid: false,
        ...(explain
          ? { error: reason, explanations: indices.map((index) => ({ index, valid: false, error: reason })) }
          : {}),
      },
    }
  }
}

/** As Elasticsearch shows an exception here: by its class, and with what it was caused by. */
function detailed(type: string, message: string): string {
  if (type !== 'parsing_exception') return `${type}: ${message}`
  const unknown = /^unknown query (\[[^\]]*\])/.exec(message)?.[1]
  const cause =
    unknown === undefined ? '' : `; org.elasticsearch.xcontent.NamedObjectNotFoundException: unknown field ${unknown}`
  return `org.elasticsearch.common.ParsingException: ${message}${cause}`
}
