import { fail } from '../diagnostic/index.ts'
import {
  isObject,
  newObject,
  parseIsoTimestamp,
  stringifyJson,
  Timestamp,
  type Value,
  type ValueObject,
} from '../event/index.ts'
import type { RestAnswer, RestRequest, Router } from '../search/index.ts'
import type { ActionMode } from './run-action.ts'
import { registerWatcherCluster } from './rest-cluster.ts'
import { shownWatch } from './shown.ts'
import { object } from './status.ts'
import type { ExecuteOptions, Watcher, WatchInfo } from './watcher.ts'

const MODES = ['execute', 'simulate', 'force_execute', 'force_simulate', 'skip'] as const
const PREFIXES = ['/_watcher', '/_xpack/watcher']
const TIMEOUTS = ['master_timeout']

/** Elasticsearch's Watcher API, under `_watcher` and the older `_xpack/watcher`. */
export function registerWatcherRoutes(router: Router, watcher: Watcher): void {
  registerWatcherCluster(router, watcher)
  for (const prefix of PREFIXES) {
    const watch = `${prefix}/watch/:id`
    router.route({
      method: ['PUT', 'POST'],
      path: watch,
      parameters: ['active', 'simulated', 'version', 'if_seq_no', 'if_primary_term', ...TIMEOUTS],
      handle: (request) => putWatch(watcher, request),
    })
    router.route({ method: 'GET', path: watch, handle: (request) => getWatch(watcher, request) })
    router.route({
      method: 'DELETE',
      path: watch,
      parameters: TIMEOUTS,
      handle: (request) => deleteWatch(watcher, request),
    })
    for (const path of [`${watch}/_execute`, `${prefix}/watch/_execute`])
      router.route({
        method: ['PUT', 'POST'],
        path,
        parameters: ['debug'],
        handle: (request) => executeWatch(watcher, request),
      })
    for (const path of [`${watch}/_ack`, `${watch}/_ack/:actions`, `${watch}/:actions/_ack`])
      router.route({
        method: ['PUT', 'POST'],
        path,
        parameters: TIMEOUTS,
        handle: async ({ params }) => {
          const actions = params['actions']?.split(',').filter((name) => name !== '')
          return { body: { status: (await watcher.acknowledge(params['id']!, actions)).status } }
        },
      })
    for (const [verb, active] of [
      ['_activate', true],
      ['_deactivate', false],
    ] as const)
      router.route({
        method: ['PUT', 'POST'],
        path: `${watch}/${verb}`,
        parameters: ['simulated', ...TIMEOUTS],
        handle: async (request) => {
          const simulated = flag(request, 'simulated')
          const { status } = await watcher.setActive(request.params['id']!, active, simulated)
          return { body: { status } }
        },
      })
    router.route({ method: ['GET', 'POST'], path: `${prefix}/_query/watches`, handle: (r) => queryWatches(watcher, r) })
    for (const path of [`${prefix}/stats`, `${prefix}/stats/:metric`])
      router.route({
        method: 'GET',
        path,
        parameters: ['metric', 'emit_stacktraces'],
        handle: (request) => stats(watcher, request),
      })
    router.route({
      method: ['POST', 'PUT'],
      path: `${watch}/_replay`,
      handle: (request) => replayWatch(watcher, request),
    })
    // 2.x: stop and start in one.
    router.route({
      method: ['POST', 'PUT'],
      path: `${prefix}/_restart`,
      parameters: TIMEOUTS,
      handle: async () => {
        await watcher.halt(true)
        await watcher.halt(false)
        return { body: { acknowledged: true } }
      },
    })
    router.route({
      method: ['POST', 'PUT'],
      path: `${prefix}/_start`,
      parameters: TIMEOUTS,
      handle: async () => {
        await watcher.halt(false)
        return { body: { acknowledged: true } }
      },
    })
    router.route({
      method: ['POST', 'PUT'],
      path: `${prefix}/_stop`,
      parameters: TIMEOUTS,
      handle: async () => {
        await watcher.halt(true)
        return { body: { acknowledged: true } }
      },
    })
  }
}

async function putWatch(watcher: Watcher, request: RestRequest): Promise<RestAnswer> {
  const body = request.json()
  if (body === undefined) throw fail('watch.validation', { reason: '1: request body is missing' })
  const active = flag(request, 'active')
  const simulated = flag(request, 'simulated')
  const [ifSeqNo, ifPrimaryTerm] = [integer(request, 'if_seq_no'), integer(request, 'if_primary_term')]
  const { info, created } = await watcher.put(request.params['id']!, body, {
    ...(active === undefined ? {} : { active }),
    ...(simulated === undefined ? {} : { simulated }),
    ...(ifSeqNo === undefined ? {} : { ifSeqNo }),
    ...(ifPrimaryTerm === undefined ? {} : { ifPrimaryTerm }),
  })
  return { status: created ? 201 : 200, body: object({ ...head(info), created }) }
}

function getWatch(watcher: Watcher, request: RestRequest): RestAnswer {
  const id = request.params['id']!
  const info = watcher.get(id)
  if (info === undefined) return { status: 404, body: { found: false, _id: id } }
  return {
    body: object({ found: true, ...head(info), status: info.status, watch: shownWatch(info.source), ...origin(info) }),
  }
}

async function deleteWatch(watcher: Watcher, request: RestRequest): Promise<RestAnswer> {
  const id = request.params['id']!
  const version = await watcher.delete(id)
  return version === undefined
    ? { status: 404, body: { _id: id, _version: 1, found: false } }
    : { body: { _id: id, _version: version, found: true } }
}

async function executeWatch(watcher: Watcher, request: RestRequest): Promise<RestAnswer> {
  const body = request.json() ?? newObject()
  if (!isObject(body)) throw fail('watch.request', { reason: 'the body of _execute must be an object' })
  const id = request.params['id']
  const definition = body['watch']
  if (id === undefined && definition === undefined)
    throw fail('watch.request', {
      reason:
        'could not parse watch execution request: a watch execution request must either have a watch id path parameter or an inlined watch',
    })
  const options = executeOptions(body)
  const result = await watcher.execute(
    id,
    mayWrite(request) ? options : trial(request, options, definition),
    definition,
  )
  return { body: { _id: result.executionId, watch_record: result.record } }
}

/** Whether whoever asks may put watches, and so run any. */
function mayWrite({ role }: RestRequest): boolean {
  return role === undefined || role === 'administrator'
}

/**
 * A run by who may not put watches: of one that is stored, and nothing is sent. A watch of one's own would ask any server
 * and read any index as Vedetta itself.
 */
function trial(
  { user, role, method }: RestRequest,
  options: ExecuteOptions,
  definition: Value | undefined,
): ExecuteOptions {
  const refuse = (path: string): Error => fail('server.forbidden', { name: user ?? '', role: role ?? '', method, path })
  if (definition !== undefined) throw refuse('a watch that is not stored')
  const sent = Object.entries(options.actionModes ?? {}).find(([, mode]) => mode.endsWith('execute'))
  if (sent !== undefined) throw refuse(`'action_modes.${sent[0].slice(0, 100)}': '${sent[1]}'`)
  return { ...options, actionModes: { _all: 'simulate', ...options.actionModes } }
}

const EXECUTE_KEYS = [
  'watch',
  'trigger_data',
  'alternative_input',
  'ignore_condition',
  'record_execution',
  'action_modes',
  'simulated_actions',
]

function executeOptions(body: ValueObject): ExecuteOptions {
  for (const key of Object.keys(body))
    if (!EXECUTE_KEYS.includes(key))
      throw fail('watch.request', { reason: `could not parse watch execution request. unexpected field [${key}]` })
  const input = body['alternative_input']
  if (input !== undefined && !isObject(input))
    throw fail('watch.request', { reason: "'alternative_input' must be an object" })
  const trigger = body['trigger_data']
  if (trigger !== undefined && !isObject(trigger))
    throw fail('watch.request', { reason: "'trigger_data' must be an object" })
  const triggered = timeOf(trigger?.['triggered_time'], 'trigger_data.triggered_time')
  const scheduled = timeOf(trigger?.['scheduled_time'], 'trigger_data.scheduled_time')
  return {
    ...(triggered === undefined ? {} : { triggered }),
    ...(scheduled === undefined ? {} : { scheduled }),
    ...(input === undefined ? {} : { alternativeInput: input }),
    ignoreCondition: body['ignore_condition'] === true || body['ignore_condition'] === 'true',
    recordExecution: body['record_execution'] === true || body['record_execution'] === 'true',
    actionModes: modesOf(body['action_modes'], body['simulated_actions']),
  }
}

function modesOf(modes: Value | undefined, simulated: Value | undefined): Record<string, ActionMode> {
  const result: Record<string, ActionMode> = Object.create(null) as Record<string, ActionMode>
  for (const id of simulated === undefined ? [] : [simulated].flat()) {
    if (typeof id !== 'string') throw fail('watch.request', { reason: "'simulated_actions' must be a list of names" })
    result[id] = 'simulate'
  }
  if (modes === undefined) return result
  if (!isObject(modes)) throw fail('watch.request', { reason: "'action_modes' must be an object" })
  for (const [id, value] of Object.entries(modes)) {
    const mode = MODES.find((known) => known === value)
    if (mode === undefined)
      throw fail('watch.request', {
        reason: `'action_modes.${id}' must be one of ${MODES.join(', ')}, got ${stringifyJson(value)}`,
      })
    result[id] = mode
  }
  return result
}

function timeOf(value: Value | undefined, name: string): Timestamp | undefined {
  if (value === undefined || value === 'now') return undefined
  const time =
    typeof value === 'number'
      ? Timestamp.fromMillis(value)
      : typeof value === 'string'
        ? parseIsoTimestamp(value)
        : undefined
  if (time === undefined)
    throw fail('watch.request', { reason: `'${name}' must be 'now' or an ISO 8601 time, got ${stringifyJson(value)}` })
  return time
}

async function queryWatches(watcher: Watcher, request: RestRequest): Promise<RestAnswer> {
  const body = request.json() ?? newObject()
  if (!isObject(body)) throw fail('watch.request', { reason: 'the body of _query/watches must be an object' })
  const { count, watches } = await watcher.query(body)
  return {
    body: {
      count,
      watches: watches.map((info) =>
        object({
          _id: info.id,
          watch: shownWatch(info.source),
          status: info.status,
          _seq_no: info.seqNo,
          _primary_term: info.primaryTerm,
          ...origin(info),
        }),
      ),
    },
  }
}

const METRICS = ['current_watches', 'queued_watches', 'pending_watches', '_all', 'all']

function stats(watcher: Watcher, request: RestRequest): RestAnswer {
  const named = request.params['metric'] ?? request.query.get('metric') ?? ''
  const metrics = named.split(',').filter((name) => name !== '')
  for (const metric of metrics)
    if (!METRICS.includes(metric)) throw fail('watch.request', { reason: `unrecognized metric: [${metric}]` })
  const shows = (...names: string[]): boolean =>
    metrics.some((metric) => metric.endsWith('all') || names.includes(metric))
  const { running, waiting } = watcher.current()
  const list = (runs: typeof running): ValueObject[] =>
    runs.map(({ watchId, triggered, started }) =>
      object({ watch_id: watchId, triggered_time: triggered, execution_time: started ?? triggered }),
    )
  const node = object({
    node_id: 'vedetta',
    watcher_state: watcher.running ? 'started' : 'stopped',
    watch_count: watcher.list().length,
    execution_thread_pool: object({ queue_size: waiting.length, max_size: Math.max(running.length, waiting.length) }),
    current_watches: shows('current_watches') ? list(running) : undefined,
    queued_watches: shows('queued_watches', 'pending_watches') ? list(waiting) : undefined,
  })
  return {
    body: object({
      _nodes: object({ total: 1, successful: 1, failed: 0 }),
      cluster_name: 'vedetta',
      manually_stopped: !watcher.running,
      stats: [node],
    }),
  }
}

async function replayWatch(watcher: Watcher, request: RestRequest): Promise<RestAnswer> {
  const body = request.json()
  if (!isObject(body)) throw fail('watch.request', { reason: "_replay needs a body with 'from' and 'to'" })
  for (const key of Object.keys(body))
    if (key !== 'from' && key !== 'to')
      throw fail('watch.request', { reason: `_replay does not support [${key}]; it knows from and to` })
  const [from, to] = [timeOf(body['from'], 'from'), timeOf(body['to'], 'to')]
  if (from === undefined || to === undefined)
    throw fail('watch.request', { reason: "_replay needs 'from' and 'to', each an ISO 8601 time" })
  const { times, truncated, met } = await watcher.replay(request.params['id']!, from, to)
  return { body: object({ times, truncated, met: met.length, records: [...met] }) }
}

function head(info: WatchInfo): ValueObject {
  return object({ _id: info.id, _version: info.version, _seq_no: info.seqNo, _primary_term: info.primaryTerm })
}

/** Where a watch comes from, beside what Elasticsearch answers. */
function origin({ file }: WatchInfo): ValueObject {
  return file === undefined ? newObject() : object({ _file: file })
}

function flag(request: RestRequest, name: string): boolean | undefined {
  const value = request.query.get(name)
  return value === undefined ? undefined : value !== 'false'
}

function integer(request: RestRequest, name: string): number | undefined {
  const value = request.query.get(name)
  if (value === undefined) return undefined
  if (/^\d+$/.test(value)) return Number(value)
  throw fail('watch.request', { reason: `Failed to parse parameter [${name}] with value [${value}]` })
}
