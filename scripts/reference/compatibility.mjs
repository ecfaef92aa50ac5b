import { conformanceCases, fromDist } from './sources.mjs'
import { banner, code, table } from './markdown.mjs'
import { comparedParts, comparedRoutes } from './compared.mjs'
import { WATCH_PARTS } from './watches.mjs'

const { SPECS } = await fromDist('pipeline/plugins/registry.js')
const { LOGSTASH_PLUGINS } = await fromDist('pipeline/plugins/logstash-plugins.js')
const { QUERIES, AGGREGATIONS } = await fromDist('search/dsl/index.js')
const { registerSearchRoutes } = await fromDist('search/rest/index.js')
const { ILM_ACTIONS, ILM_REFUSED } = await fromDist('search/lifecycle/policy.js')
const { ISM_ACTIONS, ISM_CONDITIONS, ISM_REFUSED } = await fromDist('search/lifecycle/state-policy.js')
const { registerLifecycleRoutes } = await fromDist('search/index.js')
const { PROCESSORS, REFUSED: REFUSED_PROCESSORS, registerIngestRoutes } = await fromDist('ingest/index.js')
const { registerWatcherRoutes } = await fromDist('watch/rest.js')
const { registerOwnRoutes } = await fromDist('server/own-routes.js')

const KINDS = ['input', 'codec', 'filter', 'output']

const cases = await conformanceCases()
const painless = Object.entries(cases).flatMap(([name, list]) => (name.startsWith('PAINLESS_') ? list : [])).length
const own = {
  ...cases.AGGREGATION_REQUESTS,
  ...cases.MORE_REQUESTS,
  ...cases.FIELD_REQUESTS,
  ...cases.SPECIAL_REQUESTS,
}
const compared = comparedParts([...Object.values(cases.REQUESTS), ...Object.values(own)])
const plugins = Object.fromEntries(KINDS.map((kind) => [kind, pluginsOf(kind)]))
const queries = supportOf(QUERIES)
const aggregations = supportOf(AGGREGATIONS)
const routes = routesOf((router) => {
  registerSearchRoutes(router, {}, {})
  registerIngestRoutes(router, {}, {})
  registerLifecycleRoutes(router, {}, {})
})
const watcherRoutes = routesOf((router) => registerWatcherRoutes(router, {}))
const ownRoutes = routesOf((router) => registerOwnRoutes(router, {}))
const parts = WATCH_PARTS.map(([title, , registry]) => [title, supportOf(registry, (kind) => !('refused' in kind))])
const both = Object.keys(cases.REQUESTS).length
const requests = both + Object.keys(own).length
const refused = [cases.REFUSED, cases.MORE_REFUSED, cases.FIELD_REFUSED, cases.SPECIAL_REFUSED].flatMap(
  Object.keys,
).length
const wholeAnswers = cases.STEPS.filter(({ statusOnly }) => statusOnly !== true).length

export function compatibilityPage() {
  return `${banner('the registries in src and the cases in test/conformance')}
# What is compatible

What is listed runs. What is not is refused by its name, when a file is loaded or a request is read. An option that has no effect here
says so where it is used.

"Compared" counts the requests or rows that the suites in \`test/conformance\` give to the real product and to Vedetta,
and that must be answered alike.

## Pipelines: Logstash

Every option of each plugin is in [reference/plugins.md](reference/plugins.md), each with an example that is a test.

${table(
  ['kind', 'runs', 'refused by name'],
  KINDS.map((kind) => [kind, list(plugins[kind].supported), list(plugins[kind].refused)]),
)}

Grok is compared with OpenSearch's: ${cases.SINGLE.length} patterns on ${cases.TEXTS.length} texts, twice, and ${cases.WHOLE.length} whole expressions on lines of their own.

## Queries

${requests} searches are compared with OpenSearch 3.3, ${both} of them with Elasticsearch 8.17 too, and ${refused} that must be refused in the same words.

${table(['query', 'compared'], countedRows(queries.supported, compared.queries))}

Refused by name: ${list(queries.refused)}.

## Aggregations

${table(['aggregation', 'compared'], countedRows(aggregations.supported, compared.aggregations))}

Refused by name: ${list(aggregations.refused)}.

## REST

${cases.STEPS.length} requests are sent to OpenSearch 3.3 and to Vedetta, over the embedded store and over a cluster; of ${wholeAnswers} the whole answer is compared, of the others the status.
A parameter of the URL that a route does not know is refused by its name. The official clients of Elasticsearch and OpenSearch are run against it.

${table(['request', 'parameters', 'compared'], routeRows(routes, comparedRoutes(routes, cases.STEPS)))}

## Ingest pipelines

${cases.INGEST_CASES.length} pipelines are given to OpenSearch 3.3 and to Vedetta with the same documents; what comes out is compared.

${table(
  ['processor', ''],
  [...PROCESSORS.values()].map(({ name, summary }) => [code(name), summary]).sort(([a], [b]) => (a < b ? -1 : 1)),
)}

Refused by name:

${table(
  ['processor', 'instead'],
  [...REFUSED_PROCESSORS].map(([name, instead]) => [code(name), instead]),
)}

## Lifecycle policies

${table(
  ['', 'runs', 'refused by name'],
  [
    ['ILM phases', list(Object.keys(ILM_ACTIONS)), list(['frozen'])],
    ['ILM actions', list([...new Set(Object.values(ILM_ACTIONS).flat())]), list(ILM_REFUSED)],
    ['ISM actions', list(ISM_ACTIONS), list(ISM_REFUSED)],
    ['ISM conditions', list(ISM_CONDITIONS), list(['cron'])],
  ],
)}

## Watcher

What each part may hold is in [reference/watches.md](reference/watches.md).

${table(
  ['part', 'runs', 'refused by name'],
  parts.map(([title, { supported, refused }]) => [title.toLowerCase(), list(supported), list(refused)]),
)}

${table(['request', 'parameters'], routeRows(watcherRoutes))}

The same under \`/_xpack/watcher\`.

## Scripts

${table(
  ['language', 'rows compared', 'with'],
  [
    ['Painless', painless, 'OpenSearch 3.3: the result, or the kind of error'],
    ['Groovy', cases.GROOVY_CASES.length, 'Groovy 2.4.21: the result, or the class of the exception'],
  ],
)}

## Routes of Vedetta's own

${table(['request', 'parameters'], routeRows(ownRoutes))}

## Where the products differ

Elasticsearch 8.17 answers otherwise than OpenSearch 3.3; Vedetta answers as OpenSearch:

${table(['request', 'Elasticsearch'], Object.entries(cases.ELASTICSEARCH_DIFFERS))}

OpenSearch's grok answers otherwise than Logstash's; Vedetta answers as Logstash:

${table(['', 'here'], Object.entries(cases.GROK_DIFFERS))}
`
}

/** The lines of the README. */
export function compatibilitySummary() {
  const of = ({ supported, refused }) => [supported.length, refused.length]
  const watch = parts.reduce(([here, not], [, part]) => [here + of(part)[0], not + of(part)[1]], [0, 0])
  const pluginRows = KINDS.map((kind) => [`Logstash ${kind}s`, ...of(plugins[kind]), examplesOf(kind)])
  return table(
    ['', 'runs', 'refused by name', 'held to'],
    [
      ...pluginRows,
      [
        'Elasticsearch queries',
        ...of(queries),
        `${requests} searches of OpenSearch 3.3, ${both} of Elasticsearch 8.17`,
      ],
      ['aggregations', ...of(aggregations), 'the same searches'],
      ['REST requests', routes.length, '', `${cases.STEPS.length} requests to OpenSearch 3.3`],
      [
        'ingest processors',
        PROCESSORS.size,
        REFUSED_PROCESSORS.size,
        `${cases.INGEST_CASES.length} pipelines of OpenSearch 3.3`,
      ],
      ['parts of watches', ...watch, 'the rules of Watcher, in our own tests'],
      ['Painless', '', '', `${painless} scripts run by OpenSearch 3.3`],
      ['Groovy', '', '', `${cases.GROOVY_CASES.length} scripts run by Groovy 2.4`],
    ],
  )
}

function examplesOf(kind) {
  const count = SPECS.filter((spec) => spec.kind === kind).flatMap(({ examples }) => examples).length
  return `${count} examples that are tests`
}

function pluginsOf(kind) {
  const supported = SPECS.filter((spec) => spec.kind === kind).map(({ name }) => name)
  const known = [...LOGSTASH_PLUGINS].filter((key) => key.startsWith(`${kind} `)).map((key) => key.split(' ')[1])
  return { supported: supported.sort(), refused: known.filter((name) => !supported.includes(name)).sort() }
}

function supportOf(registry, isSupported = (entry) => entry !== null) {
  const names = Object.keys(registry)
  const supported = names.filter((name) => isSupported(registry[name]))
  return { supported, refused: names.filter((name) => !supported.includes(name)) }
}

function list(names) {
  return names.map(code).join(', ')
}

function countedRows(names, counts) {
  return names.map((name) => [code(name), counts.get(name) ?? 0])
}

/** Each path once, with the methods that it knows. */
function routesOf(register) {
  const byPath = new Map()
  register({
    route({ method, path: given, parameters = [] }) {
      // What limits a part of the path is the router's business.
      const path = given.replaceAll(/(:\w+)\([^)]*\)/g, '$1')
      const known = byPath.get(path) ?? { path, methods: [], parameters: [] }
      known.methods.push(...[method].flat().filter((one) => !known.methods.includes(one)))
      known.parameters.push(...parameters.filter((one) => !known.parameters.includes(one)))
      byPath.set(path, known)
    },
  })
  return [...byPath.values()]
    .filter(({ path }) => !path.startsWith('/_xpack/watcher/'))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

function routeRows(known, counts) {
  return known.map((route) => [
    `${route.methods.join(', ')} \`${route.path}\``,
    list(route.parameters),
    ...(counts === undefined ? [] : [counts.get(route) ?? 0]),
  ])
}
