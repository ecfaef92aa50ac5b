import { Anchor, Badge, Button, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { alerts, alertView, type Alert } from '../api/alerts.ts'
import { search, type Bucket } from '../api/events.ts'
import { AlertLine } from '../components/alert-line.tsx'
import { Empty, ErrorNotice, ScreenTitle, Waiting } from '../components/notices.tsx'
import { TimeRange } from '../components/time-range.tsx'
import { show } from '../document.ts'
import { download } from '../download.ts'
import { messages as m } from '../messages.ts'
import { addressFields, addressQuery } from '../query/address.ts'
import { pillOf } from '../query/pills.ts'
import { formatTime, intervalFor, type Span } from '../time.ts'
import { useSpan } from '../span-state.ts'
import { useUrlState } from '../url-state.ts'

/** One thing that happened: an alert, or the events of a stretch of time. */
interface Moment {
  readonly time: number
  readonly end: number
  readonly lane: string
  readonly text: string
  readonly alert?: Alert
  readonly count?: number
}

/** The story of one address, host or user: its alerts and its events in the order they happened. */
export default function TimelineScreen() {
  const [url, setUrl] = useUrlState()
  const entity = url['entity'] ?? ''
  const { span, picker } = useSpan()
  const story = useQuery({
    queryKey: ['timeline', entity, span.from, span.to],
    queryFn: ({ signal }) => momentsOf(entity, span, signal),
    enabled: entity !== '',
  })
  const moments = story.data ?? []
  return (
    <>
      <ScreenTitle title={m.timeline.title}>
        <TextInput
          size="xs"
          w={220}
          data-query
          aria-label={m.timeline.entity}
          placeholder={m.timeline.entity}
          key={entity}
          defaultValue={entity}
          onKeyDown={(event) => event.key === 'Enter' && setUrl({ entity: event.currentTarget.value || undefined })}
        />
        <TimeRange {...picker} />
        {moments.length > 0 && (
          <Button size="xs" variant="default" onClick={() => exportStory(entity, moments)}>
            {m.timeline.export}
          </Button>
        )}
      </ScreenTitle>
      <Text size="sm" mb="md">
        {m.timeline.lead}
      </Text>
      {entity === '' && <Empty title={m.timeline.empty} />}
      {story.error !== null && <ErrorNotice error={story.error} retry={() => void story.refetch()} />}
      {story.isLoading && <Waiting />}
      {story.data !== undefined && moments.length === 0 && (
        <Empty title={m.timeline.nothing}>
          <Text size="sm">{m.timeline.nothingHint}</Text>
        </Empty>
      )}
      {moments.length > 0 && (
        <>
          <Lanes moments={moments} span={span} />
          <ol className="ved-story">
            {moments.map((moment, at) => (
              <li key={at} data-alert={moment.alert !== undefined || undefined}>
                <time dateTime={new Date(moment.time).toISOString()}>{formatTime(moment.time, false)}</time>
                <MomentText moment={moment} entity={entity} />
              </li>
            ))}
          </ol>
        </>
      )}
    </>
  )
}

function MomentText({ moment, entity }: { moment: Moment; entity: string }) {
  if (moment.alert !== undefined) return <AlertLine alert={moment.alert} />
  return (
    <div>
      <Badge variant="default" tt="none" size="sm">
        {m.timeline.lanes[moment.lane] ?? moment.lane}
      </Badge>{' '}
      <Anchor
        size="sm"
        component={Link}
        to={'/events' as never}
        search={
          {
            q: `"${entity.replaceAll('"', '\\"')}"`,
            from: new Date(moment.time).toISOString(),
            to: new Date(moment.end).toISOString(),
          } as never
        }
      >
        {m.timeline.events(moment.count ?? 0)}
      </Anchor>
      <Text size="sm" span className="ved-wrap">
        {' '}
        {show(moment.text, 300)}
      </Text>
    </div>
  )
}

/** All of it at a glance: a lane for alerts and one for each kind of events, left to right. */
function Lanes({ moments, span }: { moments: readonly Moment[]; span: Span }) {
  const lanes = ['alerts', 'from', 'to', 'other'].filter((lane) => moments.some((moment) => moment.lane === lane))
  const width = Math.max(1, span.to - span.from)
  const most = Math.max(1, ...moments.map(({ count = 0 }) => count))
  const place = (time: number): number => (100 * (time - span.from)) / width
  return (
    <figure className="ved-lanes" aria-label={m.timeline.lead}>
      {lanes.map((lane) => (
        <div key={lane}>
          <span>{m.timeline.lanes[lane]}</span>
          <svg width="100%" height={28} viewBox="0 0 100 28" preserveAspectRatio="none" aria-hidden>
            {moments
              .filter((moment) => moment.lane === lane)
              .map((moment, at) => {
                const height = moment.count === undefined ? 24 : 4 + (20 * moment.count) / most
                return (
                  <rect
                    key={at}
                    x={Math.min(99.5, Math.max(0, place(moment.time)))}
                    width={Math.max(0.4, place(moment.end) - place(moment.time))}
                    y={26 - height}
                    height={height}
                    fill={moment.alert === undefined ? 'var(--ved-line)' : 'var(--ved-alarm)'}
                  />
                )
              })}
          </svg>
        </div>
      ))}
    </figure>
  )
}

async function momentsOf(entity: string, span: Span, signal: AbortSignal): Promise<Moment[]> {
  const range = { from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString(), size: 200 }
  const isAddress = /^[\d.]+$|:/.test(entity)
  const [found, events] = await Promise.all([
    alerts.list(isAddress ? { ip: entity, ...range } : { entity, ...range }, signal),
    eventMoments(entity, isAddress, span, signal),
  ])
  const told = found.alerts.map((alert): Moment => {
    const view = alertView(alert)
    const [first, last] = [Date.parse(view.first), Date.parse(view.last)]
    const time = Number.isNaN(first) ? Date.parse(view.time) : first
    return { time, end: Number.isNaN(last) ? time : last, lane: 'alerts', text: view.reason, alert }
  })
  return [...told, ...events].sort((a, b) => a.time - b.time)
}

async function eventMoments(entity: string, isAddress: boolean, span: Span, signal: AbortSignal): Promise<Moment[]> {
  const fields = await addressFields('*')
  const lanes: Readonly<Record<string, object | undefined>> = isAddress
    ? {
        from: fields.source.length === 0 ? undefined : addressQuery(entity, fields.source),
        to: fields.target.length === 0 ? undefined : addressQuery(entity, fields.target),
      }
    : { other: { multi_match: { query: entity, fields: ['host.name', 'user.name', 'src_user'] } } }
  const interval = intervalFor(span, 60)
  const [port] = fields.port
  const answer = await search(
    '*',
    {
      size: 0,
      query: { range: { '@timestamp': { gte: span.from, lte: span.to, format: 'epoch_millis' } } },
      aggs: Object.fromEntries(
        Object.entries(lanes).flatMap(([lane, filter]) =>
          filter === undefined
            ? []
            : [
                [
                  lane,
                  {
                    filter,
                    aggs: {
                      times: {
                        date_histogram: { field: '@timestamp', fixed_interval: interval.text, min_doc_count: 1 },
                        aggs: port === undefined ? {} : { ports: { terms: { field: port, size: 3 } } },
                      },
                    },
                  },
                ],
              ],
        ),
      ),
    },
    signal,
  )
  return Object.keys(lanes).flatMap((lane) => {
    const times = (answer.aggregations?.[lane] as { times?: { buckets?: readonly Bucket[] } } | undefined)?.times
    return (times?.buckets ?? []).map((bucket): Moment => {
      const ports = (bucket['ports'] as { buckets?: readonly Bucket[] } | undefined)?.buckets ?? []
      const text = ports.map(({ key }) => pillOf(port ?? '', String(key)).replaceAll('"', '')).join(', ')
      const time = Number(bucket.key)
      return { time, end: time + interval.millis - 1, lane, text, count: bucket.doc_count }
    })
  })
}

function exportStory(entity: string, moments: readonly Moment[]): void {
  const lines = moments.map(({ time, end, lane, text, alert, count }) =>
    JSON.stringify({
      '@timestamp': new Date(time).toISOString(),
      end: new Date(end).toISOString(),
      kind: alert === undefined ? 'events' : 'alert',
      lane,
      text,
      ...(count === undefined ? {} : { count }),
      ...(alert === undefined ? {} : { alert: alert.id, rule: alertView(alert).rule }),
    }),
  )
  download(`timeline-${entity}.ndjson`, lines.join('\n'), '\n')
}
