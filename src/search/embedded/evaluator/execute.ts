/** Runs a checked search over the segments of some indices. */
import { double, newObject, type ValueObject } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import type { Clock } from '../../../clock/index.ts'
import { isPipeline, resolveLookups, type CheckedSearch, type FetchDocument, type Mapping } from '../../dsl/index.ts'
import type { SearchResponse } from '../../store.ts'
import { addResults, aggregationContext, runPipelines, type NamedCollector } from '../aggregations/index.ts'
import type { Segment } from '../columns.ts'
import { complement, contains, count, fromBitmap, intersect, list, run, type DocSet } from './doc-set.ts'
import { matchQuery } from './filter.ts'
import { makeHit } from './hits.ts'
import { IndexTerms } from './index-terms.ts'
import type { SegmentView } from './segment-view.ts'
import { bindSort, fromValue, type BoundSort, type Key } from './sort.ts'
import { TopHits } from './top-hits.ts'

export interface SearchedIndex {
  readonly name: string
  readonly mapping: Mapping
  readonly segments: readonly Segment[]
}

export interface SearchContext {
  /** What `now` means in date math: milliseconds since the epoch. */
  readonly now: number
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
  /** For queries that name a document: without it they find none. */
  readonly fetchDocument?: FetchDocument | undefined
}

/** Documents go to the aggregations in blocks of so many: they fit the processor's cache. */
const BLOCK = 4096
/** Milliseconds after which a search lets others have their turn. */
const TURN = 15

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
  const search = await withLookups(request, context)
  const started = context.clock.monotonic()
  const segments = indices.flatMap(({ name, mapping, segments }) => {
    const terms = new IndexTerms(mapping, segments)
    return segments.map((segment) => ({ index: name, mapping, segment, documents: segment.documents, terms }))
  })
  const mappings = indices.map(({ mapping }) => mapping)
  const { hits: spec } = search
  const sorts = bindSort(spec.sort, mappings, context.now)
  const wantsScores =
    search.minScore !== undefined ||
    (spec.size > 0 && (sorts.length === 0 || spec.trackScores || sorts.some(({ key }) => key.field === '_score'))) ||
    usesTopHits(search)
  const scoring = wantsScores && (search.query.kind !== 'match_all' || search.query.boost !== 1)
  const top = new TopHits(spec, sorts, afterKeys(search, sorts, context.now))
  const aggregations = aggregationContext({ now: context.now, mappings, segments })
  const collectors: NamedCollector[] = search.aggregations
    .filter(({ parameters }) => !isPipeline(parameters))
    .map((aggregation) => ({ aggregation, collector: aggregations.make(aggregation) }))
  const buffer = new Int32Array(BLOCK)
  const owners = new Int32Array(BLOCK)
  let total = 0
  let timedOut = false
  let turn = started
  for (const [position, part] of segments.entries()) {
    const now = context.clock.monotonic()
    if (context.signal?.aborted === true) throw fail('search.cancelled', { reason: 'by request' })
    if (search.timeout !== undefined && now - started > search.timeout && position > 0) {
      timedOut = true
      break
    }
    if (now - turn > TURN) {
      await new Promise((resolve) => setImmediate(resolve))
      turn = context.clock.monotonic()
    }
    const matched = matchQuery(search.query, { ...part, now: context.now, from: 0, to: part.documents, scoring })
    const view: SegmentView = { ...part, position, score: matched.score }
    let set = alive(matched.set, part)
    if (search.minScore !== undefined) set = aboveScore(set, search.minScore, view)
    feed(collectors, set, view, buffer, owners)
    if (search.postFilter !== undefined)
      set = intersect(
        set,
        matchQuery(search.postFilter, { ...part, now: context.now, from: 0, to: part.documents, scoring: false }).set,
        part.documents,
      )
    total += count(set)
    if (spec.size > 0) collectTop(top, set, view)
  }
  const response: Record<string, unknown> = {
    took: Math.round(context.clock.monotonic() - started),
    timed_out: timedOut,
    _shards: { total: indices.length, successful: indices.length, skipped: 0, failed: 0 },
    hits: hitsOf(search, sorts, top, total),
  }
  if (collectors.length > 0) {
    const results = addResults(newObject(), collectors, 0)
    runPipelines(search.aggregations, results)
    response['aggregations'] = results
  }
  return response as unknown as SearchResponse
}

/** How many documents match: what _count answers. */
export async function countMatches(
  indices: readonly SearchedIndex[],
  request: CheckedSearch,
  context: SearchContext,
): Promise<number> {
  const search = await withLookups(request, context)
  let total = 0
  let turn = context.clock.monotonic()
  for (const { name, mapping, segments } of indices) {
    const terms = new IndexTerms(mapping, segments)
    for (const segment of segments) {
      if (context.signal?.aborted === true) throw fail('search.cancelled', { reason: 'by request' })
      if (context.clock.monotonic() - turn > TURN) {
        await new Promise((resolve) => setImmediate(resolve))
        turn = context.clock.monotonic()
      }
      const part = { index: name, mapping, segment, documents: segment.documents, terms }
      total += count(
        alive(
          matchQuery(search.query, { ...part, now: context.now, from: 0, to: part.documents, scoring: false }).set,
          part,
        ),
      )
    }
  }
  return total
}

async function withLookups(search: CheckedSearch, { fetchDocument }: SearchContext): Promise<CheckedSearch> {
  const fetch = fetchDocument ?? (() => Promise.resolve(undefined))
  return {
    ...search,
    query: await resolveLookups(search.query, fetch),
    postFilter: search.postFilter === undefined ? undefined : await resolveLookups(search.postFilter, fetch),
  }
}

function alive(set: DocSet, { segment, documents }: { segment: Segment; documents: number }): DocSet {
  if (segment.deleted === undefined || segment.deletedCount === 0) return set
  return intersect(set, complement(fromBitmap(segment.deleted, documents), documents), documents)
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
  view: SegmentView,
  buffer: Int32Array<ArrayBuffer>,
  owners: Int32Array,
): void {
  if (collectors.length === 0) return
  for (const { collector, aggregation } of collectors) {
    const documents = aggregation.parameters.type === 'global' ? alive(run(0, view.documents), view) : set
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

function collectTop(top: TopHits, set: DocSet, view: SegmentView): void {
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

function usesTopHits(search: CheckedSearch): boolean {
  const within = (aggregations: CheckedSearch['aggregations']): boolean =>
    aggregations.some(({ parameters, children }) => parameters.type === 'top_hits' || within(children))
  return within(search.aggregations)
}

function hitsOf(search: CheckedSearch, sorts: readonly BoundSort[], top: TopHits, total: number): ValueObject {
  const { hits: spec, trackTotalHits } = search
  const json: Record<string, unknown> = newObject()
  if (trackTotalHits !== false) {
    const over = typeof trackTotalHits === 'number' && total > trackTotalHits
    json['total'] = { value: over ? trackTotalHits : total, relation: over ? 'gte' : 'eq' }
  }
  const byScore = sorts.length === 0 || sorts.some(({ key }) => key.field === '_score')
  const scored = spec.size > 0 && (byScore || spec.trackScores) && top.maxScore !== undefined
  json['max_score'] = scored ? double(top.maxScore!) : null
  json['hits'] =
    spec.size === 0
      ? []
      : top
          .sorted()
          .slice(spec.from, spec.from + spec.size)
          .map((hit) => makeHit(hit, spec, sorts))
  return json as ValueObject
}
