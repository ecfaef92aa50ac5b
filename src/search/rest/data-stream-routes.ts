import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, type ValueObject } from '../../event/index.ts'
import { checkSearch } from '../dsl/index.ts'
import type { DataStreams, DataStreamSummary, Store } from '../store.ts'
import { passThrough } from './pass-through.ts'
import type { RestRequest, Router } from './router.ts'
import { bodyObject } from './selection.ts'

const ACKNOWLEDGED = { acknowledged: true }
const TIMEOUTS = ['master_timeout', 'timeout'] as const
const NAMES = ['expand_wildcards', 'master_timeout'] as const

/** `_data_stream`: made, shown, counted, given a lifecycle and removed. */
export function registerDataStreams(outer: Router, store: Store): void {
  const router = passThrough(outer, store)
  const streams = (): DataStreams => store.dataStreams!
  router.route({
    method: 'PUT',
    path: '/_data_stream/:name',
    parameters: TIMEOUTS,
    async handle(request) {
      await streams().create(request.params['name']!)
      return { body: ACKNOWLEDGED }
    },
  })
  for (const path of ['/_data_stream', '/_data_stream/:name'])
    router.route({
      method: 'GET',
      path,
      parameters: NAMES,
      async handle(request) {
        const found = await named(store, request)
        const templates = await store.getResources('index_template')
        const settings = await store.getIndices({
          expressions: found.flatMap(({ indices }) => indices.map(({ name }) => name)),
          expandWildcards: ['none'],
          ignoreUnavailable: true,
        })
        return { body: { data_streams: found.map((stream) => shown(stream, templates[stream.template], settings)) } }
      },
    })
  router.route({
    method: 'DELETE',
    path: '/_data_stream/:name',
    parameters: NAMES,
    async handle(request) {
      const found = await named(store, request)
      // A wildcard that finds nothing removes nothing.
      if (found.length > 0) await streams().remove(found.map(({ name }) => name).join(','))
      return { body: ACKNOWLEDGED }
    },
  })
  for (const path of ['/_data_stream/_stats', '/_data_stream/:name/_stats'])
    router.route({
      method: 'GET',
      path,
      parameters: ['expand_wildcards'],
      handle: async (request) => ({ body: await statistics(store, request) }),
    })
  router.route({
    method: 'POST',
    path: '/_data_stream/_modify',
    parameters: TIMEOUTS,
    async handle(request) {
      const actions = bodyObject(request)?.['actions']
      if (!Array.isArray(actions) || actions.length === 0 || !actions.every(isObject))
        throw fail('rest.validation', { reason: '1: must specify at least one data stream modification action;' })
      await streams().modify(actions)
      return { body: ACKNOWLEDGED }
    },
  })
  registerLifecycle(router, store)
}

function registerLifecycle(router: Router, store: Store): void {
  router.route({
    method: 'PUT',
    path: '/_data_stream/:name/_lifecycle',
    parameters: [...NAMES, 'timeout'],
    async handle(request) {
      await setLifecycle(store, request, bodyObject(request) ?? newObject())
      return { body: ACKNOWLEDGED }
    },
  })
  router.route({
    method: 'GET',
    path: '/_data_stream/:name/_lifecycle',
    parameters: NAMES,
    async handle(request) {
      const found = await named(store, request)
      return {
        body: {
          data_streams: found.map(({ name, lifecycle }) => (lifecycle === undefined ? { name } : { name, lifecycle })),
        },
      }
    },
  })
  router.route({
    method: 'DELETE',
    path: '/_data_stream/:name/_lifecycle',
    parameters: [...NAMES, 'timeout'],
    async handle(request) {
      await setLifecycle(store, request, undefined)
      return { body: ACKNOWLEDGED }
    },
  })
}

async function setLifecycle(store: Store, request: RestRequest, lifecycle: ValueObject | undefined): Promise<void> {
  const names = (await named(store, request)).map(({ name }) => name)
  if (names.length > 0) await store.dataStreams!.setLifecycle(names.join(','), lifecycle)
}

/** Hidden streams are shown where they are named, or `expand_wildcards` says so. */
async function named(store: Store, request: RestRequest): Promise<DataStreamSummary[]> {
  const { name } = request.params
  const found = await store.dataStreams!.list(name)
  const states = request.query.get('expand_wildcards')?.split(',') ?? []
  const all = states.includes('hidden') || states.includes('all')
  const exact = name?.split(',') ?? []
  return found.filter(
    (stream) =>
      all ||
      !(stream.hidden || stream.name.startsWith('.')) ||
      exact.some((each) => each === stream.name || each.startsWith('.')),
  )
}

function shown(stream: DataStreamSummary, template: unknown, settings: Readonly<Record<string, unknown>>): object {
  const { name, indices, generation, hidden, allowCustomRouting, lifecycle } = stream
  const meta = isObject(template as never) ? (template as Record<string, unknown>)['_meta'] : undefined
  const policyOf = (index: string): unknown => {
    let value: unknown = settings[index]
    for (const key of ['settings', 'index', 'lifecycle', 'name'])
      value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
    return value
  }
  const manager = (index: string | undefined): string => {
    if (index !== undefined && policyOf(index) !== undefined) return 'Index Lifecycle Management'
    return lifecycle === undefined ? 'Unmanaged' : 'Data stream lifecycle'
  }
  const last = indices.at(-1)?.name
  const policy = last === undefined ? undefined : policyOf(last)
  return {
    name,
    timestamp_field: { name: '@timestamp' },
    indices: indices.map((index) => ({
      index_name: index.name,
      index_uuid: index.uuid,
      prefer_ilm: true,
      ...(policyOf(index.name) === undefined ? {} : { ilm_policy: policyOf(index.name) }),
      managed_by: manager(index.name),
    })),
    generation,
    ...(meta === undefined ? {} : { _meta: meta }),
    status: 'GREEN',
    template: stream.template,
    ...(lifecycle === undefined ? {} : { lifecycle }),
    ...(policy === undefined ? {} : { ilm_policy: policy }),
    next_generation_managed_by: manager(last),
    prefer_ilm: true,
    hidden,
    system: false,
    allow_custom_routing: allowCustomRouting,
    replicated: false,
    rollover_on_write: false,
  }
}

async function statistics(store: Store, request: RestRequest): Promise<object> {
  const found = await named(store, request)
  const newest = checkSearch(JSON.parse('{"size":0,"aggs":{"newest":{"max":{"field":"@timestamp"}}}}') as never)
  const rows: { data_stream: string; backing_indices: number; store_size_bytes: number; maximum_timestamp: number }[] =
    []
  for (const { name, indices } of found) {
    const expressions = indices.map((index) => index.name)
    const selection = { expressions, ignoreUnavailable: true }
    const bytes = (await store.describeIndices(selection)).reduce((sum, row) => sum + row.bytes, 0)
    const answer = await store.search(selection, newest, { signal: request.signal })
    const value = (answer.aggregations?.['newest'] as { value?: unknown } | undefined)?.value
    rows.push({
      data_stream: name,
      backing_indices: indices.length,
      store_size_bytes: bytes,
      maximum_timestamp: value === null || value === undefined ? 0 : Number(value),
    })
  }
  const backing = rows.reduce((sum, row) => sum + row.backing_indices, 0)
  return {
    _shards: { total: backing, successful: backing, failed: 0 },
    data_stream_count: rows.length,
    backing_indices: backing,
    total_store_size_bytes: rows.reduce((sum, row) => sum + row.store_size_bytes, 0),
    data_streams: rows,
  }
}
