import { Anchor, SegmentedControl, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Empty, ErrorNotice, ScreenTitle, Waiting } from '../../components/notices.tsx'
import { TimeRange } from '../../components/time-range.tsx'
import { Value } from '../../components/value.tsx'
import { show } from '../../document.ts'
import { messages as m } from '../../messages.ts'
import { useSpan } from '../../span-state.ts'
import { useUrlState } from '../../url-state.ts'
import { placedSides, SIDES, spotsOf, type Side, type Spot } from './places.ts'
import { World } from './world.tsx'

/** Where in the world events come from or go to, by what the geoip filter wrote into them. */
export default function MapScreen() {
  const [url, setUrl] = useUrlState()
  const navigate = useNavigate()
  const { from, to, span, picker } = useSpan()
  const sides = useQuery({ queryKey: ['placed-sides'], queryFn: placedSides })
  const side = SIDES.find(({ id }) => id === url['side']) ?? sides.data?.[0]
  const found = useQuery({
    queryKey: ['spots', side?.id, span.from, span.to],
    queryFn: async ({ signal }) => {
      const query = { range: { '@timestamp': { gte: span.from, lte: span.to, format: 'epoch_millis' } } }
      return (await spotsOf(side!, query, signal)).sort((a, b) => b.count - a.count)
    },
    enabled: side !== undefined,
  })
  const eventsAt = ({ filter }: Spot) => ({ from, to, f: filter })
  const error = sides.error ?? found.error
  return (
    <>
      <ScreenTitle title={m.map.title}>
        {sides.data !== undefined && sides.data.length > 1 && (
          <SegmentedControl
            size="xs"
            aria-label={m.map.side}
            value={side?.id ?? ''}
            onChange={(value) => setUrl({ side: value })}
            data={sides.data.map(({ id }) => ({ value: id, label: m.map.sides[id] }))}
          />
        )}
        <TimeRange {...picker} />
      </ScreenTitle>
      {error !== null && <ErrorNotice error={error} />}
      {sides.data?.length === 0 && (
        <Empty title={m.map.none}>
          <Text size="sm">{m.map.noneHint}</Text>
        </Empty>
      )}
      {side !== undefined && found.data === undefined && error === null && <Waiting />}
      {side !== undefined && found.data?.length === 0 && <Empty title={m.events.empty} />}
      {side !== undefined && found.data !== undefined && found.data.length > 0 && (
        <>
          <Text size="sm" role="status" mb="xs">
            {m.map.summary(found.data.length)}
          </Text>
          <World
            spots={found.data}
            onChoose={(spot) => void navigate({ to: '/events' as never, search: eventsAt(spot) as never })}
          />
          <SpotTable spots={found.data} side={side} searchOf={eventsAt} />
        </>
      )}
    </>
  )
}

function SpotTable({
  spots,
  side,
  searchOf,
}: {
  spots: readonly Spot[]
  side: Side
  searchOf: (spot: Spot) => Record<string, string>
}) {
  return (
    <div className="ved-scroll" role="region" aria-label={m.map.title} tabIndex={0}>
      <table className="ved-table">
        <thead>
          <tr>
            <th>{m.map.place}</th>
            <th className="ved-num">{m.connections.events}</th>
            <th>{m.map.addresses}</th>
          </tr>
        </thead>
        <tbody>
          {spots.map((spot, at) => (
            <tr key={at}>
              <td className="ved-wrap">
                <Anchor size="sm" component={Link} to={'/events' as never} search={searchOf(spot) as never}>
                  {show(spot.name, 200)}
                </Anchor>
              </td>
              <td className="ved-num">{m.common.count(spot.count)}</td>
              <td className="ved-mono">
                {spot.addresses.map((address) => (
                  <span key={address}>
                    <Value field={side.address} value={address} />{' '}
                  </span>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
