import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { fail } from '../diagnostic/index.ts'

interface StoredUser {
  /** Scrypt parameters, salt and key, in base64. */
  readonly hash: string
  readonly created: string
}

interface StoredToken {
  readonly name: string
  /** SHA-256 of the token in hexadecimal: tokens are random, so a slow hash adds nothing. */
  readonly hash: string
  readonly created: string
}

interface UsersFile {
  readonly version: 1
  readonly users: Record<string, StoredUser>
  readonly tokens: Record<string, StoredToken>
}

const NAME = /^[A-Za-z0-9._@-]{1,128}$/
const LEAST_PASSWORD = 8
const SCRYPT = { N: 16_384, r: 8, p: 1, length: 32 }
const LOGINS_AT_ONCE = 4
const REMEMBERED = 1_000

/**
 * Users and tokens in one file (mode 0600), read again when another process has changed it.
 * Passwords are kept as scrypt, tokens as SHA-256; neither is ever shown again.
 */
export class Users {
  private readonly path: string
  private content: UsersFile = empty()
  private stamp = ''
  private readonly key = randomBytes(32)
  private remembered = new Map<string, string>()
  private checking = 0

  /** @throws DiagnosticError where the file exists and cannot be read. */
  constructor(path: string) {
    this.path = path
    this.read()
  }

  /** Whether anybody exists: then every request needs credentials. */
  get exist(): boolean {
    this.read()
    return Object.keys(this.content.users).length + Object.keys(this.content.tokens).length > 0
  }

  list(): { name: string; created: string }[] {
    this.read()
    return Object.entries(this.content.users).map(([name, { created }]) => ({ name, created }))
  }

  listTokens(): { id: string; name: string; created: string }[] {
    this.read()
    return Object.entries(this.content.tokens).map(([id, { name, created }]) => ({ id, name, created }))
  }

  /** Adds a user or gives one another password. */
  async put(name: string, password: string, created: Date): Promise<void> {
    if (!NAME.test(name)) throw fail('server.user_name', { name: name.slice(0, 200) })
    if ([...password].length < LEAST_PASSWORD) throw fail('server.password', { least: LEAST_PASSWORD })
    const salt = randomBytes(16)
    const key = await derive(password, salt, SCRYPT)
    const { N, r, p } = SCRYPT
    const hash = `scrypt$${N}$${r}$${p}$${salt.toString('base64')}$${key.toString('base64')}`
    this.change((content) => {
      content.users[name] = { hash, created: created.toISOString() }
    })
  }

  delete(name: string): boolean {
    return this.change((content) => Object.hasOwn(content.users, name) && delete content.users[name])
  }

  /** A new token, shown this once: for `Authorization: Bearer TOKEN` or `ApiKey` with `id:token` in base64. */
  createToken(name: string, created: Date): { id: string; token: string } {
    if (!NAME.test(name)) throw fail('server.user_name', { name: name.slice(0, 200) })
    // No '-' at its beginning: it is an argument of `token delete`.
    const id = randomBytes(8).toString('hex')
    const token = `vdt_${randomBytes(32).toString('base64url')}`
    this.change((content) => {
      content.tokens[id] = { name, hash: sha256(token), created: created.toISOString() }
    })
    return { id, token }
  }

  deleteToken(id: string): boolean {
    return this.change((content) => Object.hasOwn(content.tokens, id) && delete content.tokens[id])
  }

  /**
   * The user or token's name that an Authorization header proves, or undefined.
   * @throws DiagnosticError (429) while too many passwords are being checked
   */
  async authenticate(authorization: string | undefined): Promise<string | undefined> {
    this.read()
    const match = /^(Basic|Bearer|ApiKey) +([A-Za-z0-9+/=_.~-]{1,4096})$/i.exec(authorization ?? '')
    if (match === null) return undefined
    const [, scheme = '', credentials = ''] = match
    if (scheme.toLowerCase() === 'bearer') return this.tokenName(credentials)
    const pair = Buffer.from(credentials, 'base64').toString('utf8')
    const colon = pair.indexOf(':')
    if (colon < 0) return undefined
    const name = pair.slice(0, colon)
    const secret = pair.slice(colon + 1)
    if (scheme.toLowerCase() === 'apikey') return this.tokenName(secret, name)
    return (await this.checkPassword(name, secret)) ? name : undefined
  }

  private tokenName(token: string, id?: string): string | undefined {
    const hash = Buffer.from(sha256(token))
    for (const [storedId, stored] of Object.entries(this.content.tokens)) {
      if (id !== undefined && id !== storedId) continue
      const kept = Buffer.from(stored.hash)
      if (kept.length === hash.length && timingSafeEqual(kept, hash)) return stored.name
    }
    return undefined
  }

  private async checkPassword(name: string, password: string): Promise<boolean> {
    const user = Object.hasOwn(this.content.users, name) ? this.content.users[name] : undefined
    // Scrypt takes 50 ms; what has once been right is remembered by a keyed hash while the file is the same.
    const proof = createHash('sha256').update(this.key).update(`${name}\0${password}`).digest('base64')
    if (user !== undefined && this.remembered.get(proof) === user.hash) return true
    if (this.checking >= LOGINS_AT_ONCE) throw fail('server.login_busy')
    this.checking++
    try {
      const right = await verify(password, user?.hash ?? UNKNOWN_USER)
      if (!right || user === undefined) return false
      if (this.remembered.size >= REMEMBERED) this.remembered = new Map()
      this.remembered.set(proof, user.hash)
      return true
    } finally {
      this.checking--
    }
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
    const file = openSync(temporary, 'w', 0o600)
    try {
      writeSync(file, `${JSON.stringify(content, undefined, 2)}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, this.path)
    this.read()
    return result
  }
}

function empty(): UsersFile {
  return { version: 1, users: {}, tokens: {} }
}

// Checked where a name is unknown, so that the time taken does not tell names apart.
const UNKNOWN_USER = `scrypt$${SCRYPT.N}$${SCRYPT.r}$${SCRYPT.p}$${'A'.repeat(22)}==$${'A'.repeat(43)}=`

async function verify(password: string, hash: string): Promise<boolean> {
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
