import { isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'
import { didYouMean, fail } from '../../diagnostic/index.ts'
import { checkAggregations } from './aggregation.ts'
import type { Aggregation } from './aggregation-tree.ts'
import { boolQuery } from './bool-query.ts'
import { Clause, numberOf } from './clause.ts'
import { parseDuration } from './date-math.ts'
import { checkHits, type HitsSpec } from './hits.ts'
import { checkQuery } from './query.ts'
import { type Query } from './query-tree.ts'
import { readRuntimeFields, type RuntimeField } from './runtime-field.ts'

/** A search body that was checked: every clause known, every type right, dates resolved when it is run. */
export interface CheckedSearch {
  /** The body as it came, for a Store that sends it on. */
  readonly raw: ValueObject
  readonly query: Query
  readonly postFilter: Query | undefined
  readonly hits: HitsSpec
  readonly aggregations: readonly Aggregation[]
  /** Fields that only this search has: `runtime_mappings`, and the scripts of aggregations. */
  readonly computed: readonly RuntimeField[]
  /** Exact, not at all, or exact up to so many. */
  readonly trackTotalHits: boolean | number
  readonly searchAfter: readonly Value[] | undefined
  /** Milliseconds; undefined is none. */
  readonly timeout: number | undefined
  readonly minScore: number | undefined
  /** Documents of an index after which it is searched no further; 0 is all. */
  readonly terminateAfter: number
  /** One hit for each value of a field. */
  readonly collapse: CollapseSpec | undefined
  /** The point in time that is searched, and for how many milliseconds it is to live on. */
  readonly pit: { readonly id: string; readonly keepAlive: number | undefined } | undefined
  /** Names of aggregations in the answer say their type: `sterms#name`. */
  readonly typedKeys: boolean
  readonly profile: boolean
  /** By what the scores of an index are multiplied: the first name, alias or pattern that means it counts. */
  /** The best hits are put in order anew, one after the other. */
  readonly rescore: readonly {
    readonly window: number
    readonly query: Query
    readonly queryWeight: number
    readonly rescoreWeight: number
    readonly mode: 'total' | 'multiply' | 'avg' | 'max' | 'min'
  }[]
  /** Page by page: then one page's size is what is limited. */
  readonly scrolled?: boolean | undefined
  /** One of `max` parts of the documents. */
  readonly slice: { readonly id: number; readonly max: number } | undefined
  readonly indicesBoost: readonly { readonly pattern: string; readonly boost: number }[]
}

export interface CollapseSpec {
  readonly field: string
  readonly innerHits: readonly {
    readonly name: string
    readonly hits: HitsSpec
    /** They are grouped in turn, by this field. */
    readonly collapse: string | undefined
  }[]
}

export interface CheckOptions {
  /** Parameters of the URL (`size`, `from`, `sort`, `_source`, `q`, `track_total_hits` ...) stand where the body has nothing. */
  readonly defaults?: ValueObject
}

const UNSUPPORTED = ['suggest', 'ext', 'knn', 'rank']
const KEYS = [
  'query',
  'post_filter',
  'from',
  'size',
  'sort',
  '_source',
  'fields',
  'docvalue_fields',
  'version',
  'seq_no_primary_term',
  'track_scores',
  'aggs',
  'aggregations',
  'track_total_hits',
  'search_after',
  'timeout',
  'min_score',
  'stored_fields',
  'script_fields',
  'highlight',
  'explain',
  'terminate_after',
  'stats',
  'collapse',
  'pit',
  'profile',
  'indices_boost',
  'rescore',
  'slice',
  'runtime_mappings',
  ...UNSUPPORTED,
]
const MATCH_ALL: Query = { kind: 'match_all', boost: 1 }

/** @throws DiagnosticError with Elasticsearch's error type and text, naming what was not understood. */
export function checkSearch(body: Value, options: CheckOptions = {}): CheckedSearch {
  if (body !== null && !isObject(body))
    throw fail('search.parsing', { reason: 'Expected [START_OBJECT] but found a value' })
  const raw = Object.assign(newObject(), options.defaults, body ?? {})
  for (const key of Object.keys(raw))
    if (!KEYS.includes(key)) {
      const value = raw[key]!
      const meant = didYouMean(key, KEYS)
      const token = isObject(value)
        ? 'START_OBJECT'
        : Array.isArray(value)
          ? 'START_ARRAY'
          : `VALUE_${typeof value === 'string' ? 'STRING' : typeof value === 'boolean' ? String(value).toUpperCase() : value === null ? 'NULL' : 'NUMBER'}`
      throw fail(
        'search.parsing',
        { reason: `Unknown key for a ${token} in [${key}].` },
        { hint: meant === undefined ? undefined : `did you mean [${meant}]?` },
      )
    }
  for (const key of UNSUPPORTED)
    if (raw[key] !== undefined && raw[key] !== false) throw fail('search.unsupported', { clause: key })
  const clause = new Clause('search', raw, 'object')
  for (const key of UNSUPPORTED) clause.take(key)
  const hits = checkHits(clause, { size: 10 }, checkQuery)
  const searchAfter = searchAfterOf(clause, hits)
  const terminateAfter = clause.integer('terminate_after') ?? 0
  if (terminateAfter < 0) throw fail('search.argument', { reason: 'terminateAfter must be > 0' })
  clause.take('stats')
  const runtime = clause.object('runtime_mappings')
  const query = clause.take('query')
  const postFilter = clause.take('post_filter')
  const aggregations = [clause.take('aggs'), clause.take('aggregations')].flatMap((value) =>
    value === undefined || value === null ? [] : checkAggregations(value),
  )
  const checked: CheckedSearch = {
    raw,
    query: query === undefined || query === null ? MATCH_ALL : checkQuery(query),
    postFilter: postFilter === undefined || postFilter === null ? undefined : checkQuery(postFilter),
    hits,
    aggregations,
    computed: [...(runtime === undefined ? [] : readRuntimeFields(runtime)), ...scriptsOf(aggregations)],
    trackTotalHits: trackOf(clause),
    searchAfter,
    timeout: timeoutOf(clause),
    minScore: clause.number('min_score'),
    terminateAfter,
    collapse: collapseOf(clause, searchAfter !== undefined),
    pit: pitOf(clause),
    typedKeys: false,
    profile: clause.boolean('profile') ?? false,
    indicesBoost: indicesBoostOf(clause),
    rescore: rescoreOf(clause, hits),
    slice: sliceOf(clause),
  }
  if (checked.collapse !== undefined && checked.rescore.length > 0)
    throw fail('search.argument', { reason: 'cannot use `collapse` in conjunction with `rescore`' })
  clause.done()
  return checked
}

function scriptsOf(aggregations: readonly Aggregation[]): RuntimeField[] {
  return aggregations.flatMap(({ scripts, children }) => [...scripts, ...scriptsOf(children)])
}

function collapseOf(clause: Clause, after: boolean): CollapseSpec | undefined {
  const object = clause.object('collapse')
  if (object === undefined) return undefined
  if (after) throw fail('search.argument', { reason: 'cannot use `collapse` in conjunction with `search_after`' })
  const inner = new Clause('collapse', object, 'object')
  const field = inner.string('field')
  if (field === undefined) throw fail('search.argument', { reason: 'field must be non-null and non-empty' })
  inner.integer('max_concurrent_group_searches')
  const innerHits = (inner.list('inner_hits') ?? []).map((item) => {
    if (!isObject(item)) throw inner.wrong('inner_hits', 'an object or a list of objects', item)
    const spec = new Clause('inner_hits', item, 'object')
    const name = spec.string('name') ?? field
    spec.boolean('ignore_unmapped')
    const collapse = innerCollapse(spec.object('collapse'))
    const hits = checkHits(spec, { size: 3 }, checkQuery)
    spec.done()
    return { name, hits, collapse }
  })
  inner.done()
  return { field, innerHits }
}

function innerCollapse(object: ValueObject | undefined): string | undefined {
  if (object === undefined) return undefined
  for (const key of ['inner_hits', 'collapse'])
    if (object[key] !== undefined)
      throw fail('search.content', {
        reason: `[collapse] parse_exception: a collapse within [inner_hits] takes no [${key}]`,
      })
  const clause = new Clause('collapse', object, 'object')
  const field = clause.needString('field')
  clause.integer('max_concurrent_group_searches')
  clause.done()
  return field
}

const RESCORE_WINDOW = 10

function rescoreOf(clause: Clause, hits: HitsSpec): CheckedSearch['rescore'] {
  const list = clause.list('rescore') ?? []
  if (list.length > 0 && hits.sort.length > 0)
    throw fail('search.argument', { reason: 'Cannot use [sort] option in conjunction with [rescore].' })
  return list.map((item) => {
    if (!isObject(item)) throw clause.wrong('rescore', 'an object or a list of objects', item)
    const outer = new Clause('rescore', item, 'object')
    const window = outer.integer('window_size') ?? RESCORE_WINDOW
    const object = outer.object('query')
    outer.done()
    if (object === undefined) throw fail('search.parsing', { reason: 'missing rescore type' })
    const inner = new Clause('query', object, 'object')
    const query = inner.take('rescore_query')
    if (query === undefined) throw fail('search.argument', { reason: 'rescore_query cannot be null' })
    const made = {
      window,
      query: checkQuery(query),
      queryWeight: inner.number('query_weight') ?? 1,
      rescoreWeight: inner.number('rescore_query_weight') ?? 1,
      mode: inner.oneOf('score_mode', ['total', 'multiply', 'avg', 'max', 'min']) ?? ('total' as const),
    }
    inner.done()
    return made
  })
}

function sliceOf(clause: Clause): CheckedSearch['slice'] {
  const object = clause.object('slice')
  if (object === undefined) return undefined
  const inner = new Clause('slice', object, 'object')
  const field = inner.string('field') ?? '_id'
  const [id, max] = [inner.integer('id'), inner.integer('max')]
  inner.done()
  if (field !== '_id') throw fail('search.unsupported', { clause: `slice by [${field}]` })
  if (id === undefined || id < 0) throw fail('search.argument', { reason: 'id must be greater than or equal to 0' })
  if (max === undefined || max <= 1) throw fail('search.argument', { reason: 'max must be greater than 1' })
  if (id >= max) throw fail('search.argument', { reason: 'max must be greater than id' })
  return { id, max }
}

function indicesBoostOf(clause: Clause): CheckedSearch['indicesBoost'] {
  return (clause.list('indices_boost') ?? []).flatMap((item) => {
    if (!isObject(item)) throw clause.wrong('indices_boost', 'an object or a list of objects', item)
    return Object.keys(item).map((pattern) => {
      const boost = numberOf(item[pattern]!)
      if (boost === undefined) throw clause.wrong('indices_boost', 'numbers by the names of indices', item)
      return { pattern, boost }
    })
  })
}

function pitOf(clause: Clause): CheckedSearch['pit'] {
  const object = clause.object('pit')
  if (object === undefined) return undefined
  const inner = new Clause('pit', object, 'object')
  const id = inner.needString('id')
  const text = inner.string('keep_alive')
  inner.done()
  const keepAlive = text === undefined ? undefined : parseDuration(text)
  if (text !== undefined && keepAlive === undefined)
    throw fail('search.argument', {
      reason: `failed to parse setting [keep_alive] with value [${text}] as a time value: unit is missing or unrecognized`,
    })
  return { id, keepAlive }
}

function searchAfterOf(clause: Clause, hits: HitsSpec): readonly Value[] | undefined {
  const values = clause.list('search_after')
  if (values === undefined) return undefined
  if (hits.from > 0)
    throw fail('search.argument', { reason: '`from` parameter must be set to 0 when `search_after` is used' })
  const keys = hits.sort.length === 0 ? 1 : hits.sort.length
  if (hits.sort.length === 0 && clause.body['sort'] === undefined)
    throw fail('search.argument', { reason: 'Sort must contain at least one field.' })
  if (values.length !== keys)
    throw fail('search.argument', { reason: `search_after has ${values.length} value(s) but sort has ${keys}.` })
  return values
}

function trackOf(clause: Clause): boolean | number {
  const value = clause.take('track_total_hits')
  if (value === undefined || value === null) return 10_000
  if (value === true || value === 'true') return true
  if (value === false || value === 'false') return false
  const number = Number(value)
  if (!Number.isInteger(number) || number < -1)
    throw fail('search.argument', {
      reason: `[track_total_hits] parameter must be positive or equals to -1, got ${String(value)}`,
    })
  return number === -1 ? true : number
}

function timeoutOf(clause: Clause): number | undefined {
  const text = clause.string('timeout')
  if (text === undefined || text === '-1') return undefined
  const millis = parseDuration(text)
  if (millis === undefined || millis < 0)
    throw fail('search.argument', {
      reason: `failed to parse setting [timeout] with value [${text}] as a time value: unit is missing or unrecognized`,
    })
  return millis
}

/** The body of _count and of delete and update by query: a query alone. */
export function checkCount(body: Value): CheckedSearch {
  if (isObject(body))
    for (const key of Object.keys(body))
      if (key !== 'query') throw fail('search.parsing', { reason: `request does not support [${key}]` })
  return checkSearch(body, { defaults: Object.assign(newObject(), { size: 0, track_total_hits: true }) })
}

/** Mapping types are gone: what a request (a watch's) still names becomes a filter on the field `type`. */
export function restrictToTypes(search: CheckedSearch, types: readonly string[]): CheckedSearch {
  if (types.length === 0) return search
  const terms = Object.assign(newObject(), { type: [...types] })
  return filterSearch(search, Object.assign(newObject(), { terms }))
}

/** The search among what a query finds. */
export function filterSearch(search: CheckedSearch, filter: ValueObject): CheckedSearch {
  const bool = newObject()
  if (search.raw['query'] !== undefined && search.raw['query'] !== null) bool['must'] = [search.raw['query']]
  bool['filter'] = [filter]
  return {
    ...search,
    raw: Object.assign(newObject(), search.raw, { query: Object.assign(newObject(), { bool }) }),
    query: boolQuery({ must: [search.query], filter: [checkQuery(filter)] }),
  }
}
