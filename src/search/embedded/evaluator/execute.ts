/** Runs a checked search over the segments of some indices. */
import { double, newObject, type ValueObject } from '../../../event/index.ts'
import type { Clock } from '../../../clock/index.ts'
import {
  isPipeline,
  resolveAggregations,
  resolveLookups,
  type CheckedSearch,
  type Query,
  type FetchDocument,
  type Mapping,
} from '../../dsl/index.ts'
import type { SearchResponse } from '../../store.ts'
import { addResults, aggregationContext, runPipelines, type NamedCollector } from '../aggregations/index.ts'
import type { Segment } from '../columns.ts'
import { contains, count, intersect, list, run, type DocSet } from './doc-set.ts'
import { matchQuery } from './filter.ts'
import { makeHit } from './hits.ts'
import { inIndexOrder } from '../index-sort.ts'
import { IndexTerms } from './index-terms.ts'
import type { SegmentView } from './segment-view.ts'
import { prepareComputed, withComputedFields } from './computed-search.ts'
import { Turns } from './turns.ts'
import { checkLimits } from './limits.ts'
import { inSlice } from './slice.ts'
import { rescored } from './rescore.ts'
import { InnerHitsFinder } from './inner-hits.ts'
import { NamedQueries } from './named-queries.ts'
import { bindSort, fromValue, type BoundSort, type Key } from './sort.ts'
import { addCollapsed, bindCollapse } from './collapse.ts'
import { CollapsedHits } from './collapsed-hits.ts'
import { TopHits, type TopHit } from './top-hits.ts'
import { typedKeys } from './typed-keys.ts'
import { visibleSet } from './visible.ts'

export interface SearchedIndex {
  readonly name: string
  readonly mapping: Mapping
  readonly segments: readonly Segment[]
  /** Of the aliases by which alone the index is reached: nothing, not even a global aggregation, sees past it. */
  readonly filter?: Query | undefined
  /** By what scores are multiplied; 1 where it is not given. */
  readonly boost?: number | undefined
  /** Of the index: what it allows a search to ask for. */
  readonly settings?: ValueObject | undefined
}

export interface SearchContext {
  /** What `now` means in date math: milliseconds since the epoch. */
  readonly now: number
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
  /** For queries that name a document: without it they find none. */
  readonly fetchDocument?: FetchDocument | undefined
}

const SCORED: readonly string[] = ['top_hits', 'sampler', 'diversified_sampler']

/** Documents go to the aggregations in blocks of so many: they fit the processor's cache. */
const BLOCK = 4096
/**
 * Runs a search.
 *
 * - The indices stand in the order that ties between hits are broken in; documents that come while it runs are not seen.
 * - It gives the event loop a turn between segments; a signal that is aborted ends it with task_cancelled_exception.
 * - Past the search's timeout it answers with what it has, and `timed_out` is true.
 */
export async function executeSearch(
  indices: readonly SearchedIndex[],
  request: CheckedSearch,
  context: SearchContext,
): Promise<SearchResponse> {
  return (await executePage(indices, request, context)).response
}

/** The last hit of a page; the next page begins after it. */
export type Cursor = TopHit

/**
 * A search that goes on where the one before ended, over the same segments.
 * @returns the answer, and where it ended: undefined where there was no hit.
 */
export async function executePage(
  indices: readonly SearchedIndex[],
  request: CheckedSearch,
  context: SearchContext,
  last?: Cursor,
): Promise<{ response: SearchResponse; cursor: Cursor | undefined }> {
  const search = await withLookups(request, context)
  checkLimits(indices, search)
  const filters = await filtersOf(indices, context)
  const started = context.clock.monotonic()
  const searched = withComputedFields(indices, search)
  const segments = searched.flatMap(({ name, mapping, segments, boost, settings }, i) => {
    const terms = new IndexTerms(mapping, segments)
    const filter = filters[i]
    return segments.map((segment) => {
      const { documents } = segment
      return { index: name, mapping, segment, documents, terms, filter, boost, settings }
    })
  })
  const mappings = searched.map(({ mapping }) => mapping)
  const { hits: spec } = search
  // What a page ended with is given as it was asked for.
  const keys = search.searchAfter === undefined ? inIndexOrder(spec.sort, searched) : spec.sort
  const sorts = bindSort(keys, mappings, context.now)
  const wantsScores =
    search.minScore !== undefined ||
    (spec.size > 0 && (sorts.length === 0 || spec.trackScores || sorts.some(({ key }) => key.field === '_score'))) ||
    usesScores(search)
  const scoring =
    wantsScores &&
    (search.query.kind !== 'match_all' || search.query.boost !== 1 || indices.some(({ boost }) => boost !== undefined))
  const collapsed = search.collapse === undefined ? undefined : bindCollapse(search.collapse, mappings, context.now)
  const top =
    collapsed === undefined
      ? new TopHits(windowOf(search), sorts, afterKeys(search, sorts, context.now), last)
      : new CollapsedHits(spec, sorts, collapsed)
  const aggregations = aggregationContext({ now: context.now, mappings, segments })
  const collectors: NamedCollector[] = search.aggregations
    .filter(({ parameters }) => !isPipeline(parameters))
    .map((aggregation) => ({ aggregation, collector: aggregations.make(aggregation) }))
  const buffer = new Int32Array(BLOCK)
  const owners = new Int32Array(BLOCK)
  let total = 0
  let timedOut = false
  let terminatedEarly = false
  const seen = new Map<string, number>()
  const turns = new Turns(context, started, search.timeout)
  for (const [position, part] of segments.entries()) {
    await turns.next()
    if (position > 0 && turns.late()) {
      timedOut = true
      break
    }
    if (!(await prepareComputed(part, search, context.now, turns))) {
      timedOut = true
      break
    }
    const matched = matchQuery(search.query, { ...part, now: context.now, from: 0, to: part.documents, scoring })
    const view: SegmentView = { ...part, position, score: boosted(matched.score, part.boost) }
    const visible = visibleSet(part, context.now)
    let set = visible === undefined ? matched.set : intersect(matched.set, visible, part.documents)
    if (search.slice !== undefined) set = inSlice(set, search.slice, part.segment, part.documents)
    if (search.minScore !== undefined) set = aboveScore(set, search.minScore, view)
    feed(collectors, set, visible ?? run(0, part.documents), view, buffer, owners)
    if (search.postFilter !== undefined)
      set = intersect(
        set,
        matchQuery(search.postFilter, { ...part, now: context.now, from: 0, to: part.documents, scoring: false }).set,
        part.documents,
      )
    if (search.terminateAfter > 0) {
      const left = search.terminateAfter - (seen.get(part.index) ?? 0)
      const here = count(set)
      if (here > left) set = firstOf(set, left, part.documents)
      if (here >= left) terminatedEarly = true
      seen.set(part.index, (seen.get(part.index) ?? 0) + Math.min(here, left))
    }
    total += count(set)
    if (spec.size > 0) collectTop(top, set, view)
  }
  const response: Record<string, unknown> = {
    took: Math.round(context.clock.monotonic() - started),
    timed_out: timedOut,
    ...(search.terminateAfter > 0 ? { terminated_early: terminatedEarly } : {}),
    _shards: { total: indices.length, successful: indices.length, skipped: 0, failed: 0 },
    hits: hitsOf(search, sorts, top, total, new InnerHitsFinder(search.query, mappings, context.now), context.now),
  }
  if (search.collapse !== undefined)
    await addCollapsed(response, search, search.collapse, top, (inner) => executeSearch(indices, inner, context))
  if (collectors.length > 0) {
    const results = addResults(newObject(), collectors, 0)
    runPipelines(search.aggregations, results)
    response['aggregations'] = search.typedKeys ? typedKeys(search.aggregations, results, mappings) : results
  }
  if (search.profile)
    response['profile'] = { shards: indices.map(({ name }) => profileOf(name, search, response['took'] as number)) }
  return { response: response as unknown as SearchResponse, cursor: top.sorted().at(-1) }
}

/** How many documents match: what _count answers. */
export async function countMatches(
  indices: readonly SearchedIndex[],
  request: CheckedSearch,
  context: SearchContext,
): Promise<number> {
  const search = await withLookups(request, context)
  checkLimits(indices, search)
  const filters = await filtersOf(indices, context)
  let total = 0
  const turns = new Turns(context, context.clock.monotonic(), undefined)
  for (const [i, { name, mapping, segments }] of withComputedFields(indices, search).entries()) {
    const terms = new IndexTerms(mapping, segments)
    for (const segment of segments) {
      await turns.next()
      const { documents } = segment
      const part = { index: name, mapping, segment, documents, terms, filter: filters[i] }
      await prepareComputed(part, search, context.now, turns)
      const { set } = matchQuery(search.query, { ...part, now: context.now, from: 0, to: documents, scoring: false })
      const visible = visibleSet(part, context.now)
      total += count(visible === undefined ? set : intersect(set, visible, documents))
    }
  }
  return total
}

function boosted(score: SegmentView['score'], boost: number | undefined): SegmentView['score'] {
  return boost === undefined || score === undefined ? score : (document) => score(document) * boost
}

async function withLookups(search: CheckedSearch, { fetchDocument }: SearchContext): Promise<CheckedSearch> {
  const fetch = fetchDocument ?? (() => Promise.resolve(undefined))
  return {
    ...search,
    query: await resolveLookups(search.query, fetch),
    postFilter: search.postFilter === undefined ? undefined : await resolveLookups(search.postFilter, fetch),
    aggregations: await resolveAggregations(search.aggregations, fetch),
    rescore: await Promise.all(
      search.rescore.map(async (one) => ({ ...one, query: await resolveLookups(one.query, fetch) })),
    ),
  }
}

function filtersOf(indices: readonly SearchedIndex[], context: SearchContext): Promise<(Query | undefined)[]> {
  const fetch = context.fetchDocument ?? (() => Promise.resolve(undefined))
  return Promise.all(indices.map(({ filter }) => (filter === undefined ? undefined : resolveLookups(filter, fetch))))
}

function aboveScore(set: DocSet, least: number, view: SegmentView): DocSet {
  const bits = new Uint32Array((view.documents + 31) >>> 5)
  for (let d = 0; d < view.documents; d++)
    if (contains(set, d) && (view.score?.(d) ?? 1) >= least) bits[d >>> 5]! |= 1 << (d & 31)
  return { kind: 'bits', bits }
}

function feed(
  collectors: readonly NamedCollector[],
  set: DocSet,
  visible: DocSet,
  view: SegmentView,
  buffer: Int32Array<ArrayBuffer>,
  owners: Int32Array,
): void {
  if (collectors.length === 0) return
  for (const { collector, aggregation } of collectors) {
    const documents = aggregation.parameters.type === 'global' ? visible : set
    if (documents.kind === 'none') continue
    collector.segment(view)
    forEachBlock(documents, view.documents, buffer, (length) => collector.collect(buffer, owners, length))
  }
}

function forEachBlock(
  set: DocSet,
  documents: number,
  buffer: Int32Array<ArrayBuffer>,
  see: (length: number) => void,
): void {
  if (set.kind === 'run') {
    for (let from = set.from; from < set.to; from += BLOCK) {
      const length = Math.min(BLOCK, set.to - from)
      for (let i = 0; i < length; i++) buffer[i] = from + i
      see(length)
    }
    return
  }
  if (set.kind === 'none') return
  for (let word = 0; word << 5 < documents; word += BLOCK >>> 5) {
    const part = set.bits.subarray(word, word + (BLOCK >>> 5))
    const length = list({ kind: 'bits', bits: part }, buffer)
    for (let i = 0; i < length; i++) buffer[i]! += word << 5
    if (length > 0) see(length)
  }
}

/** The first so many documents of a set. */
function firstOf(set: DocSet, most: number, documents: number): DocSet {
  const all = new Int32Array(count(set))
  const length = list(set, all)
  const bits = new Uint32Array((documents + 31) >>> 5)
  for (let i = 0; i < Math.min(length, Math.max(0, most)); i++) bits[all[i]! >>> 5]! |= 1 << (all[i]! & 31)
  return { kind: 'bits', bits }
}

/** In outline: what was run and how long all of it took; single steps are not timed. */
function profileOf(index: string, { query }: CheckedSearch, took: number): object {
  const nanos = took * 1_000_000
  return {
    id: `[vedetta][${index}][0]`,
    searches: [
      {
        query: [{ type: query.kind, description: query.kind, time_in_nanos: nanos, breakdown: {} }],
        rewrite_time: 0,
        collector: [{ name: 'TopHits', reason: 'search_top_hits', time_in_nanos: nanos }],
      },
    ],
    aggregations: [],
  }
}

function collectTop(top: TopHits | CollapsedHits, set: DocSet, view: SegmentView): void {
  if (set.kind === 'none') return
  top.segment(view)
  if (top.full()) return
  const documents = new Int32Array(count(set))
  const length = list(set, documents)
  if (top.lastFirst()) {
    for (let i = length - 1; i >= 0; i--) {
      top.see(documents[i]!)
      if (top.full()) return
    }
    return
  }
  for (let i = 0; i < length; i++) {
    top.see(documents[i]!)
    if (top.full()) return
  }
}

function afterKeys(search: CheckedSearch, sorts: readonly BoundSort[], now: number): Key[] | undefined {
  return search.searchAfter?.map((value, i) => {
    const sort = sorts[i]
    return sort === undefined ? undefined : fromValue(value, sort.leaf, sort.key, now)
  })
}

/** Whether an aggregation asks for the scores of documents. */
function usesScores(search: CheckedSearch): boolean {
  const within = (aggregations: CheckedSearch['aggregations']): boolean =>
    aggregations.some(({ parameters, children }) => SCORED.includes(parameters.type) || within(children))
  return within(search.aggregations)
}

/** Hits to keep: for what is scored anew more than are shown. */
function windowOf({ hits, rescore }: CheckedSearch): { from: number; size: number } {
  const window = Math.max(0, ...rescore.map((one) => one.window))
  return hits.from + hits.size >= window ? hits : { from: 0, size: window }
}

function hitsOf(
  search: CheckedSearch,
  sorts: readonly BoundSort[],
  top: TopHits | CollapsedHits,
  total: number,
  inner: InnerHitsFinder,
  now: number,
): ValueObject {
  const { hits: spec, trackTotalHits } = search
  const json: Record<string, unknown> = newObject()
  if (trackTotalHits !== false) {
    const over = typeof trackTotalHits === 'number' && total > trackTotalHits
    json['total'] = { value: over ? trackTotalHits : total, relation: over ? 'gte' : 'eq' }
  }
  const byScore = sorts.length === 0 || sorts.some(({ key }) => key.field === '_score')
  const scored = spec.size > 0 && (byScore || spec.trackScores) && top.maxScore !== undefined
  const sorted = rescored(top.sorted(), search.rescore, now)
  const named = new NamedQueries([search.query, search.postFilter, ...search.rescore.map(({ query }) => query)], now)
  const best = search.rescore.length > 0 ? (sorted[0]?.score ?? 0) : top.maxScore
  json['max_score'] = scored ? double(best!) : null
  json['hits'] =
    spec.size === 0
      ? []
      : sorted.slice(spec.from, spec.from + spec.size).map((hit) => {
          const made = makeHit(hit, spec, sorts, search.query)
          named.add(made, hit)
          inner.add(made, hit)
          return made
        })
  return json as ValueObject
}
