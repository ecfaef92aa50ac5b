import { fail } from '../../diagnostic/index.ts'
import {
  isObject,
  newObject,
  parseJson,
  stringifyJson,
  toValue,
  type Value,
  type ValueObject,
} from '../../event/index.ts'
import { checkSearch, restrictToTypes, type CheckedSearch } from '../../search/dsl/index.ts'
import type { IndexSelection, SearchResponse } from '../../search/index.ts'
import type { Execution } from '../model.ts'
import { Spec } from '../spec.ts'
import { inlineStoredScripts, namesStoredScripts } from './stored-scripts.ts'
import { readJsonTemplate, readTemplate, type TextTemplate } from '../template.ts'

/** A search of a watch: of its input, or of a transform. */
export interface SearchRequest {
  /** @returns the payload: the answer, `hits.total` a number, and the request as the history shows it */
  run(
    execution: Execution,
    payload: ValueObject,
    timeoutMillis: number,
  ): Promise<{ payload: ValueObject; request: ValueObject }>
}

interface Parts {
  readonly indices: readonly TextTemplate[]
  readonly types: readonly string[]
  readonly searchType: string
  /** False where `hits.total` shall be `{ value, relation }`. */
  readonly totalAsNumber: boolean
  /** The search template as it is written. */
  readonly template: Value | undefined
  readonly options: Omit<IndexSelection, 'expressions'>
  body(execution: Execution, payload: ValueObject): Value
}

const WILDCARDS = ['open', 'closed', 'hidden', 'none', 'all'] as const

const SEARCH_TIMEOUT = 60_000

/** Reads what an input and a transform share: `request` and `timeout`; undefined where the request is wrong. */
export function readSearch(spec: Spec): { request: SearchRequest; timeoutMillis: number } | undefined {
  const inner = spec.need('request')
  const request = inner === undefined ? undefined : readSearchRequest(inner)
  const timeoutMillis = spec.period('timeout') ?? SEARCH_TIMEOUT
  spec.take('dynamic_name_timezone')?.string()
  return request === undefined ? undefined : { request, timeoutMillis }
}

/** Reads `request: { indices, types, body, template, search_type, indices_options }`. */
function readSearchRequest(spec: Spec): SearchRequest | undefined {
  if (!spec.isObject()) return undefined
  const searchType = spec.take('search_type')?.oneOf('query_then_fetch', 'dfs_query_then_fetch', 'count', 'scan')
  const indices = spec.take('indices') ?? spec.take('index')
  const types = spec.take('types') ?? spec.take('type')
  const parts: Parts = {
    indices: (indices === undefined ? [] : indices.items()).flatMap((item) => readTemplate(item) ?? []),
    types: types?.strings() ?? [],
    searchType: searchType ?? 'query_then_fetch',
    totalAsNumber: spec.take('rest_total_hits_as_int')?.boolean() ?? true,
    template: spec.take('template')?.value,
    options: readIndicesOptions(spec.take('indices_options')),
    body: readBody(spec) ?? (() => newObject()),
  }
  spec.done()
  return { run: (execution, payload, timeout) => runSearch(parts, execution, payload, timeout) }
}

function readIndicesOptions(spec: Spec | undefined): Omit<IndexSelection, 'expressions'> {
  // Watcher's own defaults: a pattern that matches nothing yet is no failure.
  if (spec === undefined || !spec.isObject()) return { allowNoIndices: true, ignoreUnavailable: false }
  const wildcards = spec.take('expand_wildcards')
  const expand = wildcards
    ?.items()
    .flatMap((item) => (item.string() ?? '').split(',').map((part) => part.trim()))
    .flatMap((part) => WILDCARDS.find((known) => known === part) ?? unknownWildcard(wildcards))
  const ignore = spec.take('ignore_unavailable')?.boolean()
  const allow = spec.take('allow_no_indices')?.boolean()
  spec.take('ignore_throttled')
  spec.done()
  return {
    ignoreUnavailable: ignore ?? false,
    allowNoIndices: allow ?? true,
    ...(expand === undefined ? {} : { expandWildcards: expand }),
  }
}

function unknownWildcard(spec: Spec): [] {
  spec.invalid(`one or more of ${WILDCARDS.join(', ')}`)
  return []
}

type Body = (execution: Execution, payload: ValueObject) => Value

function readBody(spec: Spec): Body | undefined {
  const template = spec.take('template')
  const body = spec.take('body')
  if (template !== undefined) return readBodyTemplate(template)
  if (body === undefined) return undefined
  const read = readJsonTemplate(body, stringifyJson, parseJson)
  if (read === undefined) return undefined
  if (!read.constant) return (execution, payload) => read.render(execution, payload) as Value
  const value =
    body.value === null ? newObject() : toValue(typeof body.value === 'string' ? parseJson(body.value) : body.value)
  try {
    if (!namesStoredScripts(value)) checkSearch(value)
  } catch (error) {
    spec.problems.wrap(body.path, error)
  }
  return () => value
}

/** A search template: mustache that gives the JSON of a body. */
function readBodyTemplate(spec: Spec): Body | undefined {
  if (isObject(spec.value) && isObject(spec.value['source'] ?? spec.value['inline'])) {
    // A template may be written as the JSON it gives.
    const holder = spec.take('source') ?? spec.take('inline')
    spec.take('lang')?.oneOf('mustache')
    const params = spec.take('params')
    spec.done()
    if (holder === undefined) return undefined
    const text = newObject()
    text['source'] = stringifyJson(holder.value)
    if (params !== undefined) text['params'] = params.value
    return readBodyTemplate(new Spec(text, spec.path, spec.problems))
  }
  const template = readTemplate(spec, 'json')
  return template === undefined ? undefined : (execution, payload) => parseBody(template.render(execution, payload))
}

function parseBody(text: string): Value {
  try {
    return parseJson(text)
  } catch (error) {
    throw fail('watch.run', { reason: `the rendered search template is not JSON: ${(error as Error).message}` })
  }
}

async function runSearch(
  parts: Parts,
  execution: Execution,
  payload: ValueObject,
  timeoutMillis: number,
): Promise<{ payload: ValueObject; request: ValueObject }> {
  const indices = parts.indices.map((template) => template.render(execution, payload))
  const written = parts.body(execution, payload)
  const { store, clock } = execution.services
  const body = execution.past === true ? pinNow(written, execution.executionTime.toString()) : written
  const checked: CheckedSearch = restrictToTypes(checkSearch(await inlineStoredScripts(body, store)), parts.types)
  const controller = new AbortController()
  const timer = clock.after(timeoutMillis, () => controller.abort())
  let response: SearchResponse
  try {
    response = await store.search({ expressions: indices, ...parts.options }, checked, { signal: controller.signal })
  } catch (error) {
    if (controller.signal.aborted)
      throw fail('watch.run', { reason: `the search took longer than ${timeoutMillis} ms` })
    throw error
  } finally {
    timer.cancel()
  }
  const request = toValue({ search_type: parts.searchType, indices, types: parts.types }) as ValueObject
  request['body'] = body
  if (parts.template !== undefined) request['template'] = describeTemplate(parts.template)
  return { payload: payloadOf(response, parts.totalAsNumber), request }
}

const BOUNDS = ['gt', 'gte', 'lt', 'lte', 'from', 'to']

/** The body with `now` in bounds of time replaced by a moment, for a run that is made up for the past. */
function pinNow(value: Value, moment: string): Value {
  if (Array.isArray(value)) return value.map((inner) => pinNow(inner, moment))
  if (!isObject(value)) return value
  const copy = newObject()
  let pinned = false
  for (const [name, inner] of Object.entries(value)) {
    const relative = BOUNDS.includes(name) && typeof inner === 'string' && /^now(?=$|[-+/])/.test(inner)
    pinned ||= relative
    copy[name] = relative ? `${moment}||${inner.slice(3)}` : name === 'script' ? inner : pinNow(inner, moment)
  }
  const format = copy['format']
  if (pinned && typeof format === 'string') copy['format'] = `${format}||strict_date_optional_time`
  return copy
}

function describeTemplate(template: Value): ValueObject {
  const shown = newObject()
  if (isObject(template)) Object.assign(shown, template)
  else shown['source'] = template
  if (shown['id'] === undefined) shown['lang'] = 'mustache'
  return shown
}

/** The answer as Watcher asks for it. */
function payloadOf(response: SearchResponse, totalAsNumber: boolean): ValueObject {
  const { hits, ...rest } = response
  const payload = toValue(rest) as ValueObject
  const { total, ...others } = hits
  const plain = toValue(others) as ValueObject
  if (total !== undefined) plain['total'] = totalAsNumber ? total.value : toValue(total)
  payload['hits'] = plain
  return payload
}
