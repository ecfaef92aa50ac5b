import { requestJson, setCsrf } from './request.ts'

export type Role = 'viewer' | 'analyst' | 'administrator' | 'shipper'

export interface SessionInfo {
  readonly version: string
  /** Nobody exists yet: the console is open on this machine, and asks for the first administrator. */
  readonly setup: boolean
  readonly user: string | null
  readonly role: Role | null
  readonly csrf?: string
}

export async function getSession(): Promise<SessionInfo> {
  return keep(await requestJson<SessionInfo>('/_vedetta/session'))
}

export async function login(user: string, password: string): Promise<SessionInfo> {
  return keep(await requestJson<SessionInfo>('/_vedetta/session', { body: { user, password } }))
}

export async function setUp(user: string, password: string): Promise<SessionInfo> {
  return keep(await requestJson<SessionInfo>('/_vedetta/setup', { body: { user, password } }))
}

export async function logout(): Promise<void> {
  await requestJson('/_vedetta/session', { method: 'DELETE' })
  setCsrf('')
}

function keep(session: SessionInfo): SessionInfo {
  setCsrf(session.csrf ?? '')
  return session
}
