import type { FastifyInstance } from 'fastify'
import type { Clock } from '../clock/index.ts'
import { fail } from '../diagnostic/index.ts'
import { isObject, type ValueObject } from '../event/index.ts'
import type { RestRequest, Router } from '../search/index.ts'
import { isAudited, routeOf, readRole, type Role } from './access.ts'
import type { AuditLog } from './audit.ts'
import { requestUser } from './server.ts'
import type { Sessions } from './sessions.ts'
import type { Users } from './users.ts'

export interface SessionRoutesOptions {
  readonly users: Users
  readonly sessions: Sessions
  readonly audit: AuditLog
  readonly clock: Clock
  readonly version: string
  /** `path.data`, shown to the first user. */
  readonly dataPath: string
}

/** Logging in and out, the first administrator, users, tokens, sessions and the audit log, under /_vedetta/. */
export function registerSessionRoutes(router: Router, options: SessionRoutesOptions): void {
  const { users, sessions, audit, clock, version } = options
  const now = (): Date => new Date(clock.now())

  router.route({
    method: 'GET',
    path: '/_vedetta/session',
    handle: ({ headers }) => {
      const session = sessions.find(headers['cookie'])
      if (session !== undefined) return { body: signedIn(version, session.identity, session.csrf) }
      return { body: { version, setup: !users.exist, user: null, role: users.exist ? null : 'administrator' } }
    },
  })
  router.route({
    method: 'POST',
    path: '/_vedetta/session',
    handle: async (request) => {
      const body = bodyOf(request)
      const identity = await users.login(textOf(body, 'user'), textOf(body, 'password'), addressOf(request))
      // A shipper has nothing to see.
      if (identity === undefined || identity.role === 'shipper') throw fail('server.login_failed')
      const { session, cookie } = sessions.open(identity, addressOf(request))
      return { body: signedIn(version, identity, session.csrf), headers: { 'set-cookie': cookie } }
    },
  })
  router.route({
    method: 'DELETE',
    path: '/_vedetta/session',
    handle: ({ headers }) => {
      const session = sessions.find(headers['cookie'])
      if (session !== undefined) sessions.close(session.id)
      return { body: { acknowledged: true }, headers: { 'set-cookie': sessions.farewell } }
    },
  })
  router.route({
    method: 'POST',
    path: '/_vedetta/setup',
    handle: async (request) => {
      const body = bodyOf(request)
      const name = textOf(body, 'user')
      await users.putFirst(name, textOf(body, 'password'), now())
      const identity = { name, role: 'administrator' as const }
      const { session, cookie } = sessions.open(identity, addressOf(request))
      return { body: signedIn(version, identity, session.csrf), headers: { 'set-cookie': cookie } }
    },
  })
  router.route({
    method: 'POST',
    path: '/_vedetta/profile',
    handle: async (request) => {
      const body = bodyOf(request)
      const name = request.user ?? ''
      if ((await users.login(name, textOf(body, 'current'), addressOf(request))) === undefined)
        throw fail('server.login_failed')
      await users.put(name, textOf(body, 'password'), now())
      const { session, cookie } = sessions.open({ name, role: users.roleOf(name)! }, addressOf(request))
      return { body: signedIn(version, session.identity, session.csrf), headers: { 'set-cookie': cookie } }
    },
  })

  router.route({
    method: 'GET',
    path: '/_vedetta/users',
    handle: () => ({ body: { users: users.list(), sessions: sessions.list() } }),
  })
  router.route({
    method: 'PUT',
    path: '/_vedetta/users/:name',
    handle: async (request) => {
      const body = bodyOf(request)
      const name = request.params['name']!
      const role = body['role'] === undefined ? undefined : readRole(textOf(body, 'role'))
      if (role !== undefined && role !== 'administrator') keepAdministrator(users, name)
      if (body['password'] !== undefined) await users.put(name, textOf(body, 'password'), now(), role)
      else if (role === undefined || !users.setRole(name, role)) throw fail('server.password', { least: 8 })
      return { body: { acknowledged: true } }
    },
  })
  router.route({
    method: 'DELETE',
    path: '/_vedetta/users/:name',
    handle: ({ params }) => {
      keepAdministrator(users, params['name']!)
      return { body: { acknowledged: users.delete(params['name']!) } }
    },
  })
  router.route({
    method: 'DELETE',
    path: '/_vedetta/users/_sessions/:id',
    handle: ({ params }) => ({ body: { acknowledged: sessions.revoke(params['id']!) } }),
  })
  router.route({
    method: 'GET',
    path: '/_vedetta/tokens',
    handle: () => ({ body: { tokens: users.listTokens() } }),
  })
  router.route({
    method: 'POST',
    path: '/_vedetta/tokens',
    handle: (request) => {
      const body = bodyOf(request)
      const role: Role = readRole(textOf(body, 'role'))
      return { status: 201, body: users.createToken(textOf(body, 'name'), now(), role) }
    },
  })
  router.route({
    method: 'DELETE',
    path: '/_vedetta/tokens/:id',
    handle: ({ params }) => ({ body: { acknowledged: users.deleteToken(params['id']!) } }),
  })
  router.route({
    method: 'GET',
    path: '/_vedetta/audit',
    parameters: ['size'],
    handle: async ({ query }) => ({
      body: { rows: await audit.latest(Math.min(10_000, Number(query.get('size') ?? 500) || 500)) },
    }),
  })
}

/** Writes every change into the audit log: all but reads and the writing of events. */
export function auditChanges(app: FastifyInstance, audit: AuditLog): void {
  app.addHook('onResponse', async (request, reply) => {
    // By the route, as access is: a document named _search is no search.
    if (!isAudited(request.method, routeOf(request))) return
    const path = request.url.split('?')[0]!
    audit.add({
      user: requestUser(request) ?? '',
      address: request.raw.socket.remoteAddress ?? '',
      method: request.method,
      path: path.slice(0, 500),
      status: reply.statusCode,
    })
  })
}

function signedIn(version: string, { name, role }: { name: string; role: Role }, csrf: string): object {
  return { version, setup: false, user: name, role, csrf }
}

/** @throws DiagnosticError where nobody else could give roles any more */
function keepAdministrator(users: Users, name: string): void {
  const administrators = users.list().filter(({ role }) => role === 'administrator')
  if (administrators.length === 1 && administrators[0]!.name === name) throw fail('server.last_administrator', { name })
}

function bodyOf(request: RestRequest): ValueObject {
  const body = request.json()
  if (!isObject(body)) throw fail('rest.body_missing')
  return body
}

function textOf(body: ValueObject, name: string): string {
  const value = body[name]
  if (typeof value !== 'string') throw fail('rest.validation', { reason: `'${name}' must be a string` })
  return value
}

function addressOf(request: RestRequest): string {
  return request.address ?? ''
}
