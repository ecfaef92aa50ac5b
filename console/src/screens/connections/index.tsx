import { Button, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { alerts, alertView } from '../../api/alerts.ts'
import { Empty, ErrorNotice, ScreenTitle, Waiting } from '../../components/notices.tsx'
import { TimeRange } from '../../components/time-range.tsx'
import { Value } from '../../components/value.tsx'
import { messages as m } from '../../messages.ts'
import { useSpan } from '../../span-state.ts'
import { useUrlState } from '../../url-state.ts'
import { edgesOf, MOST_PEERS, type Edge } from './edges.ts'
import { Graph } from './graph.tsx'

const NONE: readonly Edge[] = []

/** Who talks with whom: around one address, or the busiest of all. */
export default function Connections() {
  const [url, setUrl] = useUrlState()
  const center = url['ip'] ?? ''
  const { span, picker } = useSpan()
  const found = useQuery({
    queryKey: ['connections', center, span.from, span.to],
    queryFn: ({ signal }) => edgesOf(center, span, signal),
  })
  const open = useQuery({
    queryKey: ['alerts', 'connections', span.from, span.to],
    queryFn: ({ signal }) => {
      const range = { from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() }
      return alerts.list({ status: 'open', ...range, size: 500 }, signal)
    },
  })
  const alerted = useMemo(
    () => new Set((open.data?.alerts ?? []).flatMap((alert) => alertView(alert).culprits)),
    [open.data],
  )
  const edges = found.data?.edges ?? NONE
  const nodes = new Set(edges.flatMap((edge) => [edge.from, edge.to])).size
  return (
    <>
      <ScreenTitle title={m.connections.title}>
        <TextInput
          size="xs"
          data-query
          aria-label={m.connections.address}
          placeholder={m.connections.address}
          key={center}
          defaultValue={center}
          onKeyDown={(event) => event.key === 'Enter' && setUrl({ ip: event.currentTarget.value.trim() || undefined })}
        />
        {center !== '' && (
          <Button size="xs" variant="default" onClick={() => setUrl({ ip: undefined })}>
            {m.connections.everybody}
          </Button>
        )}
        <TimeRange {...picker} />
      </ScreenTitle>
      <Text size="sm">{m.connections.lead}</Text>
      {found.error !== null && <ErrorNotice error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && found.error === null && <Waiting />}
      {found.data !== undefined && edges.length === 0 && (
        <Empty title={m.connections.empty}>
          <Text size="sm">{m.connections.emptyHint}</Text>
        </Empty>
      )}
      {edges.length > 0 && (
        <>
          <Text size="sm" role="status" mb="xs">
            {m.connections.summary(nodes, edges.length)}.{' '}
            {found.data?.capped === true ? m.connections.capped(MOST_PEERS) : ''}
          </Text>
          <div className="ved-graph">
            <figure>
              <Graph edges={edges} center={center} alerted={alerted} onChoose={(ip) => setUrl({ ip })} />
              <figcaption className="ved-legend">
                {center !== '' && (
                  <span>
                    <i data-colour="center" />
                    {m.connections.center}
                  </span>
                )}
                <span>
                  <i data-colour="alarm" />
                  {m.connections.alerted}
                </span>
                <span>
                  <i data-colour="line" />
                  {m.connections.other}
                </span>
              </figcaption>
            </figure>
            <EdgeTable edges={edges} />
          </div>
        </>
      )}
    </>
  )
}

function EdgeTable({ edges }: { edges: readonly Edge[] }) {
  return (
    <div className="ved-scroll" role="region" aria-label={m.connections.title} tabIndex={0}>
      <table className="ved-table">
        <thead>
          <tr>
            <th>{m.connections.from}</th>
            <th>{m.connections.to}</th>
            <th>{m.connections.ports}</th>
            <th className="ved-num">{m.connections.events}</th>
          </tr>
        </thead>
        <tbody>
          {edges.map(({ from, to, ports, count }) => (
            <tr key={`${from} ${to}`}>
              <td className="ved-mono ved-whole">
                <Value field="source.ip" value={from} />
              </td>
              <td className="ved-mono ved-whole">
                <Value field="destination.ip" value={to} />
              </td>
              <td className="ved-mono">{ports.join(', ')}</td>
              <td className="ved-num">{m.common.count(count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
