import { Anchor, Button, SimpleGrid, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { alerts, alertView, type AlertGroup } from '../api/alerts.ts'
import { search } from '../api/events.ts'
import { topOver } from '../api/top-values.ts'
import { Histogram } from '../components/histogram.tsx'
import { Empty, ErrorNotice, ScreenTitle } from '../components/notices.tsx'
import { Panel } from '../components/panel.tsx'
import { SeverityBadge } from '../components/severity.tsx'
import { SeverityBars } from '../components/severity-bars.tsx'
import { TimeRange } from '../components/time-range.tsx'
import { Value } from '../components/value.tsx'
import { show } from '../document.ts'
import { messages as m } from '../messages.ts'
import { PORTS, SOURCES } from '../query/address.ts'
import { SEVERITY_COLOURS } from '../theme.ts'
import { ago, formatTime, intervalFor, type Span } from '../time.ts'
import { useSpan } from '../span-state.ts'
import { useUrlState } from '../url-state.ts'

const SEVERITIES = ['critical', 'high', 'medium', 'low', 'informational'] as const
const REFRESH_MILLIS = 15_000
const INDEX = ['_index']

/** What happened and whether everything speaks: the first look of the day. */
export default function Overview() {
  const [, setUrl] = useUrlState()
  const { from, to, span, now, refresh, picker } = useSpan()
  const filters = { status: 'open', from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() }
  const severities = useQuery({
    queryKey: ['alerts', 'overview', 'severity', from, to, now],
    queryFn: ({ signal }) => alerts.groups({ ...filters, by: 'severity', size: 10 }, signal),
    refetchInterval: REFRESH_MILLIS,
  })
  const rules = useQuery({
    queryKey: ['alerts', 'overview', 'rule', from, to, now],
    queryFn: ({ signal }) => alerts.groups({ ...filters, status: undefined, by: 'rule', size: 200 }, signal),
  })
  const groups = severities.data?.groups ?? []
  const topRules = [...(rules.data?.groups ?? [])].sort((a, b) => b.count - a.count).slice(0, 8)
  return (
    <>
      <ScreenTitle title={m.overview.title}>
        <TimeRange {...picker} />
        <Button size="xs" variant="default" onClick={() => refresh()}>
          {m.common.refresh}
        </Button>
      </ScreenTitle>
      {severities.error !== null && <ErrorNotice error={severities.error} retry={() => void severities.refetch()} />}
      <Stack>
        <SimpleGrid cols={{ base: 2, sm: 5 }} component="nav" aria-label={m.overview.open}>
          {SEVERITIES.map((severity) => (
            <SeverityCard
              key={severity}
              severity={severity}
              count={groups.find(({ key }) => key['severity'] === severity)?.count ?? 0}
              from={from}
              to={to}
            />
          ))}
        </SimpleGrid>
        <SimpleGrid cols={{ base: 1, lg: 2 }}>
          <Panel title={m.overview.alertsOverTime}>
            {groups.length === 0 ? <Text size="sm">{m.overview.allQuiet}</Text> : <SeverityBars groups={groups} />}
          </Panel>
          <Panel title={m.overview.topRules}>
            <TopRules groups={topRules} from={from} to={to} />
          </Panel>
        </SimpleGrid>
        <Events span={span} onSpan={(chosen) => setUrl({ from: iso(chosen.from), to: iso(chosen.to) })} />
        <Silent />
      </Stack>
    </>
  )
}

function iso(millis: number): string {
  return new Date(millis).toISOString()
}

function SeverityCard({ severity, count, from, to }: { severity: string; count: number; from: string; to: string }) {
  const colour = SEVERITY_COLOURS[severity]!
  return (
    <Link
      to={'/alerts' as never}
      search={{ severity, from, to } as never}
      className="ved-card"
      style={{ borderLeftColor: colour.ground }}
    >
      <span className="ved-figure">{m.common.count(count)}</span>
      <span>{severity === 'informational' ? 'info' : severity}</span>
    </Link>
  )
}

function TopRules({ groups, from, to }: { groups: readonly AlertGroup[]; from: string; to: string }) {
  if (groups.length === 0) return <Text size="sm">{m.overview.allQuiet}</Text>
  return (
    <table className="ved-table">
      <tbody>
        {groups.map(({ key, name, count, severity, sample }) => (
          <tr key={sample}>
            <td>
              <SeverityBadge severity={severity} />
            </td>
            <td className="ved-wrap">
              <Anchor
                size="sm"
                component={Link}
                to={'/alerts' as never}
                search={{ rule: key['rule'], status: 'any', from, to } as never}
              >
                {show(name || key['rule'], 200)}
              </Anchor>
            </td>
            <td className="ved-num">{m.common.count(count)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Events({ span, onSpan }: { span: Span; onSpan: (span: Span) => void }) {
  const interval = intervalFor(span, 120)
  const query = useMemo(
    () => ({ range: { '@timestamp': { gte: span.from, lte: span.to, format: 'epoch_millis' } } }),
    [span],
  )
  const found = useQuery({
    queryKey: ['overview-events', span.from, span.to],
    queryFn: ({ signal }) =>
      search(
        '*',
        {
          size: 0,
          track_total_hits: true,
          query,
          aggs: { bars: { date_histogram: { field: '@timestamp', fixed_interval: interval.text, min_doc_count: 1 } } },
        },
        signal,
      ),
    refetchInterval: REFRESH_MILLIS,
  })
  const aggregations = found.data?.aggregations
  const total = found.data?.hits.total.value ?? 0
  const bars = useMemo(
    () =>
      (aggregations?.['bars']?.buckets ?? []).map(({ key, doc_count }) => ({ time: Number(key), count: doc_count })),
    [aggregations],
  )
  const seconds = Math.max(1, (Math.min(span.to, Date.now()) - span.from) / 1000)
  return (
    <>
      <Panel title={m.overview.rate} aside={<Text size="sm">{m.overview.perSecond(total / seconds)}</Text>}>
        {found.error !== null && <ErrorNotice error={found.error} />}
        {found.data !== undefined && total === 0 ? (
          <Empty title={m.overview.noEvents}>
            <Text size="sm">{m.overview.noEventsHint}</Text>
            <Anchor component={Link} to={'/setup' as never} size="sm">
              {m.overview.firstSteps}
            </Anchor>
          </Empty>
        ) : (
          <Histogram bars={bars} span={span} interval={interval.millis} onSpan={onSpan} />
        )}
      </Panel>
      <SimpleGrid cols={{ base: 1, md: 3 }}>
        <TopValues title={m.overview.topSources} names={SOURCES} query={query} />
        <TopValues title={m.overview.topPorts} names={PORTS} query={query} />
        <TopValues title={m.overview.topIndices} names={INDEX} query={query} />
      </SimpleGrid>
    </>
  )
}

function TopValues({ title, names, query }: { title: string; names: readonly string[]; query: object }) {
  const { data = [], error } = useQuery({
    queryKey: ['overview-top', names, query],
    queryFn: ({ signal }) => topOver({ index: '*', query, names, size: 8 }, signal),
    refetchInterval: REFRESH_MILLIS,
  })
  const most = Math.max(1, ...data.map(({ count }) => count))
  return (
    <Panel title={title}>
      {error !== null && <ErrorNotice error={error} />}
      {data.length === 0 && error === null && <Text size="sm">{m.common.none}</Text>}
      <table className="ved-table">
        <tbody>
          {data.map(({ value, count, field }) => (
            <tr key={value}>
              <td className="ved-mono" style={{ width: '60%' }}>
                <Value field={field} value={value} longest={60} />
                <div className="ved-bar" style={{ width: `${(100 * count) / most}%` }} />
              </td>
              <td className="ved-num">{m.common.count(count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}

function Silent() {
  const { data, error } = useQuery({
    queryKey: ['alerts', 'silent'],
    queryFn: ({ signal }) =>
      alerts.list({ rule: 'vedetta-silent-source', episode: 'active', status: 'open', size: 20 }, signal),
    refetchInterval: REFRESH_MILLIS,
  })
  const found = data?.alerts ?? []
  return (
    <Panel title={m.overview.silent}>
      {error !== null && <ErrorNotice error={error} />}
      {data !== undefined && found.length === 0 && <Text size="sm">{m.overview.noneSilent}</Text>}
      {found.length > 0 && (
        <table className="ved-table">
          <tbody>
            {found.map((alert) => {
              const view = alertView(alert)
              return (
                <tr key={alert.id}>
                  <td className="ved-wrap">
                    <Anchor
                      size="sm"
                      component={Link}
                      to={'/alerts' as never}
                      search={{ alert: alert.id, status: 'any' } as never}
                    >
                      {show(view.entityValue, 200)}
                    </Anchor>
                  </td>
                  <td title={formatTime(view.first)}>
                    {m.overview.since} {ago(view.first, Date.now())}
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      )}
    </Panel>
  )
}
