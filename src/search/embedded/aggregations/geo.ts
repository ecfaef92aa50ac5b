/** Aggregations of places: geo_bounds, geo_centroid, geohash_grid, geotile_grid; distances for others. */
import { double, newObject, type ValueObject } from '../../../event/index.ts'
import type { Aggregation } from '../../dsl/index.ts'
import { distanceBetween, geohashOf, pointOf, tileOf, withinBox, type GeoPoint } from '../../dsl/geo.ts'
import type { GeoGridParameters } from '../../dsl/aggregation-tree.ts'
import type { GeoBoundsParameters, GeoCentroidParameters } from '../../dsl/metric-tree.ts'
import type { Column, NumberColumn, StringColumn } from '../columns.ts'
import { compareStrings } from '../evaluator/dictionary.ts'
import type { SegmentView } from '../evaluator/segment-view.ts'
import { bucketComparator, firstInOrder } from './bucket-order.ts'
import {
  addResults,
  columnOf,
  makeChildren,
  type AggregationContext,
  type Collector,
  type NamedCollector,
} from './collector.ts'
import { OwnerLists, PairTable, Totals } from './pair-table.ts'

/** A column of points as a column of distances from a place, in a unit of so many metres. */
export function distanceColumn(
  column: Column | undefined,
  origin: GeoPoint,
  unit: number,
  flat: boolean,
): NumberColumn | undefined {
  if (column?.kind !== 'string') return undefined
  const distances = Float64Array.from(column.dictionary, (text) => distanceBetween(origin, pointOf(text), flat) / unit)
  const values = Float64Array.from(column.ordinals, (ordinal) => distances[ordinal]!)
  const { offsets, present } = column
  return { kind: 'number', values, offsets, present, min: -Infinity, max: Infinity, ascending: false }
}

/** Calls `see` with each value of each document of a block. */
export function eachValue(
  column: StringColumn,
  documents: Int32Array,
  length: number,
  see: (i: number, ordinal: number) => void,
): void {
  const { offsets, present, ordinals } = column
  for (let i = 0; i < length; i++) {
    const d = documents[i]!
    let [start, end] = [d, d + 1]
    if (offsets !== undefined) [start, end] = [offsets[d]!, offsets[d + 1]!]
    else if (present !== undefined && ((present[d >>> 5]! >>> (d & 31)) & 1) === 0) end = start
    for (let v = start; v < end; v++) see(i, ordinals[v]!)
  }
}

abstract class PointsCollector implements Collector {
  protected points: GeoPoint[] = []
  private readonly field: string
  private column: StringColumn | undefined

  constructor(field: string) {
    this.field = field
  }

  segment(view: SegmentView): void {
    const column = columnOf(this.field, view)
    this.column = column?.kind === 'string' ? column : undefined
    this.points = this.column?.dictionary.map(pointOf) ?? []
  }

  collect(documents: Int32Array, owners: Int32Array, length: number): void {
    if (this.column === undefined) return
    eachValue(this.column, documents, length, (i, ordinal) => this.add(owners[i]!, this.points[ordinal]!))
  }

  protected abstract add(owner: number, point: GeoPoint): void
  abstract result(owner: number): ValueObject

  value(_owner: number, _property?: string): number {
    return NaN
  }
}

export class GeoCentroidCollector extends PointsCollector {
  private readonly counts = new Totals()
  private readonly sums = { lat: new Totals(), lon: new Totals() }

  constructor({ field }: GeoCentroidParameters) {
    super(field)
  }

  protected add(owner: number, point: GeoPoint): void {
    this.counts.reserve(owner)
    this.counts.values[owner]!++
    for (const axis of ['lat', 'lon'] as const) {
      this.sums[axis].reserve(owner)
      this.sums[axis].values[owner]! += point[axis]
    }
  }

  override value(owner: number, property?: string): number {
    const count = this.counts.get(owner)
    if (property === 'count') return count
    return property === 'lat' || property === 'lon' ? this.sums[property].get(owner) / count : NaN
  }

  result(owner: number): ValueObject {
    const json = newObject()
    const count = this.counts.get(owner)
    if (count > 0) json['location'] = latLon(this.value(owner, 'lat'), this.value(owner, 'lon'))
    json['count'] = count
    return json
  }
}

function latLon(lat: number, lon: number): ValueObject {
  return Object.assign(newObject(), { lat: double(lat), lon: double(lon) })
}

interface Extremes {
  north: number
  south: number
  /** Of the points to the east of Greenwich, and to the west. */
  east: { from: number; to: number }
  west: { from: number; to: number }
}

export class GeoBoundsCollector extends PointsCollector {
  private readonly wrap: boolean
  private readonly found: (Extremes | undefined)[] = []

  constructor({ field, wrapLongitude }: GeoBoundsParameters) {
    super(field)
    this.wrap = wrapLongitude
  }

  protected add(owner: number, { lat, lon }: GeoPoint): void {
    const one = (this.found[owner] ??= {
      north: -Infinity,
      south: Infinity,
      east: { from: Infinity, to: -Infinity },
      west: { from: Infinity, to: -Infinity },
    })
    one.north = Math.max(one.north, lat)
    one.south = Math.min(one.south, lat)
    const half = lon >= 0 ? one.east : one.west
    half.from = Math.min(half.from, lon)
    half.to = Math.max(half.to, lon)
  }

  result(owner: number): ValueObject {
    const json = newObject()
    const one = this.found[owner]
    if (one === undefined) return json
    const [left, right] = this.sides(one)
    const bounds = newObject()
    bounds['top_left'] = latLon(one.north, left)
    bounds['bottom_right'] = latLon(one.south, right)
    json['bounds'] = bounds
    return json
  }

  /** Across the date line where that box is the narrower one. */
  private sides({ east, west }: Extremes): [number, number] {
    if (east.from === Infinity) return [west.from, west.to]
    if (west.from === Infinity) return [east.from, east.to]
    const across = 180 - east.from + (west.to + 180)
    return !this.wrap || east.to - west.from <= across ? [west.from, east.to] : [east.from, west.to]
  }
}

interface Cell {
  readonly key: string
  /** Cells of equal counts come in this order. */
  readonly order: string
}

/** geohash_grid and geotile_grid: a bucket for each cell that has points. */
export class GeoGridCollector implements Collector {
  private readonly parameters: GeoGridParameters
  private readonly context: AggregationContext
  private readonly children: readonly NamedCollector[]
  private readonly pairs = new PairTable()
  private readonly counts = new Totals()
  private readonly cells: Cell[] = []
  private readonly byKey = new Map<string, number>()
  private byOwner: OwnerLists | undefined
  private column: StringColumn | undefined
  /** The cell of each entry of the column's dictionary, or -1 for a point that is out of bounds. */
  private cellOf = new Int32Array(0)

  constructor(aggregation: Aggregation, parameters: GeoGridParameters, context: AggregationContext) {
    this.parameters = parameters
    this.context = context
    this.children = makeChildren(aggregation, context)
  }

  segment(view: SegmentView): void {
    const column = columnOf(this.parameters.field, view)
    this.column = column?.kind === 'string' ? column : undefined
    this.cellOf = Int32Array.from(this.column?.dictionary ?? [], (text) => this.cell(pointOf(text)))
    for (const { collector } of this.children) collector.segment(view)
  }

  private cell(point: GeoPoint): number {
    const { type, precision, bounds } = this.parameters
    if (bounds !== undefined && !withinBox(point, bounds)) return -1
    let cell: Cell
    if (type === 'geohash_grid') {
      const key = geohashOf(point, precision)
      cell = { key, order: key }
    } else {
      const { x, y } = tileOf(point, precision)
      cell = { key: `${precision}/${x}/${y}`, order: [x, y].map((n) => String(n).padStart(10, '0')).join('/') }
    }
    let number = this.byKey.get(cell.key)
    if (number === undefined) {
      this.byKey.set(cell.key, (number = this.cells.length))
      this.cells.push(cell)
    }
    return number
  }

  collect(documents: Int32Array, owners: Int32Array, length: number): void {
    if (this.column === undefined) return
    const [into, of]: [number[], number[]] = [[], []]
    const { counts, pairs } = this
    // Several points of a document in one cell are one document.
    let [last, first] = [-1, 0]
    eachValue(this.column, documents, length, (i, ordinal) => {
      const cell = this.cellOf[ordinal]!
      if (i !== last) [last, first] = [i, into.length]
      if (cell < 0) return
      const bucket = pairs.number(owners[i]!, cell)
      for (let k = first; k < into.length; k++) if (of[k] === bucket) return
      counts.reserve(bucket)
      counts.values[bucket]!++
      into.push(documents[i]!)
      of.push(bucket)
    })
    if (into.length === 0) return
    const [d, o] = [Int32Array.from(into), Int32Array.from(of)]
    for (const { collector } of this.children) collector.collect(d, o, d.length)
  }

  value(): number {
    return NaN
  }

  result(owner: number): ValueObject {
    this.byOwner ??= new OwnerLists(this.pairs)
    const { pairs, counts, cells } = this
    const compare = bucketComparator(
      [
        { path: '_count', descending: true },
        { path: '_key', descending: false },
      ],
      {
        count: (bucket) => counts.get(bucket),
        compareKeys: (a, b) => compareStrings(cells[pairs.keys[a]!]!.order, cells[pairs.keys[b]!]!.order),
      },
      [],
    )
    const shown = firstInOrder([...this.byOwner.of(owner)], this.parameters.size, compare)
    this.context.countBuckets(shown.length)
    const json = newObject()
    json['buckets'] = shown.map((bucket) => {
      const body = newObject()
      body['key'] = cells[pairs.keys[bucket]!]!.key
      body['doc_count'] = counts.get(bucket)
      return addResults(body, this.children, bucket)
    })
    return json
  }
}
