import { fail } from '../../../diagnostic/index.ts'
import { type ValueObject } from '../../../event/index.ts'
import {
  isPipeline,
  isShape,
  type Aggregation,
  type AggregationParameters,
  type Leaf,
  type Mapping,
} from '../../dsl/index.ts'
import { isRange } from '../../dsl/range-field.ts'
import type { Column, Segment, StringColumn } from '../columns.ts'
import { docColumn, needFielddata } from '../evaluator/fielddata.ts'
import type { SegmentView } from '../evaluator/segment-view.ts'
import type { SearchedPart } from '../evaluator/visible.ts'

/**
 * One aggregation of a search, over all its segments.
 *
 * - Documents come in blocks: `documents[i]` belongs to the bucket `owners[i]` of the aggregation above (0 at the top).
 *   Within a segment a document's number never falls.
 * - The arrays belong to the caller and are used again after `collect` returns.
 * - `result` may be asked for any owner, also one that never had a document, after the last block.
 */
export interface Collector {
  segment(view: SegmentView): void
  collect(documents: Int32Array, owners: Int32Array, length: number): void
  result(owner: number): ValueObject
  /** The number that an order path reads; NaN where there is none. */
  value(owner: number, property: string | undefined): number
  /** The aggregations below, where the owner has exactly one bucket of this one. */
  single?(owner: number): { readonly children: readonly NamedCollector[]; readonly bucket: number } | undefined
}

export interface NamedCollector {
  readonly aggregation: Aggregation
  readonly collector: Collector
}

export interface AggregationContext {
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly mappings: readonly Mapping[]
  readonly segments: readonly SearchedPart[]
  /** Counts buckets of the answer. @throws too_many_buckets_exception past the limit. */
  countBuckets(count: number): void
  make(aggregation: Aggregation): Collector
}

export const MAX_BUCKETS = 65_536

/**
 * The field as the first index maps it that does.
 * @param analysed is for a text whose terms are read all the same.
 * @throws illegal_argument_exception for a text field without `fielddata`: it has no values per document.
 */
export function aggregatedField(name: string, context: AggregationContext, analysed = false): Leaf | undefined {
  let found: Leaf | undefined
  for (const mapping of context.mappings) {
    const leaf = mapping.field(name)
    if (leaf === undefined) continue
    if (!analysed) needFielddata(leaf)
    if (found !== undefined && found.column !== leaf.column)
      throw fail('search.argument', {
        reason: `Failed trying to format bytes as type of field [${name}]: it is [${found.type}] in one index and [${leaf.type}] in another`,
      })
    found ??= leaf
  }
  return found
}

const OF_POINTS = ['geo_bounds', 'geo_centroid', 'geo_distance', 'geohash_grid', 'geotile_grid']
const OF_INTERVALS = ['histogram', 'date_histogram']
const OF_ANYTHING = ['value_count', 'missing', 'cardinality']

/** @throws illegal_argument_exception where an aggregation cannot make anything of points or intervals, or needs points. */
export function refuseShapes(parameters: AggregationParameters, { mappings }: AggregationContext): void {
  const { type } = parameters
  const fields =
    'field' in parameters && parameters.field !== undefined ? [{ field: parameters.field, kind: type as string }] : []
  if (type === 'composite' || type === 'multi_terms') fields.push(...parameters.sources)
  for (const { field, kind } of fields)
    for (const mapping of mappings) {
      const leaf = mapping.field(field)
      if (leaf === undefined || OF_ANYTHING.includes(kind)) continue
      const wanted = OF_POINTS.includes(kind) ? leaf.type === 'geo_point' : !isShape(leaf.type)
      if (!wanted && !(OF_INTERVALS.includes(type) && isRange(leaf.type)))
        throw fail('search.argument', {
          reason: `Field [${field}] of type [${leaf.type}] is not supported for aggregation [${type}]`,
        })
    }
}

/** @param analysed is for the terms of a text whose mapping does not say `fielddata`. */
export function columnOf(
  name: string,
  view: { readonly mapping: Mapping; readonly segment: Segment },
  analysed = false,
): Column | undefined {
  const leaf = view.mapping.field(name)
  return leaf === undefined ? undefined : docColumn(view.segment, leaf, analysed)
}

/** The name of the index, as a column of one value. */
export function indexColumn(view: Pick<SegmentView, 'index' | 'documents'>): Column {
  return {
    kind: 'string',
    offsets: undefined,
    present: undefined,
    ordinals: new Uint8Array(view.documents),
    dictionary: [view.index],
    sortedDictionary: true,
  }
}

export function stringColumns(name: string, context: AggregationContext, analysed = false): StringColumn[] {
  return context.segments.map((view) => columnOf(name, view, analysed)).filter((column) => column?.kind === 'string')
}

export function makeChildren(aggregation: Aggregation, context: AggregationContext): NamedCollector[] {
  return aggregation.children
    .filter(({ parameters }) => !isPipeline(parameters))
    .map((child) => ({ aggregation: child, collector: context.make(child) }))
}

export function addResults(into: ValueObject, children: readonly NamedCollector[], bucket: number): ValueObject {
  for (const { aggregation, collector } of children) {
    const result = collector.result(bucket)
    into[aggregation.name] = aggregation.meta === undefined ? result : { meta: aggregation.meta, ...result }
  }
  return into
}

/** Buckets in an answer: a list, or by their keys. */
export function bucketList(
  buckets: readonly { key: string; body: ValueObject }[],
  keyed: boolean,
): ValueObject[] | ValueObject {
  if (!keyed) return buckets.map(({ body }) => body)
  const object = Object.create(null) as ValueObject
  for (const { key, body } of buckets) object[key] = body
  return object
}
