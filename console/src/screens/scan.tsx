import { Alert, Badge, Button, Group, NumberInput, SegmentedControl, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { dslOf, search, streamPoints } from '../api/events.ts'
import { Empty, ErrorNotice, ScreenTitle } from '../components/notices.tsx'
import { Scatter, type Points, type Window } from '../components/scatter.tsx'
import { TimeRange } from '../components/time-range.tsx'
import { Value } from '../components/value.tsx'
import { messages as m } from '../messages.ts'
import { addressFields, addressQuery } from '../query/address.ts'
import { pillOf } from '../query/pills.ts'
import { useSpan } from '../span-state.ts'
import { useUrlState } from '../url-state.ts'

const MOST = 2_000_000

/** Every connection of a source or to a target, port × time or host × time. */
export default function ScanView() {
  const [url, setUrl] = useUrlState()
  const ip = url['ip'] ?? ''
  const role = url['role'] === 'target' ? 'target' : 'source'
  const axis = url['axis'] === 'host' ? 'host' : 'port'
  const index = url['index'] ?? '*'
  const { span, picker } = useSpan()
  const fields = useQuery({
    queryKey: ['address-fields', index],
    queryFn: () => addressFields(index),
    staleTime: 60_000,
  })
  const query = useMemo(() => {
    if (fields.data === undefined) return undefined
    const time = dslOf({ index, text: '', lucene: false, pills: undefined, span })
    return { bool: { filter: [time, ...(ip === '' ? [] : [addressQuery(ip, fields.data[role])])] } }
  }, [fields.data, index, span, ip, role])
  const other = role === 'source' ? 'target' : 'source'
  const field = fields.data === undefined ? undefined : axis === 'port' ? fields.data.port[0] : fields.data[other][0]
  const { points, names, error, finished } = usePoints(index, query, field)
  const figures = useQuery({
    queryKey: ['scan-figures', index, query, role],
    queryFn: ({ signal }) => {
      const { port, [other]: peers } = fields.data!
      return search(
        index,
        {
          size: 0,
          track_total_hits: true,
          query,
          aggs: {
            ...(port[0] === undefined
              ? {}
              : { ports: { cardinality: { field: port[0] } }, topPorts: { terms: { field: port[0], size: 50 } } }),
            ...(peers[0] === undefined
              ? {}
              : { hosts: { cardinality: { field: peers[0] } }, topHosts: { terms: { field: peers[0], size: 50 } } }),
          },
        },
        signal,
      )
    },
    enabled: query !== undefined,
  })
  const ports = figures.data?.aggregations?.['ports']?.value ?? 0
  const hosts = figures.data?.aggregations?.['hosts']?.value ?? 0
  const total = figures.data?.hits.total.value ?? 0
  const shape = shapeOf(ports, hosts, points)
  const bounds = useMemo(() => boundsOf(points, names), [points, points.length, names])
  const view: Window = useMemo(
    () => ({
      span: { from: Math.max(span.from, bounds.first), to: Math.min(span.to, bounds.last) },
      low: url['low'] === undefined ? 0 : Number(url['low']),
      high: url['high'] === undefined ? bounds.high : Number(url['high']),
    }),
    [span, bounds, url['low'], url['high']],
  )
  const nameOfY = useMemo(
    () => (axis === 'port' ? (y: number): string => String(y) : (y: number): string => names[y] ?? ''),
    [axis, names],
  )
  return (
    <>
      <ScreenTitle title={m.scan.title}>
        {shape !== undefined && (
          <Badge size="lg" variant="default" tt="none">
            {m.scan.shape[shape]}
          </Badge>
        )}
        <Text size="sm" role="status">
          {m.scan.drawn(points.length, total)} {finished ? '' : '…'}
        </Text>
      </ScreenTitle>
      <Group gap="xs" mb="sm">
        <TextInput
          size="xs"
          w={200}
          data-query
          aria-label={m.scan.address}
          placeholder={m.scan.address}
          key={ip}
          defaultValue={ip}
          onKeyDown={(event) =>
            event.key === 'Enter' &&
            setUrl({ ip: event.currentTarget.value || undefined, low: undefined, high: undefined })
          }
        />
        <SegmentedControl
          size="xs"
          aria-label={m.scan.role}
          value={role}
          onChange={(value) => setUrl({ role: value })}
          data={[
            { value: 'source', label: m.scan.source },
            { value: 'target', label: m.scan.target },
          ]}
        />
        <SegmentedControl
          size="xs"
          aria-label={m.scan.axis}
          value={axis}
          onChange={(value) => setUrl({ axis: value, low: undefined, high: undefined })}
          data={[
            { value: 'port', label: m.scan.port },
            { value: 'host', label: m.scan.host },
          ]}
        />
        <TimeRange {...picker} />
        <NumberInput
          size="xs"
          w={110}
          aria-label={m.scan.low}
          placeholder={m.scan.low}
          value={url['low'] === undefined ? '' : Number(url['low'])}
          onChange={(value) => setUrl({ low: value === '' ? undefined : String(value) }, { replace: true })}
        />
        <NumberInput
          size="xs"
          w={110}
          aria-label={m.scan.high}
          placeholder={m.scan.high}
          value={url['high'] === undefined ? '' : Number(url['high'])}
          onChange={(value) => setUrl({ high: value === '' ? undefined : String(value) }, { replace: true })}
        />
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            const pills = [
              ip === '' || fields.data === undefined ? '' : pillOf(fields.data[role][0] ?? 'source.ip', ip),
              field !== undefined && axis === 'port' && url['low'] !== undefined
                ? `${field} >= ${url['low']} and ${field} <= ${url['high'] ?? 65_535}`
                : '',
            ]
            location.assign(
              `/_vedetta/ui/events?${new URLSearchParams({ index, from: new Date(view.span.from).toISOString(), to: new Date(view.span.to).toISOString(), f: pills.filter(Boolean).join('\n') }).toString()}`,
            )
          }}
        >
          {m.inbox.openEvents}
        </Button>
      </Group>
      {error !== undefined && <ErrorNotice error={error} />}
      {figures.error !== null && <ErrorNotice error={figures.error} />}
      {total > MOST && <Alert color="yellow">{m.scan.capped(MOST)}</Alert>}
      {finished && points.length === 0 && error === undefined && <Empty title={m.events.empty} />}
      {points.length > 0 && (
        <figure style={{ margin: 0 }}>
          <Scatter
            points={points}
            window={view}
            nameOfY={nameOfY}
            label={m.scan.summary(points.length, ports, hosts, shape === undefined ? '' : m.scan.shape[shape])}
            onWindow={(chosen) =>
              setUrl({
                from: new Date(chosen.span.from).toISOString(),
                to: new Date(chosen.span.to).toISOString(),
                low: axis === 'port' ? String(chosen.low) : undefined,
                high: axis === 'port' ? String(chosen.high) : undefined,
              })
            }
          />
        </figure>
      )}
      <Group align="start" gap="xl" mt="md">
        <Top
          title={m.scan.ports(ports)}
          field={fields.data?.port[0]}
          buckets={figures.data?.aggregations?.['topPorts']?.buckets ?? []}
        />
        <Top
          title={m.scan.hosts(hosts)}
          field={fields.data?.[other][0]}
          buckets={figures.data?.aggregations?.['topHosts']?.buckets ?? []}
        />
      </Group>
    </>
  )
}

function Top({
  title,
  field,
  buckets,
}: {
  title: string
  field: string | undefined
  buckets: readonly { key: string | number; key_as_string?: string; doc_count: number }[]
}) {
  if (field === undefined || buckets.length === 0) return null
  return (
    <div className="ved-scroll" style={{ maxHeight: 320, minWidth: 260 }} tabIndex={0} role="region" aria-label={title}>
      <table className="ved-table">
        <caption style={{ textAlign: 'left', fontWeight: 600 }}>{title}</caption>
        <tbody>
          {buckets.map(({ key, key_as_string, doc_count }) => (
            <tr key={key}>
              <td className="ved-mono">
                <Value field={field} value={key_as_string ?? key} />
              </td>
              <td className="ved-num">{m.common.count(doc_count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function usePoints(index: string, query: object | undefined, field: string | undefined) {
  const [state, setState] = useState<{
    points: Points
    names: readonly string[]
    error: Error | undefined
    finished: boolean
  }>({ points: NONE, names: [], error: undefined, finished: false })
  const key = JSON.stringify([index, query, field])
  useEffect(() => {
    if (query === undefined) return undefined
    if (field === undefined) {
      setState({ points: NONE, names: [], error: undefined, finished: true })
      return undefined
    }
    const abort = new AbortController()
    let times = new Float64Array(65_536)
    let ys = new Float64Array(65_536)
    let length = 0
    const names: string[] = []
    const numbers = new Map<string, number>()
    const publish = (finished: boolean): void =>
      setState({ points: { times, ys, length }, names, error: undefined, finished })
    let shown = 0
    streamPoints(
      { index, query, field, size: MOST },
      (partTimes, partYs) => {
        if (length + partTimes.length > times.length) {
          const size = Math.max(times.length * 2, length + partTimes.length)
          const [widerTimes, widerYs] = [new Float64Array(size), new Float64Array(size)]
          widerTimes.set(times)
          widerYs.set(ys)
          times = widerTimes
          ys = widerYs
        }
        for (let at = 0; at < partTimes.length; at++) {
          const y = partYs[at]!
          let value = Number(y)
          if (Number.isNaN(value)) {
            const known = numbers.get(String(y))
            value = known ?? names.length
            if (known === undefined) {
              numbers.set(String(y), value)
              names.push(String(y))
            }
          }
          times[length] = partTimes[at]!
          ys[length++] = value
        }
        if (performance.now() - shown > 300) {
          shown = performance.now()
          publish(false)
        }
      },
      abort.signal,
    ).then(
      () => publish(true),
      (error: Error) => {
        if (!abort.signal.aborted) setState({ points: { times, ys, length }, names, error, finished: true })
      },
    )
    return () => abort.abort()
  }, [key])
  return state
}

const NONE: Points = { times: new Float64Array(0), ys: new Float64Array(0), length: 0 }

function boundsOf(points: Points, names: readonly string[]): { first: number; last: number; high: number } {
  let [first, last, high] = [Infinity, -Infinity, 0]
  for (let at = 0; at < points.length; at++) {
    const time = points.times[at]!
    if (time < first) first = time
    if (time > last) last = time
    if (points.ys[at]! > high) high = points.ys[at]!
  }
  if (points.length === 0) return { first: -Infinity, last: Infinity, high: 1 }
  const margin = Math.max(500, (last - first) * 0.02)
  return {
    first: first - margin,
    last: last + margin,
    high: names.length > 0 ? names.length : Math.max(10, Math.ceil(high * 1.02)),
  }
}

/** Vertical: many ports of few hosts; horizontal: few ports of many hosts; block: many of both; slow: hours between. */
function shapeOf(
  ports: number,
  hosts: number,
  points: Points,
): 'vertical' | 'horizontal' | 'block' | 'slow' | undefined {
  if (points.length < 15) return undefined
  const { first, last } = boundsOf(points, [])
  const many = ports >= 15 || hosts >= 15
  if (many && points.length / Math.max(1, (last - first) / 60_000) < 2) return 'slow'
  if (ports >= 15 && hosts >= 15) return 'block'
  if (ports >= 15) return 'vertical'
  return hosts >= 15 ? 'horizontal' : undefined
}
