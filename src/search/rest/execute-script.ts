import { randomUUID } from 'node:crypto'
import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, stringifyJson, toValue, type Value, type ValueObject } from '../../event/index.ts'
import { compileScript, type ScriptLang } from '../../script/index.ts'
import { checkSearch } from '../dsl/index.ts'
import type { Store } from '../store.ts'
import type { RestAnswer, RestRequest, Router } from './router.ts'
import { bodyObject } from './selection.ts'

/** Contexts over a document; those of runtime fields and of `emit` do not exist here. */
type DocumentContext = 'filter' | 'score'

const CONTEXTS: Readonly<Record<string, 'painless_test' | DocumentContext>> = {
  painless_test: 'painless_test',
  filter: 'filter',
  score: 'score',
}

/** `_scripts/painless/_execute`: a script tried without an index, or over one document and an index's mappings. */
export function registerExecuteScript(router: Router, store: Store): void {
  router.route({
    method: ['GET', 'POST'],
    path: '/_scripts/painless/_execute',
    handle: (request) => executeScript(store, request),
  })
  router.route({
    method: 'GET',
    path: '/_script_language',
    handle: async () => ({
      body: toValue({ types_allowed: ['inline', 'stored'], language_contexts: LANGUAGE_CONTEXTS }),
    }),
  })
  router.route({
    method: 'GET',
    path: '/_script_context',
    handle: async () => ({ body: toValue({ contexts: ALL_CONTEXTS.map((name) => ({ name, methods: [] })) }) }),
  })
}

const ALL_CONTEXTS = ['aggs', 'bucket_aggregation', 'field', 'filter', 'ingest', 'number_sort', 'painless_test', 'score', 'string_sort', 'update', 'watcher_condition', 'watcher_transform'] // prettier-ignore
const LANGUAGE_CONTEXTS = [
  { language: 'mustache', contexts: ['template'] },
  { language: 'painless', contexts: ALL_CONTEXTS },
]

async function executeScript(store: Store, request: RestRequest): Promise<RestAnswer> {
  const body = bodyObject(request)
  if (body === undefined) throw fail('rest.body_missing')
  if (store.forward !== undefined) return store.forward({ method: 'POST', path: request.path, query: {}, body })
  for (const name of Object.keys(body))
    if (!['script', 'context', 'context_setup'].includes(name))
      throw fail('rest.parameter_invalid', { reason: `[painless_execute_request] unknown field [${name}]` })
  const script = readScript(body['script'])
  const named = body['context'] ?? 'painless_test'
  const context = typeof named === 'string' && Object.hasOwn(CONTEXTS, named) ? CONTEXTS[named]! : undefined
  if (context === undefined)
    throw fail('rest.parameter_invalid', { reason: `unsupported script context name [${String(named)}]` })
  if (context === 'painless_test') {
    const compiled = compileScript(script, { context: 'painless_test' })
    return { body: { result: compiled.run({}) } }
  }
  compileScript(script, { context })
  const setup = body['context_setup']
  if (!isObject(setup))
    throw fail('rest.parameter_invalid', { reason: `context_setup is required for the context [${context}]` })
  return { body: { result: await overDocument(store, context, script, setup) } }
}

interface Script {
  readonly source: string
  readonly lang: ScriptLang
  readonly params: ValueObject
}

function readScript(value: Value | undefined): Script {
  if (typeof value === 'string') return { source: value, lang: 'painless', params: newObject() }
  const source = isObject(value) ? (value['source'] ?? value['inline']) : undefined
  if (!isObject(value) || typeof source !== 'string')
    throw fail('rest.parameter_invalid', { reason: 'script is required, with its source' })
  const { lang = 'painless', params = newObject() } = value
  if (lang !== 'painless')
    throw fail('rest.parameter_invalid', { reason: `only painless scripts are executed, got [${String(lang)}]` })
  if (!isObject(params)) throw fail('rest.parameter_invalid', { reason: '[script] params must be an object' })
  return { source, lang, params }
}

/**
 * The script's result over one document. It is stored in an index that only this request has, with the mappings of the
 * index named, so that it is read as a stored document is.
 */
async function overDocument(
  store: Store,
  context: DocumentContext,
  script: Script,
  setup: ValueObject,
): Promise<Value> {
  const { index, document, query } = setup
  if (typeof index !== 'string') throw fail('rest.parameter_invalid', { reason: 'index is a required setting' })
  if (!isObject(document)) throw fail('rest.parameter_invalid', { reason: 'document is a required setting' })
  const [source] = Object.values(await store.getIndices({ expressions: [index] }))
  const mappings = isObject(source) ? source['mappings'] : undefined
  const name = `.painless-execute-${randomUUID()}`
  const settings = toValue({ index: { hidden: true } })
  await store.createIndex(name, { settings, ...(mappings === undefined ? {} : { mappings }) } as ValueObject)
  try {
    const [item] = await store.bulk([{ action: 'index', index: name, id: '0', source: stringifyJson(document) }])
    if (item?.error !== undefined) throw fail('rest.parameter_invalid', { reason: item.error.reason })
    await store.refresh({ expressions: [name] })
    const answer = await store.search({ expressions: [name] }, checkSearch(searchFor(context, script, query)))
    const [hit] = answer.hits.hits
    return context === 'filter' ? hit !== undefined : (hit?._score ?? null)
  } finally {
    await store.deleteIndices({ expressions: [name], ignoreUnavailable: true })
  }
}

function searchFor(context: DocumentContext, script: Script, query: Value | undefined): Value {
  const all = query ?? toValue({ match_all: {} })
  const given = toValue({ source: script.source, lang: script.lang, params: script.params })
  return context === 'filter'
    ? toValue({ query: { bool: { filter: [{ script: { script: given } }] } } })
    : toValue({ query: { script_score: { query: all, script: given } } })
}
