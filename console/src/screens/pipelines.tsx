import { Alert, Anchor, Badge, Code, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useRef } from 'react'
import type { Hit } from '../api/events.ts'
import { operation, type DeadLetters, type Health, type PipelineStatus } from '../api/operation.ts'
import { topOver, type TopValue } from '../api/top-values.ts'
import { Empty, ErrorNotice, ScreenTitle, Waiting } from '../components/notices.tsx'
import { Panel } from '../components/panel.tsx'
import { Value } from '../components/value.tsx'
import { fieldOf, show } from '../document.ts'
import { messages as m } from '../messages.ts'
import { ago, formatTime } from '../time.ts'

const REFRESH_MILLIS = 2_000
const TAGS = ['tags']

/** What comes in, what each filter makes of it, what gets stuck and who is silent. */
export default function Pipelines() {
  const health = useQuery({ queryKey: ['health'], queryFn: operation.health, refetchInterval: REFRESH_MILLIS })
  const rates = useRates(health.data)
  return (
    <>
      <ScreenTitle title={m.pipelines.title} />
      <Text size="sm" mb="md">
        {m.pipelines.lead}
      </Text>
      {health.error !== null && <ErrorNotice error={health.error} retry={() => void health.refetch()} />}
      {health.isPending && health.error === null && <Waiting />}
      {health.data?.store.readOnly !== undefined && (
        <Alert color="red" mb="md" role="alert">
          {m.pipelines.readOnly} {health.data.store.readOnly}
        </Alert>
      )}
      <Stack>
        {health.data?.pipelines.length === 0 && <Empty title={m.pipelines.none} />}
        {(health.data?.pipelines ?? []).map((pipeline) => (
          <OnePipeline
            key={pipeline.id}
            pipeline={pipeline}
            inputs={health.data!.inputs.filter((input) => input.pipeline === pipeline.id)}
            rate={rates.get(pipeline.id)}
          />
        ))}
        <Failures />
        <Refused letters={health.data?.deadLetters ?? []} />
        <Sources />
      </Stack>
    </>
  )
}

/** Events a second of each pipeline, between the last two answers. */
function useRates(health: Health | undefined): ReadonlyMap<string, number> {
  const kept = useRef<{ last: Health | undefined; rates: ReadonlyMap<string, number> }>({
    last: undefined,
    rates: new Map(),
  })
  const { last } = kept.current
  if (health !== undefined && health !== last) {
    const seconds = last === undefined ? 0 : (health.time - last.time) / 1000
    const rates = new Map(
      health.pipelines.map(({ id, in: now }) => {
        const before = last?.pipelines.find((pipeline) => pipeline.id === id)?.in ?? now
        return [id, seconds <= 0 ? 0 : Math.max(0, now - before) / seconds]
      }),
    )
    kept.current = { last: health, rates }
  }
  return kept.current.rates
}

function OnePipeline({
  pipeline: { id, state, failure, in: taken, out, queued, filters },
  inputs,
  rate = 0,
}: {
  pipeline: PipelineStatus
  inputs: Health['inputs']
  rate: number | undefined
}) {
  const costs = filters.map((filter) => (filter.in === 0 ? 0 : (1000 * filter.millis) / filter.in))
  const dearest = Math.max(0.001, ...costs)
  return (
    <Panel
      title={show(id, 100)}
      aside={
        <Group gap="xs">
          <Badge
            variant={state === 'failed' ? 'filled' : 'default'}
            color={state === 'failed' ? 'red' : 'gray'}
            tt="none"
          >
            {m.pipelines.state[state] ?? state}
          </Badge>
          {inputs.map(({ plugin, host, port, type }) => (
            <Text key={`${plugin}${port}`} size="sm" className="ved-mono">
              {plugin} {host}:{port} {type === undefined ? '' : `(${type})`}
            </Text>
          ))}
        </Group>
      }
    >
      {failure !== undefined && (
        <Alert color="red" mb="sm" role="alert">
          <Text size="sm" className="ved-wrap">
            {show(failure, 2_000)}
          </Text>
        </Alert>
      )}
      <Group gap="xl" mb="sm">
        <Figure label={m.pipelines.in} value={m.common.count(taken)} hint={m.pipelines.rate(rate)} />
        <Figure label={m.pipelines.out} value={m.common.count(out)} />
        <Figure label={m.pipelines.waiting} value={m.common.count(queued)} />
      </Group>
      {filters.length > 0 && (
        <div className="ved-scroll" role="region" aria-label={`${m.pipelines.filter} ${id}`} tabIndex={0}>
          <table className="ved-table">
            <thead>
              <tr>
                <th>{m.pipelines.filter}</th>
                <th>{m.pipelines.place}</th>
                <th className="ved-num">{m.pipelines.in}</th>
                <th className="ved-num">{m.pipelines.out}</th>
                <th className="ved-num">{m.pipelines.cost}</th>
                <th style={{ width: 160 }} aria-label={m.pipelines.cost} />
              </tr>
            </thead>
            <tbody>
              {filters.map((filter, at) => (
                <tr key={filter.id}>
                  <td className="ved-mono">{show(filter.name, 60)}</td>
                  <td className="ved-mono ved-dim">{show(filter.place, 100)}</td>
                  <td className="ved-num">{m.common.count(filter.in)}</td>
                  <td className="ved-num">{m.common.count(filter.out)}</td>
                  <td className="ved-num">{costs[at]!.toFixed(1)}</td>
                  <td>
                    <div className="ved-bar" style={{ width: `${(100 * costs[at]!) / dearest}%` }} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  )
}

function Figure({ label, value, hint }: { label: string; value: string; hint?: string }) {
  return (
    <div>
      <div className="ved-dim">{label}</div>
      <div className="ved-figure">{value}</div>
      {hint !== undefined && <div className="ved-dim">{hint}</div>}
    </div>
  )
}

const DAY = { range: { '@timestamp': { gte: 'now-24h' } } }

function Failures() {
  const { data, error } = useQuery({
    queryKey: ['parse-failures'],
    queryFn: ({ signal }) =>
      topOver(
        {
          index: '*',
          query: DAY,
          names: TAGS,
          size: 20,
          include: '_.*(failure|timeout|error).*',
          aggs: { sample: { top_hits: { size: 1, sort: [{ '@timestamp': 'desc' }] } } },
        },
        signal,
      ),
    refetchInterval: 15_000,
  })
  return (
    <Panel title={m.pipelines.failures}>
      <Text size="sm" mb="xs">
        {m.pipelines.failuresLead}
      </Text>
      {error !== null && <ErrorNotice error={error} />}
      {data?.length === 0 && <Text size="sm">{m.pipelines.noFailures}</Text>}
      {data !== undefined && data.length > 0 && (
        <table className="ved-table">
          <thead>
            <tr>
              <th>{m.pipelines.tag}</th>
              <th className="ved-num">{m.pipelines.count}</th>
              <th>{m.pipelines.sample}</th>
              <th>{m.common.actions}</th>
            </tr>
          </thead>
          <tbody>
            {data.map((found) => (
              <FailureRow key={found.value} found={found} />
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  )
}

function FailureRow({ found: { value, count, field, bucket } }: { found: TopValue }) {
  const [hit] = (bucket['sample'] as { hits?: { hits?: Hit[] } } | undefined)?.hits?.hits ?? []
  const line = fieldOf(hit?._source, 'event.original') ?? fieldOf(hit?._source, 'message')
  return (
    <tr>
      <td className="ved-mono">
        <Value field={field} value={value} />
      </td>
      <td className="ved-num">{m.common.count(count)}</td>
      <td className="ved-mono ved-wrap">{show(line, 300)}</td>
      <td>
        {typeof line === 'string' && (
          <Anchor component={Link} size="sm" to={'/debug' as never} search={{ line: line.slice(0, 4_000) } as never}>
            {m.debug.open}
          </Anchor>
        )}
      </td>
    </tr>
  )
}

function Refused({ letters }: { letters: readonly DeadLetters[] }) {
  return (
    <Panel title={m.pipelines.deadLetters}>
      <Text size="sm" mb="xs">
        {letters.length === 0 ? m.pipelines.noDeadLetters : m.pipelines.deadLettersLead}
      </Text>
      {letters.map(({ pipeline, count, more, reasons, latest }) => (
        <div key={pipeline}>
          <Text fw={600} size="sm">
            {show(pipeline, 100)}: {more ? m.pipelines.more(count) : m.common.count(count)}
          </Text>
          <table className="ved-table">
            <tbody>
              {reasons.map(({ reason, count: times }) => (
                <tr key={reason}>
                  <td className="ved-wrap">{show(reason, 500)}</td>
                  <td className="ved-num">{m.common.count(times)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <details>
            <summary>{m.pipelines.samples}</summary>
            {latest.map((letter, at) => (
              <Code block key={at} mt="xs" className="ved-wrap ved-limited" tabIndex={0}>
                {`${formatTime(letter.time)}  ${show(letter.reason, 500)}\n${show(JSON.stringify(letter.event, undefined, 2), 5_000)}`}
              </Code>
            ))}
          </details>
        </div>
      ))}
    </Panel>
  )
}

function Sources() {
  const { data, error } = useQuery({
    queryKey: ['sources'],
    queryFn: async ({ signal }) => {
      const aggs = { last: { max: { field: '@timestamp' } } }
      const kinds = [['host.name', 'host.hostname'], ['type'], ['_index']]
      const found = await Promise.all(
        kinds.map((names) => topOver({ index: '*', query: DAY, names, size: 50, aggs }, signal)),
      )
      return found.flat()
    },
    refetchInterval: 10_000,
  })
  const now = Date.now()
  const rows = (data ?? []).map(({ bucket, ...found }) => ({
    ...found,
    last: (bucket['last'] as { value?: number } | undefined)?.value,
  }))
  return (
    <Panel title={m.pipelines.sources}>
      {error !== null && <ErrorNotice error={error} />}
      {data !== undefined && rows.length === 0 && <Text size="sm">{m.pipelines.noSources}</Text>}
      {rows.length > 0 && (
        <table className="ved-table">
          <thead>
            <tr>
              <th>{m.pipelines.source}</th>
              <th className="ved-num">{m.pipelines.events}</th>
              <th>{m.pipelines.lastSeen}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ field, value, count, last }) => (
              <tr key={`${field} ${value}`}>
                <td className="ved-mono">
                  <span className="ved-dim">{field} </span>
                  <Value field={field} value={value} longest={100} />
                </td>
                <td className="ved-num">{m.common.count(count)}</td>
                <td title={formatTime(last)}>{ago(last, now)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  )
}
