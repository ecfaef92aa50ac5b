import { isObject, type ValueObject } from '../../event/index.ts'
import type { Store } from '../store.ts'
import type { Router } from './router.ts'
import type { SearchRoutesOptions } from './routes-options.ts'
import { nodeSummary } from './node.ts'
import { SELECTION_PARAMETERS } from './selection.ts'
import { everyState } from './settings-routes.ts'
import { metricsOf } from './stats-routes.ts'
import { shownMapping, typeOfMapping, UNTYPED } from './typed-mapping.ts'

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
const WAITS = ['local', 'master_timeout', 'timeout', 'wait_for_metadata_version', 'wait_for_timeout'] as const

/** The state of what clients see as a cluster. */
export function registerState(router: Router, store: Store, options: SearchRoutesOptions): void {
  const clusterName = options.clusterName ?? 'vedetta'
  const id = options.clusterUuid
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
        if (has('nodes')) body['nodes'] = { [id]: { ...nodeSummary(options), ephemeral_id: id } }
        if (has('metadata')) {
          const indices: Record<string, unknown> = {}
          for (const [index, value] of Object.entries(descriptions)) {
            if (!isObject(value)) continue
            const { settings, mappings, aliases } = value
            indices[index] = {
              state: closed.has(index) ? 'close' : 'open',
              settings,
              mappings: { [typeOfMapping(mappings) ?? UNTYPED]: shownMapping(request, mappings, false) },
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
