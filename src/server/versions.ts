import { createHash, randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Clock, Timer } from '../clock/index.ts'
import type { SigmaRules } from '../detect/index.ts'
import { fail, type Logger } from '../diagnostic/index.ts'
import { stringifyJson, toValue, type ValueObject } from '../event/index.ts'
import { checkSearch } from '../search/dsl/index.ts'
import type { Router, Store } from '../search/index.ts'
import { redact, type Watcher } from '../watch/index.ts'
import { documentOf } from './rule-routes.ts'
import { requestUser } from './server.ts'

const KINDS = ['rule', 'watch'] as const
type Kind = (typeof KINDS)[number]

/** A rule or a watch as it is now. */
export interface Versioned {
  readonly kind: Kind
  readonly id: string
  /** Whether it runs, in the words of its kind. */
  readonly state: string
  /** As written, secrets left out. */
  readonly text: string
}

/** A rule or a watch as it was from a time on. */
export interface Version {
  /** ISO 8601: when it was seen for the first time. */
  readonly time: string
  /** Null where a file was changed, or nobody has to log in. */
  readonly by: string | null
  readonly state: string
  /** Null where it was taken away. */
  readonly text: string | null
}

export interface VersionsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly logger: Logger
  current(): Iterable<Versioned>
}

interface Known extends Versioned {
  readonly since: string
}

const INDEX = '.vedetta-versions'
const SELECTION = { expressions: [INDEX], ignoreUnavailable: true, allowNoIndices: true }
const MOST_LISTED = 200
const MOST_KNOWN = 10_000
const LOOK_MILLIS = 30_000
const NEWEST_FIRST = [
  { '@timestamp': { order: 'desc', unmapped_type: 'date' } },
  { sequence: { order: 'desc', unmapped_type: 'long' } },
]
const keyword = { type: 'keyword' }
const TEMPLATE = {
  index_patterns: [INDEX],
  order: 2_147_483_647,
  settings: { index: { hidden: true } },
  mappings: {
    dynamic: false,
    properties: { '@timestamp': { type: 'date' }, sequence: { type: 'long' }, key: keyword, digest: keyword },
  },
}

/**
 * The versions of rules and watches, kept in the Store when one changes: through the API with who did it, or in a file,
 * which is looked for every half minute. What never changed has no version there; before the first change is stored, so is
 * what it replaced.
 */
export class Versions {
  private readonly options: VersionsOptions
  private known: Map<string, Known> | undefined
  /** Digests of the latest stored version, by key. */
  private readonly stored = new Map<string, string>()
  private lane: Promise<void> = Promise.resolve()
  private timer: Timer | undefined
  private sequence = 0
  private begun = false
  private closed = false

  constructor(options: VersionsOptions) {
    this.options = options
  }

  /** Reads what is stored; before anything is written. */
  async open(): Promise<void> {
    const { store } = this.options
    await store.putTemplate(INDEX, toValue(TEMPLATE) as ValueObject, { overwrite: true })
    await store.refresh(SELECTION)
    const body = {
      size: MOST_KNOWN,
      _source: ['key', 'digest'],
      sort: NEWEST_FIRST,
    }
    const { hits } = await store.search(SELECTION, checkSearch(toValue(body)))
    for (const { _source } of hits.hits) {
      const key = String(_source?.['key'])
      if (!this.stored.has(key)) this.stored.set(key, String(_source?.['digest']))
    }
  }

  /** Begins to look, once rules and watches are there. */
  async begin(): Promise<void> {
    this.begun = true
    await this.look(null)
    this.again()
  }

  private again(): void {
    this.timer = this.options.clock.after(LOOK_MILLIS, () => {
      if (!this.closed) void this.look(null).then(() => this.again())
    })
  }

  /** Stores what has changed since the last look. What cannot be stored is tried again with the next look. */
  look(by: string | null): Promise<void> {
    if (this.begun) this.lane = this.lane.then(() => this.tried(by))
    return this.lane
  }

  private async tried(by: string | null): Promise<void> {
    try {
      await this.compare(by)
    } catch (error) {
      this.options.logger.error({ err: error }, 'versions of rules and watches could not be stored')
    }
  }

  private async compare(by: string | null): Promise<void> {
    const time = new Date(this.options.clock.now()).toISOString()
    const now = new Map<string, Known>()
    for (const one of this.options.current()) now.set(keyOf(one.kind, one.id), { ...one, since: time })
    const before = this.known
    const found: { key: string; version: Version }[] = []
    for (const [key, one] of now) {
      const earlier = before?.get(key)
      const digest = digestOf(one)
      if (earlier !== undefined && digestOf(earlier) === digest) {
        now.set(key, earlier)
        continue
      }
      const latest = this.stored.get(key)
      // At the start only what has versions can be told to have changed meanwhile.
      if (before === undefined && (latest === undefined || latest === digest)) continue
      if (earlier !== undefined && latest === undefined)
        found.push({ key, version: { time: earlier.since, by: null, state: earlier.state, text: earlier.text } })
      found.push({ key, version: { time, by, state: one.state, text: one.text } })
    }
    for (const [key, { since, state, text }] of before ?? []) {
      if (now.has(key)) continue
      if (!this.stored.has(key)) found.push({ key, version: { time: since, by: null, state, text } })
      found.push({ key, version: { time, by, state: '', text: null } })
    }
    if (found.length > 0) await this.write(found)
    this.known = now
  }

  private async write(found: readonly { key: string; version: Version }[]): Promise<void> {
    const operations = found.map(({ key, version: { time, ...rest } }) => {
      const body = { '@timestamp': time, key, digest: digestOf(rest), sequence: this.sequence++, ...rest }
      return { action: 'create' as const, index: INDEX, id: randomUUID(), source: stringifyJson(toValue(body)) }
    })
    const failed = (await this.options.store.bulk(operations)).find(({ status }) => status >= 300)
    if (failed !== undefined) throw fail('alert.store', { reason: failed.error?.reason ?? `status ${failed.status}` })
    for (const { key, version } of found) this.stored.set(key, digestOf(version))
  }

  /** The newest first, at most two hundred. */
  async list(kind: Kind, id: string): Promise<Version[]> {
    await this.lane
    const { store } = this.options
    await store.refresh(SELECTION)
    const body = {
      size: MOST_LISTED,
      query: { term: { key: keyOf(kind, id) } },
      sort: NEWEST_FIRST,
    }
    const { hits } = await store.search(SELECTION, checkSearch(toValue(body)))
    return hits.hits.flatMap(({ _source }) => {
      if (_source === undefined) return []
      const { '@timestamp': time, by, state, text } = _source
      return [
        {
          time: String(time),
          by: typeof by === 'string' ? by : null,
          state: String(state),
          text: typeof text === 'string' ? text : null,
        },
      ]
    })
  }

  async close(): Promise<void> {
    this.closed = true
    this.timer?.cancel()
    await this.lane
  }
}

/** The rules that have a file of the user's, and all watches, as they are now. */
export function* versioned(rules: SigmaRules | undefined, watcher: Watcher): Generator<Versioned> {
  for (const { rule, state, origin } of rules?.list() ?? [])
    yield {
      kind: 'rule',
      id: rule.id,
      state,
      text: origin === 'shipped' ? '' : documentOf(rule.span.source.text, rule.span.start),
    }
  for (const { id, active, source } of watcher.list())
    yield {
      kind: 'watch',
      id,
      state: active ? 'active' : 'inactive',
      text: JSON.stringify(JSON.parse(stringifyJson(redact(source))), undefined, 2),
    }
}

const CHANGING = /^\/(?:(?:_watcher|_xpack\/watcher)\/watch\/|_vedetta\/rules(?:\/|$))/

/** `GET /_vedetta/versions`, and a look after each request that may have changed a rule or a watch. */
export function registerVersions(router: Router, app: FastifyInstance, versions: Versions): void {
  router.route({
    method: 'GET',
    path: '/_vedetta/versions',
    parameters: ['kind', 'id'],
    async handle({ query }) {
      const kind = KINDS.find((one) => one === query.get('kind'))
      if (kind === undefined) throw fail('rest.validation', { reason: `'kind' must be one of ${KINDS.join(', ')}` })
      return { body: { versions: await versions.list(kind, query.get('id') ?? '') } }
    },
  })
  app.addHook('onSend', async (request, reply) => {
    const route = request.routeOptions.url
    if (request.method === 'GET' || reply.statusCode >= 300 || route === undefined || !CHANGING.test(route)) return
    await versions.look(requestUser(request) ?? null)
  })
}

function keyOf(kind: Kind, id: string): string {
  return `${kind} ${id}`
}

function digestOf({ state, text }: { readonly state: string; readonly text: string | null }): string {
  return createHash('sha256')
    .update(JSON.stringify([state, text]))
    .digest('base64url')
}
