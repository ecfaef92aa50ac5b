import { Double, isObject, newObject, parseJson, Timestamp, type Value, type ValueObject } from '../../event/index.ts'
import { fail, refusalOf, wireCause } from '../../diagnostic/index.ts'
import { checkCount, checkSearch } from '../dsl/index.ts'
import type { SearchResponse, Store } from '../store.ts'
import { registerClusterRoutes } from './cluster-routes.ts'
import { registerDocumentReads } from './document-reads.ts'
import { registerDocumentRoutes } from './document-routes.ts'
import { checkBuckets } from './bucket-limit.ts'
import { registerAllocation } from './allocation-routes.ts'
import { registerAliases } from './alias-routes.ts'
import { registerByQuery } from './by-query-routes.ts'
import { queryParameter, QUERY_PARAMETERS } from './query-parameter.ts'
import { registerAnalyze } from './analyze-routes.ts'
import { registerCompatibility } from './compatibility-routes.ts'
import { registerSimulate } from './simulate-routes.ts'
import { registerMaintenance } from './maintenance-routes.ts'
import { registerDataStreams } from './data-stream-routes.ts'
import { registerResolve } from './resolve-routes.ts'
import { checkExpensive } from './expensive-queries.ts'
import { registerExplain } from './explain-routes.ts'
import { registerFieldCaps } from './field-caps.ts'
import { registerFieldMapping } from './field-mapping.ts'
import { registerRollover } from './rollover.ts'
import { registerScripts } from './script-routes.ts'
import { registerClusterSettings } from './cluster-settings.ts'
import { registerNodes } from './node-routes.ts'
import { registerSettings } from './settings-routes.ts'
import { registerState } from './state-routes.ts'
import { registerStats } from './stats-routes.ts'
import { registerIndexRoutes } from './index-routes.ts'
import { registerMappings } from './mapping-routes.ts'
import type { RestRequest, Router } from './router.ts'
import type { SearchRoutesOptions } from './routes-options.ts'
import { Readers, registerReaders, scrollOf } from './reader-routes.ts'
import { registerValidate } from './validate-routes.ts'
import { flag, integer, selectionOf, SELECTION_PARAMETERS } from './selection.ts'
import { sourceParameter } from './source-filter.ts'
import { registerTasks } from './task-routes.ts'
import { Tasks } from './tasks.ts'
import { registerTemplateRoutes } from './template-routes.ts'
import { searchTypes } from './type-filter.ts'
import { typedRouter } from './typed-routes.ts'

/** Elasticsearch's REST API over a store: searches, documents, indices, templates, aliases, cluster and `_cat`. */
export function registerSearchRoutes(served: Router, store: Store, options: SearchRoutesOptions): void {
  const router = typedRouter(served)
  const tasks = new Tasks(options.clusterUuid, options.clock)
  registerClusterRoutes(router, store, tasks, options)
  registerTasks(router, store, tasks, options)
  registerIndexRoutes(router, store)
  registerMappings(router, store)
  registerSettings(router, store)
  registerStats(router, store)
  registerRollover(router, store, options)
  registerDataStreams(router, store)
  registerResolve(router, store)
  registerMaintenance(router, store, options)
  registerSimulate(router, store)
  registerCompatibility(router, store, options)
  registerAnalyze(router, store)
  registerScripts(router, store)
  registerByQuery(router, store, tasks, options)
  registerState(router, store, options)
  registerClusterSettings(router, store)
  registerAllocation(router, store, options)
  registerNodes(router, store, options)
  registerAliases(router, store)
  registerFieldMapping(router, store)
  registerTemplateRoutes(router, store)
  registerDocumentRoutes(router, store, options)
  registerDocumentReads(router, store)
  registerFieldCaps(router, store)
  registerSearches(router, store, options)
}

const SEARCH_PARAMETERS = [
  ...SELECTION_PARAMETERS,
  ...QUERY_PARAMETERS,
  'size',
  'from',
  'sort',
  '_source',
  '_source_includes',
  '_source_excludes',
  'track_total_hits',
  'track_scores',
  'rest_total_hits_as_int',
  'version',
  'seq_no_primary_term',
  'timeout',
  'terminate_after',
  'explain',
  'docvalue_fields',
  'stored_fields',
  'scroll',
  'typed_keys',
  'stats',
  // They choose how a cluster goes about it, never what is found.
  'search_type',
  'preference',
  'routing',
  'request_cache',
  'batched_reduce_size',
  'max_concurrent_shard_requests',
  'pre_filter_shard_size',
  'ccs_minimize_roundtrips',
  'allow_partial_search_results',
] as const

function registerSearches(router: Router, store: Store, options: SearchRoutesOptions): void {
  const readers = new Readers(store, options.clock)
  registerReaders(router, store, readers, (answer, request) =>
    searchBody(answer as SearchResponse, flag(request, 'rest_total_hits_as_int') === true),
  )
  registerValidate(router, store)
  registerExplain(router, store)

  for (const path of ['/_search', '/:index/_search'])
    router.route({
      method: ['GET', 'POST'],
      path,
      parameters: SEARCH_PARAMETERS,
      async handle(request) {
        checkWays(request)
        const read = checkSearch(withParameters(request, request.json() ?? null))
        const checked = await searchTypes(store, selectionOf(request), read, request.params['type'])
        const search = { ...checked, typedKeys: flag(request, 'typed_keys') ?? false }
        await checkExpensive(store, selectionOf(request), search)
        const asNumber = totalAsNumber(request)
        const scroll = await scrollOf(request, search, store)
        if (scroll !== undefined) {
          const page = await readers.startScroll(selectionOf(request), search, scroll, request.signal)
          return { body: searchBody(page, asNumber) }
        }
        if (search.pit !== undefined) {
          if (request.params['index'] !== undefined)
            throw fail('rest.validation', { reason: '1: [indices] cannot be used with point in time;' })
          return { body: searchBody((await readers.searchPit(search, request.signal)) as SearchResponse, asNumber) }
        }
        const answer = await store.search(selectionOf(request), search, { signal: request.signal })
        return { body: searchBody(await checkBuckets(store, answer), asNumber) }
      },
    })

  for (const path of ['/_count', '/:index/_count'])
    router.route({
      method: ['GET', 'POST'],
      path,
      parameters: [...SELECTION_PARAMETERS, ...QUERY_PARAMETERS, 'preference', 'routing', 'min_score'],
      async handle(request) {
        const body = request.json() ?? null
        const query = queryParameter(request)
        const merged = query === undefined ? body : Object.assign(newObject(), isObject(body) ? body : {}, { query })
        const selection = selectionOf(request)
        const search = await searchTypes(store, selection, checkCount(merged), request.params['type'])
        const count = await store.count(selection, search)
        const shards = (await store.resolveIndices(selection)).length
        return { body: { count, _shards: { total: shards, successful: shards, skipped: 0, failed: 0 } } }
      },
    })

  for (const path of ['/_msearch', '/:index/_msearch'])
    router.route({
      method: ['GET', 'POST'],
      path,
      parameters: [
        ...SELECTION_PARAMETERS,
        'rest_total_hits_as_int',
        'typed_keys',
        'max_concurrent_searches',
        'max_concurrent_shard_requests',
        'search_type',
        'pre_filter_shard_size',
        'ccs_minimize_roundtrips',
      ],
      handle: async (request) => ({ body: await multiSearch(store, request) }),
    })
}

/** What chooses how a cluster goes about a search changes nothing here, but it must make sense. */
function checkWays(request: RestRequest): void {
  const type = request.query.get('search_type')
  if (type !== undefined && type !== 'query_then_fetch' && type !== 'dfs_query_then_fetch')
    throw fail('rest.parameter_invalid', { reason: `No search type for [${type}]` })
  if ((integer(request, 'batched_reduce_size') ?? 2) < 2)
    throw fail('rest.parameter_invalid', { reason: 'batchedReduceSize must be >= 2' })
  if ((integer(request, 'pre_filter_shard_size') ?? 1) < 1)
    throw fail('rest.parameter_invalid', { reason: 'preFilterShardSize must be >= 1' })
}

/** Parameters of the URL stand before what the body says, as in Elasticsearch. */
function withParameters(request: RestRequest, body: Value): Value {
  if (body !== null && !isObject(body)) return body
  const merged: ValueObject = Object.assign(newObject(), body ?? {})
  const query = queryParameter(request)
  if (query !== undefined) merged['query'] = query
  for (const name of ['size', 'from', 'terminate_after']) {
    const value = integer(request, name)
    if (value !== undefined) merged[name] = value
  }
  for (const name of ['version', 'seq_no_primary_term', 'track_scores', 'explain']) {
    const value = flag(request, name)
    if (value !== undefined) merged[name] = value
  }
  const { query: parameters } = request
  const sort = parameters.get('sort')
  if (sort !== undefined) merged['sort'] = sort.split(',').map(sortKey)
  const timeout = parameters.get('timeout')
  if (timeout !== undefined) merged['timeout'] = timeout
  for (const name of ['docvalue_fields', 'stored_fields']) {
    const fields = parameters.get(name)
    if (fields !== undefined) merged[name] = fields.split(',')
  }
  const source = sourceParameter(request)
  if (source !== undefined) merged['_source'] = source
  const track = parameters.get('track_total_hits')
  if (track !== undefined) merged['track_total_hits'] = /^-?\d+$/.test(track) ? Number(track) : track !== 'false'
  if (flag(request, 'rest_total_hits_as_int') === true) {
    trackAll(merged)
  }
  return merged
}

/** A total that is shown as a number must be exact. */
function trackAll(body: ValueObject): void {
  const tracked = body['track_total_hits']
  // One that makes no sense at all is refused with the rest.
  if (typeof tracked === 'number' && tracked >= 0)
    throw fail('rest.parameter_invalid', {
      reason: `[rest_total_hits_as_int] cannot be used if the tracking of total hits is not accurate, got ${tracked}`,
    })
  body['track_total_hits'] ??= true
}

/** `field`, `field:asc` or `field:desc`, as a body says it. */
function sortKey(text: string): Value {
  const match = /^(.*):(asc|desc)$/i.exec(text.trim())
  if (match === null) return text.trim()
  return Object.assign(newObject(), { [match[1]!]: Object.assign(newObject(), { order: match[2]!.toLowerCase() }) })
}

function totalAsNumber(request: RestRequest): boolean {
  return flag(request, 'rest_total_hits_as_int') === true
}

function searchBody(answer: SearchResponse, totalAsNumber: boolean): unknown {
  if (!totalAsNumber) return answer
  const shown = numbered(answer) as { readonly hits: object }
  return { ...shown, hits: { total: -1, ...shown.hits } }
}

/** Totals of hits as numbers: of inner hits and of top_hits too, but nothing within sources. */
function numbered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(numbered)
  if (typeof value !== 'object' || value === null || value instanceof Double || value instanceof Timestamp) return value
  const copy = newObject() as Record<string, unknown>
  for (const [key, inner] of Object.entries(value))
    copy[key] = key === '_source' || key === 'fields' ? inner : numbered(inner)
  const { total, hits } = copy as { total?: { value?: unknown; relation?: unknown }; hits?: unknown }
  if (Array.isArray(hits) && total?.relation !== undefined) copy['total'] = total.value
  return copy
}

async function multiSearch(store: Store, request: RestRequest): Promise<unknown> {
  const lines = request.text.split('\n')
  if (lines.at(-1)?.trim() !== '')
    throw fail('rest.bulk', { reason: 'The msearch request must be terminated by a newline [\\n]' })
  lines.pop()
  if (lines.length === 0) throw fail('rest.validation', { reason: '1: no requests added;' })
  const asNumber = flag(request, 'rest_total_hits_as_int') === true
  const responses: unknown[] = []
  let took = 0
  for (let i = 0; i < lines.length; i += 2) {
    if (lines[i + 1] === undefined)
      throw fail('rest.bulk', { reason: `the search of header line [${i + 1}] is missing` })
    const header = lines[i]!.trim() === '' ? newObject() : readLine(lines[i]!, i + 1)
    const body = readLine(lines[i + 1]!, i + 2)
    const merged = Object.assign(newObject(), isObject(body) ? body : {})
    if (asNumber) trackAll(merged)
    try {
      const selection = headerSelection(header, request)
      const checked = await searchTypes(store, selection, checkSearch(merged), headerTypes(header, request))
      const search = { ...checked, typedKeys: flag(request, 'typed_keys') ?? false }
      await checkExpensive(store, selection, search)
      const answer = await checkBuckets(store, await store.search(selection, search, { signal: request.signal }))
      took += answer.took
      const shown = searchBody(answer, asNumber) as object
      responses.push({ ...shown, status: 200 })
    } catch (error) {
      // One search fails alone; the others are answered.
      const refusal = refusalOf(error)
      if (refusal === undefined) throw error
      const cause = wireCause(refusal.http.type, refusal.diagnostics[0]!.message)
      responses.push({ error: { root_cause: [cause], ...cause }, status: refusal.http.status })
    }
  }
  return { took, responses }
}

function readLine(line: string, number: number): Value {
  try {
    return parseJson(line)
  } catch (error) {
    throw fail('rest.json', { reason: `[${number}:1] ${(error as Error).message}` })
  }
}

function headerTypes(header: Value, request: RestRequest): string | undefined {
  const types = isObject(header) ? (header['type'] ?? header['types'] ?? header['_type']) : undefined
  return types === undefined || types === null ? request.params['type'] : [types].flat().map(String).join(',')
}

function headerSelection(header: Value, request: RestRequest): ReturnType<typeof selectionOf> {
  if (!isObject(header)) throw fail('rest.bulk', { reason: 'a header of msearch must be an object' })
  const value = header['index'] ?? header['indices'] ?? header['_index']
  const named = Array.isArray(value) ? value.map(String).join(',') : value === undefined ? undefined : String(value)
  const selection = selectionOf(request, named ?? request.params['index'])
  const option = (name: string): boolean | undefined => {
    const given = header[name]
    return given === undefined ? undefined : given === true || given === 'true'
  }
  return {
    ...selection,
    ignoreUnavailable: option('ignore_unavailable') ?? selection.ignoreUnavailable,
    allowNoIndices: option('allow_no_indices') ?? selection.allowNoIndices,
  }
}
