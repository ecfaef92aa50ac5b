/** Queries on points and intervals: each distinct value is looked at once. */
import { stringifyJson, type Value } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import { dateFormat, isDate, parseDuration, resolveDate, type Leaf } from '../../dsl/index.ts'
import { distanceBetween, parseDistance, pointOf, withinBox, withinPolygon, type GeoPoint } from '../../dsl/geo.ts'
import { requestPoint } from '../../dsl/geo-query.ts'
import {
  intervalFrom,
  intervalOf,
  isRange,
  NotAnInterval,
  related,
  type Interval,
  type RangeType,
} from '../../dsl/range-field.ts'
import type { DistanceFeatureQuery, GeoQuery, RangeQuery } from '../../dsl/query-tree.ts'
import { parseZone } from '../../dsl/zone.ts'
import type { Column, StringColumn } from '../columns.ts'
import { withOrdinals, withValue } from './column-sets.ts'
import { markEntries } from './dictionary.ts'
import { NONE, union, type DocSet } from './doc-set.ts'
import type { FilterContext, Matched } from './filter-context.ts'

export function geoSet(query: GeoQuery, context: FilterContext): DocSet {
  const leaf = context.mapping.field(query.field)
  if (leaf === undefined) {
    if (query.ignoreUnmapped) return NONE
    throw fail('search.query_shard', {
      reason: `failed to find geo field [${query.field}]`,
    })
  }
  if (leaf.type !== 'geo_point')
    throw fail('search.query_shard', {
      reason: `failed to create query: Field [${query.field}] is of unsupported type [${leaf.type}] for [${query.name}] query`,
    })
  const column = context.segment.column(leaf.name)
  if (column?.kind !== 'string') return NONE
  const table = markEntries(column, `geo ${stringifyJson(query.shape as unknown as Value)}`, (entry) =>
    fits(pointOf(entry), query.shape),
  )
  return withOrdinals(column, table, context)
}

function fits(point: GeoPoint, shape: GeoQuery['shape']): boolean {
  switch (shape.type) {
    case 'circle':
      return distanceBetween(point, shape.center, shape.flat) <= shape.metres
    case 'box':
      return withinBox(point, shape)
    case 'polygon':
      return withinPolygon(point, shape.corners)
  }
}

/** The documents of a range field with an interval that lies to the one asked for as the query says. */
export function intervalSet(
  leaf: Leaf,
  query: Pick<RangeQuery, 'from' | 'to' | 'includeFrom' | 'includeTo' | 'relation' | 'format' | 'zone'>,
  context: FilterContext,
): DocSet {
  const asked = askedInterval(leaf, query, context)
  const column = context.segment.column(leaf.name)
  if (column?.kind !== 'string') return NONE
  const key = `interval ${query.relation} ${asked.low} ${asked.high}`
  return withOrdinals(
    column,
    markEntries(column, key, (entry) => related(intervalFrom(entry), asked, query.relation)),
    context,
  )
}

function askedInterval(
  leaf: Leaf,
  query: Pick<RangeQuery, 'from' | 'to' | 'includeFrom' | 'includeTo' | 'format' | 'zone'>,
  { now }: FilterContext,
): Interval {
  try {
    return intervalOf(leaf.type as RangeType, query, {
      format: query.format === undefined ? leaf.format : dateFormat(query.format),
      now,
      zone: query.zone === undefined ? undefined : parseZone(query.zone),
    })
  } catch (error) {
    if (!(error instanceof NotAnInterval)) throw error
    throw fail('search.query_shard', { reason: `failed to create query: ${error.message}` })
  }
}

/** term and terms on points and intervals: an interval is found by a value that lies in it. */
export function shapeTerms(leaf: Leaf, values: readonly Value[], context: FilterContext): DocSet {
  if (!isRange(leaf.type))
    throw fail('search.query_shard', {
      reason: `Geometry fields do not support exact searching, use dedicated geometry queries instead: [${leaf.name}]`,
    })
  return values
    .map((value) =>
      intervalSet(
        leaf,
        {
          from: value,
          to: value,
          includeFrom: true,
          includeTo: true,
          relation: 'intersects',
          format: undefined,
          zone: undefined,
        },
        context,
      ),
    )
    .reduce((a, b) => union(a, b, context.documents), NONE)
}

export function matchDistanceFeature(query: DistanceFeatureQuery, context: FilterContext): Matched {
  const leaf = context.mapping.field(query.field)
  if (leaf === undefined) return { set: NONE, score: undefined }
  const distance = distanceReader(leaf, query, context)
  const column = context.segment.column(leaf.name)
  if (column === undefined) return { set: NONE, score: undefined }
  const set = withValue(column, context)
  if (!context.scoring) return { set, score: undefined }
  const { pivot, of } = distance(column)
  return {
    set,
    score(document) {
      const { offsets } = column
      const [start, end] =
        offsets === undefined ? [document, document + 1] : [offsets[document]!, offsets[document + 1]!]
      let nearest = Infinity
      for (let i = start; i < end; i++) nearest = Math.min(nearest, of(i))
      return Math.fround(query.boost * (pivot / (pivot + nearest)))
    },
  }
}

type DistanceReader = (column: Column) => { pivot: number; of: (i: number) => number }

function distanceReader(leaf: Leaf, query: DistanceFeatureQuery, { now }: FilterContext): DistanceReader {
  if (leaf.type === 'geo_point') {
    const origin = requestPoint('distance_feature', query.origin)
    const pivot = parseDistance(query.pivot)
    if (pivot === undefined) throw wrongPivot(query)
    return (column) => {
      const { ordinals, dictionary } = column as StringColumn
      return { pivot, of: (i) => distanceBetween(origin, pointOf(dictionary[ordinals[i]!]!)) }
    }
  }
  if (isDate(leaf.type)) {
    const origin = resolveDate(String(query.origin), { now, format: leaf.format!, roundUp: true })
    const millis = parseDuration(query.pivot)
    if (millis === undefined) throw wrongPivot(query)
    return (column) => {
      const { values } = column as Exclude<Column, StringColumn>
      return { pivot: millis * 1000, of: (i) => Math.abs(Number(values[i]!) - origin) }
    }
  }
  throw fail('search.query_shard', {
    reason: `failed to create query: Illegal data type of [${leaf.type}]!, [distance_feature] query can only be run on a date, date_nanos or geo_point field type!`,
  })
}

function wrongPivot(query: DistanceFeatureQuery): Error {
  return fail('search.query_shard', {
    reason: `failed to create query: failed to parse [${query.pivot}] as the pivot of [distance_feature] on [${query.field}]`,
  })
}
