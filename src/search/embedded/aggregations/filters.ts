/** filter, filters, missing and global: buckets by conditions. */
import { newObject, type ValueObject } from '../../../event/index.ts'
import { boolQuery } from '../../dsl/bool-query.ts'
import type { Aggregation, AggregationParameters, Query } from '../../dsl/index.ts'
import { compareStrings } from '../evaluator/dictionary.ts'
import { contains, intersect, type DocSet } from '../evaluator/doc-set.ts'
import { matchQuery } from '../evaluator/filter.ts'
import type { SegmentView } from '../evaluator/segment-view.ts'
import {
  addResults,
  bucketList,
  makeChildren,
  type AggregationContext,
  type Collector,
  type NamedCollector,
} from './collector.ts'
import { Totals } from './pair-table.ts'

type FilterParameters = Extract<
  AggregationParameters,
  { type: 'filter' | 'filters' | 'missing' | 'global' | 'adjacency_matrix' }
>

/** Each owner has one bucket a condition: number `owner * conditions + condition`. */
export class FiltersCollector implements Collector {
  private readonly parameters: FilterParameters
  private readonly context: AggregationContext
  private readonly children: readonly NamedCollector[]
  private readonly queries: readonly Query[]
  private readonly width: number
  private readonly counts = new Totals()
  private sets: DocSet[] = []
  private documents = new Int32Array(0)
  private buckets = new Int32Array(0)

  constructor(aggregation: Aggregation, parameters: FilterParameters, context: AggregationContext) {
    this.parameters = parameters
    this.context = context
    this.children = makeChildren(aggregation, context)
    this.queries = queriesOf(parameters)
    this.width =
      parameters.type === 'adjacency_matrix'
        ? pairs(this.queries).length
        : this.queries.length + (parameters.type === 'filters' && parameters.otherKey !== undefined ? 1 : 0)
  }

  segment(view: SegmentView): void {
    const sets = this.queries.map(
      (query) =>
        matchQuery(query, {
          ...view,
          from: 0,
          to: view.documents,
          now: this.context.now,
          scoring: false,
        }).set,
    )
    this.sets =
      this.parameters.type === 'adjacency_matrix'
        ? pairs(sets).map(([a, b]) => (a === b ? a : intersect(a, b, view.documents)))
        : sets
    for (const { collector } of this.children) collector.segment(view)
  }

  collect(documents: Int32Array, owners: Int32Array, length: number): void {
    const { sets, width, counts } = this
    if (this.documents.length < length) {
      this.documents = new Int32Array(length)
      this.buckets = new Int32Array(length)
    }
    // Condition by condition, so that what goes to the children stays in the order of the documents.
    for (let s = 0; s < width; s++) {
      const set = sets[s]
      let kept = 0
      for (let i = 0; i < length; i++) {
        const d = documents[i]!
        if (set === undefined ? sets.some((one) => contains(one, d)) : !contains(set, d)) continue
        const bucket = owners[i]! * width + s
        counts.reserve(bucket)
        counts.values[bucket]!++
        this.documents[kept] = d
        this.buckets[kept++] = bucket
      }
      if (kept > 0) for (const { collector } of this.children) collector.collect(this.documents, this.buckets, kept)
    }
  }

  value(owner: number): number {
    return this.counts.get(owner * this.width)
  }

  single(owner: number): { children: readonly NamedCollector[]; bucket: number } | undefined {
    return this.parameters.type === 'filters' || this.parameters.type === 'adjacency_matrix'
      ? undefined
      : { children: this.children, bucket: owner * this.width }
  }

  /** Buckets of the filters and of their pairs, where they have documents, in the order of their keys. */
  private matrix(
    { filters, separator }: Extract<FilterParameters, { type: 'adjacency_matrix' }>,
    owner: number,
    body: (bucket: number) => ValueObject,
  ): ValueObject {
    const json = newObject()
    json['buckets'] = pairs(filters)
      .map(([a, b], s) => ({ key: a === b ? a.key : a.key + separator + b.key, bucket: owner * this.width + s }))
      .filter(({ bucket }) => this.counts.get(bucket) > 0)
      .sort((a, b) => compareStrings(a.key, b.key))
      .map(({ key, bucket }) => ({ key, ...body(bucket) }))
    return json
  }

  result(owner: number): ValueObject {
    const { parameters, width } = this
    const body = (bucket: number): ValueObject => {
      const json = newObject()
      json['doc_count'] = this.counts.get(bucket)
      return addResults(json, this.children, bucket)
    }
    this.context.countBuckets(width)
    if (parameters.type === 'adjacency_matrix') return this.matrix(parameters, owner, body)
    if (parameters.type !== 'filters') return body(owner * width)
    const keys = parameters.filters.map(({ key }) => key)
    if (parameters.otherKey !== undefined) keys.push(parameters.otherKey)
    const json = newObject()
    json['buckets'] = bucketList(
      keys.map((key, s) => ({ key, body: body(owner * width + s) })),
      parameters.keyed,
    )
    return json
  }
}

/** Each with itself and with each after it. */
function pairs<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((a, i) => items.slice(i).map((b): [T, T] => [a, b]))
}

function queriesOf(parameters: FilterParameters): readonly Query[] {
  switch (parameters.type) {
    case 'filter':
      return [parameters.filter]
    case 'filters':
    case 'adjacency_matrix':
      return parameters.filters.map(({ filter }) => filter)
    case 'missing': {
      // A value that stands for what is missing leaves nothing missing.
      if (parameters.missing !== undefined) return [{ kind: 'match_none' }]
      const exists: Query = { kind: 'exists', field: parameters.field, boost: 1 }
      return [boolQuery({ mustNot: [exists] })]
    }
    case 'global':
      return [{ kind: 'match_all', boost: 1 }]
  }
}
