import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, type Value } from '../../event/index.ts'
import { BLOCK_NAMES } from '../embedded/index-blocks.ts'
import { shardOf } from '../embedded/routing.ts'
import type { IndexSelection, IndexSummary, Store } from '../store.ts'
import { checkSearch, wildcardMatch } from '../dsl/index.ts'
import { NODE_HOST, nodeSummary } from './node.ts'
import { recoveryType } from './cat-shard-tables.ts'
import { shardsAcknowledged } from './active-shards.ts'
import { passThrough } from './pass-through.ts'
import type { RestRequest, Router } from './router.ts'
import type { SearchRoutesOptions } from './routes-options.ts'
import { bodyObject, flag, integer, selectionOf, SELECTION_PARAMETERS } from './selection.ts'
import { everyState } from './settings-routes.ts'

const TIMEOUTS = ['master_timeout', 'timeout'] as const
const ALL_DOCUMENTS = checkSearch(newObject())

/** Of indices that are there and open: those that are named and closed are refused. */
async function openRows(store: Store, selection: IndexSelection): Promise<IndexSummary[]> {
  await store.count(selection, ALL_DOCUMENTS)
  return (await store.describeIndices(selection)).filter(({ closed }) => !closed)
}

/** How many shards answered, as those do that ask all shards of indices. */
export function broadcast(rows: readonly IndexSummary[]): object {
  const primaries = rows.reduce((sum, row) => sum + row.shards, 0)
  const total = rows.reduce((sum, row) => sum + row.shards * (row.replicas + 1), 0)
  return { total, successful: primaries, failed: 0 }
}

/** Flush, merge, caches, copies, blocks, and what is told of segments and recoveries. */
export function registerMaintenance(outer: Router, store: Store, options: SearchRoutesOptions): void {
  const router = passThrough(outer, store)
  const both = (path: string): string[] => [path, `/:index${path}`]
  for (const path of both('/_refresh'))
    router.route({
      method: ['GET', 'POST'],
      path,
      parameters: [...SELECTION_PARAMETERS, 'index'],
      async handle(request) {
        const selection = selectionOf(request, request.params['index'] ?? request.query.get('index'))
        await store.refresh(selection)
        return { body: { _shards: broadcast(await store.describeIndices(selection)) } }
      },
    })
  // What was a synced flush before Elasticsearch 8 is a flush.
  for (const path of [...both('/_flush'), ...both('/_flush/synced')])
    router.route({
      method: ['GET', 'POST'],
      path,
      parameters: [...SELECTION_PARAMETERS, 'force', 'wait_if_ongoing'],
      async handle(request) {
        if (flag(request, 'force') === true && flag(request, 'wait_if_ongoing') === false)
          throw fail('rest.validation', { reason: '1: wait_if_ongoing must be true for a force flush;' })
        await store.maintenance!.flush(selectionOf(request))
        return { body: { _shards: broadcast(await store.describeIndices(selectionOf(request))) } }
      },
    })
  for (const path of both('/_forcemerge'))
    router.route({
      method: 'POST',
      path,
      parameters: [...SELECTION_PARAMETERS, 'max_num_segments', 'only_expunge_deletes', 'flush', 'wait_for_completion'],
      async handle(request) {
        const segments = integer(request, 'max_num_segments')
        if (segments !== undefined && segments < 1)
          throw fail('rest.parameter_invalid', { reason: `[max_num_segments] must be at least 1, got [${segments}]` })
        if (flag(request, 'flush') === false)
          throw fail('rest.parameter_invalid', {
            reason: '[flush=false] is not supported: merged segments are on disk',
          })
        if (flag(request, 'wait_for_completion') === false)
          throw fail('rest.parameter_invalid', {
            reason: '[wait_for_completion=false] of _forcemerge is not supported',
          })
        const onlyExpungeDeletes = flag(request, 'only_expunge_deletes') === true && segments === undefined
        await store.maintenance!.forceMerge(selectionOf(request), { onlyExpungeDeletes })
        return { body: { _shards: broadcast(await store.describeIndices(selectionOf(request))) } }
      },
    })
  for (const path of both('/_cache/clear'))
    router.route({
      method: 'POST',
      path,
      parameters: [...SELECTION_PARAMETERS, 'fielddata', 'fields', 'query', 'request', 'index'],
      // What is cached is decoded columns, which the next search would read again, and never stale.
      handle: async (request) => ({ body: { _shards: broadcast(await openRows(store, selectionOf(request))) } }),
    })
  registerCopies(router, store)
  router.route({
    method: 'PUT',
    path: '/:index/_block/:block',
    parameters: [...SELECTION_PARAMETERS, ...TIMEOUTS],
    async handle(request) {
      const { block } = request.params as { block: string }
      if (!BLOCK_NAMES.some((known) => known === block))
        throw fail('rest.parameter_invalid', { reason: `No block found with name ${block}` })
      const names = await store.resolveIndices(selectionOf(request))
      await store.putSettings(
        { expressions: names, expandWildcards: ['all'] },
        Object.assign(newObject(), { [`index.blocks.${block}`]: true }),
      )
      const indices = names.map((name) => ({ name, blocked: true }))
      return { body: { acknowledged: true, shards_acknowledged: true, indices } }
    },
  })
  registerSegments(router, store, options)
  registerSearchShards(router, store, options)
}

function registerSearchShards(router: Router, store: Store, options: SearchRoutesOptions): void {
  const { clusterUuid } = options
  for (const path of ['/_search_shards', '/:index/_search_shards'])
    router.route({
      method: ['GET', 'POST'],
      path,
      parameters: [...SELECTION_PARAMETERS, 'routing', 'preference', 'local'],
      async handle(request) {
        const selection = selectionOf(request)
        const rows = await openRows(store, selection)
        const described = await store.getIndices({ ...selection, expandWildcards: ['all'] })
        const named = (request.params['index'] ?? '').split(',')
        const indices = newObject()
        for (const { name } of rows) {
          const description = described[name]
          const aliases =
            isObject(description) && isObject(description['aliases']) ? description['aliases'] : newObject()
          const asked = Object.keys(aliases).filter((alias) => named.some((part) => wildcardMatch(part, alias)))
          const filters = asked.flatMap((alias) => {
            const options = aliases[alias]
            return isObject(options) && options['filter'] !== undefined ? [options['filter']] : []
          })
          const all = named.includes(name) || filters.length < asked.length
          const filter = all || filters.length === 0 ? undefined : filters.length === 1 ? filters[0] : either(filters)
          indices[name] = Object.assign(
            newObject(),
            asked.length === 0 ? {} : { aliases: asked.sort() },
            filter === undefined ? {} : { filter },
          )
        }
        const shard = { state: 'STARTED', primary: true, node: clusterUuid, relocating_node: null }
        return {
          body: {
            nodes: {
              [clusterUuid]: { ...nodeSummary(options), ephemeral_id: clusterUuid },
            },
            indices,
            shards: rows.flatMap(({ name, uuid, shards }) =>
              shardNumbers(request, shards).map((i) => [
                { ...shard, shard: i, index: name, allocation_id: { id: uuid } },
              ]),
            ),
          },
        }
      },
    })
}

/** Those that a routing leads to, or all. */
function shardNumbers(request: RestRequest, shards: number): number[] {
  const routings = request.query.get('routing')?.split(',')
  if (routings === undefined) return Array.from({ length: shards }, (_, i) => i)
  return [...new Set(routings.map((routing) => shardOf(routing, shards)))].sort((a, b) => a - b)
}

function either(filters: Value[]): Value {
  return Object.assign(newObject(), { bool: Object.assign(newObject(), { should: filters }) })
}

function registerCopies(router: Router, store: Store): void {
  for (const kind of ['clone', 'shrink', 'split'] as const)
    router.route({
      method: ['PUT', 'POST'],
      path: `/:index/_${kind}/:target`,
      parameters: [...TIMEOUTS, 'wait_for_active_shards', ...(kind === 'clone' ? [] : ['copy_settings'])],
      async handle(request) {
        if (flag(request, 'copy_settings') === false)
          throw fail('rest.parameter_invalid', {
            reason: 'parameter [copy_settings] can not be explicitly set to [false]',
          })
        const { index: source, target } = request.params as { index: string; target: string }
        await store.maintenance!.copyIndex(kind, source, target, bodyObject(request) ?? newObject())
        const acknowledged = await shardsAcknowledged(request, store, { expressions: [target] })
        return { body: { acknowledged: true, shards_acknowledged: acknowledged, index: target } }
      },
    })
}

function registerSegments(router: Router, store: Store, options: SearchRoutesOptions): void {
  const { clusterUuid, nodeName } = options
  const both = (path: string): string[] => [path, `/:index${path}`]
  for (const path of both('/_segments'))
    router.route({
      method: 'GET',
      path,
      parameters: SELECTION_PARAMETERS,
      async handle(request) {
        const rows = await openRows(store, selectionOf(request))
        return {
          body: {
            _shards: broadcast(rows),
            indices: Object.fromEntries(rows.map((row) => [row.name, { shards: shardSegments(row, clusterUuid) }])),
          },
        }
      },
    })
  for (const path of both('/_shard_stores'))
    router.route({
      method: 'GET',
      path,
      parameters: [...SELECTION_PARAMETERS, 'status'],
      async handle(request) {
        const wanted = (request.query.get('status') ?? 'yellow,red').split(',')
        for (const status of wanted)
          if (!['green', 'yellow', 'red', 'all'].includes(status))
            throw fail('rest.parameter_invalid', { reason: `unknown cluster health status [${status}]` })
        const healthy = wanted.includes('green') || wanted.includes('all')
        const rows = (await openRows(store, selectionOf(request))).filter(
          ({ replicas }) => healthy || (replicas > 0 && wanted.includes('yellow')),
        )
        const place = { [clusterUuid]: { name: nodeName, transport_address: `${NODE_HOST}:9300`, attributes: {} } }
        const shard = { stores: [{ ...place, allocation_id: clusterUuid, allocation: 'primary' }] }
        return {
          body: {
            indices: Object.fromEntries(
              rows.map((row) => [
                row.name,
                { shards: Object.fromEntries(Array.from({ length: row.shards }, (_, i) => [i, shard])) },
              ]),
            ),
          },
        }
      },
    })
  for (const path of both('/_recovery'))
    router.route({
      method: 'GET',
      path,
      parameters: [...SELECTION_PARAMETERS, 'active_only', 'detailed'],
      async handle(request) {
        const rows = await store.describeIndices(everyState(request, ['open', 'closed']))
        const active = flag(request, 'active_only') === true
        return {
          body: Object.fromEntries(
            active ? [] : rows.map((row) => [row.name, { shards: recoveries(request, row, options) }]),
          ),
        }
      },
    })
}

function shardSegments(row: IndexSummary, node: string): object {
  const routing = { state: 'STARTED', primary: true, node }
  const shard = (segments: IndexSummary['segments'] = []): object => ({
    routing,
    num_committed_segments: segments.filter(({ sealed }) => sealed).length,
    num_search_segments: segments.length,
    segments: Object.fromEntries(
      segments.map((segment) => [
        `_${segment.number}`,
        {
          generation: segment.number,
          num_docs: segment.documents,
          deleted_docs: segment.deletedDocuments,
          size_in_bytes: segment.bytes,
          memory_in_bytes: 0,
          committed: segment.sealed,
          search: true,
          version: '9.12.0',
          compound: segment.sealed,
          attributes: {},
        },
      ]),
    ),
  })
  return Object.fromEntries(Array.from({ length: row.shards }, (_, i) => [i, [shard(i === 0 ? row.segments : [])]]))
}

/** An index is there at once when the store is opened: nothing is copied for it. */
function recoveries(request: RestRequest, row: IndexSummary, { clusterUuid, nodeName }: SearchRoutesOptions): object[] {
  const human = flag(request, 'human') === true
  const target = {
    id: clusterUuid,
    host: NODE_HOST,
    transport_address: `${NODE_HOST}:9300`,
    ip: NODE_HOST,
    name: nodeName,
  }
  const type = recoveryType(row).toUpperCase()
  const date = new Date(row.createdMillis).toISOString()
  return Array.from({ length: row.shards }, (_, id) => ({
    id,
    type,
    stage: 'DONE',
    primary: true,
    ...(human ? { start_time: date, stop_time: date } : {}),
    start_time_in_millis: row.createdMillis,
    stop_time_in_millis: row.createdMillis,
    total_time_in_millis: 0,
    source: type === 'EMPTY_STORE' ? {} : { bootstrap_new_history_uuid: false },
    target,
    index: {
      size: { total_in_bytes: 0, reused_in_bytes: 0, recovered_in_bytes: 0, percent: '0.0%' },
      files: {
        total: 0,
        reused: 0,
        recovered: 0,
        percent: '0.0%',
        ...(flag(request, 'detailed') === true ? { details: [] } : {}),
      },
      total_time_in_millis: 0,
      source_throttle_time_in_millis: 0,
      target_throttle_time_in_millis: 0,
    },
    translog: { recovered: 0, total: 0, percent: '100.0%', total_on_start: 0, total_time_in_millis: 0 },
    verify_index: { check_index_time_in_millis: 0, total_time_in_millis: 0 },
  }))
}
