import { Button, Checkbox, Group, Select, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { watches, type RunRecord } from '../../api/watches.ts'
import { CodeEditor } from '../../components/code-editor.tsx'
import { ErrorNotice } from '../../components/notices.tsx'
import { Panel } from '../../components/panel.tsx'
import { fieldOf, type Document } from '../../document.ts'
import { messages as m } from '../../messages.ts'
import { saying } from '../../saying.ts'
import { useMay } from '../../session-context.tsx'
import { resolveTime } from '../../time.ts'
import { RunSteps } from './run-steps.tsx'

/** Runs a watch now without keeping anything, with another input, time or actions where asked; shows every step. */
export function Simulate({ id, watch }: { id: string; watch: Document }) {
  const may = useMay()
  const actions = Object.keys((watch['actions'] ?? {}) as object)
  const [ownInput, setOwnInput] = useState(false)
  const [input, setInput] = useState('{}')
  const [at, setAt] = useState('now')
  const [ignoring, setIgnoring] = useState(false)
  const [modes, setModes] = useState<Readonly<Record<string, string>>>({})
  const [record, setRecord] = useState<RunRecord>()
  const [error, setError] = useState<Error>()
  const [busy, setBusy] = useState(false)
  const time = resolveTime(at, Date.now())
  const modeOf = (action: string): string => modes[action] ?? 'simulate'
  const forReal = actions.some((action) => modeOf(action) === 'force_execute')

  const run = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      const when = new Date(time ?? Date.now()).toISOString()
      setRecord(
        await watches.execute(id, {
          ...(ownInput ? { alternative_input: JSON.parse(input) as unknown } : {}),
          ...(at.trim() === 'now' ? {} : { trigger_data: { triggered_time: when, scheduled_time: when } }),
          ignore_condition: ignoring,
          action_modes: Object.fromEntries(actions.map((action) => [action, modeOf(action)])),
        }),
      )
    } catch (problem) {
      setError(problem as Error)
    } finally {
      setBusy(false)
    }
  }
  const takeLast = (): void =>
    void saying(async () => {
      const [last] = await watches.history(id)
      const payload = fieldOf(last, 'result.input.payload')
      setInput(JSON.stringify(payload ?? {}, undefined, 2))
    })

  return (
    <div className="ved-columns">
      <Panel title={m.watches.input}>
        <Stack gap="sm">
          <Checkbox
            label={m.watches.useInput}
            checked={ownInput}
            onChange={(event) => {
              setOwnInput(event.currentTarget.checked)
              if (event.currentTarget.checked && input === '{}') takeLast()
            }}
          />
          {ownInput && (
            <>
              <Text size="xs">{m.watches.inputHint}</Text>
              <CodeEditor label={m.watches.input} language="json" value={input} onChange={setInput} height={220} />
              <Button size="compact-xs" variant="default" onClick={takeLast} style={{ alignSelf: 'start' }}>
                {m.watches.fromRun}
              </Button>
            </>
          )}
          <Checkbox
            label={m.watches.ignoreCondition}
            checked={ignoring}
            onChange={(event) => setIgnoring(event.currentTarget.checked)}
          />
          <TextInput
            label={m.watches.at}
            description={m.watches.atHint}
            value={at}
            error={time === undefined && m.time.bad}
            onChange={(event) => setAt(event.currentTarget.value)}
          />
          {actions.map((action) => (
            <Select
              key={action}
              label={m.watches.stepAction(action)}
              allowDeselect={false}
              value={modeOf(action)}
              onChange={(mode) => setModes((before) => ({ ...before, [action]: mode ?? 'simulate' }))}
              data={Object.entries(m.watches.modes)
                .filter(([value]) => may.administer || value !== 'force_execute')
                .map(([value, label]) => ({ value, label }))}
            />
          ))}
          <Group>
            <Button onClick={() => void run()} loading={busy} disabled={!may.triage || time === undefined}>
              {m.watches.run}
            </Button>
            {record !== undefined && !forReal && (
              <Text size="sm" role="status">
                {m.watches.tried}
              </Text>
            )}
          </Group>
        </Stack>
      </Panel>
      <Panel title={m.watches.result}>
        {error !== undefined && <ErrorNotice error={error} />}
        {record === undefined && error === undefined && <Text size="sm">{m.debug.empty}</Text>}
        {record !== undefined && <RunSteps record={record} />}
      </Panel>
    </div>
  )
}
