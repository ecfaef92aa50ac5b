/** Searches and single documents of the embedded store. */
import { parseJson, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import type { Clock } from '../../clock/index.ts'
import { boolQuery } from '../dsl/bool-query.ts'
import { checkQuery, type CheckedSearch, type Query } from '../dsl/index.ts'
import type { IndexSelection, SearchResponse, StoredDocument, StoreReader } from '../store.ts'
import { executePage, type Cursor, type SearchContext, type SearchedIndex } from './evaluator/index.ts'
import { frozenSegment } from './frozen-segment.ts'
import { checkBlock } from './index-blocks.ts'
import { resolveDateMath } from './index-name.ts'
import type { Indices } from './indices.ts'
import { checkRouting, isReached, routingOf, routingThrough } from './routing.ts'
import type { Evaluator } from './store-options.ts'
import type { StoredIndex } from './stored-index.ts'

/** Groups of searches that are counted apart, for each index. */
const GROUPS_LIMIT = 100

interface ReadingHost {
  readonly indices: Indices
  readonly clock: Clock
  readonly evaluator: Evaluator
  /** @throws where the store is closed. */
  checkOpen(): void
  /** Takes a damaged segment out of the way: false where the error is of another kind. */
  setAside(error: unknown): boolean
}

export class StoreReading {
  private readonly host: ReadingHost

  constructor(host: ReadingHost) {
    this.host = host
  }

  search(
    selection: IndexSelection,
    search: CheckedSearch,
    options: { signal?: AbortSignal } = {},
  ): Promise<SearchResponse> {
    return this.reading(
      selection,
      (indices, context) => {
        this.countQuery(indices, search)
        return this.host.evaluator.executeSearch(this.boosted(indices, selection, search, context.now), search, context)
      },
      options.signal,
    )
  }

  count(selection: IndexSelection, search: CheckedSearch): Promise<number> {
    return this.reading(selection, (indices, context) => this.host.evaluator.countMatches(indices, search, context))
  }

  private countQuery(indices: readonly SearchedIndex[], { raw }: CheckedSearch): void {
    const groups = raw['stats']
    for (const { name } of indices) {
      const counters = this.host.indices.byName.get(name)?.counters
      if (counters === undefined) continue
      counters.queries++
      for (const group of Array.isArray(groups) ? groups.slice(0, GROUPS_LIMIT).map(String) : []) {
        const before = counters.queriesByGroup.get(group)
        if (before === undefined && counters.queriesByGroup.size >= GROUPS_LIMIT) continue
        counters.queriesByGroup.set(group, (before ?? 0) + 1)
      }
    }
  }

  private readonly fetchDocument = async (index: string, id: string): Promise<ValueObject | undefined> => {
    const found = await this.get(index, id)
    return found === undefined ? undefined : (parseJson(found.source) as ValueObject)
  }

  async openReader(selection: IndexSelection): Promise<StoreReader> {
    this.host.checkOpen()
    const { fetchDocument } = this
    const { clock } = this.host
    const now = clock.now()
    const views = this.searched(selection, now).map((index) => ({
      ...index,
      segments: index.segments.map(frozenSegment),
    }))
    return {
      page: (search, signal, cursor) =>
        executePage(
          this.boosted(views, selection, search, now),
          search,
          { now, clock, signal, fetchDocument },
          cursor as Cursor | undefined,
        ),
    }
  }

  /** The indices with what `indices_boost` gives them: the first of its names that means an index counts. */
  private boosted(
    indices: readonly SearchedIndex[],
    selection: IndexSelection,
    { indicesBoost }: CheckedSearch,
    now: number,
  ): readonly SearchedIndex[] {
    if (indicesBoost.length === 0) return indices
    const boosts = new Map<string, number>()
    for (const { pattern, boost } of indicesBoost)
      for (const { name } of this.host.indices.resolve({ ...selection, expressions: [pattern] }, now))
        if (!boosts.has(name)) boosts.set(name, boost)
    return indices.map((index) => ({ ...index, boost: boosts.get(index.name) }))
  }

  private searched(selection: IndexSelection, now: number): SearchedIndex[] {
    const filters = this.host.indices.filters(selection, now)
    const indices = openOnly(this.host.indices.resolve(selection, now), selection)
    for (const index of indices) checkBlock(index, 'read')
    return indices.map((index) => ({
      name: index.name,
      mapping: index.mapping,
      segments: index.segments(),
      filter: anyOf(filters.get(index)),
      settings: index.settings,
    }))
  }

  /** A segment that proves damaged is set aside, and the rest is read again. */
  private async reading<T>(
    selection: IndexSelection,
    read: (indices: readonly SearchedIndex[], context: SearchContext) => Promise<T> | T,
    signal?: AbortSignal,
  ): Promise<T> {
    this.host.checkOpen()
    for (;;) {
      const now = this.host.clock.now()
      try {
        return await read(this.searched(selection, now), {
          now,
          clock: this.host.clock,
          signal,
          fetchDocument: this.fetchDocument,
        })
      } catch (error) {
        if (!this.host.setAside(error)) throw error
      }
    }
  }

  async get(name: string, id: string, asked?: string): Promise<StoredDocument | undefined> {
    this.host.checkOpen()
    const through = this.host.indices.aliasRouting(name)
    const routing = through === undefined ? asked : routingThrough(name, through, asked)
    const index = this.host.indices.single(resolveDateMath(name, this.host.clock.now()))
    if (index.closed) throw fail('index.closed', { index: index.name })
    checkBlock(index, 'read')
    checkRouting(index, id, routing)
    index.counters.gets++
    for (;;) {
      try {
        const found = index.locate(id)
        if (found === undefined || !isReached(index, id, routing, found)) {
          index.counters.missingGets++
          return undefined
        }
        const { segment, document } = found
        return {
          index: index.name,
          id,
          version: segment.version(document),
          seqNo: segment.seqNo(document),
          primaryTerm: 1,
          routing: routingOf(found),
          source: segment.source(document),
          shown: index.mapping.source,
        }
      } catch (error) {
        if (!this.host.setAside(error)) throw error
      }
    }
  }
}

/** A closed index that was named is refused, unless the request does not mind. */
export function openOnly(indices: readonly StoredIndex[], selection: IndexSelection): StoredIndex[] {
  const closed = indices.find((index) => index.closed)
  if (closed === undefined) return [...indices]
  if (selection.ignoreUnavailable !== true) throw fail('index.closed', { index: closed.name })
  return indices.filter((index) => !index.closed)
}

/** An index that several aliases lead to shows what any of their filters lets through. */
function anyOf(filters: readonly ValueObject[] | undefined): Query | undefined {
  if (filters === undefined) return undefined
  return boolQuery({ should: filters.map((filter) => checkQuery(filter)) })
}
