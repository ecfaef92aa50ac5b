import { readFileSync, statSync } from 'node:fs'
import { Reader, type Response } from 'mmdb-lib'
import type { Clock } from '../../../../clock/index.ts'
import type { Logger } from '../../../../diagnostic/index.ts'
import { ExpiringCache } from '../expiring-cache.ts'
import { GEO_DATABASE_KINDS, type GeoDatabaseKind, type GeoRecord, type Lookup } from './fields.ts'
import { javaAddress, networkOf } from './java-address.ts'

/** A file that was replaced, as geoipupdate does every week, is read again within this time. */
const LOOK_AGAIN_MILLIS = 60_000

/** A file in the MaxMind DB format, read into memory, with its latest answers. */
export class GeoDatabase {
  readonly path: string
  readonly kind: GeoDatabaseKind
  private readonly clock: Clock
  private readonly logger: Logger
  private readonly cache: ExpiringCache<Lookup | null>
  private reader: Reader<Response>
  private stamp: string
  private lookedAt: number

  /** @throws Error that says what is wrong with the file. */
  constructor(path: string, cacheSize: number, clock: Clock, logger: Logger) {
    this.path = path
    this.clock = clock
    this.logger = logger
    this.cache = new ExpiringCache(cacheSize, clock)
    this.lookedAt = clock.monotonic()
    this.stamp = stampOf(path)
    this.reader = read(path)
    this.kind = kindOf(this.reader)
  }

  /** What the file says of an address; null where it is no address, or not in the file. */
  find(text: string): Lookup | null {
    const known = this.cache.get(text)
    if (known !== undefined) return known
    const found = this.look(text)
    this.cache.set(text, found)
    return found
  }

  private look(text: string): Lookup | null {
    const ip = javaAddress(text)
    if (ip === undefined || (this.reader.metadata.ipVersion === 4 && ip.includes(':'))) return null
    const [record, bits] = this.reader.getWithPrefixLength(ip)
    return record === null ? null : { ip, record: record as GeoRecord, network: networkOf(ip, bits) }
  }

  /** Reads the file again where it was replaced by another of the same kind; a bad one changes nothing. */
  refresh(): void {
    if (this.clock.monotonic() - this.lookedAt < LOOK_AGAIN_MILLIS) return
    this.lookedAt = this.clock.monotonic()
    try {
      const stamp = stampOf(this.path)
      if (stamp === this.stamp) return
      this.stamp = stamp
      const fresh = read(this.path)
      if (kindOf(fresh) !== this.kind) throw new Error(`it is no longer of kind ${this.kind.contains}`)
      this.reader = fresh
      this.cache.clear()
      this.logger.info({ path: this.path }, 'the database was replaced and is read again')
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.logger.warn({ path: this.path, reason }, 'the database could not be read again; the old one stays')
    }
  }
}

function stampOf(path: string): string {
  const { mtimeMs, ino, size } = statSync(path)
  return `${mtimeMs} ${ino} ${size}`
}

function read(path: string): Reader<Response> {
  let reader: Reader<Response>
  try {
    reader = new Reader<Response>(readFileSync(path))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== undefined) throw error
    throw new Error('it is not in the MaxMind DB format', { cause: error })
  }
  if (reader.metadata.nodeCount === undefined || typeof reader.metadata.databaseType !== 'string')
    throw new Error('it is not in the MaxMind DB format')
  return reader
}

function kindOf(reader: Reader<Response>): GeoDatabaseKind {
  const type = reader.metadata.databaseType
  const kind = GEO_DATABASE_KINDS.find(({ contains }) => type.includes(contains))
  if (kind === undefined) throw new Error(`its type '${type}' is none of those that geoip knows`)
  return kind
}
