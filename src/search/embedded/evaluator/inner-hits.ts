/** The nested objects by which a hit was found (`inner_hits` of nested queries). */
import { double, newObject, type Value, type ValueObject } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import type { HitsSpec, Mapping, Query } from '../../dsl/index.ts'
import type { Segment } from '../columns.ts'
import { contains } from './doc-set.ts'
import { matchQuery } from './filter.ts'
import type { Matched } from './filter-context.ts'
import { makeHit } from './hits.ts'
import { NamedQueries } from './named-queries.ts'
import { NestedSegment, nestedSegment } from './nested-segment.ts'
import type { SegmentView } from './segment-view.ts'
import { bindSort, type BoundSort } from './sort.ts'
import { TopHits, type TopHit } from './top-hits.ts'

interface InnerHits {
  readonly name: string
  readonly path: string
  readonly query: Query
  readonly hits: HitsSpec
  readonly sorts: readonly BoundSort[]
  /** Those of the nested queries within. */
  readonly inner: readonly InnerHits[]
  readonly named: NamedQueries
}

export class InnerHitsFinder {
  private readonly wanted: readonly InnerHits[]
  private readonly now: number
  // Each nested query is run once over a segment that has a hit.
  private readonly found = new Map<SegmentView, Map<InnerHits, { view: SegmentView; matched: Matched }>>()

  constructor(query: Query, mappings: readonly Mapping[], now: number) {
    this.now = now
    this.wanted = wantedOf(query, mappings, now)
    const names = new Set<string>()
    for (const { name } of this.wanted) {
      if (names.has(name))
        throw fail('search.argument', {
          reason: `[inner_hits] already contains an entry for key [${name}]`,
        })
      names.add(name)
    }
  }

  /** Adds to a hit what its nested queries ask for. */
  add(json: object, hit: TopHit): void {
    if (this.wanted.length > 0) (json as ValueObject)['inner_hits'] = this.of(hit, this.wanted)
  }

  private of(hit: TopHit, wanted: readonly InnerHits[]): ValueObject {
    const result = newObject()
    for (const one of wanted) {
      const { view, matched } = this.run(hit.view, one)
      const top = new TopHits(one.hits, one.sorts)
      top.segment(view)
      let total = 0
      for (const child of childrenOf(view.segment, hit.document, hit.view.segment)) {
        if (!contains(matched.set, child)) continue
        total++
        top.see(child)
      }
      const hits = newObject()
      hits['total'] = Object.assign(newObject(), { value: total, relation: 'eq' })
      hits['max_score'] = one.sorts.length > 0 || top.maxScore === undefined ? null : double(top.maxScore)
      hits['hits'] = top
        .sorted()
        .slice(one.hits.from)
        .map((inner) => {
          const made = makeHit(inner, one.hits, one.sorts, one.query)
          one.named.add(made, inner)
          if (one.inner.length > 0) (made as unknown as ValueObject)['inner_hits'] = this.of(inner, one.inner)
          return made as unknown as Value
        })
      result[one.name] = Object.assign(newObject(), { hits })
    }
    return result
  }

  private run(outer: SegmentView, one: InnerHits): { view: SegmentView; matched: Matched } {
    let ofView = this.found.get(outer)
    if (ofView === undefined) this.found.set(outer, (ofView = new Map()))
    const known = ofView.get(one)
    if (known !== undefined) return known
    const root = outer.root ?? outer.segment
    const rootTerms = outer.rootTerms ?? outer.terms
    const segment = outer.mapping.isNested(one.path) ? nestedSegment(root, outer.mapping, one.path) : undefined
    const documents = segment?.documents ?? 0
    const terms = rootTerms.nested(one.path)
    const base = { ...outer, root, rootTerms, terms, segment: segment ?? outer.segment, documents }
    const matched: Matched = matchQuery(segment === undefined ? { kind: 'match_none' } : one.query, {
      ...base,
      now: this.now,
      from: 0,
      to: documents,
      scoring: true,
    })
    const made = { view: { ...base, score: matched.score }, matched }
    ofView.set(one, made)
    return made
  }
}

function wantedOf(query: Query, mappings: readonly Mapping[], now: number): InnerHits[] {
  switch (query.kind) {
    case 'nested': {
      const inner = wantedOf(query.query, mappings, now)
      const { innerHits, path } = query
      if (innerHits === undefined) return inner
      const { name, hits } = innerHits
      const named = new NamedQueries([query.query], now)
      return [{ name, path, query: query.query, hits, sorts: bindSort(hits.sort, mappings, now), inner, named }]
    }
    case 'bool':
      return [...query.must, ...query.filter, ...query.should, ...query.mustNot].flatMap((one) =>
        wantedOf(one, mappings, now),
      )
    case 'constant_score':
      return wantedOf(query.filter, mappings, now)
    case 'dis_max':
      return query.queries.flatMap((one) => wantedOf(one, mappings, now))
    case 'boosting':
      return [query.positive, query.negative].flatMap((one) => wantedOf(one, mappings, now))
    case 'function_score':
      return wantedOf(query.query, mappings, now)
    default:
      return []
  }
}

/** The objects of a nested segment that a document of a segment above it holds, in their order. */
function childrenOf(segment: Segment, document: number, outer: Segment): number[] {
  if (!(segment instanceof NestedSegment)) return []
  const within = segment.base === outer ? [document] : childrenOf(segment.base, document, outer)
  return within.flatMap((parent) => {
    const [start, end] = [segment.starts[parent] ?? 0, segment.starts[parent + 1] ?? 0]
    return Array.from({ length: end - start }, (_, i) => start + i)
  })
}
