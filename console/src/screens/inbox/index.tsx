import { Badge, Button, Drawer, Group, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useAlertChanges } from '../../alert-changes.tsx'
import { alerts, type AlertFilters, type AlertStatus } from '../../api/alerts.ts'
import { AlertDetails } from '../../components/alert-details.tsx'
import { CloseDialog, CommentDialog } from '../../components/alert-dialogs.tsx'
import { CaseDialog } from '../../components/case-dialog.tsx'
import { Empty, ErrorNotice, ScreenTitle, Waiting } from '../../components/notices.tsx'
import { SilenceDialog } from '../../components/silence-dialog.tsx'
import { useShortcuts } from '../../keyboard.ts'
import { useLive } from '../../live.tsx'
import { messages as m } from '../../messages.ts'
import { useMay, useSession } from '../../session-context.tsx'
import { resolveSpan } from '../../time.ts'
import { useUrlState } from '../../url-state.ts'
import { AlertTable } from './alert-table.tsx'
import { InboxFilters } from './filters.tsx'
import { alertRow, groupRow, silenceFor, type Row } from './rows.ts'

const PAGE = 500
/** As many as a case may hold. */
const MOST_IN_CASE = 1_000

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
    const { change, alert } = (data ?? {}) as { change?: string; alert?: { id?: string } }
    if (kind !== 'alert' || alert?.id === undefined) return
    const { id } = alert
    if (change === 'opened' || change === 'reopened')
      setFresh((before) => (before.has(id) ? before : new Set(before).add(id)))
    if (id === url['alert']) void client.invalidateQueries({ queryKey: ['alert', id] })
  })
  const showFresh = (): void => {
    setFresh(new Set())
    setShownAt(Date.now())
  }

  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [cursor, setCursor] = useState(0)
  const [dialog, setDialog] = useState<{ kind: 'close' | 'silence' | 'comment' | 'case'; all: boolean } | undefined>()
  const at = Math.min(cursor, Math.max(0, rows.length - 1))
  const moveTo = (index: number): void => setCursor(Math.max(0, Math.min(rows.length - 1, index)))
  const toggle = (id: string): void =>
    setSelected((before) => {
      const next = new Set(before)
      if (!next.delete(id)) next.add(id)
      return next
    })
  const acting = selected.size > 0 ? rows.filter((row) => selected.has(row.id)) : rows.slice(at, at + 1)
  const total = list.data?.total ?? 0
  const countOf = (chosen: readonly Row[]): number => chosen.reduce((sum, row) => sum + row.count, 0)

  const membersOf = async (chosen: readonly Row[]): Promise<string[]> => {
    if (!grouped) return chosen.map((row) => row.sample)
    const lists = await Promise.all(chosen.map((row) => alerts.list({ ...row.filters, size: MOST_IN_CASE })))
    return lists.flatMap((one) => one.alerts.map(({ id }) => id))
  }
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
    void changes.run(async () => {
      for (const id of await membersOf(chosen)) await alerts.assign(id, session.user ?? 'admin')
    })
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
      <InboxFilters
        counts={counts.data?.groups ?? []}
        onTime={(range) => {
          setShownAt(Date.now())
          setUrl(range)
        }}
      />
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
            <Button size="compact-xs" variant="default" onClick={() => setDialog({ kind: 'case', all: false })}>
              {m.cases.addTo}
            </Button>
            <Button size="compact-xs" variant="default" onClick={() => setDialog({ kind: 'close', all: true })}>
              {m.inbox.closeMatching(total)}
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
        <AlertTable
          rows={rows}
          grouped={grouped}
          cursor={at}
          onCursor={setCursor}
          selected={selected}
          onSelected={setSelected}
          onToggle={toggle}
          onOpen={(id) => setUrl({ alert: id })}
          shownAt={shownAt}
        />
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
      {dialog?.kind === 'case' && acting[0] !== undefined && (
        <CaseDialog
          count={countOf(acting)}
          alertIds={() => membersOf(acting)}
          title={`${acting[0].rule} ${acting[0].entity}`.trim().slice(0, 300)}
          onClose={() => setDialog(undefined)}
        />
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
