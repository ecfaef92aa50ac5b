/** Queries on places: geo_distance, geo_bounding_box, geo_polygon. */
import { double, isObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { Clause } from './clause.ts'
import { geohashCell, NotAPoint, offEarth, onEarth, parseDistance, readPoint, type Box, type GeoPoint } from './geo.ts'
import type { GeoQuery, Query } from './query-tree.ts'

/** @param name is the clause's, for messages. */
export function requestPoint(name: string, value: Value | undefined): GeoPoint {
  try {
    return readPoint(value ?? null)
  } catch (error) {
    if (error instanceof NotAPoint)
      throw fail('search.parsing', { reason: `failed to parse [${name}]: ${error.message}` })
    throw error
  }
}

type Validation = 'strict' | 'coerce' | 'ignore_malformed'

function validationOf(clause: Clause): Validation {
  return clause.oneOf('validation_method', ['strict', 'coerce', 'ignore_malformed']) ?? 'strict'
}

function checked(name: string, point: GeoPoint, validation: Validation): GeoPoint {
  if (validation === 'coerce') return onEarth(point)
  const problem = offEarth(point)
  if (problem !== undefined && validation === 'strict')
    throw fail('search.argument', { reason: `${problem} for [${name}]` })
  return point
}

/** Takes what all queries on places have; what is left is the one field. */
function shared(clause: Clause, known: readonly string[]): { field: string; validation: Validation; value: Value } {
  const validation = validationOf(clause)
  const fields = Object.keys(clause.body).filter(
    (key) => !['boost', '_name', 'ignore_unmapped', 'validation_method', ...known].includes(key),
  )
  const [field] = fields
  if (field === undefined) throw fail('search.parsing', { reason: `[${clause.name}] requires a field name` })
  if (fields.length > 1)
    throw fail('search.parsing', {
      reason: `[${clause.name}] failed to parse: field name already set, found [${fields[1]!}]`,
    })
  return { field, validation, value: clause.take(field)! }
}

function geo(clause: Clause, field: string, shape: GeoQuery['shape']): Query {
  const query: GeoQuery = {
    kind: 'geo',
    name: clause.name,
    field,
    shape,
    ignoreUnmapped: clause.boolean('ignore_unmapped') ?? false,
    boost: clause.boost(),
  }
  clause.done()
  return query
}

export function checkGeoDistance(body: ValueObject): Query {
  const clause = new Clause('geo_distance', body)
  const { field, validation, value } = shared(clause, ['distance', 'unit', 'distance_type'])
  const unit = clause.string('unit') ?? 'm'
  const distance = clause.string('distance')
  if (distance === undefined)
    throw fail('search.parsing', { reason: "geo_distance requires 'distance' to be specified" })
  const metres = parseDistance(distance, unit)
  if (metres === undefined) throw clause.wrong('distance', 'a distance such as 12km', distance)
  if (metres <= 0) throw fail('search.argument', { reason: 'distance must be greater than zero' })
  const flat = (clause.oneOf('distance_type', ['arc', 'plane']) ?? 'arc') === 'plane'
  const center = checked('geo_distance', requestPoint('geo_distance', value), validation)
  return geo(clause, field, { type: 'circle', center, metres, flat })
}

export function checkGeoBoundingBox(body: ValueObject): Query {
  const clause = new Clause('geo_bounding_box', body)
  const { field, validation, value } = shared(clause, ['type'])
  // How the box is looked for in the index; the answer is the same.
  clause.oneOf('type', ['memory', 'indexed'])
  if (!isObject(value)) throw clause.wrong(field, 'an object with the corners of a box', value)
  const box = boxOf(value, 'geo_bounding_box')
  const [northWest, southEast] = [
    { lat: box.north, lon: box.west },
    { lat: box.south, lon: box.east },
  ]
  const whole = box.east - box.west === 360
  const [a, b] = whole
    ? [northWest, southEast]
    : [northWest, southEast].map((corner) => checked('geo_bounding_box', corner, validation))
  const north = a!.lat
  const south = b!.lat
  if (south > north && validation === 'strict')
    throw fail('search.argument', { reason: `top is below bottom corner: ${double(north)} vs. ${double(south)}` })
  return geo(clause, field, { type: 'box', north, south, west: a!.lon, east: b!.lon })
}

/** A box by two opposite corners, by its four sides, or as `BBOX (west, east, north, south)`. */
export function boxOf(value: ValueObject, name: string): Box {
  const clause = new Clause(name, value)
  const wkt = clause.string('wkt')
  if (wkt !== undefined) {
    const match = /^\s*BBOX\s*\(([^,]+),([^,]+),([^,]+),([^,]+)\)\s*$/i.exec(wkt)
    const sides = match?.slice(1).map(Number) ?? [NaN]
    if (sides.some(Number.isNaN)) throw clause.wrong('wkt', 'BBOX (west, east, north, south)', wkt)
    clause.done()
    return { west: sides[0]!, east: sides[1]!, north: sides[2]!, south: sides[3]! }
  }
  const corner = (...keys: string[]): GeoPoint | undefined => {
    const point = clause.take(...keys)
    return point === undefined ? undefined : cornerOf(name, point, keys[0]!)
  }
  const [topLeft, bottomRight] = [corner('top_left', 'topLeft'), corner('bottom_right', 'bottomRight')]
  const [topRight, bottomLeft] = [corner('top_right', 'topRight'), corner('bottom_left', 'bottomLeft')]
  const side = (key: string): number | undefined => clause.number(key)
  const north = topLeft?.lat ?? topRight?.lat ?? side('top')
  const south = bottomRight?.lat ?? bottomLeft?.lat ?? side('bottom')
  const west = topLeft?.lon ?? bottomLeft?.lon ?? side('left')
  const east = bottomRight?.lon ?? topRight?.lon ?? side('right')
  clause.done()
  if (north === undefined || south === undefined || west === undefined || east === undefined)
    throw fail('search.parsing', {
      reason: `failed to parse bounding box: it needs [top_left, bottom_right], [top_right, bottom_left] or [top, left, bottom, right]`,
    })
  return { north, south, west, east }
}

/** Of a geohash the corner of its cell that is meant. */
function cornerOf(name: string, value: Value, key: string): GeoPoint {
  if (typeof value !== 'string' || value.includes(',') || /point/i.test(value)) return requestPoint(name, value)
  try {
    const cell = geohashCell(value)
    return { lat: key.startsWith('top') ? cell.north : cell.south, lon: key.endsWith('left') ? cell.west : cell.east }
  } catch (error) {
    if (error instanceof NotAPoint)
      throw fail('search.parsing', { reason: `failed to parse [${name}]: ${error.message}` })
    throw error
  }
}

export function checkGeoPolygon(body: ValueObject): Query {
  const clause = new Clause('geo_polygon', body)
  const { field, validation, value } = shared(clause, [])
  if (!isObject(value)) throw clause.wrong(field, 'an object with points', value)
  const inner = new Clause('geo_polygon', value)
  const given = inner.list('points') ?? []
  inner.done()
  const points = given.map((point) => checked('geo_polygon', requestPoint('geo_polygon', point), validation))
  const [first] = points
  if (first === undefined) throw fail('search.parsing', { reason: 'no points defined for geo_polygon query' })
  const last = points.at(-1)!
  const closed = first.lat === last.lat && first.lon === last.lon ? points.length - 1 : points.length
  if (closed < 3) throw fail('search.argument', { reason: 'too few points defined for geo_polygon query' })
  return geo(clause, field, { type: 'polygon', corners: points.slice(0, closed) })
}
