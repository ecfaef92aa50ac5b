import { isObject, type ValueObject } from '../event/index.ts'
import type { Clock } from '../clock/index.ts'
import type { GeoDatabases } from '../enrich/index.ts'
import { fail } from '../diagnostic/index.ts'
import type { Store } from '../search/index.ts'
import { compilePipeline, type IngestPipeline } from './pipeline.ts'
import type { Surroundings } from './processor.ts'

/** The ingest pipelines that a store keeps, compiled as they are asked for. */
export class IngestPipelines {
  private readonly store: Store
  private readonly clock: Clock
  private readonly databases: GeoDatabases | undefined
  private readonly compiled = new Map<string, IngestPipeline>()
  private bodies: Readonly<ValueObject> = Object.create(null) as ValueObject
  private scripts: Readonly<ValueObject> = Object.create(null) as ValueObject
  private loaded = false

  /** Without `databases` no place of an address is known. */
  constructor(store: Store, clock: Clock, databases?: GeoDatabases) {
    this.store = store
    this.clock = clock
    this.databases = databases
  }

  /** Reads what the store keeps, once; `changed` makes it read anew. */
  async load(): Promise<void> {
    if (this.loaded) return
    this.loaded = true
    try {
      this.bodies = await this.store.getResources('ingest_pipeline')
      this.scripts = await this.store.getResources('script')
      this.compiled.clear()
    } catch (error) {
      this.loaded = false
      throw error
    }
  }

  changed(): void {
    this.loaded = false
  }

  /** Undefined where there is none of that name. @throws where it cannot be read any more */
  find(id: string): IngestPipeline | undefined {
    let found = this.compiled.get(id)
    if (found !== undefined) return found
    const body = this.bodies[id]
    if (!isObject(body)) return undefined
    found = this.compile(id, body)
    this.compiled.set(id, found)
    return found
  }

  /** @throws illegal_argument_exception where there is none */
  get(id: string): IngestPipeline {
    const found = this.find(id)
    if (found === undefined) throw fail('ingest.unknown', { id })
    return found
  }

  /** @throws parse_exception for what is no pipeline */
  compile(id: string, body: ValueObject): IngestPipeline {
    const surroundings: Surroundings = {
      clock: this.clock,
      geoDatabase: (file) => this.databases?.find(file),
      pipeline: (name) => this.find(name),
      storedScript: (name) => this.scripts[name],
      processor() {
        throw new Error('set by the pipeline')
      },
    }
    return compilePipeline(id, body, surroundings)
  }

  timestamp(): string {
    return new Date(this.clock.now()).toISOString()
  }
}
