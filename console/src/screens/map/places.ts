import { fieldsOf, search, type Bucket, type FieldInfo } from '../../api/events.ts'

/** A spot on the map, with how many events name it. */
export interface Spot {
  /** Degrees. */
  readonly lon: number
  readonly lat: number
  readonly count: number
  /** City and country, where events have them. */
  readonly name: string
  readonly addresses: readonly string[]
  /** What finds its events, in KQL. */
  readonly filter: string
}

/** Where events keep a side's place, by ECS and as Logstash's geoip filter wrote it before; with the address it is of. */
export const SIDES = [
  { id: 'source.geo', address: 'source.ip' },
  { id: 'destination.geo', address: 'destination.ip' },
  { id: 'client.geo', address: 'client.ip' },
  { id: 'server.geo', address: 'server.ip' },
  { id: 'geoip', address: 'geoip.ip' },
] as const
export type Side = (typeof SIDES)[number]

const MOST_SPOTS = 400
const MOST_ADDRESSES = 5
/** Tiles of about a tenth of a degree, where places are points. */
const PRECISION = 11

/** The sides of which events say where they are. */
export async function placedSides(): Promise<readonly Side[]> {
  const fields = await fieldsOf('*')
  return SIDES.filter(({ id }) => positionsOf(id, fields) !== undefined)
}

/** How a side's positions are kept: as points, or, without a mapping for them, as two numbers. */
function positionsOf(side: string, fields: readonly FieldInfo[]): 'points' | 'numbers' | undefined {
  const typeOf = (name: string): string | undefined => fields.find((field) => field.name === name)?.type
  if (typeOf(`${side}.location`) === 'geo_point') return 'points'
  return typeOf(`${side}.location.lat`) === undefined ? undefined : 'numbers'
}

export async function spotsOf({ id, address }: Side, query: object, signal: AbortSignal): Promise<Spot[]> {
  const fields = await fieldsOf('*')
  const countable = (...names: string[]): string | undefined =>
    names
      .flatMap((name) => [name, `${name}.keyword`])
      .find((name) => fields.some((one) => one.name === name && one.aggregatable))
  const [city, country, ip] = [
    countable(`${id}.city_name`),
    countable(`${id}.country_name`, `${id}.country_iso_code`, `${id}.country_code2`),
    countable(address),
  ]
  const first = (field: string | undefined, size = 1): object =>
    field === undefined ? { filter: { match_none: {} } } : { terms: { field, size } }
  const within = { city: first(city), country: first(country), addresses: first(ip, MOST_ADDRESSES) }
  const spot = (bucket: Bucket, lat: number, lon: number, exact: string | undefined): Spot => {
    const [cities, countries] = [textsIn(bucket, 'city'), textsIn(bucket, 'country')]
    const filters = [
      ...(city === undefined || cities[0] === undefined ? [] : [`${city}: ${quoted(cities[0])}`]),
      ...(country === undefined || countries[0] === undefined ? [] : [`${country}: ${quoted(countries[0])}`]),
    ]
    return {
      lat,
      lon,
      count: bucket.doc_count,
      name: [...cities, ...countries].join(', ') || `${lat.toFixed(2)}, ${lon.toFixed(2)}`,
      addresses: textsIn(bucket, 'addresses'),
      filter: exact ?? (filters.length === 0 ? `${id}.location: *` : filters.join(' and ')),
    }
  }
  if (positionsOf(id, fields) === 'points') {
    const field = `${id}.location`
    const grid = { geotile_grid: { field, precision: PRECISION, size: MOST_SPOTS } }
    const aggs = { spots: { ...grid, aggs: { middle: { geo_centroid: { field } }, ...within } } }
    const { aggregations } = await search('*', { size: 0, query, aggs }, signal)
    return (aggregations?.['spots']?.buckets ?? []).flatMap((bucket) => {
      const { location } = bucket['middle'] as { location?: { lat: number; lon: number } }
      return location === undefined ? [] : [spot(bucket, location.lat, location.lon, undefined)]
    })
  }
  const [lat, lon] = [`${id}.location.lat`, `${id}.location.lon`]
  const inner = { lons: { terms: { field: lon, size: 3 }, aggs: within } }
  const aggs = { lats: { terms: { field: lat, size: MOST_SPOTS }, aggs: inner } }
  const { aggregations } = await search('*', { size: 0, query, aggs }, signal)
  return (aggregations?.['lats']?.buckets ?? []).flatMap((north) =>
    bucketsIn(north, 'lons').map((east) =>
      spot(east, Number(north.key), Number(east.key), `${lat}: ${north.key} and ${lon}: ${east.key}`),
    ),
  )
}

function bucketsIn(parent: Bucket, name: string): readonly Bucket[] {
  return (parent[name] as { buckets?: readonly Bucket[] } | undefined)?.buckets ?? []
}

function textsIn(parent: Bucket, name: string): string[] {
  return bucketsIn(parent, name).map(({ key, key_as_string }) => key_as_string ?? String(key))
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
