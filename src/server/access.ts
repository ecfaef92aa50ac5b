import type { FastifyRequest } from 'fastify'
import { fail } from '../diagnostic/index.ts'

/** From the least to the most. `shipper` is beside them: it writes events and reads nothing. */
export const ROLES = ['shipper', 'viewer', 'analyst', 'administrator'] as const

export type Role = (typeof ROLES)[number]

/** Of users and tokens that were made before there were roles. */
export const DEFAULT_ROLE: Role = 'administrator'

/** Who asks. */
export interface Identity {
  readonly name: string
  readonly role: Role
}

/** @throws DiagnosticError for a role that does not exist */
export function readRole(role: string | undefined): Role {
  if (role === undefined) return DEFAULT_ROLE
  const known = ROLES.find((name) => name === role)
  if (known === undefined) throw fail('server.role', { roles: ROLES.join(', '), role: role.slice(0, 100) })
  return known
}

/** What a route of the server keeps for whoever judges its requests. */
export interface RouteConfig {
  /** The path of the route that asks for the same. */
  readonly means: string
}

/** The path of the route that a request matched, or of the one that it is another spelling of; undefined without one. */
export function routeOf(request: FastifyRequest): string | undefined {
  if (request.is404) return undefined
  const { config, url } = request.routeOptions
  return (config as Partial<RouteConfig>).means ?? url
}

/** What is answered before anybody has logged in: the files of the console, and logging in; `route` as for `mayUse`. */
export function isPublic(method: string, route: string | undefined): boolean {
  if (route === '/_vedetta/ui' || route === '/_vedetta/ui/*') return method === 'GET' || method === 'HEAD'
  if (route === '/_vedetta/session') return method === 'GET' || method === 'POST'
  return route === '/_vedetta/setup' && method === 'POST'
}

/** @throws DiagnosticError (403) where the role may not do this; `path` is named in the message alone */
export function authorize(who: Identity, method: string, route: string | undefined, path: string): void {
  if (!mayUse(who.role, method, route))
    throw fail('server.forbidden', { name: who.name, role: who.role, method, path: path.slice(0, 200) })
}

const READING_POST =
  /\/(_search|_count|_msearch|_analyze|_search_shards|_resolve\/index\/:index|_field_caps|_mget|_validate\/query|_explain\/:\w+|_search\/scroll(\/:\w+)?|_pit|_async_search|_query\/watches|_preview|_check|_points|_termvectors(\/:\w+)?|_terms_enum|_m?search\/template|_render\/template(\/:\w+)?)$/
/** What a reader opened, and closes. */
const CLOSING = /^\/(_pit|_search\/scroll(\/:\w+)?|_async_search\/:\w+)$/
const EVENTS_WRITTEN = /^(\/:index)?\/_bulk$|^\/:index\/(_doc|_doc\/:id|_create\/:id)$/
const OWN_PAGES = /^\/_vedetta\/(users|tokens|audit)(\/|$)/
const TRIAGE = /^\/_vedetta\/(alerts|silences|tasks|cases|explain)(\/|$)/
const WATCH_TRIAGE = /^\/(_watcher|_xpack\/watcher)\/watch\/(:\w+\/(_execute|_ack(\/:\w+)?|:\w+\/_ack)|_execute)$/

/**
 * Whether a role may send a request. `route` is the path of the route that matched, such as `/:index/_doc/:id`, not what
 * was sent: no encoding, doubled slash or document named `_search` makes one request look like another. Which indices
 * it may reach is the guarded store's to judge. A path without a route does nothing, so that anybody is told so.
 */
export function mayUse(role: Role, method: string, route: string | undefined): boolean {
  if (role === 'administrator' || route === undefined) return true
  if (role === 'shipper') return shipperMay(method, route)
  if (route === '/_vedetta/session' || route === '/_vedetta/profile' || route === '/_vedetta/saved') return true
  if (OWN_PAGES.test(route)) return false
  if (method === 'GET' || method === 'HEAD') return true
  if (method === 'POST' && READING_POST.test(route)) return true
  if (method === 'DELETE' && CLOSING.test(route)) return true
  return role === 'analyst' && (TRIAGE.test(route) || WATCH_TRIAGE.test(route))
}

/** Whether a request changes what an audit is asked about: neither reads nor the writing of events do. `route` as for `mayUse`. */
export function isAudited(method: string, route: string | undefined): boolean {
  if (route === undefined || method === 'GET' || method === 'HEAD') return false
  if (method === 'POST' && READING_POST.test(route)) return false
  if (method === 'DELETE') return !CLOSING.test(route)
  return !EVENTS_WRITTEN.test(route)
}

/** What the elasticsearch outputs of Logstash and Beats do: look who is there, put template and stream, write events. */
function shipperMay(method: string, route: string): boolean {
  if (method === 'GET' || method === 'HEAD')
    return (
      /^\/(_license|_xpack)?$/.test(route) ||
      /^\/(_index_template|_template|_ilm\/policy|_alias|_data_stream|_ingest\/pipeline)\/:\w+$/.test(route) ||
      (method === 'HEAD' && route === '/:index')
    )
  if (method !== 'PUT' && method !== 'POST') return false
  if (/^\/(_index_template|_template|_ilm\/policy|_data_stream)\/:\w+$/.test(route)) return method === 'PUT'
  return EVENTS_WRITTEN.test(route)
}
