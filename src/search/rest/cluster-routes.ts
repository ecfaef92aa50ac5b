import { fail } from '../../diagnostic/index.ts'
import type { IndexSummary, Store } from '../store.ts'
import { wildcardMatch } from '../dsl/index.ts'
import { isObject, newObject, type ValueObject } from '../../event/index.ts'
import { catAnswer, CAT_PARAMETERS, formatBytes, type CatColumn } from './cat-table.ts'
import type { Router } from './router.ts'
import type { SearchRoutesOptions } from './routes-options.ts'
import { selectionOf, SELECTION_PARAMETERS } from './selection.ts'
import { everyState } from './settings-routes.ts'

/** The version of Elasticsearch whose protocol is spoken; clients choose their own by it. */
export const ELASTICSEARCH_VERSION = '8.17.0'

/** The banner, health and the `_cat` tables. */
export function registerClusterRoutes(router: Router, store: Store, options: SearchRoutesOptions): void {
  const clusterName = options.clusterName ?? 'vedetta'
  router.route({
    method: 'GET',
    path: '/',
    handle: () => ({
      body: {
        name: options.nodeName,
        cluster_name: clusterName,
        cluster_uuid: options.clusterUuid,
        version: {
          number: ELASTICSEARCH_VERSION,
          build_flavor: 'default',
          build_type: 'vedetta',
          build_hash: options.version,
          build_snapshot: false,
          lucene_version: '9.12.0',
          minimum_wire_compatibility_version: '7.17.0',
          minimum_index_compatibility_version: '7.0.0',
        },
        vedetta: { version: options.version },
        tagline: 'You Know, for Search',
      },
    }),
  })
  for (const path of ['/_cluster/health', '/_cluster/health/:index'])
    router.route({
      method: 'GET',
      path,
      // One node that is there at once: there is nothing to wait for but the status.
      parameters: [
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
      ],
      async handle(request) {
        const health = await store.health()
        const shards = (await store.resolveIndices(selectionOf(request))).length
        const wanted = request.query.get('wait_for_status')
        const order = ['green', 'yellow', 'red']
        const timedOut = wanted !== undefined && order.indexOf(health.status) > order.indexOf(wanted)
        return {
          status: timedOut ? 408 : 200,
          body: {
            cluster_name: clusterName,
            status: health.status,
            timed_out: timedOut,
            number_of_nodes: 1,
            number_of_data_nodes: 1,
            active_primary_shards: shards,
            active_shards: shards,
            relocating_shards: 0,
            initializing_shards: 0,
            unassigned_shards: 0,
            delayed_unassigned_shards: 0,
            number_of_pending_tasks: 0,
            number_of_in_flight_fetch: 0,
            task_max_waiting_in_queue_millis: 0,
            active_shards_percent_as_number: 100,
            ...(health.readOnly === undefined ? {} : { read_only: health.readOnly }),
          },
        }
      },
    })
  registerCat(router, store, options)
}

const INDEX_COLUMNS: readonly CatColumn<IndexSummary>[] = [
  { name: 'health', aliases: ['h'], describe: 'current health status', value: () => 'green' },
  { name: 'status', aliases: ['s'], describe: 'open/close status', value: ({ closed }) => (closed ? 'close' : 'open') },
  { name: 'index', aliases: ['i', 'idx'], describe: 'index name', value: ({ name }) => name },
  { name: 'uuid', aliases: ['id'], describe: 'index uuid', value: ({ uuid }) => uuid },
  { name: 'pri', aliases: ['p', 'shards.primary'], describe: 'number of primary shards', right: true, value: () => 1 },
  { name: 'rep', aliases: ['r', 'shards.replica'], describe: 'number of replica shards', right: true, value: () => 0 },
  {
    name: 'docs.count',
    aliases: ['dc', 'docsCount'],
    describe: 'available docs',
    right: true,
    value: ({ documents }) => documents,
  },
  {
    name: 'docs.deleted',
    aliases: ['dd', 'docsDeleted'],
    describe: 'deleted docs',
    right: true,
    value: ({ deletedDocuments }) => deletedDocuments,
  },
  ...(
    [
      ['store.size', ['ss', 'storeSize'], 'store size of primaries & replicas'],
      ['pri.store.size', [], 'store size of primaries'],
      ['dataset.size', [], 'total size of dataset'],
    ] as const
  ).map(([name, aliases, describe]): CatColumn<IndexSummary> => ({
    name,
    aliases,
    describe,
    right: true,
    value: ({ bytes }) => bytes,
    format: ({ bytes }, unit) => formatBytes(bytes, unit),
  })),
  {
    name: 'creation.date',
    aliases: ['cd'],
    describe: 'index creation date (millisecond value)',
    right: true,
    optional: true,
    value: ({ createdMillis }) => createdMillis,
  },
  {
    name: 'creation.date.string',
    aliases: ['cds'],
    describe: 'index creation date (as string)',
    optional: true,
    value: ({ createdMillis }) => new Date(createdMillis).toISOString(),
  },
]

const TABLES = ['aliases', 'count', 'health', 'indices', 'nodes', 'templates'] as const

function registerCat(router: Router, store: Store, options: SearchRoutesOptions): void {
  router.route({
    method: 'GET',
    path: '/_cat',
    handle: () => ({ body: `=^.^=\n${TABLES.map((name) => `/_cat/${name}\n`).join('')}` }),
  })
  for (const path of ['/_cat/indices', '/_cat/indices/:index'])
    router.route({
      method: 'GET',
      path,
      parameters: [...CAT_PARAMETERS, ...SELECTION_PARAMETERS, 'health', 'pri', 'include_unloaded_segments'],
      async handle(request) {
        const rows = await store.describeIndices(everyState(request, ['open', 'closed']))
        const health = request.query.get('health')
        if (health !== undefined && !['green', 'yellow', 'red'].includes(health))
          throw fail('rest.parameter_invalid', { reason: `unknown cluster health status [${health}]` })
        const shown = health === undefined || health === 'green' ? rows : []
        return catAnswer(request, INDEX_COLUMNS, shown)
      },
    })
  for (const path of ['/_cat/count', '/_cat/count/:index'])
    router.route({
      method: 'GET',
      path,
      parameters: CAT_PARAMETERS,
      async handle(request) {
        const count = (await store.describeIndices(selectionOf(request))).reduce(
          (sum, { documents }) => sum + documents,
          0,
        )
        return catAnswer(request, [...timeColumns(options), column<number>('count', (count) => count, true)], [count])
      },
    })
  router.route({
    method: 'GET',
    path: '/_cat/health',
    parameters: [...CAT_PARAMETERS, 'ts'],
    async handle(request) {
      const { status, indices } = await store.health()
      const columns = [
        ...timeColumns(options),
        column('cluster', () => options.clusterName ?? 'vedetta'),
        column('status', () => status),
        column('node.total', () => 1, true),
        column('node.data', () => 1, true),
        column('shards', () => indices, true),
        column('pri', () => indices, true),
        column('relo', () => 0, true),
        column('init', () => 0, true),
        column('unassign', () => 0, true),
      ]
      return catAnswer(request, columns, [0])
    },
  })
  router.route({
    method: 'GET',
    path: '/_cat/nodes',
    parameters: CAT_PARAMETERS,
    handle: (request) =>
      catAnswer(
        request,
        [
          column('ip', () => '127.0.0.1'),
          column('node.role', () => 'dim'),
          column('master', () => '*'),
          column('name', () => options.nodeName),
          column('version', () => ELASTICSEARCH_VERSION),
        ],
        [0],
      ),
  })
  for (const path of ['/_cat/templates', '/_cat/templates/:name'])
    router.route({
      method: 'GET',
      path,
      parameters: CAT_PARAMETERS,
      async handle(request) {
        const rows = Object.entries(await store.getTemplates(request.params['name']))
        type Row = (typeof rows)[number]
        const of = ([, template]: Row): ValueObject => template as ValueObject
        return catAnswer(
          request,
          [
            column<Row>('name', ([name]) => name),
            column<Row>('index_patterns', (row) => `[${[of(row)['index_patterns'] ?? []].flat().join(', ')}]`),
            column<Row>('order', (row) => Number(of(row)['order'] ?? 0), true),
            column<Row>('version', (row) => String(of(row)['version'] ?? ''), true),
          ],
          rows,
        )
      },
    })
  for (const path of ['/_cat/aliases', '/_cat/aliases/:name'])
    router.route({
      method: 'GET',
      path,
      parameters: [...CAT_PARAMETERS, 'expand_wildcards'],
      async handle(request) {
        const names = request.params['name']?.split(',')
        const selection = selectionOf(request)
        const hidden = selection.expandWildcards?.some((state) => state === 'hidden' || state === 'all') ?? true
        const found = await store.getIndices({ ...selection, expandWildcards: ['all'] })
        const rows = Object.entries(found).flatMap(([index, description]) => {
          const aliases = isObject(description) ? description['aliases'] : undefined
          return Object.entries(isObject(aliases) ? aliases : {})
            .filter(([alias]) => names === undefined || names.some((name) => wildcardMatch(name, alias)))
            .map(([alias, options]) => ({ alias, index, options: isObject(options) ? options : newObject() }))
            .filter(({ options }) => hidden || options['is_hidden'] !== true)
        })
        return catAnswer(request, ALIAS_COLUMNS, rows)
      },
    })
}

interface AliasRow {
  readonly alias: string
  readonly index: string
  readonly options: ValueObject
}

const ALIAS_COLUMNS: readonly CatColumn<AliasRow>[] = [
  { ...column<AliasRow>('alias', ({ alias }) => alias), aliases: ['a'], describe: 'alias name' },
  { ...column<AliasRow>('index', ({ index }) => index), aliases: ['i', 'idx'], describe: 'index alias points to' },
  {
    ...column<AliasRow>('filter', ({ options }) => (options['filter'] === undefined ? '-' : '*')),
    aliases: ['f', 'fi'],
  },
  {
    ...column<AliasRow>('routing.index', ({ options }) => String(options['index_routing'] ?? '-')),
    aliases: ['ri', 'routingIndex'],
  },
  {
    ...column<AliasRow>('routing.search', ({ options }) => String(options['search_routing'] ?? '-')),
    aliases: ['rs', 'routingSearch'],
  },
  {
    ...column<AliasRow>('is_write_index', ({ options }) => String(options['is_write_index'] ?? '-')),
    aliases: ['w', 'isWriteIndex'],
  },
]

function column<Row>(name: string, value: (row: Row) => string | number, right = false): CatColumn<Row> {
  return { name, aliases: [], describe: name.replaceAll('.', ' '), right, value }
}

function timeColumns<Row>(options: SearchRoutesOptions): CatColumn<Row>[] {
  return [
    column<Row>('epoch', () => Math.floor(options.clock.now() / 1000), true),
    column<Row>('timestamp', () => new Date(options.clock.now()).toISOString().slice(11, 19)),
  ]
}
