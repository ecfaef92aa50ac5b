import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Clock } from '../clock/index.ts'
import type { Identity } from './access.ts'
import type { Users } from './users.ts'

export const CSRF_HEADER = 'x-vedetta-csrf'
const COOKIE = 'vedetta_session'
const IDLE = 8 * 3_600_000
const LONGEST = 7 * 86_400_000
const KEPT = 10_000

interface Stored {
  readonly user: string
  /** Of the user at the login: another password or role ends the session. */
  readonly fingerprint: string
  readonly csrf: string
  readonly created: number
  readonly address: string
  seen: number
}

export interface Session {
  readonly id: string
  readonly identity: Identity
  readonly csrf: string
}

/**
 * Who is logged in to the console. A session's secret is only in its cookie, here is its hash; sessions outlive a restart.
 * One ends after 8 hours without a request, after 7 days, at the logout, and when its user's password or role changes.
 */
export class Sessions {
  private readonly path: string
  private readonly users: Users
  private readonly clock: Clock
  private readonly secure: boolean
  private readonly stored: Map<string, Stored>

  /** `secure` marks the cookie for https alone. */
  constructor(options: { path: string; users: Users; clock: Clock; secure: boolean }) {
    this.path = options.path
    this.users = options.users
    this.clock = options.clock
    this.secure = options.secure
    this.stored = readSessions(options.path)
  }

  /** A new session; `cookie` is the value of Set-Cookie. */
  open(identity: Identity, address: string): { session: Session; cookie: string } {
    const secret = randomBytes(32).toString('base64url')
    const id = hashOf(secret)
    const now = this.clock.now()
    const csrf = randomBytes(24).toString('base64url')
    const fingerprint = this.users.fingerprint(identity.name) ?? ''
    this.stored.set(id, { user: identity.name, fingerprint, csrf, created: now, seen: now, address })
    while (this.stored.size > KEPT) this.stored.delete(this.stored.keys().next().value!)
    this.save()
    return { session: { id, identity, csrf }, cookie: `${COOKIE}=${secret}; ${this.attributes(LONGEST / 1000)}` }
  }

  /** The session of a Cookie header that is still good, for a request: its idle time begins anew. */
  find(cookie: string | undefined): Session | undefined {
    const session = this.peek(cookie)
    if (session !== undefined) this.stored.get(session.id)!.seen = this.clock.now()
    return session
  }

  /** The session of a Cookie header that is still good; that somebody looked is no use of it. */
  peek(cookie: string | undefined): Session | undefined {
    const secret = /(?:^|; *)vedetta_session=([\w-]{43})(?:;|$)/.exec(cookie ?? '')?.[1]
    if (secret === undefined) return undefined
    const id = hashOf(secret)
    const stored = this.stored.get(id)
    if (stored === undefined) return undefined
    const now = this.clock.now()
    const role = this.users.roleOf(stored.user)
    if (role === undefined || this.isOver(stored, now)) {
      this.close(id)
      return undefined
    }
    return { id, identity: { name: stored.user, role }, csrf: stored.csrf }
  }

  close(id: string): boolean {
    const was = this.stored.delete(id)
    if (was) this.save()
    return was
  }

  list(): { id: string; user: string; created: number; seen: number; address: string }[] {
    const now = this.clock.now()
    return [...this.stored]
      .filter(([, stored]) => !this.isOver(stored, now))
      .map(([id, { user, created, seen, address }]) => ({ id: id.slice(0, 16), user, created, seen, address }))
  }

  /** Ends the session whose id starts so; `list` shows the beginnings. */
  revoke(prefix: string): boolean {
    const id = [...this.stored.keys()].find((key) => prefix.length >= 16 && key.startsWith(prefix))
    return id !== undefined && this.close(id)
  }

  /** The Set-Cookie that removes it. */
  get farewell(): string {
    return `${COOKIE}=; ${this.attributes(0)}`
  }

  private isOver(stored: Stored, now: number): boolean {
    return (
      now - stored.seen > IDLE ||
      now - stored.created > LONGEST ||
      this.users.fingerprint(stored.user) !== stored.fingerprint
    )
  }

  private attributes(age: number): string {
    return `Path=/; Max-Age=${age}; HttpOnly; SameSite=Strict${this.secure ? '; Secure' : ''}`
  }

  private save(): void {
    const temporary = `${this.path}.tmp`
    try {
      writeFileSync(temporary, JSON.stringify({ version: 1, sessions: [...this.stored] }), { mode: 0o600 })
      renameSync(temporary, this.path)
    } catch {
      // A full disk must not keep out who comes to make room: the session lasts as long as the process.
    }
  }
}

/** Sessions that cannot be read are over: their owners log in again. */
function readSessions(path: string): Map<string, Stored> {
  if (!existsSync(path)) return new Map()
  try {
    const { version, sessions } = JSON.parse(readFileSync(path, 'utf8')) as {
      version: number
      sessions: [string, Stored][]
    }
    return version === 1 ? new Map(sessions) : new Map()
  } catch {
    return new Map()
  }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
