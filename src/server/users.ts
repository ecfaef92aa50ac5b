import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { hash as argon2id, verify as verifyArgon2 } from '@node-rs/argon2'
import { systemClock, type Clock } from '../clock/index.ts'
import { fail } from '../diagnostic/index.ts'
import { DEFAULT_ROLE, readRole, type Identity, type Role } from './access.ts'
import { Lockout } from './lockout.ts'

interface StoredUser {
  /** Argon2id in the PHC form; of older versions scrypt parameters, salt and key, in base64. */
  readonly hash: string
  readonly created: string
  /** Administrator where it is absent: users of older versions. */
  readonly role?: Role
}

interface StoredToken {
  readonly name: string
  /** SHA-256 of the token in hexadecimal: tokens are random, so a slow hash adds nothing. */
  readonly hash: string
  readonly created: string
  readonly role?: Role
}

interface UsersFile {
  readonly version: 1
  readonly users: Record<string, StoredUser>
  readonly tokens: Record<string, StoredToken>
}

const NAME = /^(?!__proto__$)[A-Za-z0-9._@-]{1,128}$/
const LEAST_PASSWORD = 8
// OWASP's least parameters for Argon2id: 19 MiB, two passes, one lane.
const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const LOGINS_AT_ONCE = 4
const REMEMBERED = 1_000

/**
 * Users and tokens in one file (mode 0600), read again when another process has changed it.
 * Passwords are kept as Argon2id (those of older versions, in scrypt, are replaced at their next login), tokens as
 * SHA-256; neither is ever shown again. Wrong passwords make their sender wait, see Lockout.
 */
export class Users {
  private readonly path: string
  private content: UsersFile = empty()
  private stamp = ''
  private readonly key = randomBytes(32)
  private remembered = new Map<string, string>()
  private checking = 0
  private readonly lockout: Lockout

  /** @throws DiagnosticError where the file exists and cannot be read. */
  constructor(path: string, clock: Clock = systemClock) {
    this.path = path
    this.lockout = new Lockout(clock)
    this.read()
  }

  /** Whether anybody exists: then every request needs credentials. */
  get exist(): boolean {
    this.read()
    return Object.keys(this.content.users).length + Object.keys(this.content.tokens).length > 0
  }

  list(): { name: string; created: string; role: Role }[] {
    this.read()
    return Object.entries(this.content.users).map(([name, { created, role }]) => ({
      name,
      created,
      role: readRole(role),
    }))
  }

  listTokens(): { id: string; name: string; created: string; role: Role }[] {
    this.read()
    return Object.entries(this.content.tokens).map(([id, { name, created, role }]) => ({
      id,
      name,
      created,
      role: readRole(role),
    }))
  }

  /** Adds a user, or gives one another password; the role of one who exists stays unless it is given. */
  async put(name: string, password: string, created: Date, role?: Role, check = (): void => {}): Promise<void> {
    if (!NAME.test(name)) throw fail('server.user_name', { name: name.slice(0, 200) })
    if ([...password].length < LEAST_PASSWORD) throw fail('server.password', { least: LEAST_PASSWORD })
    const hash = await argon2id(password, ARGON2)
    check()
    this.change((content) => {
      const before = Object.hasOwn(content.users, name) ? content.users[name] : undefined
      content.users[name] = {
        hash,
        created: before?.created ?? created.toISOString(),
        role: role ?? readRole(before?.role),
      }
    })
  }

  /** The first user, an administrator. @throws DiagnosticError (409) where anybody exists already. */
  async putFirst(name: string, password: string, created: Date): Promise<void> {
    if (this.exist) throw fail('server.setup_done')
    await this.put(name, password, created, 'administrator', () => {
      // Somebody else may have been first while the password was hashed.
      if (this.exist) throw fail('server.setup_done')
    })
  }

  setRole(name: string, role: Role): boolean {
    return this.change((content) => {
      const user = Object.hasOwn(content.users, name) ? content.users[name] : undefined
      if (user === undefined) return false
      content.users[name] = { ...user, role }
      return true
    })
  }

  /** Changes with the password and the role: what was granted before is then void. */
  fingerprint(name: string): string | undefined {
    this.read()
    const user = Object.hasOwn(this.content.users, name) ? this.content.users[name] : undefined
    return user === undefined ? undefined : sha256(`${user.hash}\0${readRole(user.role)}`)
  }

  roleOf(name: string): Role | undefined {
    this.read()
    return Object.hasOwn(this.content.users, name) ? readRole(this.content.users[name]!.role) : undefined
  }

  delete(name: string): boolean {
    return this.change((content) => Object.hasOwn(content.users, name) && delete content.users[name])
  }

  /** A new token, shown this once: for `Authorization: Bearer TOKEN` or `ApiKey` with `id:token` in base64. */
  createToken(name: string, created: Date, role: Role = DEFAULT_ROLE): { id: string; token: string } {
    if (!NAME.test(name)) throw fail('server.user_name', { name: name.slice(0, 200) })
    // No '-' at its beginning: it is an argument of `token delete`.
    const id = randomBytes(8).toString('hex')
    const token = `vdt_${randomBytes(32).toString('base64url')}`
    this.change((content) => {
      content.tokens[id] = { name, hash: sha256(token), created: created.toISOString(), role }
    })
    return { id, token }
  }

  deleteToken(id: string): boolean {
    return this.change((content) => Object.hasOwn(content.tokens, id) && delete content.tokens[id])
  }

  /** The user or token's name that an Authorization header proves, or undefined; throws as `identify` does. */
  async authenticate(authorization: string | undefined): Promise<string | undefined> {
    return (await this.identify(authorization))?.name
  }

  /**
   * Who an Authorization header proves to be there, or undefined.
   * @param address of the peer, for the lock-out
   * @throws DiagnosticError (429) while too many passwords are being checked, or too many were wrong
   */
  async identify(authorization: string | undefined, address = ''): Promise<Identity | undefined> {
    this.read()
    const match = /^(Basic|Bearer|ApiKey) +([A-Za-z0-9+/=_.~-]{1,4096})$/i.exec(authorization ?? '')
    if (match === null) return undefined
    const [, scheme = '', credentials = ''] = match
    if (scheme.toLowerCase() === 'bearer') return this.byToken(credentials)
    const pair = Buffer.from(credentials, 'base64').toString('utf8')
    const colon = pair.indexOf(':')
    if (colon < 0) return undefined
    const name = pair.slice(0, colon)
    const secret = pair.slice(colon + 1)
    if (scheme.toLowerCase() === 'apikey') return this.byToken(secret, name)
    return this.login(name, secret, address)
  }

  /** Who a name and password prove to be there; throws as `identify` does. */
  async login(name: string, password: string, address: string): Promise<Identity | undefined> {
    this.read()
    const user = Object.hasOwn(this.content.users, name) ? this.content.users[name] : undefined
    // A slow hash takes 30 ms; what has once been right is remembered by a keyed hash while the file is the same.
    const proof = createHash('sha256').update(this.key).update(`${name}\0${password}`).digest('base64')
    if (user !== undefined && this.remembered.get(proof) === user.hash) return { name, role: readRole(user.role) }
    this.lockout.check(name, address)
    if (this.checking >= LOGINS_AT_ONCE) throw fail('server.login_busy')
    this.checking++
    try {
      const right = await verify(password, user?.hash ?? (await unknownUser()))
      if (!right || user === undefined) {
        this.lockout.failed(name, address)
        return undefined
      }
      this.lockout.succeeded(name, address)
      if (user.hash.startsWith(SCRYPT_PREFIX)) await this.put(name, password, new Date(user.created))
      if (this.remembered.size >= REMEMBERED) this.remembered = new Map()
      this.remembered.set(proof, this.content.users[name]?.hash ?? user.hash)
      return { name, role: readRole(user.role) }
    } finally {
      this.checking--
    }
  }

  private byToken(token: string, id?: string): Identity | undefined {
    const hash = Buffer.from(sha256(token))
    for (const [storedId, stored] of Object.entries(this.content.tokens)) {
      if (id !== undefined && id !== storedId) continue
      const kept = Buffer.from(stored.hash)
      if (kept.length === hash.length && timingSafeEqual(kept, hash))
        return { name: stored.name, role: readRole(stored.role) }
    }
    return undefined
  }

  private read(): void {
    let stamp: string
    try {
      const { mtimeMs, size, ino, mode } = statSync(this.path)
      if ((mode & 0o077) !== 0)
        throw fail('server.users_file', { path: this.path, reason: 'others may read it; chmod 600' })
      stamp = `${mtimeMs}/${size}/${ino}`
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      // A file that was there and is gone must not open the server to everybody.
      if (this.stamp !== '') throw fail('server.users_file', { path: this.path, reason: 'it has disappeared' })
      return
    }
    if (stamp === this.stamp) return
    let content: UsersFile
    try {
      content = JSON.parse(readFileSync(this.path, 'utf8')) as UsersFile
    } catch (error) {
      throw fail('server.users_file', { path: this.path, reason: (error as Error).message })
    }
    if (content.version !== 1)
      throw fail('server.users_file', { path: this.path, reason: `version ${String(content.version)} is unknown` })
    this.content = content
    this.stamp = stamp
    this.remembered = new Map()
  }

  private change<T>(edit: (content: UsersFile) => T): T {
    this.read()
    const content = structuredClone(this.content)
    const result = edit(content)
    if (!existsSync(dirname(this.path))) mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 })
    const temporary = `${this.path}.${process.pid}.tmp`
    try {
      writeFileSync(temporary, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600, flush: true })
      renameSync(temporary, this.path)
    } catch (error) {
      rmSync(temporary, { force: true })
      throw error
    }
    this.read()
    return result
  }
}

function empty(): UsersFile {
  return { version: 1, users: {}, tokens: {} }
}

const SCRYPT_PREFIX = 'scrypt$'

// Checked where a name is unknown, so that the time taken does not tell names apart.
let unknown: Promise<string> | undefined

function unknownUser(): Promise<string> {
  return (unknown ??= argon2id(randomBytes(16), ARGON2))
}

async function verify(password: string, hash: string): Promise<boolean> {
  if (!hash.startsWith(SCRYPT_PREFIX)) return verifyArgon2(hash, password)
  const [, N, r, p, salt, key] = hash.split('$')
  const expected = Buffer.from(key ?? '', 'base64')
  const parameters = { N: Number(N), r: Number(r), p: Number(p), length: expected.length }
  const actual = await derive(password, Buffer.from(salt ?? '', 'base64'), parameters)
  return expected.length > 0 && timingSafeEqual(actual, expected)
}

function derive(
  password: string,
  salt: Buffer,
  { N, r, p, length }: { N: number; r: number; p: number; length: number },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, length, { N, r, p }, (error, key) => (error === null ? resolve(key) : reject(error)))
  })
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
