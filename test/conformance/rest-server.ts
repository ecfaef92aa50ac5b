import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request as ask } from 'undici'
import { systemClock, type Clock } from '../../src/clock/index.ts'
import { nullLogger } from '../../src/diagnostic/index.ts'
import { IngestPipelines, ingestingStore, PROCESSORS, registerIngestRoutes } from '../../src/ingest/index.ts'
import { openEmbeddedStore } from '../../src/search/embedded/embedded-store.ts'
import { Lifecycle, registerLifecycleRoutes, registerSearchRoutes, type Store } from '../../src/search/index.ts'
import { createServer, Users, type Server } from '../../src/server/index.ts'

/** What an answer's body holds, for tests that look into it. */
export interface Json {
  readonly [key: string]: Json
}

/** The REST API over an embedded store in a folder of its own, or over the store that is given. */
export class RestServer {
  url = ''
  store!: Store
  /** Not started: a test says when it looks at the indices. */
  lifecycle!: Lifecycle
  private server!: Server
  private closeStore: () => Promise<void> = async () => {}
  private readonly folder = mkdtempSync(join(tmpdir(), 'vedetta-rest-'))
  private readonly clock: Clock
  private readonly openStore: () => Promise<Store>

  constructor(clock: Clock = systemClock, openStore?: () => Promise<Store>) {
    this.clock = clock
    const path = join(this.folder, 'store')
    this.openStore = openStore ?? (() => openEmbeddedStore({ path, logger: nullLogger, clock }))
  }

  async open(): Promise<void> {
    const { clock } = this
    const kept = await this.openStore()
    const pipelines = new IngestPipelines(kept, clock)
    this.store = ingestingStore(kept, pipelines)
    this.closeStore = () => kept.close()
    const users = new Users(join(this.folder, 'users.json'))
    this.server = createServer({ host: '127.0.0.1', port: 0, users, logger: nullLogger })
    registerSearchRoutes(this.server, this.store, {
      clock,
      nodeName: 'test',
      clusterUuid: 'test',
      version: '0',
      ingestProcessors: [...PROCESSORS.keys()],
    })
    registerIngestRoutes(this.server, this.store, pipelines)
    this.lifecycle = new Lifecycle(this.store, clock, nullLogger)
    registerLifecycleRoutes(this.server, this.store, this.lifecycle)
    this.url = (await this.server.listen()).url
  }

  async restart(): Promise<void> {
    await this.close()
    await this.open()
  }

  async close(): Promise<void> {
    await this.server.close()
    await this.closeStore()
  }

  /** At the end: closes, and takes the folder away. */
  async end(): Promise<void> {
    await this.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** Takes away all that requests have made. */
  async clean(): Promise<void> {
    for (const path of [
      '/_data_stream/*?expand_wildcards=all',
      '/*?expand_wildcards=all',
      '/_template/*',
      '/_index_template/*',
      '/_component_template/*',
      '/_ingest/pipeline/*',
    ])
      await this.send('DELETE', path)
  }

  /** The folder of an index. */
  pathOf(uuid: string): string {
    return join(this.folder, 'store', 'indices', uuid)
  }

  /** An object is sent as JSON, a list as NDJSON. The body is text where it is no JSON. */
  readonly send = async (method: string, path: string, body?: unknown): Promise<[number, Json]> => {
    const text = Array.isArray(body)
      ? body.map((line) => `${JSON.stringify(line)}\n`).join('')
      : typeof body === 'string'
        ? body
        : JSON.stringify(body)
    const reply = await ask(this.url + path, {
      method: method as 'GET',
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: text }),
    })
    const answer = await reply.body.text()
    const json = String(reply.headers['content-type']).includes('json') && answer !== ''
    return [reply.statusCode, (json ? JSON.parse(answer) : answer) as Json]
  }
}

/** What an error's answer says. */
export function reasonOf([, body]: readonly [number, Json]): string {
  return String(body['error']?.['reason'] ?? body['error'])
}
