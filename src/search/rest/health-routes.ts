import { fail } from '../../diagnostic/index.ts'
import type { IndexSummary, Store, StoreHealth } from '../store.ts'
import { parseDuration } from '../dsl/index.ts'
import type { RestRequest, Router } from './router.ts'
import type { SearchRoutesOptions } from './routes-options.ts'
import { flag, selectionOf } from './selection.ts'
import { everyState } from './settings-routes.ts'

type Status = StoreHealth['status']

const STATUSES: readonly Status[] = ['green', 'yellow', 'red']

const PARAMETERS = [
  'level',
  'wait_for_status',
  'timeout',
  'master_timeout',
  'local',
  'wait_for_nodes',
  'wait_for_active_shards',
  'wait_for_no_relocating_shards',
  'wait_for_no_initializing_shards',
  'wait_for_events',
  'expand_wildcards',
] as const

/** Yellow where its settings ask for copies: one node keeps none. */
export function indexStatus({ replicas }: Pick<IndexSummary, 'replicas'>): Status {
  return replicas > 0 ? 'yellow' : 'green'
}

export interface ShardCounts {
  readonly status: Status
  readonly primaries: number
  readonly unassigned: number
}

/** The shards of indices, and the worst status of the store and of them. */
export function countShards(rows: readonly IndexSummary[], health: Status): ShardCounts {
  let status = health
  let [primaries, unassigned] = [0, 0]
  for (const row of rows) {
    primaries += row.shards
    unassigned += row.shards * row.replicas
    if (STATUSES.indexOf(indexStatus(row)) > STATUSES.indexOf(status)) status = indexStatus(row)
  }
  return { status, primaries, unassigned }
}

/** How many of the shards there should be there are, in percent. */
export function activePercent({ primaries, unassigned }: ShardCounts): number {
  return primaries + unassigned === 0 ? 100 : (primaries / (primaries + unassigned)) * 100
}

/** `_cluster/health`. A wait is answered at once: on one node nothing changes by waiting. */
export function registerHealth(router: Router, store: Store, options: SearchRoutesOptions): void {
  for (const path of ['/_cluster/health', '/_cluster/health/:index'])
    router.route({
      method: 'GET',
      path,
      parameters: PARAMETERS,
      async handle(request) {
        const level = request.query.get('level') ?? 'cluster'
        if (!['cluster', 'indices', 'shards'].includes(level))
          throw fail('rest.parameter_invalid', { reason: `unknown level [${level}]` })
        const health = await store.health()
        const states = ['open', 'closed', 'hidden'] as const
        const selection = { ...everyState(request, states), ignoreUnavailable: true }
        const rows = await store.describeIndices(selection)
        const missing = await isMissing(store, request, rows)
        const counts = countShards(rows, missing ? 'red' : health.status)
        const timedOut = missing || isWaiting(request, counts)
        return {
          status: timedOut ? 408 : 200,
          body: {
            cluster_name: options.clusterName ?? 'vedetta',
            status: counts.status,
            timed_out: timedOut,
            number_of_nodes: 1,
            number_of_data_nodes: 1,
            active_primary_shards: counts.primaries,
            active_shards: counts.primaries,
            relocating_shards: 0,
            initializing_shards: 0,
            unassigned_shards: counts.unassigned,
            unassigned_primary_shards: 0,
            delayed_unassigned_shards: 0,
            number_of_pending_tasks: 0,
            number_of_in_flight_fetch: 0,
            task_max_waiting_in_queue_millis: 0,
            active_shards_percent_as_number: activePercent(counts),
            ...(health.readOnly === undefined ? {} : { read_only: health.readOnly }),
            ...(level === 'cluster'
              ? {}
              : { indices: Object.fromEntries(rows.map((row) => [row.name, indexHealth(row, level === 'shards')])) }),
          },
        }
      },
    })
}

/** An index that was named and is not there is waited for, in vain. */
async function isMissing(store: Store, request: RestRequest, rows: readonly IndexSummary[]): Promise<boolean> {
  const { expressions } = selectionOf(request)
  if (rows.length > 0 || expressions.every((each) => each.includes('*') || each === '_all')) return false
  const found = await store.resolveIndices({ expressions, ignoreUnavailable: true, expandWildcards: ['all'] })
  return found.length === 0
}

function indexHealth(row: IndexSummary, shards: boolean): object {
  const counts = {
    active_shards: row.shards,
    relocating_shards: 0,
    initializing_shards: 0,
    unassigned_shards: row.shards * row.replicas,
    unassigned_primary_shards: 0,
  }
  const each = {
    status: indexStatus(row),
    primary_active: true,
    active_shards: 1,
    relocating_shards: 0,
    initializing_shards: 0,
    unassigned_shards: row.replicas,
    unassigned_primary_shards: 0,
  }
  return {
    status: indexStatus(row),
    number_of_shards: row.shards,
    number_of_replicas: row.replicas,
    active_primary_shards: row.shards,
    ...counts,
    ...(shards ? { shards: Object.fromEntries(Array.from({ length: row.shards }, (_, i) => [i, each])) } : {}),
  }
}

/** Whether what the request waits for is not there. */
function isWaiting(request: RestRequest, counts: ShardCounts): boolean {
  const { query } = request
  const timeout = query.get('timeout')
  if (timeout !== undefined && parseDuration(timeout) === undefined)
    throw fail('rest.parameter_invalid', {
      reason: `failed to parse setting [timeout] with value [${timeout}] as a time value: unit is missing or unrecognized`,
    })
  const wanted = query.get('wait_for_status')
  if (wanted !== undefined) {
    const status = STATUSES.find((known) => known === wanted.toLowerCase())
    if (status === undefined)
      throw fail('rest.parameter_invalid', { reason: `unknown cluster health status [${wanted}]` })
    if (STATUSES.indexOf(counts.status) > STATUSES.indexOf(status)) return true
  }
  flag(request, 'wait_for_no_relocating_shards')
  flag(request, 'wait_for_no_initializing_shards')
  const events = query.get('wait_for_events')
  if (events !== undefined && !/^(immediate|urgent|high|normal|low|languid)$/i.test(events))
    throw fail('rest.parameter_invalid', { reason: `No enum constant of priority for [${events}]` })
  const active = query.get('wait_for_active_shards')
  if (active !== undefined && active !== '0') {
    if (active === 'all') {
      if (counts.unassigned > 0) return true
    } else if (!/^\d+$/.test(active))
      throw fail('rest.parameter_invalid', { reason: `cannot parse ActiveShardCount[${active}]` })
    else if (Number(active) > counts.primaries) return true
  }
  return !nodesHold(query.get('wait_for_nodes') ?? '>=0')
}

/** `3`, `>=3`, `ge(3)`: whether one node is that many. */
function nodesHold(text: string): boolean {
  const match = /^(?:(>=|<=|>|<)?(\d+)|(ge|le|gt|lt)\((\d+)\))$/.exec(text.trim())
  if (match === null) throw fail('rest.parameter_invalid', { reason: `cannot parse wait_for_nodes [${text}]` })
  const count = Number(match[2] ?? match[4])
  switch (match[1] ?? match[3]) {
    case '>=':
    case 'ge':
      return count <= 1
    case '<=':
    case 'le':
      return count >= 1
    case '>':
    case 'gt':
      return count < 1
    case '<':
    case 'lt':
      return count > 1
    default:
      return count === 1
  }
}
