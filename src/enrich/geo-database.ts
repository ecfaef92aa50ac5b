import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Reader, type Response } from 'mmdb-lib'
import type { Clock } from '../clock/index.ts'
import type { Logger } from '../diagnostic/index.ts'
import { ExpiringCache } from './expiring-cache.ts'
import type { Lookup } from './geo-facts.ts'
import { javaAddress, networkOf } from './java-address.ts'

/** A file that was replaced, as geoipupdate does every week, is read again within this time. */
export const LOOK_AGAIN_MILLIS = 60_000

const USUAL_FOLDERS = ['/var/lib/GeoIP', '/usr/share/GeoIP', '/usr/local/share/GeoIP']

/** Where a database of that name is looked for: in `geoip` of `path.data`, then where geoipupdate and packages put it. */
export function geoDatabasePlaces(dataPath: string, name: string): string[] {
  return [join(dataPath, 'geoip'), ...USUAL_FOLDERS].map((folder) => join(folder, name))
}

export function findGeoDatabase(dataPath: string, name: string): string | undefined {
  return geoDatabasePlaces(dataPath, name).find((place) => existsSync(place))
}

/** A file in the MaxMind DB format, read into memory, with its latest answers. */
export class GeoDatabase {
  readonly path: string
  /** As the file's metadata say, such as `GeoLite2-City`. */
  readonly type: string
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
    this.type = this.reader.metadata.databaseType
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
    return record === null ? null : { ip, record: record as Lookup['record'], network: networkOf(ip, bits) }
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
      const { databaseType } = fresh.metadata
      if (productOf(databaseType) !== productOf(this.type))
        throw new Error(`its type is no longer '${this.type}' but '${databaseType}'`)
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

/** `City` of `GeoLite2-City` and of `GeoIP2-City`: one may take the place of the other. */
function productOf(type: string): string {
  return type.slice(type.indexOf('-') + 1)
}
