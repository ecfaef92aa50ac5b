import type { Clock } from '../../clock/index.ts'
import { DiagnosticError, type Logger } from '../../diagnostic/index.ts'
import { isObject, newObject, stringifyJson, type Value, type ValueObject } from '../../event/index.ts'
import type { CheckedSearch } from '../dsl/index.ts'
import type {
  BulkItem,
  BulkOperation,
  ForwardedRequest,
  IndexSelection,
  IndexSummary,
  ResourceKind,
  SearchResponse,
  Store,
  StoredDocument,
  StoreHealth,
} from '../store.ts'
import { itemOf, lineOf, withIds, type Numbered } from './bulk.ts'
import { ClusterAnswer, openClient, type ClusterAddress, type ClusterClient, type ClusterRequest } from './client.ts'

export interface ClusterStoreOptions extends ClusterAddress {
  readonly logger: Logger
  readonly clock: Clock
}

/**
 * The Store on Elasticsearch 8 or 9, or OpenSearch 2 or 3, by their official clients.
 *
 * - What the cluster refuses for load (429, 503) and connections that break are tried again with back-off, about
 *   half a minute in all; a bulk that may have been applied already is safe to send again (see `withIds`).
 * - A written document is found once the cluster has refreshed its index: within its refresh_interval, or by `refresh`.
 *
 * @throws DiagnosticError where nothing answers, the login or the certificate is refused, or the version is not known
 */
export async function openClusterStore(options: ClusterStoreOptions): Promise<Store> {
  const client = await openClient(options)
  options.logger.info(
    { product: client.product, version: client.version, hosts: client.hosts },
    'events are stored on a cluster',
  )
  return new ClusterStore(client, options)
}

const ATTEMPTS = 7
const FIRST_WAIT = 500
const LONGEST_WAIT = 15_000
// Well below the 100 MB that a cluster takes, and the 4 kB of its first line.
const BULK_TEXT = 20 * 1024 * 1024
const PATH_TEXT = 3_000

class ClusterStore implements Store {
  private readonly client: ClusterClient
  private readonly clock: Clock
  private readonly logger: Logger
  private readonly closing = new AbortController()

  constructor(client: ClusterClient, options: ClusterStoreOptions) {
    this.client = client
    this.clock = options.clock
    this.logger = options.logger
  }

  async bulk(operations: readonly BulkOperation[]): Promise<BulkItem[]> {
    const items: BulkItem[] = []
    let batch: Numbered[] = []
    let lines = ''
    const flush = async (): Promise<void> => {
      if (batch.length > 0) items.push(...(await this.sendBulk(batch, lines)))
      batch = []
      lines = ''
    }
    for (const numbered of withIds(operations)) {
      const line = lineOf(numbered)
      if (lines.length + line.length > BULK_TEXT) await flush()
      batch.push(numbered)
      lines += line
    }
    await flush()
    return items
  }

  /** Items that the cluster had no room for are sent again; the others keep their outcome. */
  private async sendBulk(batch: readonly Numbered[], lines: string): Promise<BulkItem[]> {
    const outcome: BulkItem[] = []
    let pending = batch.map((numbered, at) => ({ numbered, at }))
    for (let attempt = 1; pending.length > 0; attempt++) {
      const text = attempt === 1 ? lines : pending.map(({ numbered }) => lineOf(numbered)).join('')
      let repeated = false
      const answer = await this.send(
        { method: 'POST', path: '/_bulk', lines: text },
        undefined,
        () => (repeated = true),
      )
      const entries = isObject(answer) && Array.isArray(answer['items']) ? answer['items'] : []
      const refused: typeof pending = []
      for (const [i, entry] of pending.entries()) {
        const item = itemOf(entries[i], entry.numbered, repeated)
        outcome[entry.at] = item
        if (item.status === 429 || item.status === 503) refused.push(entry)
      }
      pending = attempt < ATTEMPTS ? refused : []
      if (pending.length > 0) await this.wait(attempt, undefined, `${pending.length} documents were refused for load`)
    }
    return outcome
  }

  async search(
    selection: IndexSelection,
    search: CheckedSearch,
    options: { signal?: AbortSignal } = {},
  ): Promise<SearchResponse> {
    const path = `/${indexPath(selection)}/_search`
    const answer = await this.send(
      { method: 'POST', path, query: selectionQuery(selection), body: search.raw },
      options.signal,
    )
    return answer as unknown as SearchResponse
  }

  async count(selection: IndexSelection, search: CheckedSearch): Promise<number> {
    const body = newObject()
    if (search.raw['query'] !== undefined) body['query'] = search.raw['query']
    const path = `/${indexPath(selection)}/_count`
    const answer = await this.send({ method: 'POST', path, query: selectionQuery(selection), body })
    return Number(at(answer, 'count') ?? 0)
  }

  async get(index: string, id: string, routing?: string): Promise<StoredDocument | undefined> {
    let answer: Value
    try {
      const path = `/${encodeURIComponent(index)}/_doc/${encodeURIComponent(id)}`
      answer = await this.send({ method: 'GET', path, query: routing === undefined ? {} : { routing } })
    } catch (error) {
      if (error instanceof ClusterAnswer && error.status === 404 && at(error.body, 'found') === false) return undefined
      throw error
    }
    return {
      index: String(at(answer, '_index')),
      id,
      version: Number(at(answer, '_version')),
      seqNo: Number(at(answer, '_seq_no')),
      primaryTerm: Number(at(answer, '_primary_term')),
      ...(at(answer, '_routing') === undefined ? {} : { routing: String(at(answer, '_routing')) }),
      source: stringifyJson(at(answer, '_source') ?? newObject()),
    }
  }

  async createIndex(name: string, body: ValueObject): Promise<void> {
    await this.send({ method: 'PUT', path: `/${encodeURIComponent(name)}`, body })
  }

  async deleteIndices(selection: IndexSelection): Promise<string[]> {
    const names = await this.resolveIndices(selection)
    const { expressions } = selection
    // What is named the cluster judges itself: it may be an alias or a data stream.
    if (expressions.length > 0 && !expressions.some((name) => name.includes('*') || name === '_all')) {
      const path = `/${indexPath(selection)}`
      await this.send({ method: 'DELETE', path, query: selectionQuery(selection) })
      return names
    }
    // By name: clusters refuse to delete by wildcard.
    for (const chunk of chunks(names))
      await this.send({ method: 'DELETE', path: `/${chunk}`, query: { ignore_unavailable: 'true' } })
    return names
  }

  async resolveIndices(selection: IndexSelection): Promise<string[]> {
    return Object.keys(await this.settings(selection)).sort()
  }

  async describeIndices(selection: IndexSelection): Promise<IndexSummary[]> {
    const settings = await this.settings(selection)
    const stats = newObject()
    for (const chunk of chunks(Object.keys(settings)))
      Object.assign(stats, at(await this.send({ method: 'GET', path: `/${chunk}/_stats/docs,store` }), 'indices'))
    return Object.entries(settings)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => ({
        name,
        uuid: String(at(value, 'settings', 'index', 'uuid')),
        hidden: String(at(value, 'settings', 'index', 'hidden')) === 'true',
        closed: String(at(value, 'settings', 'index', 'verified_before_close')) === 'true',
        createdMillis: Number(at(value, 'settings', 'index', 'creation_date')),
        documents: Number(at(stats[name], 'primaries', 'docs', 'count') ?? 0),
        deletedDocuments: Number(at(stats[name], 'primaries', 'docs', 'deleted') ?? 0),
        bytes: Number(at(stats[name], 'primaries', 'store', 'size_in_bytes') ?? 0),
        shards: Number(at(value, 'settings', 'index', 'number_of_shards') ?? 1),
        replicas: Number(at(value, 'settings', 'index', 'number_of_replicas') ?? 0),
      }))
  }

  async getIndices(selection: IndexSelection): Promise<ValueObject> {
    return this.object({ method: 'GET', path: `/${indexPath(selection)}`, query: selectionQuery(selection) })
  }

  async putMapping(selection: IndexSelection, mapping: ValueObject): Promise<void> {
    const path = `/${indexPath(selection)}/_mapping`
    await this.send({ method: 'PUT', path, query: selectionQuery(selection), body: mapping })
  }

  async putSettings(
    selection: IndexSelection,
    settings: ValueObject,
    options: { preserve?: boolean } = {},
  ): Promise<void> {
    const query = { ...selectionQuery(selection), preserve_existing: String(options.preserve === true) }
    await this.send({ method: 'PUT', path: `/${indexPath(selection)}/_settings`, query, body: settings })
  }

  async setOpen(selection: IndexSelection, open: boolean): Promise<string[]> {
    const states = selection.expandWildcards ?? (['open', 'closed'] as const)
    const names = await this.resolveIndices({ ...selection, expandWildcards: states })
    const path = `/${indexPath(selection)}/${open ? '_open' : '_close'}`
    await this.send({ method: 'POST', path, query: selectionQuery(selection) })
    return names
  }

  async getResources(kind: ResourceKind, pattern = '*'): Promise<ValueObject> {
    const result = newObject()
    if (kind === 'cluster_settings') {
      result['all'] = await this.send({ method: 'GET', path: '/_cluster/settings', query: { flat_settings: 'true' } })
      return result
    }
    let answer: Value
    try {
      answer = await this.send({ method: 'GET', path: resourcePath(kind, pattern) })
    } catch (error) {
      if (error instanceof ClusterAnswer && error.status === 404) return result
      throw error
    }
    if (kind === 'script') {
      const script = at(answer, 'script')
      if (isObject(script)) result[pattern] = script
      return result
    }
    if (kind === 'ingest_pipeline' || kind === 'lifecycle_policy') return isObject(answer) ? answer : result
    const list = at(answer, `${kind}s`)
    for (const entry of Array.isArray(list) ? list : []) {
      const body = at(entry, kind)
      if (isObject(body)) result[String(at(entry, 'name'))] = body
    }
    return result
  }

  async putResource(kind: ResourceKind, name: string, body: ValueObject): Promise<void> {
    if (kind === 'cluster_settings') {
      await this.send({ method: 'PUT', path: '/_cluster/settings', body })
      return
    }
    const sent = kind === 'script' ? Object.assign(newObject(), { script: body }) : body
    await this.send({ method: 'PUT', path: resourcePath(kind, name), body: sent })
  }

  async deleteResource(kind: ResourceKind, name: string): Promise<boolean> {
    try {
      await this.send({ method: 'DELETE', path: resourcePath(kind, name) })
      return true
    } catch (error) {
      if (error instanceof ClusterAnswer && error.status === 404) return false
      throw error
    }
  }

  async putTemplate(name: string, body: ValueObject, options: { overwrite?: boolean } = {}): Promise<void> {
    if (options.overwrite !== true && Object.keys(await this.getTemplates(name)).length > 0) return
    await this.send({ method: 'PUT', path: `/_template/${encodeURIComponent(name)}`, body })
  }

  async getTemplates(pattern?: string): Promise<ValueObject> {
    const path = pattern === undefined ? '/_template' : `/_template/${encodeURIComponent(pattern)}`
    try {
      return await this.object({ method: 'GET', path })
    } catch (error) {
      if (error instanceof ClusterAnswer && error.status === 404) return newObject()
      throw error
    }
  }

  async deleteTemplate(name: string): Promise<boolean> {
    try {
      await this.send({ method: 'DELETE', path: `/_template/${encodeURIComponent(name)}` })
      return true
    } catch (error) {
      if (error instanceof ClusterAnswer && error.status === 404) return false
      throw error
    }
  }

  async updateAliases(actions: readonly ValueObject[]): Promise<void> {
    const body = Object.assign(newObject(), { actions: [...actions] })
    await this.send({ method: 'POST', path: '/_aliases', body })
  }

  async refresh(selection: IndexSelection): Promise<void> {
    await this.send({
      method: 'POST',
      path: `/${indexPath(selection)}/_refresh`,
      query: selectionQuery(selection),
    })
  }

  async forward(request: ForwardedRequest): Promise<{ status: number; body: Value }> {
    try {
      return { status: 200, body: await this.send({ ...request, method: request.method as ClusterRequest['method'] }) }
    } catch (error) {
      if (error instanceof ClusterAnswer) return { status: error.status, body: error.body }
      throw error
    }
  }

  async health(): Promise<StoreHealth> {
    const health = await this.send({ method: 'GET', path: '/_cluster/health' })
    const stats = await this.send({ method: 'GET', path: '/_cluster/stats', query: { filter_path: 'indices.count' } })
    const blocks = await this.send({
      method: 'GET',
      path: '/_all/_settings/index.blocks.*',
      query: { expand_wildcards: 'all', flat_settings: 'true' },
    })
    const blocked = Object.entries(isObject(blocks) ? blocks : {}).find(
      ([, value]) => String(at(value, 'settings', 'index.blocks.read_only_allow_delete')) === 'true',
    )
    return {
      status: String(at(health, 'status')) as StoreHealth['status'],
      indices: Number(at(stats, 'indices', 'count') ?? 0),
      ...(blocked === undefined
        ? {}
        : { readOnly: `index '${blocked[0]}' of the cluster is read-only: its disks are over the flood stage` }),
    }
  }

  async close(): Promise<void> {
    if (this.closing.signal.aborted) return
    this.closing.abort()
    await this.client.close()
  }

  private async settings(selection: IndexSelection): Promise<ValueObject> {
    return this.object({
      method: 'GET',
      path: `/${indexPath(selection)}/_settings/index.uuid,index.hidden,index.creation_date,index.verified_before_close,index.number_of_shards,index.number_of_replicas`,
      query: selectionQuery(selection),
    })
  }

  private async object(request: ClusterRequest): Promise<ValueObject> {
    const answer = await this.send(request)
    return isObject(answer) ? answer : newObject()
  }

  /** Sends, and again with back-off where the cluster has no room or does not answer; `lost` is told of an answer that was lost. */
  private async send(request: ClusterRequest, signal?: AbortSignal, lost?: () => void): Promise<Value> {
    const stop = signal === undefined ? this.closing.signal : AbortSignal.any([signal, this.closing.signal])
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.client.request(request, stop)
      } catch (error) {
        if (attempt >= ATTEMPTS || stop.aborted || !worthAnotherTry(error)) throw error
        const answered = error instanceof ClusterAnswer
        if (!answered) lost?.()
        await this.wait(attempt, answered ? error.retryAfter : undefined, (error as Error).message, stop)
        if (stop.aborted) throw error
      }
    }
  }

  private async wait(attempt: number, given: number | undefined, reason: string, signal?: AbortSignal): Promise<void> {
    const millis = Math.min(LONGEST_WAIT, given ?? FIRST_WAIT * 2 ** (attempt - 1))
    this.logger.warn({ attempt, millis, reason }, 'the cluster is asked again')
    await this.clock.sleep(millis, signal ?? this.closing.signal)
  }
}

function worthAnotherTry(error: unknown): boolean {
  if (error instanceof ClusterAnswer) return [429, 502, 503, 504].includes(error.status)
  return error instanceof DiagnosticError && error.code === 'cluster.unreachable'
}

function resourcePath(kind: ResourceKind, name: string): string {
  const folders: Partial<Record<ResourceKind, string>> = {
    script: '_scripts',
    ingest_pipeline: '_ingest/pipeline',
    lifecycle_policy: '_ilm/policy',
  }
  return `/${folders[kind] ?? `_${kind}`}/${encodeURIComponent(name)}`
}

function indexPath(selection: IndexSelection): string {
  const { expressions } = selection
  return expressions.length === 0 ? '_all' : expressions.map(encodeURIComponent).join(',')
}

function selectionQuery(selection: IndexSelection): Record<string, string> {
  const query: Record<string, string> = {}
  if (selection.ignoreUnavailable !== undefined) query['ignore_unavailable'] = String(selection.ignoreUnavailable)
  if (selection.allowNoIndices !== undefined) query['allow_no_indices'] = String(selection.allowNoIndices)
  if (selection.expandWildcards !== undefined) query['expand_wildcards'] = selection.expandWildcards.join(',')
  return query
}

/** Names joined for a path, none longer than a cluster's first line takes. */
function* chunks(names: readonly string[]): Generator<string> {
  let chunk = ''
  for (const name of names) {
    const encoded = encodeURIComponent(name)
    if (chunk !== '' && chunk.length + encoded.length > PATH_TEXT) {
      yield chunk
      chunk = ''
    }
    chunk += chunk === '' ? encoded : `,${encoded}`
  }
  if (chunk !== '') yield chunk
}

function at(value: Value | undefined, ...path: readonly string[]): Value | undefined {
  let inner = value
  for (const name of path) inner = isObject(inner) ? inner[name] : undefined
  return inner
}
