import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'
import { checkSearch, wildcardMatch } from '../dsl/index.ts'
import type { IndexSummary, Store } from '../store.ts'
import { bytesColumn, catAnswer, CAT_PARAMETERS, column, OPTIONAL, RIGHT, type CatColumn } from './cat-table.ts'
import { registerCatNodes } from './cat-node-tables.ts'
import { registerCatShards } from './cat-shard-tables.ts'
import { activePercent, countShards, indexStatus } from './health-routes.ts'
import { passThrough } from './pass-through.ts'
import type { Router } from './router.ts'
import type { SearchRoutesOptions } from './routes-options.ts'
import { flag, selectionOf, SELECTION_PARAMETERS } from './selection.ts'
import { everyState } from './settings-routes.ts'
import type { Tasks } from './tasks.ts'

const whenOpen =
  <T>(pick: (row: IndexSummary) => T) =>
  (row: IndexSummary): T | null =>
    row.closed ? null : pick(row)

const INDEX_COLUMNS: readonly CatColumn<IndexSummary>[] = [
  column('health', 'h', (row) => indexStatus(row), { describe: 'current health status' }),
  column('status', 's', ({ closed }) => (closed ? 'close' : 'open'), { describe: 'open/close status' }),
  column('index', 'i,idx', ({ name }) => name, { describe: 'index name' }),
  column('uuid', 'id', ({ uuid }) => uuid, { describe: 'index uuid' }),
  column('pri', 'p,shards.primary,shardsPrimary', ({ shards }) => shards, {
    ...RIGHT,
    describe: 'number of primary shards',
  }),
  column('rep', 'r,shards.replica,shardsReplica', ({ replicas }) => replicas, {
    ...RIGHT,
    describe: 'number of replica shards',
  }),
  column(
    'docs.count',
    'dc,docsCount',
    whenOpen(({ documents }) => documents),
    {
      ...RIGHT,
      describe: 'available docs',
    },
  ),
  column(
    'docs.deleted',
    'dd,docsDeleted',
    whenOpen(({ deletedDocuments }) => deletedDocuments),
    {
      ...RIGHT,
      describe: 'deleted docs',
    },
  ),
  bytesColumn(
    'store.size',
    'ss,storeSize',
    whenOpen(({ bytes }) => bytes),
    {
      describe: 'store size of primaries & replicas',
    },
  ),
  bytesColumn(
    'pri.store.size',
    '',
    whenOpen(({ bytes }) => bytes),
    { describe: 'store size of primaries' },
  ),
  bytesColumn(
    'dataset.size',
    '',
    whenOpen(({ bytes }) => bytes),
    {
      ...OPTIONAL,
      describe: 'total size of dataset',
    },
  ),
  column('creation.date', 'cd', ({ createdMillis }) => createdMillis, {
    ...OPTIONAL,
    describe: 'index creation date (millisecond value)',
  }),
  column('creation.date.string', 'cds', ({ createdMillis }) => new Date(createdMillis).toISOString(), {
    ...OPTIONAL,
    describe: 'index creation date (as string)',
  }),
  ...(
    [
      ['indexing.index_total', 'iito,indexingIndexTotal', 'indexed'],
      ['indexing.delete_total', 'idto,indexingDeleteTotal', 'deleted'],
      ['indexing.index_failed', 'iif,indexingIndexFailed', 'failed'],
      ['search.query_total', 'sqto,searchQueryTotal', 'queries'],
      ['get.total', 'gto,getTotal', 'gets'],
      ['merges.total', 'mt,mergesTotal', 'merges'],
      ['refresh.total', 'rto,refreshTotal', 'refreshes'],
      ['flush.total', 'ft,flushTotal', 'flushes'],
    ] as const
  ).map(([name, aliases, counter]) =>
    column<IndexSummary>(name, aliases, ({ counters }) => counters?.[counter] ?? 0, { ...RIGHT, ...OPTIONAL }),
  ),
  column('segments.count', 'sc,segmentsCount', ({ segments }) => segments?.length ?? 0, { ...RIGHT, ...OPTIONAL }),
]

const TABLES = [
  'allocation',
  'shards',
  'master',
  'nodes',
  'tasks',
  'indices',
  'segments',
  'count',
  'recovery',
  'health',
  'pending_tasks',
  'aliases',
  'thread_pool',
  'plugins',
  'fielddata',
  'nodeattrs',
  'templates',
  'component_templates',
] as const

/** The tables for people: `_cat`. */
export function registerCat(router: Router, store: Store, tasks: Tasks, options: SearchRoutesOptions): void {
  router.route({
    method: 'GET',
    path: '/_cat',
    handle: () => ({ body: `=^.^=\n${TABLES.map((name) => `/_cat/${name}\n`).join('')}` }),
  })
  registerCatNodes(router, store, tasks, options)
  registerCatShards(router, store, options)
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
        flag(request, 'pri')
        return catAnswer(
          request,
          INDEX_COLUMNS,
          health === undefined ? rows : rows.filter((row) => indexStatus(row) === health),
        )
      },
    })
  for (const path of ['/_cat/count', '/_cat/count/:index'])
    router.route({
      method: 'GET',
      path,
      parameters: CAT_PARAMETERS,
      async handle(request) {
        const everything = checkSearch(newObject())
        const count = await store.count(selectionOf(request), everything)
        const counted = column<number>('count', 'dc,docs.count,docsCount', (number) => number, {
          describe: 'the document count',
        })
        return catAnswer(request, [...timeColumns<number>(options), counted], [count])
      },
    })
  router.route({
    method: 'GET',
    path: '/_cat/health',
    parameters: [...CAT_PARAMETERS, 'ts'],
    async handle(request) {
      const { status } = await store.health()
      const rows = await store.describeIndices({ expressions: [], expandWildcards: ['all'] })
      const counts = countShards(rows, status)
      const columns: CatColumn<0>[] = [
        ...(flag(request, 'ts') === false ? [] : timeColumns<0>(options)),
        column('cluster', 'cl', () => options.clusterName ?? 'vedetta'),
        column('status', 'st', () => counts.status),
        column('node.total', 'nt,nodeTotal', () => 1, RIGHT),
        column('node.data', 'nd,nodeData', () => 1, RIGHT),
        column('shards', 't,sh,shards.total,shardsTotal', () => counts.primaries, RIGHT),
        column('pri', 'p,shards.primary,shardsPrimary', () => counts.primaries, RIGHT),
        column('relo', 'r,shards.relocating,shardsRelocating', () => 0, RIGHT),
        column('init', 'i,shards.initializing,shardsInitializing', () => 0, RIGHT),
        column('unassign', 'u,shards.unassigned,shardsUnassigned', () => counts.unassigned, RIGHT),
        column('pending_tasks', 'pt,pendingTasks', () => 0, RIGHT),
        column('max_task_wait_time', 'mtwt,maxTaskWaitTime', () => '-', RIGHT),
        column('active_shards_percent', 'asp,activeShardsPercent', () => `${activePercent(counts).toFixed(1)}%`, RIGHT),
      ]
      return catAnswer(request, columns, [0])
    },
  })
  registerCatTemplates(router, store)
  for (const path of ['/_cat/aliases', '/_cat/aliases/:name'])
    router.route({
      method: 'GET',
      path,
      parameters: [...CAT_PARAMETERS, 'expand_wildcards'],
      async handle(request) {
        const names = request.params['name']?.split(',')
        const selection = selectionOf(request)
        const hidden = selection.expandWildcards?.some((state) => state === 'hidden' || state === 'all') ?? true
        const found = Object.entries(await store.getIndices({ ...selection, expandWildcards: ['all'] })).map(
          ([index, description]) => [index, isObject(description) ? description['aliases'] : undefined] as const,
        )
        const streams = ((await store.dataStreams?.list()) ?? []).map(({ name, aliases }) => [name, aliases] as const)
        const rows = [...found, ...streams].flatMap(([index, aliases]) =>
          Object.entries(isObject(aliases) ? aliases : {})
            .filter(([alias]) => names === undefined || names.some((name) => wildcardMatch(name, alias)))
            .map(([alias, options]) => ({ alias, index, options: isObject(options) ? options : newObject() }))
            .filter(({ options }) => hidden || options['is_hidden'] !== true),
        )
        return catAnswer(request, ALIAS_COLUMNS, rows)
      },
    })
}

interface TemplateRow {
  readonly name: string
  readonly body: ValueObject
  readonly composable: boolean
}

const patternsOf = ({ body }: TemplateRow): string => `[${[body['index_patterns'] ?? []].flat().join(', ')}]`

const TEMPLATE_COLUMNS: readonly CatColumn<TemplateRow>[] = [
  column('name', 'n', ({ name }) => name, { describe: 'template name' }),
  column('index_patterns', 't', patternsOf, { describe: 'template index patterns' }),
  column(
    'order',
    'o,p',
    ({ body, composable }) => {
      const order = body[composable ? 'priority' : 'order']
      return order === undefined ? (composable ? null : 0) : Number(order)
    },
    { describe: 'template application order/priority number' },
  ),
  column('version', 'v', ({ body }) => (body['version'] === undefined ? null : Number(body['version']))),
  column(
    'composed_of',
    'c',
    ({ body, composable }) => (composable ? `[${[body['composed_of'] ?? []].flat().join(', ')}]` : ''),
    { describe: 'component templates comprising index template' },
  ),
]

interface ComponentRow {
  readonly name: string
  readonly body: ValueObject
  readonly users: readonly string[]
}

const COMPONENT_COLUMNS: readonly CatColumn<ComponentRow>[] = [
  column('name', 'n', ({ name }) => name),
  column('version', 'v', ({ body }) => (body['version'] === undefined ? null : Number(body['version']))),
  column('alias_count', 'a', ({ body }) => sizeOf(body, 'aliases')),
  column('mapping_count', 'm', ({ body }) => sizeOf(body, 'mappings', 'properties')),
  column('settings_count', 's', ({ body }) => sizeOf(body, 'settings')),
  column('metadata_count', 'me', ({ body }) => (isObject(body['_meta']) ? Object.keys(body['_meta']).length : 0)),
  column('included_in', 'i', ({ users }) => `[${users.join(', ')}]`),
]

function sizeOf(body: ValueObject, ...path: readonly string[]): number {
  let value: Value | undefined = body['template']
  for (const key of path) value = isObject(value) ? value[key] : undefined
  return isObject(value) ? Object.keys(value).length : 0
}

function registerCatTemplates(router: Router, store: Store): void {
  for (const path of ['/_cat/templates', '/_cat/templates/:name'])
    router.route({
      method: 'GET',
      path,
      parameters: CAT_PARAMETERS,
      async handle(request) {
        const { name } = request.params
        const rows = [
          ...Object.entries(await store.getTemplates(name)).map((entry) => [...entry, false] as const),
          ...Object.entries(await store.getResources('index_template', name)).map((entry) => [...entry, true] as const),
        ].map(([each, body, composable]): TemplateRow => ({ name: each, body: body as ValueObject, composable }))
        const answer = catAnswer(request, TEMPLATE_COLUMNS, rows)
        // A row ends with a line of its own, as in Elasticsearch.
        return typeof answer.body === 'string' && flag(request, 'help') !== true && rows.length > 0
          ? { ...answer, body: spaced(answer.body, flag(request, 'v') === true) }
          : answer
      },
    })
  for (const path of ['/_cat/component_templates', '/_cat/component_templates/:name'])
    passThrough(router, store).route({
      method: 'GET',
      path,
      parameters: CAT_PARAMETERS,
      async handle(request) {
        const templates = Object.entries(await store.getResources('index_template'))
        const rows = Object.entries(await store.getResources('component_template', request.params['name'])).map(
          ([name, body]): ComponentRow => ({
            name,
            body: body as ValueObject,
            users: templates
              .filter(([, template]) => [(template as ValueObject)['composed_of'] ?? []].flat().includes(name))
              .map(([template]) => template),
          }),
        )
        return catAnswer(request, COMPONENT_COLUMNS, rows)
      },
    })
}

function spaced(text: string, head: boolean): string {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line, i) => (head && i === 0 ? `${line}\n` : `${line}\n\n`))
    .join('')
}

interface AliasRow {
  readonly alias: string
  readonly index: string
  readonly options: ValueObject
}

const ALIAS_COLUMNS: readonly CatColumn<AliasRow>[] = [
  column('alias', 'a', ({ alias }) => alias, { describe: 'alias name' }),
  column('index', 'i,idx', ({ index }) => index, { describe: 'index alias points to' }),
  column('filter', 'f,fi', ({ options }) => (options['filter'] === undefined ? '-' : '*')),
  column('routing.index', 'ri,routingIndex', ({ options }) => String(options['index_routing'] ?? '-')),
  column('routing.search', 'rs,routingSearch', ({ options }) => String(options['search_routing'] ?? '-')),
  column('is_write_index', 'w,isWriteIndex', ({ options }) => String(options['is_write_index'] ?? '-')),
]

function timeColumns<Row>(options: SearchRoutesOptions): CatColumn<Row>[] {
  return [
    column<Row>('epoch', 't,time', () => Math.floor(options.clock.now() / 1000), {
      describe: 'seconds since 1970-01-01 00:00:00',
    }),
    column<Row>('timestamp', 'ts,hms,hhmmss', () => new Date(options.clock.now()).toISOString().slice(11, 19), {
      describe: 'time in HH:MM:SS',
    }),
  ]
}
