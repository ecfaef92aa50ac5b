import { cpus, freemem, loadavg, totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import { AGGREGATIONS } from '../dsl/index.ts'
import type { Store } from '../store.ts'
import { meansThisNode, nodeSummary } from './node.ts'
import type { RestRequest, Router } from './router.ts'
import type { SearchRoutesOptions } from './routes-options.ts'
import { flag } from './selection.ts'
import { DETAIL_PARAMETERS, metricsOf, statistics, sumOf } from './stats-routes.ts'

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

/** What clients, shippers and monitors ask of the one node there is. */
export function registerNodes(router: Router, store: Store, options: SearchRoutesOptions): void {
  const clusterName = options.clusterName ?? 'vedetta'
  const id = options.clusterUuid
  const node = nodeSummary(options)
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
        return {
          body: {
            ...head,
            nodes: !isHere()
              ? {}
              : {
                  [id]: {
                    ...node,
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
      parameters: [...DETAIL_PARAMETERS, 'timeout'],
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
        return {
          body: {
            ...head,
            nodes: !meansThisNode(request.params['node'], options.nodeName, id)
              ? {}
              : {
                  [id]: {
                    timestamp: Math.floor(options.clock.now()),
                    ...node,
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
