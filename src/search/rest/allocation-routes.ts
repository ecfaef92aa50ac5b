import { fail } from '../../diagnostic/index.ts'
import { newObject, type ValueObject } from '../../event/index.ts'
import type { IndexSummary, Store } from '../store.ts'
import { nodeSummary } from './node.ts'
import { passThrough } from './pass-through.ts'
import type { Router } from './router.ts'
import type { SearchRoutesOptions } from './routes-options.ts'
import { bodyObject, flag } from './selection.ts'

const KEYS = ['index', 'shard', 'primary', 'current_node']
const ANY =
  'No shard was specified in the explain API request, so this response explains a randomly chosen unassigned shard.'
const NOWHERE =
  'the store is one process and keeps one copy of a shard: set [index.number_of_replicas] to [0], or [index.auto_expand_replicas] to [0-1]'

/** `_cluster/allocation/explain`: why a copy of an index is where it is, or is nowhere. */
export function registerAllocation(router: Router, store: Store, options: SearchRoutesOptions): void {
  passThrough(router, store).route({
    method: ['GET', 'POST'],
    path: '/_cluster/allocation/explain',
    parameters: ['include_yes_decisions', 'include_disk_info', 'master_timeout'],
    async handle(request) {
      const body = bodyObject(request) ?? newObject()
      for (const key of Object.keys(body))
        if (!KEYS.includes(key))
          throw fail('search.parsing', { reason: `[cluster_allocation_explain] unknown field [${key}]` })
      const rows = await store.describeIndices({ expressions: [], expandWildcards: ['all'] })
      const any = Object.keys(body).length === 0
      const { row, shard, primary } = any ? unassigned(rows) : named(rows, body)
      const head = { ...(any ? { note: ANY } : {}), index: row.name, shard, primary }
      if (primary) return { body: { ...head, ...started(options) } }
      const disk = flag(request, 'include_disk_info') === true ? await store.disk?.() : undefined
      const nodes = {
        [options.clusterUuid]: { node_name: options.nodeName, total: disk?.total, available: disk?.free },
      }
      return { body: { ...head, ...missing(row, options, disk === undefined ? {} : { cluster_info: { nodes } }) } }
    },
  })
}

interface Copy {
  readonly row: IndexSummary
  readonly shard: number
  readonly primary: boolean
}

function unassigned(rows: readonly IndexSummary[]): Copy {
  const row = rows.find(({ replicas }) => replicas > 0)
  if (row === undefined)
    throw fail('rest.parameter_invalid', {
      reason:
        'No shard was specified in the request which means the response should explain a randomly-chosen unassigned shard, ' +
        'but there are no unassigned shards in this cluster. To explain the allocation of an assigned shard you must specify ' +
        'the target shard in the request.',
    })
  return { row, shard: 0, primary: false }
}

function named(rows: readonly IndexSummary[], body: ValueObject): Copy {
  const lacking = ['index', 'shard', 'primary'].filter((key) => body[key] === undefined)
  if (lacking.length > 0)
    throw fail('rest.validation', { reason: lacking.map((key, i) => `${i + 1}: ${key} must be specified;`).join('') })
  const [index, shard, primary] = [String(body['index']), Number(body['shard']), String(body['primary']) === 'true']
  const row = rows.find(({ name }) => name === index)
  if (row === undefined) throw fail('index.not_found', { index })
  if (!Number.isInteger(shard) || shard < 0 || shard >= row.shards)
    throw fail('rest.not_found', { reason: `no such shard [${index}][${shard}]` })
  if (!primary && row.replicas === 0)
    throw fail('rest.parameter_invalid', {
      reason: `unable to find a replica shard to explain for [${index}][${shard}]`,
    })
  return { row, shard, primary }
}

function started(options: SearchRoutesOptions): object {
  return {
    current_state: 'started',
    current_node: { id: options.clusterUuid, ...nodeSummary(options), weight_ranking: 1 },
    can_remain_on_current_node: 'yes',
    can_rebalance_cluster: 'yes',
    can_rebalance_to_other_node: 'no',
    rebalance_explanation: 'there is no other node',
  }
}

function missing(row: IndexSummary, options: SearchRoutesOptions, disk: object): object {
  const { name, transport_address, attributes, roles } = nodeSummary(options)
  const decision = { decider: 'same_shard', decision: 'NO', explanation: NOWHERE }
  return {
    current_state: 'unassigned',
    unassigned_info: {
      reason: 'INDEX_CREATED',
      at: new Date(row.createdMillis).toISOString(),
      last_allocation_status: 'no_attempt',
    },
    ...disk,
    can_allocate: 'no',
    allocate_explanation: NOWHERE,
    node_allocation_decisions: [
      {
        node_id: options.clusterUuid,
        node_name: name,
        transport_address,
        node_attributes: attributes,
        roles,
        node_decision: 'no',
        deciders: [decision],
      },
    ],
  }
}
