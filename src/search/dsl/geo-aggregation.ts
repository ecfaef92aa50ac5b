/** Aggregations of places: geo_bounds, geo_centroid, geo_distance, geohash_grid, geotile_grid. */
import { isObject, type Value } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { fieldOf } from './aggregated-field.ts'
import type { AggregationParameters } from './aggregation-tree.ts'
import { Clause } from './clause.ts'
import { metresOf, parseDistance } from './geo.ts'
import { boxOf, requestPoint } from './geo-query.ts'
import { rangesOf } from './range-aggregation.ts'

export function checkGeoBounds(clause: Clause): AggregationParameters {
  return { type: 'geo_bounds', field: fieldOf(clause), wrapLongitude: clause.boolean('wrap_longitude') ?? true }
}

export function checkGeoCentroid(clause: Clause): AggregationParameters {
  return { type: 'geo_centroid', field: fieldOf(clause) }
}

export function checkGeoDistanceRanges(clause: Clause): AggregationParameters {
  const field = fieldOf(clause)
  const origin = clause.take('origin', 'center', 'point')
  if (origin === undefined) throw fail('search.argument', { reason: 'Missing [origin] in geo_distance aggregator' })
  const unit = clause.string('unit') ?? 'm'
  const metres = metresOf(unit)
  if (metres === undefined) throw fail('search.argument', { reason: `No distance unit match [${unit}]` })
  return {
    type: 'geo_distance',
    field,
    origin: requestPoint('geo_distance', origin),
    unit: metres,
    flat: (clause.oneOf('distance_type', ['arc', 'plane']) ?? 'arc') === 'plane',
    // Distances begin at 0, and answers say so.
    ranges: rangesOf(clause, 'geo_distance').map((range) => ({ ...range, from: range.from ?? 0 })),
    keyed: clause.boolean('keyed') ?? false,
    missing: undefined,
    format: undefined,
    zone: undefined,
  }
}

const GRIDS = {
  geohash_grid: { precision: 5, least: 1, most: 12 },
  geotile_grid: { precision: 7, least: 0, most: 29 },
} as const

export function checkGeoGrid(clause: Clause, type: keyof typeof GRIDS): AggregationParameters {
  const field = fieldOf(clause)
  const size = clause.integer('size') ?? 10_000
  if (size <= 0)
    throw fail('search.argument', { reason: `[size] must be greater than 0. Found [${size}] in [${clause.name}]` })
  // One shard: what a shard would send decides nothing.
  clause.integer('shard_size')
  const bounds = clause.object('bounds')
  return {
    type,
    field,
    precision: precisionOf(clause, type),
    size,
    bounds: bounds === undefined ? undefined : boxOf(bounds, 'bounds'),
  }
}

export function precisionOf(clause: Clause, type: keyof typeof GRIDS): number {
  const value = clause.take('precision')
  const { precision, least, most } = GRIDS[type]
  if (value === undefined || value === null) return precision
  const number = Number(isObject(value) || Array.isArray(value) ? NaN : value)
  if (type === 'geohash_grid' && typeof value === 'string' && Number.isNaN(number)) return levelOf(clause, value)
  if (!Number.isInteger(number)) throw clause.wrong('precision', 'an integer', value as Value)
  if (number < least || number > most)
    throw fail('search.argument', {
      reason:
        type === 'geohash_grid'
          ? `Invalid geohash aggregation precision of ${number}. Must be between 1 and 12.`
          : `Invalid geotile_grid precision of ${number}. Must be between 0 and 29.`,
    })
  return number
}

const EQUATOR = 2 * Math.PI * 6_378_137
const POLAR = Math.PI * 6_356_752.314245

/** The length of a geohash whose cell is about as large as a distance (`1km`). */
function levelOf(clause: Clause, text: string): number {
  const metres = parseDistance(text)
  if (metres === undefined || metres <= 0) throw clause.wrong('precision', 'a number or a distance such as 1km', text)
  const width = metres / (1 + POLAR / EQUATOR)
  const bits = Math.ceil(Math.log2(Math.ceil(EQUATOR / width)))
  const [full, left] = [Math.floor(bits / 5), bits % 5]
  const level = 2 * full + (left > 0 ? 1 : 0) + (left > 3 ? 1 : 0)
  if (level > 12)
    throw fail('search.argument', {
      reason: `precision too high [${text}]: a geohash has at most 12 symbols`,
    })
  return level
}
