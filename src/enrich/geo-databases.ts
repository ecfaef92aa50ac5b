import { basename } from 'node:path'
import type { Clock } from '../clock/index.ts'
import type { Logger } from '../diagnostic/index.ts'
import { findGeoDatabase, GeoDatabase, LOOK_AGAIN_MILLIS } from './geo-database.ts'

const CACHED_ANSWERS = 10_000

/** Databases by the name of their file, opened when they are first asked for; one that comes later is found within a minute. */
export class GeoDatabases {
  private readonly dataPath: string
  private readonly clock: Clock
  private readonly logger: Logger
  private readonly open = new Map<string, GeoDatabase>()
  private readonly missing = new Map<string, number>()

  constructor(dataPath: string, clock: Clock, logger: Logger) {
    this.dataPath = dataPath
    this.clock = clock
    this.logger = logger
  }

  /** Undefined where there is no such file, or none that can be read, which the log says; a name is no path. */
  find(name: string): GeoDatabase | undefined {
    const known = this.open.get(name)
    known?.refresh()
    return known ?? this.look(name)
  }

  private look(name: string): GeoDatabase | undefined {
    const lookedAt = this.missing.get(name)
    const now = this.clock.monotonic()
    if (lookedAt !== undefined && now - lookedAt < LOOK_AGAIN_MILLIS) return undefined
    const path = basename(name) === name ? findGeoDatabase(this.dataPath, name) : undefined
    try {
      if (path !== undefined) {
        const database = new GeoDatabase(path, CACHED_ANSWERS, this.clock, this.logger)
        this.open.set(name, database)
        this.missing.delete(name)
        return database
      }
    } catch (error) {
      this.logger.warn({ path, reason: (error as Error).message }, 'the database cannot be read')
    }
    this.missing.set(name, now)
    return undefined
  }
}
