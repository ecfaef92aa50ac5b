import { Anchor, Button, Group, Select, Stack, TagsInput, Text, Textarea, TextInput } from '@mantine/core'
import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { alerts, alertView } from '../../api/alerts.ts'
import { cases, CASE_STATUSES, type CaseDetails, type CaseRow, type CaseStatus } from '../../api/cases.ts'
import { AlertLine } from '../../components/alert-line.tsx'
import { CaseFields, type CaseText } from '../../components/case-fields.tsx'
import { Markdown } from '../../components/markdown.tsx'
import { ErrorNotice, ScreenTitle, Waiting } from '../../components/notices.tsx'
import { Panel } from '../../components/panel.tsx'
import { show } from '../../document.ts'
import { download } from '../../download.ts'
import { messages as m } from '../../messages.ts'
import { saying } from '../../saying.ts'
import { useMay, useSession } from '../../session-context.tsx'
import { formatTime } from '../../time.ts'

/** More are listed by the inbox. */
const MOST_SHOWN = 100

type Act = (work: () => Promise<unknown>) => Promise<void>

/** One case: what it is about, who has it, its alerts, and what happened. */
export default function CaseScreen() {
  const { id } = useParams({ strict: false }) as { id: string }
  const client = useQueryClient()
  const details = useQuery({
    queryKey: ['cases', 'one', id],
    queryFn: () => cases.get(id),
  })
  if (details.error !== null) return <ErrorNotice error={details.error} retry={() => void details.refetch()} />
  if (details.data === undefined)
    return (
      <>
        <ScreenTitle title={m.cases.one} />
        <Waiting />
      </>
    )
  const one = details.data
  const act: Act = async (work) => {
    await saying(work)
    await client.invalidateQueries({ queryKey: ['cases'] })
  }
  return (
    <>
      <Anchor size="sm" component={Link} to={'/cases' as never}>
        {m.cases.title}
      </Anchor>
      <ScreenTitle title={show(one.title, 300)}>
        <Button
          size="xs"
          variant="default"
          onClick={() => download(`case-${one.title}.json`, JSON.stringify(one, undefined, 2))}
        >
          {m.cases.export}
        </Button>
      </ScreenTitle>
      <div className="ved-columns">
        <Stack>
          <Facts one={one} act={act} />
          <Members one={one} act={act} />
        </Stack>
        <Panel title={m.cases.timeline}>
          <NoteForm id={id} act={act} />
          <ol className="ved-story" reversed>
            {one.timeline.toReversed().map((row, at) => (
              <li key={one.timeline.length - at}>
                <time dateTime={row.time}>{formatTime(row.time, false)}</time>
                <RowText row={row} />
              </li>
            ))}
          </ol>
        </Panel>
      </div>
    </>
  )
}

function RowText({ row }: { row: CaseRow }) {
  const { kind, by, field = '', from = '', to = '', alert } = row
  const did = kind === 'changed' ? m.cases.rows.changed(field, show(from, 200), show(to, 200)) : m.cases.rows[kind]
  return (
    <div>
      <Text size="sm" className="ved-wrap">
        <b>{show(by, 100)}</b>{' '}
        {alert === undefined ? (
          did
        ) : (
          <Anchor
            size="sm"
            component={Link}
            to={'/alerts' as never}
            search={{ alert, status: 'any', from: 'now-1y' } as never}
          >
            {did}
          </Anchor>
        )}
      </Text>
      {row.text !== undefined && <Markdown text={row.text} />}
    </div>
  )
}

function Facts({ one, act }: { one: CaseDetails; act: Act }) {
  const { triage } = useMay()
  const { session } = useSession()
  const [editing, setEditing] = useState(false)
  const me = session.user ?? 'admin'
  return (
    <Panel
      title={m.cases.facts}
      aside={
        triage && (
          <Button size="compact-xs" variant="default" onClick={() => setEditing((before) => !before)}>
            {m.cases.edit}
          </Button>
        )
      }
    >
      <Group gap="sm" align="end" mb="sm">
        <Select
          size="xs"
          w={130}
          label={m.cases.status}
          disabled={!triage}
          allowDeselect={false}
          value={one.status}
          data={CASE_STATUSES.map((value) => ({ value, label: m.cases.statuses[value] }))}
          onChange={(status) => void act(() => cases.change(one.id, { status: status as CaseStatus }))}
        />
        <TextInput
          size="xs"
          w={150}
          label={m.cases.assignee}
          placeholder={m.cases.nobody}
          disabled={!triage}
          key={one.assignee}
          defaultValue={one.assignee ?? ''}
          onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
          onBlur={(event) => {
            const assignee = event.currentTarget.value.trim() || null
            if (assignee !== one.assignee) void act(() => cases.change(one.id, { assignee }))
          }}
        />
        {triage && one.assignee !== me && (
          <Button size="xs" variant="default" onClick={() => void act(() => cases.change(one.id, { assignee: me }))}>
            {m.cases.take}
          </Button>
        )}
        <TagsInput
          size="xs"
          flex={1}
          miw={150}
          label={m.cases.tags}
          placeholder={one.tags.length === 0 ? m.cases.tagsHint : ''}
          disabled={!triage}
          value={[...one.tags]}
          onChange={(tags) => void act(() => cases.change(one.id, { tags }))}
        />
      </Group>
      {editing ? (
        <EditForm one={one} onDone={(change) => void act(change).then(() => setEditing(false))} />
      ) : (
        <Markdown text={one.description} />
      )}
      <Text size="xs" className="ved-dim">
        {m.cases.created(show(one.by, 100), formatTime(one.created, false))}
      </Text>
    </Panel>
  )
}

function EditForm({ one, onDone }: { one: CaseDetails; onDone: (change: () => Promise<unknown>) => void }) {
  const [text, setText] = useState<CaseText>(() => ({ title: one.title, description: one.description }))
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        onDone(() => cases.change(one.id, text))
      }}
    >
      <Stack gap="sm">
        <CaseFields value={text} onChange={setText} />
        <Button type="submit" size="xs" disabled={text.title.trim() === ''}>
          {m.common.save}
        </Button>
      </Stack>
    </form>
  )
}

function Members({ one, act }: { one: CaseDetails; act: Act }) {
  const { triage } = useMay()
  const shown = one.alerts.slice(0, MOST_SHOWN)
  const found = useQueries({
    queries: shown.map((id) => ({ queryKey: ['alert', id], queryFn: () => alerts.get(id), retry: false })),
  })
  return (
    <Panel title={`${m.cases.alerts} (${m.common.count(one.alerts.length)})`}>
      {shown.length === 0 && <Text size="sm">{m.cases.noAlerts}</Text>}
      {found.map(({ data: alert }, at) => {
        const id = shown[at]!
        return (
          <AlertLine key={id} alert={alert ?? { id, rule: { id } }} dated={alert !== undefined}>
            {triage && (
              <Button
                size="compact-xs"
                variant="default"
                aria-label={m.cases.takeOut(alert === undefined ? id : show(alertView(alert).rule, 100))}
                onClick={() => void act(() => cases.link(one.id, { remove: [id] }))}
              >
                ×
              </Button>
            )}
          </AlertLine>
        )
      })}
    </Panel>
  )
}

function NoteForm({ id, act }: { id: string; act: Act }) {
  const { triage } = useMay()
  const [text, setText] = useState('')
  if (!triage) return null
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void act(() => cases.note(id, text).then(() => setText('')))
      }}
    >
      <Textarea
        label={m.cases.note}
        autosize
        minRows={2}
        maxRows={15}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button type="submit" size="xs" mt="xs" variant="default" disabled={text.trim() === ''}>
        {m.cases.addNote}
      </Button>
    </form>
  )
}
