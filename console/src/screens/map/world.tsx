import { geoNaturalEarth1, geoPath, type GeoPermissibleObjects } from 'd3-geo'
import { feature, mesh } from 'topojson-client'
import type { GeometryCollection, Topology } from 'topojson-specification'
import world from 'world-atlas/countries-110m.json'
import { show } from '../../document.ts'
import { messages as m } from '../../messages.ts'
import type { Spot } from './places.ts'

const WIDTH = 960
const HEIGHT = 480
const TOPOLOGY = world as unknown as Topology<{ countries: GeometryCollection; land: GeometryCollection }>
const PROJECTION = geoNaturalEarth1().fitExtent(
  [
    [4, 4],
    [WIDTH - 4, HEIGHT - 4],
  ],
  { type: 'Sphere' },
)
const drawn = (shape: GeoPermissibleObjects): string => geoPath(PROJECTION)(shape) ?? ''
const LAND = drawn(feature(TOPOLOGY, TOPOLOGY.objects.land))
const BORDERS = drawn(mesh(TOPOLOGY, TOPOLOGY.objects.countries, (a, b) => a !== b))

/** The spots on a map of the world that comes with the console; no tile is asked of anybody. */
export function World({ spots, onChoose }: { spots: readonly Spot[]; onChoose: (spot: Spot) => void }) {
  const most = Math.log2(1 + Math.max(1, ...spots.map(({ count }) => count)))
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className="ved-world" role="img" aria-label={m.map.picture(spots.length)}>
      <path d={LAND} className="ved-land" />
      <path d={BORDERS} className="ved-borders" />
      {/* The largest first, so that none hides a smaller one. */}
      {spots.map((spot, at) => {
        const place = PROJECTION([spot.lon, spot.lat])
        if (place === null) return null
        return (
          <circle
            key={at}
            cx={place[0]}
            cy={place[1]}
            r={3 + (9 * Math.log2(1 + spot.count)) / most}
            className="ved-spot"
            onClick={() => onChoose(spot)}
          >
            <title>{`${show(spot.name, 200)}: ${m.common.count(spot.count)}`}</title>
          </circle>
        )
      })}
    </svg>
  )
}
