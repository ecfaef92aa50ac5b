import {
  Anchor,
  Badge,
  Button,
  Checkbox,
  Drawer,
  Group,
  SegmentedControl,
  Select,
  Text,
  TextInput,
  VisuallyHidden,
} from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Fragment, useEffect, useRef, useState } from 'react'
import { useAlertChanges } from '../alert-changes.tsx'
import { alerts, alertView, type Alert, type AlertFilters, type AlertGroup, type AlertStatus } from '../api/alerts.ts'
import { AlertDetails } from '../components/alert-details.tsx'
import { CloseDialog, CommentDialog, SilenceDialog } from '../components/alert-dialogs.tsx'
import { Empty, ErrorNotice, ScreenTitle, Waiting } from '../components/notices.tsx'
import { SeverityBadge, Sparkline } from '../components/severity.tsx'
import { TimeRange } from '../components/time-range.tsx'
import { show } from '../document.ts'
import { useShortcuts } from '../keyboard.ts'
import { useLive } from '../live.ts'
import { messages as m } from '../messages.ts'
import { useMay, useSession } from '../session-context.tsx'
import { ago, formatTime, resolveSpan } from '../time.ts'
import { useUrlState } from '../url-state.ts'

const SEVERITIES = ['critical', 'high', 'medium', 'low', 'informational']
const PAGE = 500

/** A row of the list: a group of alerts, or one alert. */
interface Row {
  readonly id: string
  readonly filters: AlertFilters
  readonly rule: string
  readonly entity: string
  readonly severity: string
  readonly count: number
  readonly first: unknown
  readonly last: unknown
  readonly targets: number
  readonly ports: number
  readonly sparkline: readonly number[] | undefined
  readonly status: string
  readonly assignee: string
  /** The alert whose details stand for the row. */
  readonly sample: string
}

export default function Inbox() {
  const [url, setUrl] = useUrlState()
  const { session } = useSession()
  const may = useMay()
  const client = useQueryClient()
  const changes = useAlertChanges()
  const status = url['status'] ?? 'open'
  const by = url['by'] ?? 'rule,entity'
  const from = url['from'] ?? 'now-24h'
  const to = url['to'] ?? 'now'
  const [shownAt, setShownAt] = useState(() => Date.now())
  const span = resolveSpan(from, to, shownAt)
  const filters: AlertFilters = {
    status: status === 'any' ? undefined : status,
    severity: url['severity'],
    rule: url['rule'],
    entity: url['entity'],
    assignee: url['assignee'],
    q: url['q'],
    from: new Date(span.from).toISOString(),
    ...(to === 'now' ? {} : { to: new Date(span.to).toISOString() }),
  }
  const grouped = by !== '' && by !== 'none'
  const list = useQuery({
    queryKey: ['alerts', by, filters, shownAt],
    queryFn: async ({ signal }) => {
      if (grouped) {
        const { total, groups } = await alerts.groups({ ...filters, by, size: PAGE }, signal)
        return { total, rows: groups.map((group) => groupRow(group, filters)) }
      }
      const { total, alerts: found } = await alerts.list({ ...filters, size: PAGE }, signal)
      return { total, rows: found.map((alert) => alertRow(alert, filters)) }
    },
    placeholderData: (before) => before,
  })
  const rows = list.data?.rows ?? []
  const counts = useQuery({
    queryKey: ['alert-severities', filters, shownAt],
    queryFn: ({ signal }) => alerts.groups({ ...filters, severity: undefined, by: 'severity', size: 10 }, signal),
    placeholderData: (before) => before,
  })

  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set())
  const live = useLive((kind, data) => {
    if (kind === 'state') void client.invalidateQueries({ queryKey: ['alerts'] })
    else if (typeof data === 'object' && data !== null) {
      const id = String((data as { id?: unknown }).id ?? Math.random())
      setFresh((before) => (before.has(id) ? before : new Set(before).add(id)))
    }
  })
  const showFresh = (): void => {
    setFresh(new Set())
    setShownAt(Date.now())
  }

  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [cursor, setCursor] = useState(0)
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set())
  const [dialog, setDialog] = useState<{ kind: 'close' | 'silence' | 'comment'; all: boolean } | undefined>()
  const table = useRef<HTMLTableElement>(null)
  const at = Math.min(cursor, Math.max(0, rows.length - 1))
  const moveTo = (index: number): void => setCursor(Math.max(0, Math.min(rows.length - 1, index)))
  useEffect(() => {
    table.current?.querySelector('[data-cursor="true"]')?.scrollIntoView({ block: 'nearest' })
  }, [at])
  const toggle = (id: string): void =>
    setSelected((before) => {
      const next = new Set(before)
      if (!next.delete(id)) next.add(id)
      return next
    })
  const acting = selected.size > 0 ? rows.filter((row) => selected.has(row.id)) : rows.slice(at, at + 1)
  const total = list.data?.total ?? 0
  const countOf = (chosen: readonly Row[]): number => chosen.reduce((sum, row) => sum + row.count, 0)

  const change = (
    to: AlertStatus,
    chosen: readonly Row[] | 'all',
    details: { reason?: string; comment?: string } = {},
  ): void => {
    setSelected(new Set())
    void changes.change(
      chosen === 'all'
        ? [{ query: filters, expected: total, cutoff: shownAt, status: to, ...details }]
        : grouped
          ? chosen.map((row) => ({ query: row.filters, cutoff: Date.now(), status: to, ...details }))
          : [{ ids: chosen.map((row) => row.sample), status: to, ...details }],
    )
  }
  const assignToMe = (chosen: readonly Row[]): void =>
    void changes.run(() => Promise.all(chosen.map((row) => alerts.assign(row.sample, session.user ?? 'admin'))))
  const open = (row: Row | undefined): void => {
    if (row !== undefined) setUrl({ alert: row.sample })
  }
  const triage = (run: () => void) => () => {
    if (may.triage && acting.length > 0) run()
  }
  useShortcuts({
    j: () => moveTo(at + 1),
    k: () => moveTo(at - 1),
    'Shift+G': () => moveTo(rows.length - 1),
    'Shift+H': () => moveTo(0),
    Enter: () => open(rows[at]),
    x: () => rows[at] !== undefined && toggle(rows[at].id),
    'Shift+* a': () => setSelected(new Set(rows.map((row) => row.id))),
    'Shift+* n': () => setSelected(new Set()),
    e: triage(() => change('acknowledged', acting)),
    c: triage(() => setDialog({ kind: 'close', all: false })),
    s: triage(() => setDialog({ kind: 'silence', all: false })),
    a: triage(() => assignToMe(acting)),
    // The list may be empty after the last one was closed.
    z: () => {
      if (may.triage) changes.undoLatest()
    },
    m: triage(() => setDialog({ kind: 'comment', all: false })),
  })

  return (
    <>
      <ScreenTitle title={m.inbox.title}>
        <Badge variant="default" tt="none" role="status">
          {live.connected ? m.inbox.live : m.inbox.liveOff}
          {live.dropped > 0 ? ` · ${m.inbox.dropped(live.dropped)}` : ''}
        </Badge>
        <div role="status">
          {fresh.size > 0 && (
            <Button size="compact-sm" onClick={showFresh}>
              {m.inbox.fresh(fresh.size)}
            </Button>
          )}
        </div>
      </ScreenTitle>
      <Group mb="sm" gap="xs">
        <SegmentedControl
          size="xs"
          aria-label={m.inbox.state}
          value={status}
          onChange={(value) => setUrl({ status: value })}
          data={[
            { value: 'open', label: m.inbox.open },
            { value: 'acknowledged', label: m.inbox.acknowledged },
            { value: 'closed', label: m.inbox.closed },
            { value: 'any', label: m.inbox.any },
          ]}
        />
        {SEVERITIES.map((severity) => {
          const count = counts.data?.groups.find(({ key }) => key['severity'] === severity)?.count ?? 0
          const active = url['severity'] === severity
          return (
            <Button
              key={severity}
              size="compact-sm"
              variant={active ? 'filled' : 'default'}
              aria-pressed={active}
              onClick={() => setUrl({ severity: active ? undefined : severity })}
            >
              {severity === 'informational' ? 'info' : severity} {m.common.count(count)}
            </Button>
          )
        })}
      </Group>
      <Group mb="sm" gap="xs" align="end">
        <TextInput
          size="xs"
          data-query
          aria-label={m.common.product}
          placeholder="/"
          w={220}
          defaultValue={url['q'] ?? ''}
          key={url['q'] ?? ''}
          onKeyDown={(event) => event.key === 'Enter' && setUrl({ q: event.currentTarget.value })}
        />
        <Select
          size="xs"
          w={170}
          aria-label={m.inbox.groupBy}
          value={by === '' ? 'none' : by}
          allowDeselect={false}
          onChange={(value) => setUrl({ by: value ?? undefined })}
          data={[
            { value: 'rule,entity', label: m.inbox.group['rule,entity'] },
            { value: 'rule', label: m.inbox.group.rule },
            { value: 'entity', label: m.inbox.group.entity },
            { value: 'none', label: m.inbox.group[''] },
          ]}
        />
        <Select
          size="xs"
          w={140}
          aria-label={m.inbox.assignee}
          placeholder={m.inbox.assignee}
          clearable
          value={url['assignee'] ?? null}
          onChange={(value) => setUrl({ assignee: value ?? undefined })}
          data={[
            ...(session.user === null ? [] : [{ value: session.user, label: m.inbox.mine }]),
            { value: 'none', label: m.inbox.unassigned },
          ]}
        />
        <TimeRange
          from={from}
          to={to}
          onChange={(range) => {
            setShownAt(Date.now())
            setUrl(range)
          }}
        />
      </Group>
      <Group mb="xs" gap="xs">
        <Text size="sm" role="status">
          {grouped ? m.inbox.total(rows.length, total) : m.inbox.totalPlain(total)}
          {selected.size > 0 ? ` · ${m.inbox.selected(selected.size)}` : ''}
        </Text>
        {may.triage && rows.length > 0 && (
          <>
            <Button size="compact-xs" variant="default" onClick={() => change('acknowledged', acting)}>
              {m.inbox.acknowledge}
            </Button>
            <Button size="compact-xs" variant="default" onClick={() => setDialog({ kind: 'close', all: false })}>
              {m.inbox.close}
            </Button>
            {status !== 'open' && (
              <Button size="compact-xs" variant="default" onClick={() => change('open', acting)}>
                {m.inbox.reopen}
              </Button>
            )}
            <Button size="compact-xs" variant="default" onClick={() => assignToMe(acting)}>
              {m.inbox.assign}
            </Button>
            <Button size="compact-xs" variant="default" onClick={() => setDialog({ kind: 'silence', all: false })}>
              {m.inbox.silence}
            </Button>
            <Button size="compact-xs" variant="default" onClick={() => setDialog({ kind: 'close', all: true })}>
              {m.inbox.close} {m.inbox.matching(total)}
            </Button>
          </>
        )}
      </Group>
      {list.error !== null && <ErrorNotice error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && list.error === null && <Waiting />}
      {list.data !== undefined && rows.length === 0 && (
        <Empty title={m.inbox.empty}>
          <Text size="sm">{m.inbox.emptyHint}</Text>
          <Button
            variant="default"
            size="xs"
            onClick={() => setUrl({ from: 'now-30d', status: 'any', severity: undefined, q: undefined })}
          >
            {m.inbox.any}, 30 d
          </Button>
        </Empty>
      )}
      {rows.length > 0 && (
        <div className="ved-scroll" role="region" aria-label={m.inbox.title} tabIndex={0}>
          <table className="ved-table" ref={table}>
            <thead>
              <tr>
                <th>
                  <Checkbox
                    size="xs"
                    aria-label={m.inbox.selectAll}
                    checked={selected.size === rows.length}
                    indeterminate={selected.size > 0 && selected.size < rows.length}
                    onChange={(event) =>
                      setSelected(event.currentTarget.checked ? new Set(rows.map((row) => row.id)) : new Set())
                    }
                  />
                </th>
                <th>{m.inbox.severity}</th>
                <th>{m.inbox.rule}</th>
                <th>{m.inbox.entity}</th>
                <th className="ved-num">{m.inbox.count}</th>
                <th className="ved-num">{m.inbox.targets}</th>
                <th className="ved-num">{m.inbox.ports}</th>
                <th>{m.inbox.last}</th>
                <th>{grouped ? m.inbox.trend : m.inbox.state}</th>
                <th>
                  <VisuallyHidden>{m.inbox.expand}</VisuallyHidden>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row, index) => (
                <Fragment key={row.id}>
                  <tr data-cursor={index === at} aria-selected={selected.has(row.id)} onClick={() => setCursor(index)}>
                    <td>
                      <Checkbox
                        size="xs"
                        aria-label={m.inbox.selectRow(`${row.rule} ${row.entity}`)}
                        checked={selected.has(row.id)}
                        onChange={() => toggle(row.id)}
                      />
                    </td>
                    <td>
                      <SeverityBadge severity={row.severity} />
                    </td>
                    <td>
                      <Anchor
                        component="button"
                        type="button"
                        size="sm"
                        ta="left"
                        onClick={() => open(row)}
                        className="ved-wrap"
                      >
                        {show(row.rule, 200)}
                      </Anchor>
                    </td>
                    <td className="ved-mono ved-wrap">{show(row.entity, 200)}</td>
                    <td className="ved-num">{m.common.count(row.count)}</td>
                    <td className="ved-num">{m.common.count(row.targets)}</td>
                    <td className="ved-num">{m.common.count(row.ports)}</td>
                    <td title={formatTime(row.last)} style={{ whiteSpace: 'nowrap' }}>
                      {ago(row.last, shownAt)}
                    </td>
                    <td>
                      {row.sparkline === undefined ? (
                        `${row.status}${row.assignee === '' ? '' : ` · ${row.assignee}`}`
                      ) : (
                        <Sparkline counts={row.sparkline} label={m.inbox.trend} />
                      )}
                    </td>
                    <td>
                      {grouped && (
                        <Button
                          size="compact-xs"
                          variant="subtle"
                          color="gray"
                          c="inherit"
                          aria-expanded={expanded.has(row.id)}
                          aria-label={m.inbox.expand}
                          onClick={() =>
                            setExpanded((before) => {
                              const next = new Set(before)
                              if (!next.delete(row.id)) next.add(row.id)
                              return next
                            })
                          }
                        >
                          {expanded.has(row.id) ? '▾' : '▸'}
                        </Button>
                      )}
                    </td>
                  </tr>
                  {expanded.has(row.id) && <Members filters={row.filters} onOpen={(id) => setUrl({ alert: id })} />}
                </Fragment>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Drawer
        opened={url['alert'] !== undefined}
        onClose={() => setUrl({ alert: undefined })}
        position="right"
        size="xl"
        title={m.inbox.details}
        closeButtonProps={{ 'aria-label': m.common.close }}
      >
        {url['alert'] !== undefined && <AlertDetails id={url['alert']} changes={changes} />}
      </Drawer>
      {dialog?.kind === 'close' && (
        <CloseDialog
          count={dialog.all ? total : countOf(acting)}
          onClose={() => setDialog(undefined)}
          onDone={(details) => {
            setDialog(undefined)
            change('closed', dialog.all ? 'all' : acting, details)
          }}
        />
      )}
      {dialog?.kind === 'silence' && acting[0] !== undefined && (
        <SilenceDialog matchers={silenceFor(acting[0])} onClose={() => setDialog(undefined)} />
      )}
      {dialog?.kind === 'comment' && (
        <CommentDialog
          onClose={() => setDialog(undefined)}
          onDone={(text) => {
            setDialog(undefined)
            void changes.run(() => Promise.all(acting.map((row) => alerts.comment(row.sample, text))))
          }}
        />
      )}
    </>
  )
}

function silenceFor(row: Row): { field: string; op: '='; value: string }[] {
  return [
    ...(row.rule === '' ? [] : [{ field: 'rule', op: '=' as const, value: row.rule }]),
    ...(row.entity === '' ? [] : [{ field: 'entity', op: '=' as const, value: row.entity }]),
  ]
}

function groupRow(group: AlertGroup, filters: AlertFilters): Row {
  const { key } = group
  return {
    id: JSON.stringify(key),
    filters: { ...filters, ...key },
    rule: key['rule'] ?? '',
    entity: key['entity'] ?? '',
    severity: group.severity,
    count: group.count,
    first: group.first,
    last: group.last,
    targets: sizeOf(group.targets),
    ports: sizeOf(group.ports),
    sparkline: group.sparkline,
    status: '',
    assignee: '',
    sample: group.sample,
  }
}

function sizeOf(value: number | readonly unknown[] | undefined): number {
  return typeof value === 'number' ? value : (value?.length ?? 0)
}

function alertRow(alert: Alert, filters: AlertFilters): Row {
  const view = alertView(alert)
  return {
    id: alert.id,
    filters: { ...filters },
    rule: view.rule,
    entity: view.entityValue,
    severity: view.severity,
    count: 1,
    first: view.first,
    last: view.last,
    targets: view.targets.length,
    ports: view.ports.length,
    sparkline: undefined,
    status: view.status,
    assignee: view.assignee,
    sample: alert.id,
  }
}

function Members({ filters, onOpen }: { filters: AlertFilters; onOpen: (id: string) => void }) {
  const { data, error } = useQuery({
    queryKey: ['alerts', 'members', filters],
    queryFn: ({ signal }) => alerts.list({ ...filters, size: 50 }, signal),
  })
  return (
    <tr>
      <td />
      <td colSpan={9}>
        {error !== null && <ErrorNotice error={error} />}
        <table className="ved-table">
          <tbody>
            {(data?.alerts ?? []).map((alert) => {
              const view = alertView(alert)
              return (
                <tr key={alert.id}>
                  <td style={{ whiteSpace: 'nowrap' }}>{formatTime(view.time, false)}</td>
                  <td>
                    <Anchor
                      component="button"
                      type="button"
                      size="sm"
                      ta="left"
                      onClick={() => onOpen(alert.id)}
                      className="ved-wrap"
                    >
                      {show(view.reason || view.rule, 300)}
                    </Anchor>
                  </td>
                  <td>{view.status}</td>
                  <td>{view.assignee}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </td>
    </tr>
  )
}
