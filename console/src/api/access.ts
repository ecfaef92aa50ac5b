import { requestJson } from './request.ts'
import type { Role } from './session.ts'

export interface User {
  readonly name: string
  readonly created: string
  readonly role: Role
}

export interface Token extends User {
  readonly id: string
}

export interface OpenSession {
  /** The beginning of it. */
  readonly id: string
  readonly user: string
  readonly address: string
  readonly created: number
  readonly seen: number
}

export interface AuditRow {
  readonly '@timestamp': string
  readonly user: string
  readonly address: string
  readonly method: string
  readonly path: string
  readonly status: number
}

const user = (name: string): string => `/_vedetta/users/${encodeURIComponent(name)}`

export const access = {
  users: () => requestJson<{ users: User[]; sessions: OpenSession[] }>('/_vedetta/users'),
  putUser: (name: string, body: { role?: string; password?: string }) =>
    requestJson(user(name), { method: 'PUT', body }),
  deleteUser: (name: string) => requestJson(user(name), { method: 'DELETE' }),
  endSession: (id: string) => requestJson(`/_vedetta/users/_sessions/${encodeURIComponent(id)}`, { method: 'DELETE' }),
  tokens: () => requestJson<{ tokens: Token[] }>('/_vedetta/tokens').then(({ tokens }) => tokens),
  createToken: (name: string, role: string) =>
    requestJson<{ id: string; token: string }>('/_vedetta/tokens', { body: { name, role } }),
  deleteToken: (id: string) => requestJson(`/_vedetta/tokens/${encodeURIComponent(id)}`, { method: 'DELETE' }),
  audit: () => requestJson<{ rows: AuditRow[] }>('/_vedetta/audit?size=1000').then(({ rows }) => rows),
}
