import { cpus, freemem, loadavg, totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'
import type { Store } from '../store.ts'
import { CLUSTER_SETTINGS } from './cluster-settings.ts'
import type { RestRequest, Router } from './router.ts'
import type { SearchRoutesOptions } from './routes-options.ts'
import { meansThisNode, NODE_ROLES } from './node.ts'
import { AGGREGATIONS } from '../dsl/index.ts'
import { bodyObject, flag, SELECTION_PARAMETERS } from './selection.ts'
import { everyState } from './settings-routes.ts'
import { metricsOf, statistics, sumOf } from './stats-routes.ts'

const STATE_METRICS = [
  'version',
  'master_node',
  'nodes',
  'routing_table',
  'routing_nodes',
  'metadata',
  'blocks',
  'customs',
]
const NODE_METRICS = [
  'settings',
  'os',
  'process',
  'jvm',
  'thread_pool',
  'transport',
  'http',
  'plugins',
  'ingest',
  'indices',
  'aggregations',
]
const STATS_METRICS = [
  'indices',
  'os',
  'process',
  'jvm',
  'thread_pool',
  'fs',
  'transport',
  'http',
  'breaker',
  'script',
  'discovery',
  'ingest',
  'adaptive_selection',
  'script_cache',
  'indexing_pressure',
]
const WAITS = ['local', 'master_timeout', 'timeout', 'wait_for_metadata_version', 'wait_for_timeout'] as const

/** The state, settings and the one node of what clients see as a cluster. */
export function registerState(router: Router, store: Store, options: SearchRoutesOptions): void {
  const clusterName = options.clusterName ?? 'vedetta'
  const id = options.clusterUuid
  const node = {
    name: options.nodeName,
    ephemeral_id: id,
    transport_address: '127.0.0.1:9300',
    attributes: {},
    roles: NODE_ROLES,
  }
  for (const path of ['/_cluster/state', '/_cluster/state/:metric', '/_cluster/state/:metric/:index'])
    router.route({
      method: 'GET',
      path,
      parameters: [...SELECTION_PARAMETERS, ...WAITS, 'flat_settings'],
      async handle(request) {
        const metrics = metricsOf(request, STATE_METRICS)
        const has = (metric: string): boolean => metrics.length === 0 || metrics.includes(metric)
        const selection = everyState(request, ['open', 'closed'])
        const descriptions = await store.getIndices(selection)
        const summaries = await store.describeIndices(selection)
        const closed = new Set(summaries.filter((summary) => summary.closed).map(({ name }) => name))
        const shard = (index: string): object => ({
          state: 'STARTED',
          primary: true,
          node: id,
          relocating_node: null,
          shard: 0,
          index,
        })
        const body: Record<string, unknown> = { cluster_name: clusterName, cluster_uuid: id }
        if (has('version')) Object.assign(body, { version: 1, state_uuid: id })
        if (has('master_node')) body['master_node'] = id
        if (has('blocks')) body['blocks'] = blocksOf(descriptions, closed)
        if (has('nodes')) body['nodes'] = { [id]: node }
        if (has('metadata')) {
          const indices: Record<string, unknown> = {}
          for (const [index, value] of Object.entries(descriptions)) {
            if (!isObject(value)) continue
            const { settings, mappings, aliases } = value
            indices[index] = {
              state: closed.has(index) ? 'close' : 'open',
              settings,
              mappings: { _doc: mappings ?? {} },
              aliases: Object.keys(isObject(aliases) ? aliases : {}),
            }
          }
          body['metadata'] = {
            cluster_uuid: id,
            cluster_uuid_committed: true,
            templates: await store.getTemplates(),
            indices,
            'index-graveyard': { tombstones: [] },
          }
        }
        if (has('routing_table'))
          body['routing_table'] = {
            indices: Object.fromEntries(summaries.map(({ name }) => [name, { shards: { 0: [shard(name)] } }])),
          }
        if (has('routing_nodes'))
          body['routing_nodes'] = { unassigned: [], nodes: { [id]: summaries.map(({ name }) => shard(name)) } }
        return { body }
      },
    })

  registerClusterSettings(router, store)

  router.route({
    method: 'GET',
    path: '/_cluster/pending_tasks',
    parameters: WAITS,
    handle: () => ({ body: { tasks: [] } }),
  })
  router.route({
    method: 'GET',
    path: '/_cluster/stats',
    parameters: ['flat_settings', 'timeout'],
    async handle() {
      const rows = await store.describeIndices({ expressions: [], expandWildcards: ['all'] })
      const total = (pick: 'documents' | 'deletedDocuments' | 'bytes'): number =>
        rows.reduce((sum, row) => sum + row[pick], 0)
      return {
        body: {
          _nodes: { total: 1, successful: 1, failed: 0 },
          cluster_name: clusterName,
          cluster_uuid: id,
          timestamp: Math.floor(options.clock.now()),
          status: (await store.health()).status,
          indices: {
            count: rows.length,
            shards: { total: rows.length, primaries: rows.length },
            docs: { count: total('documents'), deleted: total('deletedDocuments') },
            store: { size_in_bytes: total('bytes') },
          },
          nodes: {
            count: { total: 1, data: 1, master: 1, ingest: 1 },
            versions: ['8.17.0'],
            discovery_types: { 'single-node': 1 },
            packaging_types: [{ flavor: 'default', type: 'vedetta', count: 1 }],
          },
        },
      }
    },
  })

  const head = { _nodes: { total: 1, successful: 1, failed: 0 }, cluster_name: clusterName }
  // `/_nodes/:metric` may name nodes instead: there is one.
  for (const path of ['/_nodes', '/_nodes/:metric', '/_nodes/:node/:metric'])
    router.route({
      method: 'GET',
      path,
      parameters: ['flat_settings', 'timeout'],
      handle(request) {
        const given = request.params['metric']?.split(',') ?? []
        const metrics = given.filter((metric) => NODE_METRICS.includes(metric))
        // What is no metric names nodes.
        const isHere = (): boolean =>
          meansThisNode(request.params['node'], options.nodeName, id) &&
          (request.params['node'] !== undefined ||
            given.length === 0 ||
            metrics.length > 0 ||
            meansThisNode(given.join(','), options.nodeName, id))
        const has = (metric: string): boolean => metrics.length === 0 || metrics.includes(metric)
        const parts: Record<string, object> = {
          settings: nodeSettings(request, clusterName, options.nodeName),
          os: { name: process.platform, arch: process.arch },
          process: { id: process.pid, mlockall: false },
          jvm: { version: '17', vm_name: 'none' },
          thread_pool: {},
          transport: { bound_address: ['127.0.0.1:9300'], publish_address: '127.0.0.1:9300', profiles: {} },
          http: { bound_address: ['127.0.0.1:9200'], publish_address: '127.0.0.1:9200' },
          plugins: [],
          ingest: { processors: (options.ingestProcessors ?? []).map((type) => ({ type })) },
          aggregations: Object.fromEntries(
            Object.keys(AGGREGATIONS)
              .filter((name) => AGGREGATIONS[name as keyof typeof AGGREGATIONS] !== null)
              .map((name) => [name, { types: ['other'] }]),
          ),
        }
        const { ephemeral_id: _, ...shown } = node
        return {
          body: {
            ...head,
            nodes: !isHere()
              ? {}
              : {
                  [id]: {
                    ...shown,
                    host: '127.0.0.1',
                    ip: '127.0.0.1',
                    version: '8.17.0',
                    build_type: 'vedetta',
                    ...Object.fromEntries(Object.entries(parts).filter(([name]) => has(name))),
                  },
                },
          },
        }
      },
    })
  for (const path of [
    '/_nodes/stats',
    '/_nodes/stats/:metric',
    '/_nodes/stats/:metric/:part',
    '/_nodes/:node/stats',
    '/_nodes/:node/stats/:metric',
    '/_nodes/:node/stats/:metric/:part',
  ])
    router.route({
      method: 'GET',
      path,
      parameters: [
        'level',
        'groups',
        'fields',
        'fielddata_fields',
        'completion_fields',
        'types',
        'timeout',
        'include_segment_file_sizes',
        'include_unloaded_segments',
      ],
      async handle(request) {
        const metrics = metricsOf(request, STATS_METRICS)
        const has = (metric: string): boolean => metrics.length === 0 || metrics.includes(metric)
        const parts = (request.params['part'] ?? '').split(',').filter((part) => part !== '' && part !== '_all')
        const rows = await store.describeIndices({ expressions: [], expandWildcards: ['all'] })
        const memory = process.memoryUsage()
        const heapLimit = getHeapStatistics().heap_size_limit
        const disk = await store.disk?.()
        const level = request.query.get('level')
        const shown: Record<string, object> = {
          indices: {
            ...statistics(parts, sumOf(rows)),
            ...(level === 'indices' || level === 'shards'
              ? { [level]: Object.fromEntries(rows.map((row) => [row.name, statistics(parts, row)])) }
              : {}),
          },
          os: {
            timestamp: Math.floor(options.clock.now()),
            cpu: {
              percent: Math.min(100, Math.round((loadavg()[0]! / cpus().length) * 100)),
              load_average: Object.fromEntries(loadavg().map((load, i) => [`${[1, 5, 15][i]}m`, load])),
            },
            mem: {
              total_in_bytes: totalmem(),
              free_in_bytes: freemem(),
              used_in_bytes: totalmem() - freemem(),
              free_percent: Math.round((freemem() / totalmem()) * 100),
              used_percent: Math.round((1 - freemem() / totalmem()) * 100),
            },
          },
          process: {
            timestamp: Math.floor(options.clock.now()),
            open_file_descriptors: -1,
            max_file_descriptors: -1,
            cpu: { percent: 0, total_in_millis: Math.floor(process.cpuUsage().user / 1000) },
            mem: { total_virtual_in_bytes: memory.rss },
          },
          jvm: {
            uptime_in_millis: Math.floor(process.uptime() * 1000),
            mem: {
              heap_used_in_bytes: memory.heapUsed,
              heap_used_percent: Math.round((memory.heapUsed / heapLimit) * 100),
              heap_committed_in_bytes: memory.heapTotal,
              heap_max_in_bytes: heapLimit,
            },
            threads: { count: 1, peak_count: 1 },
            gc: { collectors: {} },
            buffer_pools: {
              direct: { count: 1, used_in_bytes: memory.arrayBuffers, total_capacity_in_bytes: memory.external },
            },
          },
          thread_pool: {},
          fs: {
            timestamp: Math.floor(options.clock.now()),
            total:
              disk === undefined
                ? {}
                : {
                    total_in_bytes: disk.total,
                    free_in_bytes: disk.free,
                    available_in_bytes: disk.free,
                  },
            data:
              disk === undefined
                ? []
                : [
                    {
                      path: 'store',
                      mount: '-',
                      type: 'unknown',
                      total_in_bytes: disk.total,
                      free_in_bytes: disk.free,
                      available_in_bytes: disk.free,
                    },
                  ],
          },
          transport: {
            server_open: 0,
            total_outbound_connections: 0,
            rx_count: 0,
            rx_size_in_bytes: 0,
            tx_count: 0,
            tx_size_in_bytes: 0,
          },
          http: { current_open: 0, total_opened: 0 },
          breakers: {},
          script: { compilations: 0, cache_evictions: 0 },
          discovery: {
            cluster_state_queue: { total: 0, pending: 0, committed: 0 },
            published_cluster_states: { full_states: 0, incompatible_diffs: 0, compatible_diffs: 0 },
          },
          ingest: { total: { count: 0, time_in_millis: 0, current: 0, failed: 0 }, pipelines: {} },
          adaptive_selection: {},
          script_cache: { sum: {} },
          // Who writes too fast waits in its own request: nothing is turned away.
          indexing_pressure: {
            memory: {
              current: INDEXING_PRESSURE,
              total: {
                ...INDEXING_PRESSURE,
                coordinating_rejections: 0,
                primary_rejections: 0,
                replica_rejections: 0,
              },
              limit_in_bytes: Math.floor(heapLimit / 10),
            },
          },
        }
        const { ephemeral_id: _, ...about } = node
        return {
          body: {
            ...head,
            nodes: !meansThisNode(request.params['node'], options.nodeName, id)
              ? {}
              : {
                  [id]: {
                    timestamp: Math.floor(options.clock.now()),
                    ...about,
                    host: '127.0.0.1',
                    ip: '127.0.0.1:9300',
                    ...Object.fromEntries(
                      Object.entries(shown).filter(([name]) => has(name === 'breakers' ? 'breaker' : name)),
                    ),
                  },
                },
          },
        }
      },
    })
}

const INDEXING_PRESSURE = {
  combined_coordinating_and_primary_in_bytes: 0,
  coordinating_in_bytes: 0,
  primary_in_bytes: 0,
  replica_in_bytes: 0,
  all_in_bytes: 0,
}

function nodeSettings(request: RestRequest, clusterName: string, nodeName: string): object {
  if (flag(request, 'flat_settings') === true)
    return { 'client.type': 'node', 'cluster.name': clusterName, 'node.name': nodeName }
  return { client: { type: 'node' }, cluster: { name: clusterName }, node: { name: nodeName } }
}

function blocksOf(descriptions: ValueObject, closed: ReadonlySet<string>): object {
  const indices: Record<string, object> = {}
  const write = { levels: ['write'], description: 'index write (api)', retryable: false }
  for (const [index, value] of Object.entries(descriptions)) {
    const settings = isObject(value) && isObject(value['settings']) ? value['settings']['index'] : undefined
    const blocks = isObject(settings) ? settings['blocks'] : undefined
    const entry: Record<string, object> = {}
    if (isObject(blocks)) {
      if (String(blocks['read_only']) === 'true')
        entry['5'] = { description: 'index read-only (api)', retryable: false, levels: ['write', 'metadata_write'] }
      if (String(blocks['write']) === 'true') entry['8'] = write
    }
    if (closed.has(index)) entry['4'] = { description: 'index closed', retryable: false, levels: ['read', 'write'] }
    if (Object.keys(entry).length > 0) indices[index] = entry
  }
  return Object.keys(indices).length === 0 ? {} : { indices }
}

/** Settings of a cluster as a client gave them: they are kept and shown; transient ones are as lasting as others. */
function registerClusterSettings(router: Router, store: Store): void {
  const stored = async (): Promise<ValueObject> => {
    const found = (await store.getResources(CLUSTER_SETTINGS))['all']
    return isObject(found) ? found : newObject()
  }
  const shape = (settings: Value | undefined, flat: boolean): ValueObject => {
    const result = newObject()
    for (const [name, value] of Object.entries(isObject(settings) ? settings : newObject())) {
      if (flat) {
        result[name] = value
        continue
      }
      let at = result
      const keys = name.split('.')
      for (const key of keys.slice(0, -1)) at = (isObject(at[key]) ? at[key] : (at[key] = newObject())) as ValueObject
      at[keys.at(-1)!] = value
    }
    return result
  }
  router.route({
    method: 'GET',
    path: '/_cluster/settings',
    parameters: ['flat_settings', 'include_defaults', 'master_timeout', 'timeout'],
    async handle(request) {
      const settings = await stored()
      const flat = flag(request, 'flat_settings') === true
      const body = newObject()
      for (const kind of ['persistent', 'transient']) body[kind] = shape(settings[kind], flat)
      if (flag(request, 'include_defaults') === true)
        body['defaults'] = shape(
          Object.assign(newObject(), {
            'search.max_buckets': '65536',
            'node.attr.testattr': 'test',
            'action.auto_create_index': 'true',
          }),
          flat,
        )
      return { body }
    },
  })
  router.route({
    method: 'PUT',
    path: '/_cluster/settings',
    parameters: ['flat_settings', 'master_timeout', 'timeout'],
    async handle(request) {
      const body = bodyObject(request)
      if (body === undefined) throw fail('rest.body_missing')
      const settings = await stored()
      const flat = flag(request, 'flat_settings') === true
      const answer = Object.assign(newObject(), { acknowledged: true })
      const after = newObject()
      for (const kind of ['persistent', 'transient']) {
        const merged = Object.assign(newObject(), settings[kind])
        const set = newObject()
        for (const [name, value] of flattened(body[kind])) {
          if (value === null) {
            const prefix = name.endsWith('*') ? name.slice(0, -1) : undefined
            for (const known of Object.keys(merged))
              if (known === name || (prefix !== undefined && known.startsWith(prefix))) delete merged[known]
          } else set[name] = merged[name] = String(value)
        }
        after[kind] = merged
        answer[kind] = shape(set, flat)
      }
      await store.putResource(CLUSTER_SETTINGS, 'all', after)
      return { body: answer }
    },
  })
}

function flattened(value: Value | undefined, path = ''): [string, Value][] {
  if (!isObject(value)) return value === undefined ? [] : [[path, value]]
  return Object.keys(value).flatMap((key) => flattened(value[key], path === '' ? key : `${path}.${key}`))
}
