import { fail } from '../../diagnostic/index.ts'
import { parseDuration, wildcardMatch } from '../dsl/index.ts'
import type { Store } from '../store.ts'
import { meansThisNode, NODE_HOST, NODE_ROLES } from './node.ts'
import { passThrough } from './pass-through.ts'
import type { RestRequest, Router } from './router.ts'
import type { SearchRoutesOptions } from './routes-options.ts'
import { flag } from './selection.ts'
import type { Task, Tasks } from './tasks.ts'

const LIST = ['actions', 'nodes', 'node_id', 'parent_task_id', 'detailed', 'group_by', 'wait_for_completion', 'timeout']
const LONGEST_WAIT = 30_000
/** What a request for the list is itself. */
const LISTING = 'cluster:monitor/tasks/lists'

/** `_tasks`: what runs, its results, and how it is stopped or slowed. */
export function registerTasks(outer: Router, store: Store, tasks: Tasks, options: SearchRoutesOptions): void {
  const router = passThrough(outer, store)
  const { clock } = options
  const chosen = (request: RestRequest): Task[] => {
    const nodes = request.query.get('nodes') ?? request.query.get('node_id')
    // No task is the child of another.
    if (!meansThisNode(nodes, options.nodeName, tasks.node) || (request.query.get('parent_task_id') ?? '') !== '')
      return []
    return tasks.running(request.query.get('actions')?.split(','))
  }
  const wait = async (request: RestRequest, waited: readonly Task[]): Promise<boolean> => {
    if (flag(request, 'wait_for_completion') !== true) return true
    const limit = parseDuration(request.query.get('timeout') ?? '30s') ?? LONGEST_WAIT
    const done = Promise.all(waited.map((task) => task.done)).then(() => true)
    return Promise.race([done, clock.sleep(limit, request.signal).then(() => false)])
  }
  router.route({
    method: 'GET',
    path: '/_tasks',
    parameters: LIST,
    async handle(request) {
      const listed = chosen(request)
      await wait(request, listed)
      const own = ownTask(request, options)
      const actions = request.query.get('actions')?.split(',') ?? ['*']
      const shown = [
        ...(actions.some((pattern) => wildcardMatch(pattern, LISTING)) ? [own] : []),
        ...listed.map((task) => taskJson(tasks, task, flag(request, 'detailed') === true)),
      ]
      return { body: grouped(shown, request.query.get('group_by') ?? 'nodes', options, tasks.node) }
    },
  })
  router.route({
    method: 'GET',
    path: '/_tasks/:task',
    parameters: ['wait_for_completion', 'timeout'],
    async handle(request) {
      const task = tasks.get(request.params['task']!)
      if (!(await wait(request, [task])))
        throw fail('rest.timeout', { reason: `Timed out waiting for completion of [${tasks.name(task)}]` })
      const { outcome } = task
      return { body: { completed: outcome !== undefined, task: taskJson(tasks, task, true), ...outcome } }
    },
  })
  router.route({
    method: 'POST',
    path: '/_tasks/_cancel',
    parameters: ['actions', 'nodes', 'node_id', 'parent_task_id', 'wait_for_completion', 'timeout'],
    async handle(request) {
      const cancelled = chosen(request)
      for (const task of cancelled) task.cancel('by user request')
      await wait(request, cancelled)
      return {
        body: {
          nodes: nodesOf(
            cancelled.map((task) => taskJson(tasks, task, true)),
            options,
            tasks.node,
          ),
        },
      }
    },
  })
  router.route({
    method: 'POST',
    path: '/_tasks/:task/_cancel',
    parameters: ['wait_for_completion', 'timeout'],
    async handle(request) {
      const task = tasks.get(request.params['task']!)
      task.cancel('by user request')
      await wait(request, [task])
      return { body: { nodes: nodesOf([taskJson(tasks, task, true)], options, tasks.node) } }
    },
  })
  for (const path of ['/_delete_by_query', '/_update_by_query', '/_reindex'])
    router.route({
      method: 'POST',
      path: `${path}/:task/_rethrottle`,
      parameters: ['requests_per_second'],
      handle(request) {
        const task = tasks.get(request.params['task']!)
        task.requestsPerSecond = requestsPerSecond(request) ?? missingRate()
        return { body: { nodes: nodesOf([taskJson(tasks, task, true)], options, tasks.node) } }
      },
    })
}

function missingRate(): never {
  throw fail('rest.parameter_invalid', { reason: 'requests_per_second is a required parameter' })
}

/** `requests_per_second` of a request, infinite for -1. @throws illegal_argument_exception */
export function requestsPerSecond(request: RestRequest): number | undefined {
  const text = request.query.get('requests_per_second')
  if (text === undefined) return undefined
  const rate = text === '-1' || text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text)
  if (!(rate > 0))
    throw fail('rest.parameter_invalid', {
      reason: '[requests_per_second] must be a float greater than 0. Use -1 to disable throttling.',
    })
  return rate
}

interface TaskJson {
  readonly node: string
  readonly id: number
  readonly [key: string]: unknown
}

function taskJson(tasks: Tasks, task: Task, detailed: boolean): TaskJson {
  return {
    node: tasks.node,
    id: task.id,
    type: 'transport',
    action: task.action,
    ...(task.status === undefined ? {} : { status: task.status }),
    ...(detailed ? { description: task.description } : {}),
    start_time_in_millis: task.startedMillis,
    running_time_in_nanos: Math.floor(task.runningMillis() * 1e6),
    cancellable: true,
    cancelled: task.signal.aborted,
    headers: task.headers,
  }
}

/** The request itself is a task too. */
function ownTask(request: RestRequest, { clock, clusterUuid }: SearchRoutesOptions): TaskJson {
  const opaque = request.headers['x-opaque-id']
  return {
    node: clusterUuid,
    id: 0,
    type: 'direct',
    action: LISTING,
    start_time_in_millis: Math.floor(clock.now()),
    running_time_in_nanos: 0,
    cancellable: false,
    headers: opaque === undefined ? {} : { 'X-Opaque-Id': opaque },
  }
}

function grouped(list: readonly TaskJson[], by: string, options: SearchRoutesOptions, node: string): object {
  const named = Object.fromEntries(list.map((task) => [`${task.node}:${task.id}`, task]))
  switch (by) {
    case 'none':
      return { tasks: list }
    case 'parents':
      return { tasks: named }
    case 'nodes':
      return { nodes: nodesOf(list, options, node) }
    default:
      throw fail('rest.parameter_invalid', {
        reason: `[group_by] must be one of [nodes], [parents] or [none] but was [${by}]`,
      })
  }
}

function nodesOf(list: readonly TaskJson[], { nodeName }: SearchRoutesOptions, node: string): object {
  if (list.length === 0) return {}
  return {
    [node]: {
      name: nodeName,
      transport_address: `${NODE_HOST}:9300`,
      host: NODE_HOST,
      ip: `${NODE_HOST}:9300`,
      roles: NODE_ROLES,
      tasks: Object.fromEntries(list.map((task) => [`${task.node}:${task.id}`, task])),
    },
  }
}
