/** Scrolls and points in time: searches that go on over indices as they were when they were opened. */
import { randomUUID } from 'node:crypto'
import { isObject, type Value } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import type { Clock } from '../../clock/index.ts'
import { parseDuration, type CheckedSearch } from '../dsl/index.ts'
import type { IndexSelection, SearchResponse, Store, StoreReader } from '../store.ts'
import { clusterSetting } from './cluster-settings.ts'
import type { RestAnswer, RestRequest, Router } from './router.ts'
import { flag, selectionOf, SELECTION_PARAMETERS } from './selection.ts'

/** As Elasticsearch's search.max_open_scroll_context. */
const MOST_OPEN = 500
/** Where the cluster's settings say nothing. */
const LONGEST = '1d'

interface Open {
  readonly reader: StoreReader
  expires: number
  keepAlive: number
  /** Of a scroll: what it searches, and where it is. */
  readonly scroll?: { readonly search: CheckedSearch; cursor: unknown; ended: boolean }
}

export class Readers {
  private readonly store: Store
  private readonly clock: Clock
  private readonly open = new Map<string, Open>()

  constructor(store: Store, clock: Clock) {
    this.store = store
    this.clock = clock
  }

  private async add(
    selection: IndexSelection,
    keepAlive: number,
    scroll?: CheckedSearch,
  ): Promise<{ id: string; entry: Open }> {
    this.expire()
    if (this.open.size >= MOST_OPEN) throw fail('search.too_many_scrolls', { limit: MOST_OPEN })
    if (this.store.openReader === undefined)
      throw fail('search.unsupported', { clause: 'scroll or point in time on a cluster store' })
    const reader = await this.store.openReader(selection)
    const entry: Open = {
      reader,
      keepAlive,
      expires: this.clock.monotonic() + keepAlive,
      ...(scroll === undefined ? {} : { scroll: { search: scroll, cursor: undefined, ended: false } }),
    }
    const id = Buffer.from(randomUUID()).toString('base64url')
    this.open.set(id, entry)
    return { id, entry }
  }

  private expire(): void {
    const now = this.clock.monotonic()
    for (const [id, { expires }] of this.open) if (expires < now) this.open.delete(id)
  }

  private find(id: string, scroll: boolean): Open {
    this.expire()
    const entry = this.open.get(id)
    if (entry === undefined || (entry.scroll !== undefined) !== scroll) throw fail('search.context_missing', { id })
    return entry
  }

  async startScroll(
    selection: IndexSelection,
    search: CheckedSearch,
    keepAlive: number,
    signal: AbortSignal,
  ): Promise<SearchResponse & { _scroll_id: string }> {
    if (search.hits.from > 0)
      throw fail('rest.validation', { reason: '1: using [from] is not allowed in a scroll context;' })
    if (search.collapse !== undefined)
      throw fail('search.argument', { reason: 'cannot use `collapse` in a scroll context' })
    const exact: CheckedSearch = { ...search, trackTotalHits: true, scrolled: true }
    const { id, entry } = await this.add(selection, keepAlive, exact)
    try {
      return { _scroll_id: id, ...(await this.page(entry, signal)) }
    } catch (error) {
      this.open.delete(id)
      throw error
    }
  }

  async nextPage(id: string, keepAlive: number | undefined, signal: AbortSignal): Promise<unknown> {
    const entry = this.find(id, true)
    entry.keepAlive = keepAlive ?? entry.keepAlive
    entry.expires = this.clock.monotonic() + entry.keepAlive
    return { _scroll_id: id, ...(await this.page(entry, signal)) }
  }

  private async page({ reader, scroll }: Open, signal: AbortSignal): Promise<SearchResponse> {
    const first = scroll!.cursor === undefined
    const search = first ? scroll!.search : { ...scroll!.search, aggregations: [] }
    const { response, cursor } = await reader.page(search, signal, scroll!.cursor)
    // After the last page there is nothing more: the place stays where it ended.
    scroll!.cursor = cursor ?? scroll!.cursor
    return response
  }

  async openPit(selection: IndexSelection, keepAlive: number): Promise<string> {
    return (await this.add(selection, keepAlive)).id
  }

  async searchPit(search: CheckedSearch, signal: AbortSignal): Promise<unknown> {
    const { id, keepAlive } = search.pit!
    const entry = this.find(id, false)
    entry.keepAlive = keepAlive ?? entry.keepAlive
    entry.expires = this.clock.monotonic() + entry.keepAlive
    const { sort } = search.hits
    // What ties is told apart by its place, so that search_after misses nothing.
    const tie = {
      field: '_shard_doc',
      descending: false,
      missing: undefined,
      mode: undefined,
      unmappedType: undefined,
      format: undefined,
    }
    const whole =
      sort.length === 0 || sort.some(({ field }) => field === '_shard_doc')
        ? search
        : { ...search, hits: { ...search.hits, sort: [...sort, tie] } }
    const { response } = await entry.reader.page(whole, signal, undefined)
    return { pit_id: id, ...response }
  }

  /** @returns how many of them were there; `_all` is every one of the kind. */
  close(ids: readonly string[], scroll: boolean): string[] {
    this.expire()
    const closed: string[] = []
    for (const [id, entry] of this.open)
      if ((entry.scroll !== undefined) === scroll && (ids.includes('_all') || ids.includes(id))) {
        this.open.delete(id)
        closed.push(id)
      }
    return closed
  }
}

/** @throws illegal_argument_exception where it is no duration, or longer than `search.max_keep_alive`. */
async function keepAliveOf(text: string, store: Store): Promise<number> {
  const millis = parseDuration(text)
  if (millis === undefined)
    throw fail('search.argument', {
      reason: `failed to parse setting [keep_alive] with value [${text}] as a time value: unit is missing or unrecognized`,
    })
  const most = (await clusterSetting(store, 'search.max_keep_alive')) ?? LONGEST
  if (millis > (parseDuration(most) ?? Infinity))
    throw fail('search.argument', {
      reason: `Keep alive for request (${text}) is too large. It must be less than (${most}). This limit can be set by changing the [search.max_keep_alive] cluster level setting.`,
    })
  return millis
}

function idsOf(value: Value | undefined): string[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value.map(String) : String(value).split(',')
}

export function registerReaders(
  router: Router,
  store: Store,
  readers: Readers,
  shape: (answer: unknown, request: RestRequest) => unknown,
): void {
  for (const path of ['/_search/scroll', '/_search/scroll/:scroll_id']) {
    router.route({
      method: ['GET', 'POST'],
      path,
      parameters: ['scroll', 'scroll_id', 'rest_total_hits_as_int'],
      async handle(request) {
        const body = request.json()
        const given = isObject(body) ? body : {}
        const id = idsOf(given['scroll_id'] ?? request.query.get('scroll_id') ?? request.params['scroll_id'])[0]
        if (id === undefined) throw fail('rest.validation', { reason: '1: scrollId is missing;' })
        const text = given['scroll'] ?? request.query.get('scroll')
        const keepAlive = text === undefined || text === null ? undefined : await keepAliveOf(String(text), store)
        return { body: shape(await readers.nextPage(id, keepAlive, request.signal), request) }
      },
    })
    router.route({
      method: 'DELETE',
      path,
      parameters: ['scroll_id'],
      handle(request) {
        const body = request.json()
        const given = isObject(body) ? body['scroll_id'] : undefined
        const ids = idsOf(given ?? request.query.get('scroll_id') ?? request.params['scroll_id'])
        if (ids.length === 0) throw fail('rest.validation', { reason: '1: no scroll ids specified;' })
        return closed(readers.close(ids, true).length, ids)
      },
    })
  }
  for (const [path, key] of [
    ['/:index/_pit', 'id'],
    ['/:index/_search/point_in_time', 'pit_id'],
  ] as const)
    router.route({
      method: 'POST',
      path,
      parameters: [
        ...SELECTION_PARAMETERS,
        'keep_alive',
        'preference',
        'routing',
        'allow_partial_pit_creation',
        'allow_partial_search_results',
      ],
      async handle(request) {
        const text = request.query.get('keep_alive')
        if (text === undefined) throw fail('rest.validation', { reason: '1: [keep_alive] is not specified;' })
        return { body: { [key]: await readers.openPit(selectionOf(request), await keepAliveOf(text, store)) } }
      },
    })
  router.route({
    method: 'DELETE',
    path: '/_pit',
    handle(request) {
      const body = request.json()
      const ids = idsOf(isObject(body) ? body['id'] : undefined)
      if (ids.length === 0) throw fail('rest.validation', { reason: '1: [id] is not specified;' })
      return closed(readers.close(ids, false).length, ids)
    },
  })
  for (const path of ['/_search/point_in_time', '/_search/point_in_time/_all'])
    router.route({
      method: 'DELETE',
      path,
      handle(request) {
        const body = request.json()
        const ids = path.endsWith('_all') ? ['_all'] : idsOf(isObject(body) ? body['pit_id'] : undefined)
        return { body: { pits: readers.close(ids, false).map((id) => ({ pit_id: id, successful: true })) } }
      },
    })
}

function closed(count: number, ids: readonly string[]): RestAnswer {
  const found = count > 0 || ids.includes('_all')
  return { status: found ? 200 : 404, body: { succeeded: true, num_freed: count } }
}

/** Whether the request asks for a scroll, and for how long. */
export async function scrollOf(
  request: RestRequest,
  { hits, trackTotalHits }: CheckedSearch,
  store: Store,
): Promise<number | undefined> {
  const text = request.query.get('scroll')
  if (text === undefined) return undefined
  if (hits.size === 0) throw fail('rest.validation', { reason: '1: [size] cannot be [0] in a scroll context;' })
  if (trackTotalHits === false)
    throw fail('rest.validation', { reason: '1: disabling [track_total_hits] is not allowed in a scroll context;' })
  if (flag(request, 'request_cache') === true)
    throw fail('rest.validation', { reason: '1: [request_cache] cannot be used in a scroll context;' })
  return keepAliveOf(text, store)
}
