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

/** What is answered before anybody has logged in: the files of the console, and logging in. */
export function isPublic(method: string, path: string): boolean {
  if (path === '/_vedetta/ui' || path.startsWith('/_vedetta/ui/')) return method === 'GET' || method === 'HEAD'
  if (path === '/_vedetta/session') return method === 'GET' || method === 'POST'
  return path === '/_vedetta/setup' && method === 'POST'
}

/** @throws DiagnosticError (403) where the role may not do this; `path` is decoded */
export function authorize(who: Identity, method: string, path: string): void {
  if (!mayUse(who.role, method, path))
    throw fail('server.forbidden', { name: who.name, role: who.role, method, path: path.slice(0, 200) })
}

const READING_POST =
  /(^|\/)(_search|_count|_msearch|_field_caps|_mget|_validate\/query|_explain|_search\/scroll|_pit|_async_search|_query\/watches|_preview|_points|_termvectors|_terms_enum|_search\/template|_render\/template)(\/[^/]+)?$/
const OWN_PAGES = ['/_vedetta/users', '/_vedetta/tokens', '/_vedetta/audit']

/** Whether a role may send a request; a path that starts with a hidden index is an administrator's to write. */
export function mayUse(role: Role, method: string, path: string): boolean {
  if (role === 'administrator') return true
  if (path === '/_vedetta/session' || path === '/_vedetta/profile' || path === '/_vedetta/saved')
    return role !== 'shipper'
  if (role === 'shipper') return shipperMay(method, path)
  if (OWN_PAGES.some((page) => path === page || path.startsWith(`${page}/`))) return false
  if (path.startsWith('/.vedetta-audit')) return false
  if (method === 'GET' || method === 'HEAD') return true
  if (method === 'POST' && READING_POST.test(path)) return true
  if (role === 'viewer') return false
  if (/^\/_vedetta\/(alerts|silences|tasks|cases|saved|explain|rules\/_test|detectors)(\/|$)/.test(path)) return true
  return /^\/(_watcher|_xpack\/watcher)\/watch\/([^/]+\/)?(_execute|_ack|[^/]+\/_ack|_ack\/[^/]+)$/.test(path)
}

/** What the elasticsearch output of Logstash and its like do: look who is there, put their template, write events. */
function shipperMay(method: string, path: string): boolean {
  if (path.startsWith('/.')) return false
  if (method === 'GET' || method === 'HEAD')
    return (
      path === '/' ||
      path === '/_license' ||
      path === '/_xpack' ||
      /^\/(_index_template|_template|_ilm\/policy|_alias)\/[^/]+$/.test(path) ||
      (method === 'HEAD' && /^\/[^_/][^/]*$/.test(path))
    )
  if (method === 'PUT' && /^\/(_index_template|_template|_ilm\/policy)\/[^/.][^/]*$/.test(path)) return true
  return (
    /^\/(_bulk|[^_/][^/]*\/(_bulk|_doc|_doc\/[^/]+|_create\/[^/]+|_update\/[^/]+|[^_/][^/]*\/_bulk))$/.test(path) &&
    (method === 'POST' || method === 'PUT')
  )
}
