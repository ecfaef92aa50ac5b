import { Alert, Anchor, Badge, Button, Checkbox, Group, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { scheduleText, watches, type ListedWatch } from '../../api/watches.ts'
import { Empty, ErrorNotice, ScreenTitle, Waiting } from '../../components/notices.tsx'
import { show } from '../../document.ts'
import { messages as m } from '../../messages.ts'
import { saying } from '../../saying.ts'
import { useMay } from '../../session-context.tsx'
import { ago, formatTime } from '../../time.ts'

const REFRESH_MILLIS = 5_000

/** Every watch with how it did last, how it did today, and when it runs next. */
export default function Watches() {
  const client = useQueryClient()
  const may = useMay()
  const list = useQuery({ queryKey: ['watches'], queryFn: watches.list, refetchInterval: REFRESH_MILLIS })
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const rows = list.data?.watches ?? []
  const act = (work: (id: string) => Promise<unknown>, ids: readonly string[], done?: string): void =>
    void saying(() => Promise.all(ids.map(work)), done).then(() => client.invalidateQueries({ queryKey: ['watches'] }))
  const toggle = (id: string): void =>
    setSelected((before) => {
      const next = new Set(before)
      if (!next.delete(id)) next.add(id)
      return next
    })
  return (
    <>
      <ScreenTitle title={m.watches.title}>
        {may.administer && (
          <Button size="xs" component={Link} to={'/watches/new' as never}>
            {m.watches.add}
          </Button>
        )}
        {may.administer && selected.size > 0 && (
          <>
            <Button size="xs" variant="default" onClick={() => act((id) => watches.setActive(id, true), [...selected])}>
              {m.watches.activateMany(selected.size)}
            </Button>
            <Button
              size="xs"
              variant="default"
              onClick={() => act((id) => watches.setActive(id, false), [...selected])}
            >
              {m.watches.deactivateMany(selected.size)}
            </Button>
          </>
        )}
      </ScreenTitle>
      <Text size="sm" mb="md">
        {m.watches.lead}
      </Text>
      {list.error !== null && <ErrorNotice error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && list.error === null && <Waiting />}
      {list.data?.running === false && (
        <Alert color="yellow" mb="md">
          <Group>
            <Text size="sm">{m.watches.stopped}</Text>
            {may.administer && (
              <Button size="xs" variant="default" onClick={() => act(watches.start, [''])}>
                {m.watches.start}
              </Button>
            )}
          </Group>
        </Alert>
      )}
      {list.data !== undefined && rows.length === 0 && (
        <Empty title={m.watches.empty}>
          <Text size="sm">{m.watches.emptyHint}</Text>
        </Empty>
      )}
      {rows.length > 0 && (
        <div className="ved-scroll" role="region" aria-label={m.watches.title} tabIndex={0}>
          <table className="ved-table ved-roomy">
            <thead>
              <tr>
                {may.administer && <th aria-label={m.common.actions} />}
                <th>{m.watches.name}</th>
                <th>{m.watches.state}</th>
                <th>{m.watches.schedule}</th>
                <th>{m.watches.lastRun}</th>
                <th>{m.watches.nextRun}</th>
                <th>{m.watches.lastMet}</th>
                <th className="ved-num">{m.watches.runs}</th>
                <th className="ved-num">{m.watches.failures}</th>
                <th>{m.common.actions}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((watch) => (
                <tr key={watch.id}>
                  {may.administer && (
                    <td>
                      <Checkbox
                        size="xs"
                        aria-label={m.inbox.selectRow(watch.name)}
                        checked={selected.has(watch.id)}
                        onChange={() => toggle(watch.id)}
                      />
                    </td>
                  )}
                  <WatchCells watch={watch} />
                  <td>
                    <Group gap={6} wrap="nowrap">
                      {may.triage && watch.actions.some(({ ack }) => ack === 'ackable') && (
                        <Button
                          size="compact-xs"
                          variant="default"
                          onClick={() => act(watches.acknowledge, [watch.id], m.watches.acknowledged)}
                        >
                          {m.watches.acknowledge}
                        </Button>
                      )}
                      {may.administer && (
                        <Button
                          size="compact-xs"
                          variant="default"
                          onClick={() => act((id) => watches.setActive(id, !watch.active), [watch.id])}
                        >
                          {watch.active ? m.watches.deactivate : m.watches.activate}
                        </Button>
                      )}
                    </Group>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  )
}

function WatchCells({ watch }: { watch: ListedWatch }) {
  const { id, name, active, trigger, lastChecked, lastMet, runs, states, next } = watch
  const now = Date.now()
  const failed = states['failed'] ?? 0
  return (
    <>
      <td className="ved-wrap">
        <Anchor component={Link} size="sm" to={`/watches/${encodeURIComponent(id)}` as never}>
          {show(name, 200)}
        </Anchor>
        {name !== id && <div className="ved-dim ved-mono">{show(id, 100)}</div>}
      </td>
      <td>
        <WatchState watch={watch} />
      </td>
      <td className="ved-mono">{show(scheduleText(trigger), 60)}</td>
      <td title={formatTime(lastChecked ?? '')}>{lastChecked === null ? m.watches.never : ago(lastChecked, now)}</td>
      <td title={formatTime(next ?? '')}>
        {!active || next === undefined ? '–' : m.watches.in(ago(now - (next - now), now))}
      </td>
      <td title={formatTime(lastMet ?? '')}>{lastMet === null ? m.watches.never : ago(lastMet, now)}</td>
      <td className="ved-num">{m.common.count(runs)}</td>
      <td className="ved-num">{failed === 0 ? '0' : <strong>{m.common.count(failed)}</strong>}</td>
    </>
  )
}

/** What the last run came to, in words. */
export function WatchState({ watch: { active, state } }: { watch: Pick<ListedWatch, 'active' | 'state'> }) {
  if (!active)
    return (
      <Badge variant="default" tt="none">
        {m.watches.inactive}
      </Badge>
    )
  if (state === null) return <span>{m.watches.never}</span>
  const colour = state === 'failed' ? 'red' : state === 'executed' ? 'cyan' : undefined
  return (
    <Badge variant={colour === undefined ? 'default' : 'filled'} color={colour ?? 'gray'} tt="none">
      {m.watches.states[state] ?? state}
    </Badge>
  )
}
