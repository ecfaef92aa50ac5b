import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fail } from '../diagnostic/index.ts'
import { cloneValue, isObject, type Value, type ValueObject } from '../event/index.ts'
import { replaceFile } from '../journal/index.ts'

/** What stands where a secret is not shown. */
export const REDACTED = '::es_redacted::'
const ENCRYPTED = '::es_encrypted::'

const KEY_FILE = 'watches.key'
const KEY_FORMAT = 1
/** Of one encrypted secret, its first byte. */
const SECRET_FORMAT = 1
const KEY_BYTES = 32
const IV_BYTES = 12
const TAG_BYTES = 16

/** Headers whose values are secrets. */
const SECRET_HEADER = /^(?:proxy-)?authorization$|^cookie$|token|api-?key|secret/i

export function isSecretHeader(name: string): boolean {
  return SECRET_HEADER.test(name)
}

/**
 * The secrets of watches, encrypted where they are stored: AES-256-GCM under a key of the data folder.
 *
 * - `watches.key` is made at the first use, readable by its owner alone; one that others may read is refused.
 * - A secret is bound to the id of its watch: moved into another watch it does not open.
 * - What an older version stored in clear opens as it is, and is encrypted when the watch is next stored.
 */
export class WatchSecrets {
  private readonly path: string
  private readonly key: Buffer

  private constructor(path: string, key: Buffer) {
    this.path = path
    this.key = key
  }

  /** @throws DiagnosticError where the key is open to others, damaged, of a later format, or cannot be written */
  static async open(dataPath: string): Promise<WatchSecrets> {
    const path = join(dataPath, KEY_FILE)
    try {
      const mode = (await stat(path)).mode & 0o777
      if ((mode & 0o077) !== 0)
        throw fail(
          'watch.key',
          { path, reason: `others may read it (mode ${mode.toString(8)})` },
          { hint: `chmod 600` },
        )
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      const key = randomBytes(KEY_BYTES)
      await replaceFile(path, `${JSON.stringify({ format: KEY_FORMAT, key: key.toString('base64') })}\n`)
      return new WatchSecrets(path, key)
    }
    return new WatchSecrets(path, readKey(path, await readFile(path, 'utf8')))
  }

  /** The definition as it is stored. */
  seal(id: string, source: ValueObject): ValueObject {
    return mapSecrets(source, (secret) => {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', this.key, iv).setAAD(Buffer.from(id))
      const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
      const parts = [Buffer.of(SECRET_FORMAT), iv, cipher.getAuthTag(), sealed]
      return ENCRYPTED + Buffer.concat(parts).toString('base64')
    })
  }

  /** @throws DiagnosticError where a secret was encrypted under another key or for another watch */
  unseal(id: string, stored: ValueObject): ValueObject {
    return mapSecrets(stored, (secret, path) => {
      if (!secret.startsWith(ENCRYPTED)) return secret
      const bytes = Buffer.from(secret.slice(ENCRYPTED.length), 'base64')
      try {
        if (bytes[0] !== SECRET_FORMAT) throw new Error('unknown format')
        const tagAt = 1 + IV_BYTES
        const decipher = createDecipheriv('aes-256-gcm', this.key, bytes.subarray(1, tagAt)).setAAD(Buffer.from(id))
        decipher.setAuthTag(bytes.subarray(tagAt, tagAt + TAG_BYTES))
        const opened = [decipher.update(bytes.subarray(tagAt + TAG_BYTES)), decipher.final()]
        return Buffer.concat(opened).toString('utf8')
      } catch {
        throw fail('watch.secret', { path, key: this.path }, { hint: 'put the watch again with its secrets' })
      }
    })
  }

  /** True where something of it is stored in clear, as before secrets were encrypted. */
  static isClear(stored: ValueObject): boolean {
    return secretsIn(stored).some(({ secret }) => !secret.startsWith(ENCRYPTED))
  }
}

function readKey(path: string, text: string): Buffer {
  let file: { format?: unknown; key?: unknown }
  try {
    file = JSON.parse(text) as typeof file
  } catch {
    throw fail('watch.key', { path, reason: 'it is damaged' })
  }
  if (file.format !== KEY_FORMAT)
    throw fail('watch.key', { path, reason: `its format ${String(file.format)} is not known` })
  const key = Buffer.from(String(file.key), 'base64')
  if (key.length !== KEY_BYTES) throw fail('watch.key', { path, reason: 'it is damaged' })
  return key
}

/** A definition as it is shown: the secrets of its HTTP requests, wherever they stand, are hidden. */
export function redact(source: ValueObject): ValueObject {
  return mapSecrets(source, () => REDACTED)
}

/** A definition that came back as it was shown takes its secrets from the one that is stored. */
export function restoreSecrets(source: Value, before: ValueObject | undefined): Value {
  if (!isObject(source) || before === undefined) return source
  const known = new Map(secretsIn(before).map(({ path, secret }) => [path, secret]))
  return mapSecrets(source, (secret, path) => (secret === REDACTED ? (known.get(path) ?? secret) : secret))
}

interface Place {
  readonly holder: ValueObject
  readonly name: string
  readonly path: string
  readonly secret: string
}

function mapSecrets(source: ValueObject, change: (secret: string, path: string) => string): ValueObject {
  const copy = cloneValue(source) as ValueObject
  for (const { holder, name, path, secret } of secretsIn(copy)) holder[name] = change(secret, path)
  return copy
}

const DEPTH_LIMIT = 30

/** The passwords and headers of webhooks, inputs and attachments. */
function secretsIn(source: ValueObject): Place[] {
  const found: Place[] = []
  const add = (holder: ValueObject, name: string, path: string): void => {
    const secret = holder[name]
    if (typeof secret === 'string') found.push({ holder, name, path: `${path}.${name}`, secret })
  }
  const visit = (value: Value, path: string, depth: number): void => {
    if (depth > DEPTH_LIMIT) return
    if (Array.isArray(value)) for (const [i, inner] of value.entries()) visit(inner, `${path}.${i}`, depth + 1)
    if (!isObject(value)) return
    for (const [name, inner] of Object.entries(value)) {
      const at = path === '' ? name : `${path}.${name}`
      // What a watch only carries along is its own.
      if (at === 'metadata') continue
      const basic = name === 'auth' && isObject(inner) ? inner['basic'] : undefined
      if (isObject(basic)) add(basic, 'password', `${at}.basic`)
      else if (name === 'headers' && isObject(inner) && ('host' in value || 'url' in value)) {
        for (const header of Object.keys(inner)) if (isSecretHeader(header)) add(inner, header, at)
      } else visit(inner, at, depth + 1)
    }
  }
  visit(source, '', 0)
  return found
}
