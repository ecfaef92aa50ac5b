import { Anchor, Badge, Button, Group, Stack, Table, Tabs, Text, Textarea } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { AlertChanges } from '../alert-changes.tsx'
import { alerts, alertView, type AlertStatus } from '../api/alerts.ts'
import { cases } from '../api/cases.ts'
import { fieldOf, leaves, show, type Document } from '../document.ts'
import { messages as m } from '../messages.ts'
import { useMay, useSession } from '../session-context.tsx'
import { formatTime } from '../time.ts'
import { CloseDialog } from './alert-dialogs.tsx'
import { CaseDialog } from './case-dialog.tsx'
import { Markdown } from './markdown.tsx'
import { ErrorNotice, Waiting } from './notices.tsx'
import { SilenceDialog } from './silence-dialog.tsx'
import { SeverityBadge } from './severity.tsx'
import { Value } from './value.tsx'

const EVENTS = 50

/** All of one alert: why, its events, its history, what may be done. */
export function AlertDetails({ id, changes }: { id: string; changes: AlertChanges }) {
  const { session } = useSession()
  const may = useMay()
  const [dialog, setDialog] = useState<'close' | 'silence' | 'tune' | 'case' | undefined>()
  const { data: alert, error } = useQuery({ queryKey: ['alert', id], queryFn: ({ signal }) => alerts.get(id, signal) })
  if (error !== null) return <ErrorNotice error={error} />
  if (alert === undefined) return <Waiting />
  const view = alertView(alert)
  const change = (to: AlertStatus, details: { reason?: string; comment?: string } = {}): void =>
    void changes.change([{ ids: [id], status: to, ...details }])
  const around = { from: stretch(view.first, -300_000), to: stretch(view.last, 300_000) }
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <SeverityBadge severity={view.severity} />
        <Badge variant="default" tt="none">
          {view.status}
          {view.closeReason === '' ? '' : `: ${view.closeReason}`}
        </Badge>
        {view.episode !== '' && (
          <Badge variant="default" tt="none">
            {view.episode}
          </Badge>
        )}
        {view.assignee !== '' && (
          <Badge variant="default" tt="none">
            {view.assignee}
          </Badge>
        )}
      </Group>
      <Text fw={700} className="ved-wrap">
        {show(view.rule, 300)}
      </Text>
      <Text className="ved-wrap">{show(view.reason, 2000)}</Text>
      <Text size="sm">
        {m.inbox.counted}: {m.common.count(view.count)}
        {view.threshold === '' ? '' : ` (${m.inbox.threshold} ${view.threshold})`} · {formatTime(view.first)} –{' '}
        {formatTime(view.last)}
      </Text>
      <Group gap={6}>
        <Text size="sm">{m.inbox.culprits}:</Text>
        {view.culprits.slice(0, 20).map((culprit) => (
          <Value key={culprit} field={/[.:]/.test(culprit) ? 'source.ip' : 'user.name'} value={culprit} />
        ))}
        <Text size="sm">{m.inbox.targets}:</Text>
        {view.targets.slice(0, 20).map((target) => (
          <Value key={target} field="destination.ip" value={target} />
        ))}
      </Group>
      {may.triage && (
        <Group gap="xs">
          {view.status === 'open' && (
            <Button size="xs" variant="default" onClick={() => change('acknowledged')}>
              {m.inbox.acknowledge}
            </Button>
          )}
          {view.status === 'closed' ? (
            <Button size="xs" variant="default" onClick={() => change('open')}>
              {m.inbox.reopen}
            </Button>
          ) : (
            <Button size="xs" variant="default" onClick={() => setDialog('close')}>
              {m.inbox.close}
            </Button>
          )}
          <Button
            size="xs"
            variant="default"
            onClick={() => void changes.run(() => alerts.assign(id, session.user ?? 'admin'))}
          >
            {m.inbox.assign}
          </Button>
          <Button size="xs" variant="default" onClick={() => setDialog('silence')}>
            {m.inbox.silence}
          </Button>
          <Button size="xs" variant="default" onClick={() => setDialog('tune')}>
            {m.exception.tune}
          </Button>
          <Button size="xs" variant="default" onClick={() => setDialog('case')}>
            {m.cases.addTo}
          </Button>
        </Group>
      )}
      <InCases id={id} />
      <Group gap="md">
        {view.culprits[0] !== undefined && (
          <>
            <Anchor
              size="sm"
              component={Link}
              to={'/scan' as never}
              search={{ ip: view.culprits[0], ...around } as never}
            >
              {m.inbox.openScan}
            </Anchor>
            <Anchor size="sm" component={Link} to={'/entity' as never} search={{ ip: view.culprits[0] } as never}>
              {m.inbox.openEntity}
            </Anchor>
            <Anchor
              size="sm"
              component={Link}
              to={'/timeline' as never}
              search={{ entity: view.culprits[0], ...around } as never}
            >
              {m.nav.timeline}
            </Anchor>
            <Anchor
              size="sm"
              component={Link}
              to={'/events' as never}
              search={{ q: `"${view.culprits[0]}"`, lang: 'kuery', ...around } as never}
            >
              {m.inbox.openEvents}
            </Anchor>
          </>
        )}
      </Group>
      <Tabs defaultValue="events">
        <Tabs.List>
          <Tabs.Tab value="events">{m.inbox.evidence}</Tabs.Tab>
          <Tabs.Tab value="history">{m.inbox.history}</Tabs.Tab>
          <Tabs.Tab value="comments">{m.inbox.comments}</Tabs.Tab>
          <Tabs.Tab value="fields">{m.inbox.fields}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="events" pt="sm">
          <Evidence id={id} />
        </Tabs.Panel>
        <Tabs.Panel value="history" pt="sm">
          <History id={id} />
        </Tabs.Panel>
        <Tabs.Panel value="comments" pt="sm">
          <Comments id={id} />
        </Tabs.Panel>
        <Tabs.Panel value="fields" pt="sm">
          <FieldTable document={alert} />
        </Tabs.Panel>
      </Tabs>
      {dialog === 'close' && (
        <CloseDialog
          count={1}
          onClose={() => setDialog(undefined)}
          onDone={(details) => {
            setDialog(undefined)
            change('closed', details)
          }}
        />
      )}
      {dialog === 'case' && (
        <CaseDialog
          count={1}
          alertIds={() => Promise.resolve([id])}
          title={`${view.rule} ${view.entityValue}`.slice(0, 300)}
          onClose={() => setDialog(undefined)}
        />
      )}
      {(dialog === 'silence' || dialog === 'tune') && (
        <SilenceDialog
          exception={dialog === 'tune'}
          counted={view.count}
          matchers={[
            { field: 'rule', op: '=', value: view.ruleId || view.rule },
            ...(dialog === 'tune' && view.culprits.length === 1
              ? [{ field: 'culprit', op: '=' as const, value: view.culprits[0]! }]
              : view.entityValue === ''
                ? []
                : [{ field: 'entity', op: '=' as const, value: view.entityValue }]),
          ]}
          onClose={() => setDialog(undefined)}
        />
      )}
    </Stack>
  )
}

/** The cases that an alert belongs to. */
function InCases({ id }: { id: string }) {
  const { data } = useQuery({ queryKey: ['cases', 'of', id], queryFn: () => cases.list({ alert: id }) })
  if (data === undefined || data.length === 0) return null
  return (
    <Group gap="xs">
      <Text size="sm">{m.cases.title}:</Text>
      {data.map((one) => (
        <Anchor key={one.id} size="sm" component={Link} to={`/cases/${one.id}` as never}>
          {show(one.title, 200)}
        </Anchor>
      ))}
    </Group>
  )
}

function stretch(time: string, by: number): string {
  const millis = Date.parse(time)
  return Number.isNaN(millis) ? 'now-24h' : new Date(millis + by).toISOString()
}

function Evidence({ id }: { id: string }) {
  const { data, error } = useQuery({ queryKey: ['alert', id, 'events'], queryFn: () => alerts.events(id, EVENTS) })
  if (error !== null) return <ErrorNotice error={error} />
  if (data === undefined) return <Waiting />
  const rows = data.events
  return (
    <Stack gap="xs">
      <Text size="sm">{m.inbox.evidenceTotal(rows.length, data.total)}</Text>
      <div className="ved-scroll" tabIndex={0} role="region" aria-label={m.inbox.evidence}>
        <table className="ved-table ved-mono">
          <tbody>
            {rows.map(({ _index, _id, _source }) => (
              <tr key={`${_index} ${_id}`}>
                <td style={{ whiteSpace: 'nowrap' }}>{formatTime(fieldOf(_source, '@timestamp'))}</td>
                <td className="ved-wrap">{show(summary(_source), 400)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Stack>
  )
}

/** An event in one line: its message, or its fields. */
export function summary(source: Document): string {
  const message = fieldOf(source, 'message')
  if (typeof message === 'string' && message !== '') return message
  return leaves(source)
    .filter(([field]) => field !== '@timestamp' && field !== '@version')
    .map(([field, value]) => `${field}: ${show(value, 200)}`)
    .join('  ')
}

function History({ id }: { id: string }) {
  const { data, error } = useQuery({ queryKey: ['alert', id, 'history'], queryFn: () => alerts.history(id) })
  if (error !== null) return <ErrorNotice error={error} />
  return (
    <Stack gap="xs" className="ved-lane">
      {(data ?? []).map(({ time, by, from, to, why }, at) => (
        <Text size="sm" key={`${at + 1}`} className="ved-wrap">
          {formatTime(time)} · {show(by)} · {show(from ?? m.cases.nothing)} → {show(to ?? m.cases.nothing)}{' '}
          {show(why === undefined ? '' : `(${why})`)}
        </Text>
      ))}
    </Stack>
  )
}

function Comments({ id }: { id: string }) {
  const client = useQueryClient()
  const { triage } = useMay()
  const [text, setText] = useState('')
  const { data, error } = useQuery({ queryKey: ['alert', id, 'comments'], queryFn: () => alerts.comments(id) })
  return (
    <Stack gap="xs">
      {error !== null && <ErrorNotice error={error} />}
      {(data ?? []).map(({ time, by, text: written }, at) => (
        <div key={`${at + 1}`}>
          <Text size="xs" c="dimmed">
            {formatTime(time)} · {show(by)}
          </Text>
          <Markdown text={written} />
        </div>
      ))}
      {triage && (
        <>
          <Textarea
            aria-label={m.inbox.commentText}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            autosize
            minRows={2}
          />
          <Button
            size="xs"
            variant="default"
            disabled={text.trim() === ''}
            onClick={() =>
              void alerts.comment(id, text).then(() => {
                setText('')
                return client.invalidateQueries({ queryKey: ['alert', id, 'comments'] })
              })
            }
          >
            {m.common.save}
          </Button>
        </>
      )}
    </Stack>
  )
}

/** Every field of a document, each value with its menu. */
export function FieldTable({ document }: { document: Document }) {
  return (
    <Table className="ved-table" verticalSpacing={2}>
      <Table.Tbody>
        {leaves(document).map(([field, value]) => (
          <Table.Tr key={field}>
            <Table.Th scope="row" className="ved-mono" style={{ whiteSpace: 'nowrap', position: 'static' }}>
              {show(field, 200)}
            </Table.Th>
            <Table.Td className="ved-mono ved-wrap">
              {(Array.isArray(value) ? value.slice(0, 200) : [value]).map((item, at) => (
                <Fragmented key={`${at + 1}`} first={at === 0}>
                  <Value field={field} value={item} />
                </Fragmented>
              ))}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

function Fragmented({ first, children }: { first: boolean; children: React.ReactNode }) {
  return (
    <>
      {first ? '' : ', '}
      {children}
    </>
  )
}
