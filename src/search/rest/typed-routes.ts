import { Double, isObject, newObject, Timestamp } from '../../event/index.ts'
import type { RestAnswer, RestRequest, Route, Router } from './router.ts'
import { UNTYPED } from './typed-mapping.ts'
import { ELASTICSEARCH_VERSION } from './version.ts'

// Names of indices and types, which nothing else in such a place begins like. Where it could also be a document's id that
// follows, `_doc` is no type: `POST /logs/_doc/_search` writes a document.
export const INDEX = ':index(_all|[^_].*)'
export const TYPE = ':type([^_].*)'
export const ANY_TYPE = ':type(_doc|_all|[^_].*)'

const INDEXING =
  'Specifying types in document index requests is deprecated, use the typeless endpoints instead ' +
  '(/{index}/_doc/{id}, /{index}/_doc, or /{index}/_create/{id}).'

/** By a route's first method and path: what stands after the type in the path, and what Elasticsearch 7.17 warns of. */
const SPELLINGS: Readonly<Record<string, { readonly rest: string; readonly warning: string }>> = {
  'PUT /:index/_doc/:id': { rest: '/:id', warning: INDEXING },
  'POST /:index/_doc': { rest: '', warning: INDEXING },
  'PUT /:index/_create/:id': { rest: '/:id/_create', warning: INDEXING },
  'GET /:index/_doc/:id': {
    rest: '/:id',
    warning: 'Specifying types in document get requests is deprecated, use the /{index}/_doc/{id} endpoint instead.',
  },
  'DELETE /:index/_doc/:id': {
    rest: '/:id',
    warning: 'Specifying types in document index requests is deprecated, use the /{index}/_doc/{id} endpoint instead.',
  },
  'POST /:index/_update/:id': {
    rest: '/:id/_update',
    warning:
      'Specifying types in document update requests is deprecated, use the endpoint /{index}/_update/{id} instead.',
  },
  'GET /:index/_source/:id': {
    rest: '/:id/_source',
    warning: 'Specifying types in get_source and exist_source requests is deprecated.',
  },
  'GET /:index/_explain/:id': {
    rest: '/:id/_explain',
    warning: 'Specifying a type in explain requests is deprecated.',
  },
  ...Object.fromEntries(
    Object.entries({
      'POST /:index/_bulk': 'bulk',
      'GET /:index/_mget': 'multi get',
      'GET /:index/_search': 'search',
      'GET /:index/_search/template': 'search template',
      'GET /:index/_msearch': 'multi search',
      'GET /:index/_msearch/template': 'multi search template',
      'GET /:index/_count': 'count',
      'GET /:index/_validate/query': 'validate query',
      'POST /:index/_delete_by_query': 'delete_by_query',
      'POST /:index/_update_by_query': 'update_by_query',
    }).map(([key, words]) => [
      key,
      { rest: key.slice(key.indexOf('/_')), warning: `Specifying types in ${words} requests is deprecated.` },
    ]),
  ),
}

/**
 * Serves routes also as clients before Elasticsearch 7 spell them, with the type in the path: it is a parameter `type` for
 * the handler. An answer shows the type to who asked with one, and `_doc` to a client that speaks Elasticsearch 7's
 * protocol (`compatible-with=7`).
 */
export function typedRouter(router: Router): Router {
  return {
    route(route) {
      router.route({ ...route, handle: (request) => speaking7(request, route) })
      const spelling = SPELLINGS[`${[route.method].flat()[0]} ${route.path}`]
      if (spelling === undefined) return
      router.route({
        ...route,
        path: `/${INDEX}/${spelling.rest.startsWith('/:id/') ? ANY_TYPE : TYPE}${spelling.rest}`,
        means: route.path,
        async handle(request) {
          const answer = await route.handle({ ...request, path: untypedPath(route, request) })
          const { type = '' } = request.params
          return {
            ...answer,
            body: withType(answer.body, /[,*]|^_all$/.test(type) ? UNTYPED : type),
            headers: { ...answer.headers, ...deprecation(spelling.warning) },
          }
        },
      })
    },
  }
}

/** The header by which a client hears that types are going. */
export function deprecation(warning: string): Record<string, string> {
  return { warning: `299 Elasticsearch-${ELASTICSEARCH_VERSION}-unknown "[types removal] ${warning}"` }
}

async function speaking7(request: RestRequest, route: Route): Promise<RestAnswer> {
  const answer = await route.handle(request)
  const { accept } = request.headers
  if (accept === undefined || !/vnd\.elasticsearch\+.*compatible-with=7/.test(accept)) return answer
  return { ...answer, body: withType(answer.body, UNTYPED) }
}

/** The path without the type, for a cluster that knows none. */
function untypedPath({ path }: Route, { params }: RestRequest): string {
  return path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name]!))
}

/** With `_type` wherever an answer names a document by its index and id. */
function withType(value: unknown, type: string): unknown {
  if (Array.isArray(value)) return value.map((inner) => withType(inner, type))
  if (typeof value !== 'object' || value === null || value instanceof Double || value instanceof Timestamp) return value
  const copy = newObject() as Record<string, unknown>
  const document = '_index' in value && '_id' in value && !('_type' in value)
  for (const [key, inner] of Object.entries(value)) {
    copy[key] = OF_USERS.has(key) && isObject(inner as never) ? inner : withType(inner, type)
    if (document && key === '_index') copy['_type'] = type
  }
  return copy
}

/** What they hold has names of users, not of the API. */
const OF_USERS = new Set(['_source', 'fields', 'highlight'])
