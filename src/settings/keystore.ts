import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto'
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { fail } from '../diagnostic/index.ts'

const FORMAT = 1
/** scrypt cost (N, r, p) of RFC 7914: about 50 ms and 16 MB a guess. */
const COST = { N: 16_384, r: 8, p: 1 }
const NAME = /^[A-Za-z0-9_.-]+$/

interface KeystoreFile {
  readonly format: number
  readonly salt: string
  readonly iv: string
  readonly tag: string
  readonly data: string
}

/**
 * Secrets in one file: names and values, AES-256-GCM under a key that scrypt derives from a password.
 *
 * - With an empty password (none given) the file's mode 0600 is what protects it, as in Logstash and Elasticsearch.
 * - A file that others may read is refused.
 * - The file is replaced whole, by rename.
 */
export class Keystore {
  readonly path: string
  private readonly password: string
  private readonly secrets: Map<string, string>

  private constructor(path: string, password: string, secrets: Map<string, string>) {
    this.path = path
    this.password = password
    this.secrets = secrets
  }

  static create(path: string, password = ''): Keystore {
    if (existsSync(path)) throw fail('keystore.exists', { path })
    const keystore = new Keystore(path, password, new Map())
    keystore.save()
    return keystore
  }

  /** @throws DiagnosticError where the file is missing, open to others, of a later format, or the password is wrong. */
  static open(path: string, password = ''): Keystore {
    if (!existsSync(path)) throw fail('keystore.missing', { path })
    const mode = statSync(path).mode & 0o777
    if ((mode & 0o077) !== 0) throw fail('keystore.mode', { path, mode: mode.toString(8) })
    let file: KeystoreFile
    try {
      file = JSON.parse(readFileSync(path, 'utf8')) as KeystoreFile
    } catch {
      throw fail('keystore.damaged', { path })
    }
    if (file.format !== FORMAT) throw fail('keystore.format', { path, format: String(file.format) })
    try {
      const key = scryptSync(password, Buffer.from(file.salt, 'base64'), 32, COST)
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(file.iv, 'base64'))
      decipher.setAuthTag(Buffer.from(file.tag, 'base64'))
      const text = Buffer.concat([decipher.update(Buffer.from(file.data, 'base64')), decipher.final()]).toString('utf8')
      return new Keystore(path, password, new Map(Object.entries(JSON.parse(text) as Record<string, string>)))
    } catch {
      throw fail('keystore.password', { path })
    }
  }

  get values(): ReadonlyMap<string, string> {
    return this.secrets
  }

  set(name: string, secret: string): void {
    if (!NAME.test(name)) throw fail('keystore.name', { name })
    this.secrets.set(name, secret)
    this.save()
  }

  /** @returns whether there was such a secret. */
  remove(name: string): boolean {
    const removed = this.secrets.delete(name)
    if (removed) this.save()
    return removed
  }

  private save(): void {
    const salt = randomBytes(16)
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', scryptSync(this.password, salt, 32, COST), iv)
    const data = Buffer.concat([
      cipher.update(JSON.stringify(Object.fromEntries(this.secrets)), 'utf8'),
      cipher.final(),
    ])
    const file: KeystoreFile = {
      format: FORMAT,
      salt: salt.toString('base64'),
      iv: iv.toString('base64'),
      tag: cipher.getAuthTag().toString('base64'),
      data: data.toString('base64'),
    }
    const aside = `${this.path}.new`
    writeFileSync(aside, JSON.stringify(file), { mode: 0o600 })
    renameSync(aside, this.path)
  }
}
