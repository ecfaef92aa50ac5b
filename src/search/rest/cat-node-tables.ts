import { cpus, freemem, loadavg, totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import { wildcardMatch } from '../dsl/index.ts'
import type { Store } from '../store.ts'
import {
  bytesColumn,
  catAnswer,
  CAT_PARAMETERS,
  column,
  formatTime,
  OPTIONAL,
  RIGHT,
  type CatColumn,
} from './cat-table.ts'
import { HTTP_ADDRESS, meansThisNode, NODE_HOST, NODE_ROLES } from './node.ts'
import type { Router } from './router.ts'
import type { SearchRoutesOptions } from './routes-options.ts'
import { flag } from './selection.ts'
import type { Tasks } from './tasks.ts'
import { ELASTICSEARCH_VERSION } from './version.ts'

interface RunningTask {
  readonly id: number
  readonly action: string
  readonly description: string
  readonly startedMillis: number
  readonly runningMillis: number
  readonly headers: Readonly<Record<string, string>>
}

interface Disk {
  readonly total: number
  readonly free: number
}

/** `_cat` of the one node: itself, what runs on it, and what it has none of. */
export function registerCatNodes(router: Router, store: Store, tasks: Tasks, options: SearchRoutesOptions): void {
  const { nodeName, clusterUuid } = options
  const table = <Row>(
    name: string,
    columns: readonly CatColumn<Row>[],
    rows: () => readonly Row[] | Promise<readonly Row[]>,
    parameters: readonly string[] = [],
  ): void =>
    router.route({
      method: 'GET',
      path: `/_cat/${name}`,
      parameters: [...CAT_PARAMETERS, ...parameters],
      handle: async (request) => catAnswer(request, columns, await rows()),
    })

  router.route({
    method: 'GET',
    path: '/_cat/nodes',
    parameters: [...CAT_PARAMETERS, 'full_id', 'include_unloaded_segments'],
    async handle(request) {
      const full = flag(request, 'full_id') === true
      const disk = (await store.disk?.()) ?? { total: 0, free: 0 }
      return catAnswer(request, nodeColumns(options, full), [disk])
    },
  })
  table(
    'master',
    [
      column<0>('id', '', () => clusterUuid),
      column('host', 'h', () => NODE_HOST),
      column('ip', '', () => NODE_HOST),
      column('node', 'n', () => nodeName),
    ],
    () => [0],
  )
  table(
    'nodeattrs',
    [
      column<0>('node', 'name', () => nodeName),
      column('id', 'nodeId', () => clusterUuid.slice(0, 4), OPTIONAL),
      column('pid', 'p', () => process.pid, OPTIONAL),
      column('host', 'h', () => NODE_HOST),
      column('ip', 'i', () => NODE_HOST),
      column('port', 'po', () => 9300, OPTIONAL),
      column('attr', 'attr.name', () => ''),
      column('value', 'attr.value', () => ''),
    ],
    () => [],
  )
  table(
    'plugins',
    [
      column<0>('id', '', () => '', OPTIONAL),
      column('name', 'n', () => ''),
      column('component', 'c', () => ''),
      column('version', 'v', () => ''),
      column('description', 'd', () => '', OPTIONAL),
    ],
    () => [],
    ['include_bootstrap'],
  )
  table(
    'pending_tasks',
    [
      column<0>('insertOrder', 'o', () => 0, RIGHT),
      column('timeInQueue', 't', () => '', RIGHT),
      column('priority', 'p', () => ''),
      column('source', 's', () => ''),
    ],
    () => [],
  )
  table('repositories', [column<0>('id', 'repoId', () => ''), column('type', 't', () => '')], () => [])
  registerThreadPools(router, options)
  router.route({
    method: 'GET',
    path: '/_cat/tasks',
    parameters: [...CAT_PARAMETERS, 'actions', 'detailed', 'nodes', 'node_id', 'parent_task_id'],
    handle(request) {
      const own: RunningTask = {
        id: 0,
        action: 'cluster:monitor/tasks/lists',
        description: '',
        startedMillis: Math.floor(options.clock.now()),
        runningMillis: 0,
        headers: opaque(request.headers['x-opaque-id']),
      }
      const actions = request.query.get('actions')?.split(',')
      const nodes = request.query.get('nodes') ?? request.query.get('node_id')
      // No task is the child of another.
      const here = meansThisNode(nodes, nodeName, clusterUuid) && (request.query.get('parent_task_id') ?? '') === ''
      const running = tasks.running(undefined).map((task) => ({ ...task, runningMillis: task.runningMillis() }))
      const rows = [own, ...running].filter(
        ({ action }) => here && (actions === undefined || actions.some((pattern) => wildcardMatch(pattern, action))),
      )
      return catAnswer(request, taskColumns(options, flag(request, 'detailed') === true), rows)
    },
  })
}

function opaque(id: string | undefined): Record<string, string> {
  return id === undefined ? {} : { 'X-Opaque-Id': id }
}

function nodeColumns({ nodeName, clusterUuid, clock }: SearchRoutesOptions, full: boolean): CatColumn<Disk>[] {
  const heap = getHeapStatistics()
  const percent = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((part / whole) * 100))
  const load = loadavg()
  const used = ({ total, free }: Disk): number => total - free
  return [
    column('id', 'nodeId', () => (full ? clusterUuid : clusterUuid.slice(0, 4)), OPTIONAL),
    column('pid', 'p', () => process.pid, OPTIONAL),
    column('ip', 'i', () => NODE_HOST),
    column('port', 'po', () => 9300, OPTIONAL),
    column('http_address', 'http', () => HTTP_ADDRESS, OPTIONAL),
    column('version', 'v', () => ELASTICSEARCH_VERSION, OPTIONAL),
    column('type', 't', () => 'vedetta', OPTIONAL),
    column('build', 'b', () => 'vedetta', OPTIONAL),
    bytesColumn('disk.total', 'dt,diskTotal', ({ total }) => total, OPTIONAL),
    bytesColumn('disk.used', 'du,diskUsed', used, OPTIONAL),
    bytesColumn('disk.avail', 'd,da,disk,diskAvail', ({ free }) => free, OPTIONAL),
    column('disk.used_percent', 'dup,diskUsedPercent', (disk) => ((used(disk) / (disk.total || 1)) * 100).toFixed(2), {
      ...RIGHT,
      ...OPTIONAL,
    }),
    bytesColumn('heap.current', 'hc,heapCurrent', () => heap.used_heap_size, OPTIONAL),
    column('heap.percent', 'hp,heapPercent', () => percent(heap.used_heap_size, heap.heap_size_limit), RIGHT),
    bytesColumn('heap.max', 'hm,heapMax', () => heap.heap_size_limit, OPTIONAL),
    bytesColumn('ram.current', 'rc,ramCurrent', () => totalmem() - freemem(), OPTIONAL),
    column('ram.percent', 'rp,ramPercent', () => percent(totalmem() - freemem(), totalmem()), RIGHT),
    bytesColumn('ram.max', 'rm,ramMax', () => totalmem(), OPTIONAL),
    column('file_desc.current', 'fdc,fileDescriptorCurrent', () => -1, { ...RIGHT, ...OPTIONAL }),
    column('file_desc.percent', 'fdp,fileDescriptorPercent', () => 0, { ...RIGHT, ...OPTIONAL }),
    column('file_desc.max', 'fdm,fileDescriptorMax', () => -1, { ...RIGHT, ...OPTIONAL }),
    column('cpu', '', () => Math.min(100, percent(load[0]!, cpus().length)), RIGHT),
    ...[0, 1, 2].map((i) => column<Disk>(`load_${[1, 5, 15][i]}m`, 'lmn'[i]!, () => load[i]!.toFixed(2), RIGHT)),
    column('uptime', 'u', () => Math.floor(process.uptime() * 1000), {
      ...RIGHT,
      ...OPTIONAL,
      format: (_row, { time }) => formatTime(process.uptime() * 1000, time),
    }),
    column('node.role', 'r,role,nodeRole', () =>
      NODE_ROLES.map((role) => role[0])
        .sort()
        .join(''),
    ),
    column('master', 'm', () => '*'),
    column('name', 'n', () => nodeName),
    column('started', '', () => new Date(clock.now() - process.uptime() * 1000).toISOString(), OPTIONAL),
  ]
}

/** Names that tools ask for. Here one thread does it all: nothing waits in a queue and nothing is turned away. */
const POOLS: Readonly<Record<string, string>> = {
  analyze: 'fixed',
  fetch_shard_started: 'scaling',
  fetch_shard_store: 'scaling',
  flush: 'scaling',
  force_merge: 'fixed',
  generic: 'scaling',
  get: 'fixed',
  management: 'scaling',
  refresh: 'scaling',
  search: 'fixed',
  write: 'fixed',
}

function registerThreadPools(router: Router, { nodeName, clusterUuid }: SearchRoutesOptions): void {
  const fixed = (name: string): number | null => (POOLS[name] === 'fixed' ? 1 : null)
  const scaling = (name: string): number | null => (POOLS[name] === 'scaling' ? 1 : null)
  const zero = (): number => 0
  const columns: CatColumn<string>[] = [
    column('node_name', 'nn', () => nodeName),
    column('node_id', 'id', () => clusterUuid, OPTIONAL),
    column('ephemeral_node_id', 'eid', () => clusterUuid, OPTIONAL),
    column('pid', 'p', () => process.pid, OPTIONAL),
    column('host', 'h', () => NODE_HOST, OPTIONAL),
    column('ip', 'i', () => NODE_HOST, OPTIONAL),
    column('port', 'po', () => 9300, OPTIONAL),
    column('name', 'n', (name) => name),
    column('type', 't', (name) => POOLS[name]!, OPTIONAL),
    column('active', 'a', zero, RIGHT),
    column('pool_size', 'psz', () => 1, { ...RIGHT, ...OPTIONAL }),
    column('queue', 'q', zero, RIGHT),
    column('queue_size', 'qs', () => -1, { ...RIGHT, ...OPTIONAL }),
    column('rejected', 'r', zero, RIGHT),
    column('largest', 'l', zero, { ...RIGHT, ...OPTIONAL }),
    column('completed', 'c', zero, { ...RIGHT, ...OPTIONAL }),
    column('core', 'cr', scaling, { ...RIGHT, ...OPTIONAL }),
    column('max', 'mx', scaling, { ...RIGHT, ...OPTIONAL }),
    column('size', 'sz', fixed, { ...RIGHT, ...OPTIONAL }),
    column('keep_alive', 'ka', () => null, { ...RIGHT, ...OPTIONAL }),
  ]
  for (const path of ['/_cat/thread_pool', '/_cat/thread_pool/:patterns'])
    router.route({
      method: 'GET',
      path,
      // There are no sizes to show in another unit.
      parameters: [...CAT_PARAMETERS, 'size', 'thread_pool_patterns'],
      handle(request) {
        const patterns = (request.params['patterns'] ?? request.query.get('thread_pool_patterns'))?.split(',')
        const rows = Object.keys(POOLS).filter(
          (name) => patterns === undefined || patterns.some((pattern) => wildcardMatch(pattern, name)),
        )
        return catAnswer(request, columns, rows)
      },
    })
}

function taskColumns({ nodeName, clusterUuid }: SearchRoutesOptions, detailed: boolean): CatColumn<RunningTask>[] {
  return [
    column('id', '', ({ id }) => `${clusterUuid}:${id}`, OPTIONAL),
    column('action', 'ac', ({ action }) => action),
    column('task_id', 'ti', ({ id }) => `${clusterUuid}:${id}`),
    column('parent_task_id', 'pti', () => '-'),
    column('type', 'ty', () => 'transport'),
    column('start_time', 'start', ({ startedMillis }) => startedMillis),
    column('timestamp', 'ts,hms,hhmmss', ({ startedMillis }) => new Date(startedMillis).toISOString().slice(11, 19)),
    column('running_time_ns', 'time', ({ runningMillis }) => Math.floor(runningMillis * 1e6), OPTIONAL),
    column('running_time', 'time', ({ runningMillis }) => runningMillis, {
      format: ({ runningMillis }, { time }) => formatTime(runningMillis, time),
    }),
    column('node_id', 'ni', () => clusterUuid, OPTIONAL),
    column('ip', 'i', () => NODE_HOST),
    column('port', 'po', () => 9300, OPTIONAL),
    column('node', 'n', () => nodeName),
    column('version', 'v', () => ELASTICSEARCH_VERSION, OPTIONAL),
    column('x_opaque_id', 'x', ({ headers }) => headers['X-Opaque-Id'] ?? '-', OPTIONAL),
    column('description', 'desc', ({ description }) => description, detailed ? {} : OPTIONAL),
  ]
}
