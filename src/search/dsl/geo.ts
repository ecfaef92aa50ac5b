/** Points on the earth as the `geo_point` type keeps them, and what is measured between them. */
import { isObject, type Value } from '../../event/index.ts'
import { numberOf } from './clause.ts'

/** Degrees. */
export interface GeoPoint {
  readonly lat: number
  readonly lon: number
}

/** Thrown for what is no point; the text is Elasticsearch's reason. */
export class NotAPoint extends Error {}

/** Metres: the mean radius that Lucene measures with. */
const EARTH_RADIUS = 6_371_008.7714
/** Metres: the equatorial radius of WGS 84, with which flat distances are measured. */
const EARTH_SEMI_MAJOR_AXIS = 6_378_137

/**
 * A point in any of the forms a document may give: `{ lat, lon }`, `[lon, lat]`, `lat,lon`, a geohash,
 * `POINT (lon lat)`, or GeoJSON. @throws NotAPoint
 */
export function readPoint(value: Value, options: { readonly ignoreZ?: boolean } = {}): GeoPoint {
  if (typeof value === 'string') return pointOfText(value, options)
  if (Array.isArray(value)) return pointOfNumbers(value, options)
  if (!isObject(value)) throw new NotAPoint('geo_point expected')
  if (value['type'] !== undefined || value['coordinates'] !== undefined) {
    if (String(value['type']).toLowerCase() !== 'point' || !Array.isArray(value['coordinates']))
      throw new NotAPoint('[type] for geo_point can only be [point] with [coordinates]')
    return pointOfNumbers(value['coordinates'], options)
  }
  for (const key of Object.keys(value))
    if (key !== 'lat' && key !== 'lon' && key !== 'geohash' && key !== 'z')
      throw new NotAPoint('field must be either [lat], [lon] or [geohash]')
  const { lat, lon, geohash, z } = value
  if (geohash !== undefined) {
    if (lat !== undefined || lon !== undefined) throw new NotAPoint('field must be either lat/lon or geohash')
    if (typeof geohash !== 'string') throw new NotAPoint('[geohash] must be a string')
    return pointOfGeohash(geohash)
  }
  if (z !== undefined) refuseZ(z, options)
  if (lat === undefined) throw new NotAPoint('field [lat] missing')
  if (lon === undefined) throw new NotAPoint('field [lon] missing')
  return { lat: degrees(lat, 'latitude'), lon: degrees(lon, 'longitude') }
}

/** `[lon, lat]` or `[lon, lat, z]`, as opposed to a list of points. */
export function isCoordinates(value: readonly Value[]): boolean {
  return value.length > 0 && value.every((item) => typeof item !== 'string' && !isObject(item) && !Array.isArray(item))
}

function pointOfNumbers(list: readonly Value[], options: { readonly ignoreZ?: boolean }): GeoPoint {
  if (list.length < 2) throw new NotAPoint('[geo_point] field type must have at least two dimensions: lon and lat')
  if (list.length > 3) throw new NotAPoint('[geo_point] field type does not accept more than 3 dimensions')
  if (list.length === 3) refuseZ(list[2]!, options)
  return { lon: degrees(list[0]!, 'longitude'), lat: degrees(list[1]!, 'latitude') }
}

function refuseZ(z: Value, { ignoreZ }: { readonly ignoreZ?: boolean }): void {
  if (ignoreZ === false)
    throw new NotAPoint(
      `Exception parsing coordinates: found Z value [${String(z)}] but [ignore_z_value] parameter is [false]`,
    )
}

function degrees(value: Value, what: string): number {
  const number = value === null ? undefined : numberOf(value)
  if (number === undefined || !Number.isFinite(number)) throw new NotAPoint(`${what} must be a number`)
  return number
}

function pointOfText(text: string, options: { readonly ignoreZ?: boolean }): GeoPoint {
  const wkt = /^\s*point\s*\(\s*([^\s)]+)\s+([^\s)]+)(?:\s+([^\s)]+))?\s*\)\s*$/i.exec(text)
  if (wkt !== null)
    return pointOfNumbers(
      wkt.slice(1).filter((part) => part !== undefined),
      options,
    )
  if (!text.includes(',')) return pointOfGeohash(text)
  const parts = text.split(',').map((part) => part.trim())
  if (parts.length > 3)
    throw new NotAPoint(`failed to parse [${text}], expected 2 or 3 coordinates but found: [${parts.length}]`)
  if (parts.length === 3) refuseZ(parts[2]!, options)
  const [lat, lon] = parts.map((part) => numberOf(part))
  if (lat === undefined || lon === undefined)
    throw new NotAPoint(`${lat === undefined ? 'latitude' : 'longitude'} must be a number`)
  return { lat, lon }
}

/** Why a point is not on the earth, in Elasticsearch's words; undefined where it is. */
export function offEarth({ lat, lon }: GeoPoint): string | undefined {
  if (lat > 90 || lat < -90) return `illegal latitude value [${withPoint(lat)}]`
  if (lon > 180 || lon < -180) return `illegal longitude value [${withPoint(lon)}]`
  return undefined
}

function withPoint(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value)
}

/** The same place with a latitude of -90 to 90 and a longitude of -180 to 180. */
export function onEarth({ lat, lon }: GeoPoint): GeoPoint {
  let [y, x] = [lat, lon]
  y = (((y % 360) + 540) % 360) - 180
  if (y > 90 || y < -90) {
    y = (y > 0 ? 180 : -180) - y
    x += 180
  }
  if (x > 180 || x < -180) x = ((((x + 180) % 360) + 360) % 360) - 180
  return { lat: y, lon: x }
}

const LAT_STEP = 180 / 2 ** 32
const LON_STEP = 360 / 2 ** 32

/** A point as a column keeps it: text of the nearest point of Lucene's grid (32 bits an axis) to the south-west. */
export function pointText({ lat, lon }: GeoPoint): string {
  const y = Math.min(Math.floor(lat / LAT_STEP), 2 ** 31 - 1) * LAT_STEP
  const x = Math.min(Math.floor(lon / LON_STEP), 2 ** 31 - 1) * LON_STEP
  return `${y === 0 ? 0 : y},${x === 0 ? 0 : x}`
}

/** The point of a column's text. */
export function pointOf(text: string): GeoPoint {
  const comma = text.indexOf(',')
  return { lat: Number(text.slice(0, comma)), lon: Number(text.slice(comma + 1)) }
}

const BASE_32 = '0123456789bcdefghjkmnpqrstuvwxyz'

/** The cell's south-west corner. */
function pointOfGeohash(hash: string): GeoPoint {
  const { south, west } = geohashCell(hash)
  return { lat: south, lon: west }
}

export interface Box {
  readonly north: number
  readonly south: number
  readonly west: number
  readonly east: number
}

/** @throws NotAPoint */
export function geohashCell(hash: string): Box {
  let [south, north, west, east] = [-90, 90, -180, 180]
  let odd = false
  if (hash === '' || hash.length > 12) throw new NotAPoint(`unsupported symbol [${hash}] in geohash`)
  for (const symbol of hash.toLowerCase()) {
    const bits = BASE_32.indexOf(symbol)
    if (bits < 0) throw new NotAPoint(`unsupported symbol [${symbol}] in geohash [${hash}]`)
    for (let bit = 16; bit > 0; bit >>= 1) {
      const high = (bits & bit) !== 0
      if (odd) {
        const middle = (south + north) / 2
        if (high) south = middle
        else north = middle
      } else {
        const middle = (west + east) / 2
        if (high) west = middle
        else east = middle
      }
      odd = !odd
    }
  }
  return { north, south, west, east }
}

/** @param precision is the number of symbols, 1 to 12. */
export function geohashOf({ lat, lon }: GeoPoint, precision: number): string {
  let [south, north, west, east] = [-90, 90, -180, 180]
  let hash = ''
  let odd = false
  for (let i = 0; i < precision; i++) {
    let bits = 0
    for (let bit = 16; bit > 0; bit >>= 1) {
      if (odd) {
        const middle = (south + north) / 2
        if (lat >= middle) {
          bits |= bit
          south = middle
        } else north = middle
      } else {
        const middle = (west + east) / 2
        if (lon >= middle) {
          bits |= bit
          west = middle
        } else east = middle
      }
      odd = !odd
    }
    hash += BASE_32[bits]!
  }
  return hash
}

/** The tile of the web's map (`zoom/x/y`) that a point lies in. */
export function tileOf({ lat, lon }: GeoPoint, zoom: number): { x: number; y: number } {
  const tiles = 2 ** zoom
  const x = Math.floor(((lon + 180) / 360) * tiles)
  const sine = Math.sin((lat * Math.PI) / 180)
  const y = Math.floor((0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * tiles)
  return { x: Math.min(Math.max(x, 0), tiles - 1), y: Math.min(Math.max(y, 0), tiles - 1) }
}

/** Metres along the surface of a sphere (haversine), or by plain Pythagoras where `flat`. */
export function distanceBetween(a: GeoPoint, b: GeoPoint, flat = false): number {
  const radians = Math.PI / 180
  if (flat) {
    const x = (b.lon - a.lon) * radians * Math.cos(((b.lat + a.lat) / 2) * radians)
    const y = (b.lat - a.lat) * radians
    return Math.sqrt(x * x + y * y) * EARTH_SEMI_MAJOR_AXIS
  }
  const y = Math.sin(((b.lat - a.lat) * radians) / 2)
  const x = Math.sin(((b.lon - a.lon) * radians) / 2)
  const h = y * y + Math.cos(a.lat * radians) * Math.cos(b.lat * radians) * x * x
  return 2 * EARTH_RADIUS * Math.asin(Math.min(1, Math.sqrt(h)))
}

const UNITS: Readonly<Record<string, number>> = Object.assign(Object.create(null) as Record<string, number>, {
  in: 0.0254,
  inch: 0.0254,
  yd: 0.9144,
  yards: 0.9144,
  ft: 0.3048,
  feet: 0.3048,
  km: 1000,
  kilometers: 1000,
  NM: 1852,
  nmi: 1852,
  nauticalmiles: 1852,
  mm: 0.001,
  millimeters: 0.001,
  cm: 0.01,
  centimeters: 0.01,
  mi: 1609.344,
  miles: 1609.344,
  m: 1,
  meters: 1,
})

/** Metres that a unit (`km`, `mi`) is; undefined where there is no such unit. */
export function metresOf(unit: string): number | undefined {
  return UNITS[unit]
}

/** Metres of `12km` or of a number in the unit given; undefined where it is neither. */
export function parseDistance(text: string, unit = 'm'): number | undefined {
  const match = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([A-Za-z]*)\s*$/.exec(text)
  if (match === null) return undefined
  const metres = metresOf(match[2] === '' ? unit : match[2]!)
  return metres === undefined ? undefined : Number(match[1]) * metres
}

/** Within a box; one whose west lies east of its east crosses the date line. */
export function withinBox({ lat, lon }: GeoPoint, { north, south, west, east }: Box): boolean {
  if (lat > north || lat < south) return false
  return west <= east ? lon >= west && lon <= east : lon >= west || lon <= east
}

/** By the number of edges to the east of it (even-odd rule). */
export function withinPolygon({ lat, lon }: GeoPoint, corners: readonly GeoPoint[]): boolean {
  let inside = false
  for (let i = 0, j = corners.length - 1; i < corners.length; j = i++) {
    const [a, b] = [corners[i]!, corners[j]!]
    if (a.lat > lat === b.lat > lat) continue
    if (lon < ((b.lon - a.lon) * (lat - a.lat)) / (b.lat - a.lat) + a.lon) inside = !inside
  }
  return inside
}
