import { Alert, Badge, Button, Code, Group, SegmentedControl, Select, Stack, Text, Textarea } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { operation, type Explanation, type TraceStep } from '../api/operation.ts'
import { CodeEditor } from '../components/code-editor.tsx'
import { ErrorNotice, ScreenTitle } from '../components/notices.tsx'
import { Panel } from '../components/panel.tsx'
import { SeverityBadge } from '../components/severity.tsx'
import { show } from '../document.ts'
import { messages as m } from '../messages.ts'
import { useMay } from '../session-context.tsx'
import { useUrlState } from '../url-state.ts'

const EXAMPLE = `input { stdin { } }
filter {
  grok { match => { "message" => "%{IP:client} %{WORD:verb} %{NUMBER:bytes:int}" } }
}
`

/** Paste lines: what each filter makes of them, why one does not match, and which rules see something. */
export default function Debugger() {
  const [url, setUrl] = useUrlState()
  const may = useMay()
  const kind = url['kind'] ?? 'pipeline'
  const [text, setText] = useState(url['line'] ?? '')
  const [pattern, setPattern] = useState(url['pattern'] ?? '')
  const [configuration, setConfiguration] = useState(EXAMPLE)
  const pipelines = useQuery({ queryKey: ['pipelines'], queryFn: operation.pipelines })
  const pipeline = url['pipeline'] ?? pipelines.data?.[0]
  const explain = useMutation({ mutationFn: operation.explain })
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const ready =
    may.triage &&
    lines.length > 0 &&
    (kind !== 'pattern' || pattern !== '') &&
    (kind !== 'pipeline' || pipeline !== undefined)
  const run = (): void => {
    if (!ready) return
    setUrl({ line: text.length < 4_000 ? text : undefined, pattern: pattern || undefined }, { replace: true })
    explain.mutate({
      lines: lines.slice(0, 50),
      ...(kind === 'pattern' ? { pattern } : kind === 'configuration' ? { configuration } : { pipeline }),
    })
  }
  // An address with a line is a question already.
  const asked = useRef(false)
  useEffect(() => {
    if (asked.current || url['line'] === undefined || !ready) return
    asked.current = true
    run()
  })
  return (
    <>
      <ScreenTitle title={m.debug.title} />
      <Text size="sm" mb="md">
        {m.debug.lead}
      </Text>
      <div className="ved-columns">
        <Panel title={m.debug.what}>
          <Stack gap="sm">
            <SegmentedControl
              aria-label={m.debug.what}
              value={kind}
              onChange={(value) => setUrl({ kind: value })}
              data={[
                { value: 'pipeline', label: m.debug.pipeline },
                { value: 'pattern', label: m.debug.pattern },
                ...(may.administer ? [{ value: 'configuration', label: m.debug.configuration }] : []),
              ]}
            />
            {kind === 'pipeline' && (
              <Select
                label={m.pipelines.title}
                allowDeselect={false}
                value={pipeline ?? null}
                onChange={(value) => setUrl({ pipeline: value ?? undefined })}
                data={pipelines.data ?? []}
              />
            )}
            {kind === 'pattern' && (
              <Textarea
                label={m.debug.pattern}
                autosize
                minRows={2}
                value={pattern}
                placeholder={m.debug.patternHint}
                classNames={{ input: 'ved-mono' }}
                spellCheck={false}
                onChange={(event) => setPattern(event.currentTarget.value)}
              />
            )}
            {kind === 'configuration' && (
              <CodeEditor
                label={m.debug.configuration}
                language="text"
                value={configuration}
                onChange={setConfiguration}
                height={260}
              />
            )}
            <Textarea
              label={m.debug.lines}
              description={m.debug.linesHint}
              data-query
              autosize
              minRows={4}
              maxRows={16}
              value={text}
              classNames={{ input: 'ved-mono' }}
              spellCheck={false}
              onChange={(event) => setText(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) run()
              }}
            />
            <Group>
              <Button onClick={run} loading={explain.isPending} disabled={!ready}>
                {m.debug.run}
              </Button>
            </Group>
          </Stack>
        </Panel>
        <Stack gap="md">
          {explain.error !== null && <ErrorNotice error={explain.error} />}
          {explain.data === undefined && explain.error === null && <Text size="sm">{m.debug.empty}</Text>}
          {explain.data !== undefined && <Answer explanation={explain.data} />}
        </Stack>
      </div>
    </>
  )
}

function Answer({ explanation }: { explanation: Explanation }) {
  if (explanation.problems !== undefined)
    return (
      <Alert color="red" title={m.debug.problems} role="alert">
        {explanation.problems.map((problem) => (
          <Code block key={problem} className="ved-wrap">
            {problem}
          </Code>
        ))}
      </Alert>
    )
  return (
    <>
      {(explanation.grok ?? []).map(({ line, fields, why }, at) => (
        <Panel key={at} title={m.debug.line(at + 1)}>
          <Text size="sm" className="ved-mono ved-wrap">
            {show(line, 2_000)}
          </Text>
          <Text fw={600} size="sm">
            {fields === null ? m.debug.notMatched : m.debug.matched}
          </Text>
          {why !== undefined && <Why text={why} />}
          {fields !== null && (
            <Code block className="ved-wrap">
              {show(JSON.stringify(fields, undefined, 2))}
            </Code>
          )}
        </Panel>
      ))}
      {(explanation.lines ?? []).map(({ line, steps, events, rules }, at) => (
        <Panel key={at} title={m.debug.line(at + 1)}>
          <Text size="sm" className="ved-mono ved-wrap" mb="sm">
            {show(line, 2_000)}
          </Text>
          <ol className="ved-steps">
            {steps.map((step, index) => (
              <Step key={index} step={step} />
            ))}
          </ol>
          <Text fw={600} size="sm" mt="sm">
            {events.length === 0 ? m.debug.nothingKept : m.debug.result}
          </Text>
          {events.map((event, index) => (
            <Code block key={index} className="ved-wrap ved-limited" tabIndex={0}>
              {show(JSON.stringify(event, undefined, 2))}
            </Code>
          ))}
          <FiredRules rules={rules.flat()} />
        </Panel>
      ))}
    </>
  )
}

function FiredRules({ rules }: { rules: readonly { id: string; title: string; level: string }[] }) {
  if (rules.length === 0)
    return (
      <Text size="sm" mt="sm">
        {m.debug.noRules}
      </Text>
    )
  return (
    <>
      <Text fw={600} size="sm" mt="sm">
        {m.debug.rules}
      </Text>
      {rules.map(({ id, title, level }) => (
        <Group key={id} gap="xs">
          <SeverityBadge severity={level} />
          <Text size="sm">{show(title, 200)}</Text>
        </Group>
      ))}
    </>
  )
}

function Step({ step: { plugin, place, conditions, ran, changes, dropped, why } }: { step: TraceStep }) {
  const condition = conditions.at(-1)
  return (
    <li data-quiet={!ran || undefined}>
      <Group gap="xs">
        <Text size="sm" fw={600} className="ved-mono">
          {plugin}
        </Text>
        <Text size="xs" className="ved-dim">
          {show(place, 200)}
        </Text>
        {!ran && (
          <Badge variant="default" tt="none" size="sm">
            {m.debug.notReached}
          </Badge>
        )}
        {dropped && (
          <Badge color="red" tt="none" size="sm">
            {m.debug.dropped}
          </Badge>
        )}
        {ran && !dropped && changes.length === 0 && (
          <Text size="xs" className="ved-dim">
            {m.debug.unchanged}
          </Text>
        )}
      </Group>
      {!ran && condition !== undefined && (
        <Text size="xs" className="ved-mono ved-wrap ved-dim">
          {show(condition, 300)}
        </Text>
      )}
      {why !== undefined && <Why text={why} />}
      {changes.length > 0 && (
        <table className="ved-table">
          <tbody>
            {changes.map(({ field, from, to }) => (
              <tr key={field}>
                <td className="ved-mono">{show(field, 200)}</td>
                <td className="ved-mono ved-wrap">
                  {from !== undefined && <del>{show(from, 500)}</del>} {to !== undefined && <ins>{show(to, 500)}</ins>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </li>
  )
}

function Why({ text }: { text: string }) {
  return (
    <div className="ved-why" role="note">
      {text.split('\n').map((line) => (
        <Text key={line} size="sm" className="ved-wrap">
          {m.debug.why}: {show(line, 1_000)}
        </Text>
      ))}
    </div>
  )
}
