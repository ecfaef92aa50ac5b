import { Button, Group, Menu, Text } from '@mantine/core'
import { useMemo, useRef, useState } from 'react'
import { ApiError, request } from '../api/request.ts'
import { CodeEditor } from '../components/code-editor.tsx'
import { ErrorNotice, ScreenTitle } from '../components/notices.tsx'
import { Panel } from '../components/panel.tsx'
import { show } from '../document.ts'
import { messages as m } from '../messages.ts'
import { requestAt } from '../query/request-text.ts'
import { useUrlState } from '../url-state.ts'

const EXAMPLE = `GET /_cat/indices?v

GET /_search
{
  "size": 5,
  "query": { "range": { "@timestamp": { "gte": "now-1h" } } }
}
`
const KEPT = 30
const LONGEST = 500_000
const HISTORY = 'vedetta.requests'
const DRAFT = 'vedetta.request-draft'

interface Answer {
  readonly status: number
  readonly millis: number
  readonly text: string
  readonly json: boolean
}

/** Requests of the Elasticsearch API by hand. What was typed stays in this browser. */
export default function Requests() {
  const [url] = useUrlState()
  const [text, setText] = useState(() => url['r'] ?? localStorage.getItem(DRAFT) ?? EXAMPLE)
  const [answer, setAnswer] = useState<Answer>()
  const [error, setError] = useState<Error>()
  const [busy, setBusy] = useState(false)
  const [history, setHistory] = useState<readonly string[]>(
    () => JSON.parse(localStorage.getItem(HISTORY) ?? '[]') as string[],
  )
  const cursor = useRef(0)
  const keep = (sent: string): void => {
    const next = [sent, ...history.filter((other) => other !== sent)].slice(0, KEPT)
    setHistory(next)
    localStorage.setItem(HISTORY, JSON.stringify(next))
  }
  const run = async (all: string, position: number): Promise<void> => {
    const found = requestAt(all, position)
    if (found === undefined) {
      setError(new Error(m.requests.none))
      return
    }
    setBusy(true)
    setError(undefined)
    keep(found.text)
    const began = performance.now()
    try {
      const raw = found.body === '' ? undefined : { type: found.type, text: found.body }
      const response = await request(found.path, { method: found.method, ...(raw === undefined ? {} : { raw }) })
      const body = await response.text()
      setAnswer({ status: response.status, millis: Math.round(performance.now() - began), ...pretty(body) })
    } catch (problem) {
      if (problem instanceof ApiError && problem.status > 0)
        setAnswer({
          status: problem.status,
          millis: Math.round(performance.now() - began),
          text: problem.message,
          json: false,
        })
      else setError(problem as Error)
    } finally {
      setBusy(false)
    }
  }
  const shown = useMemo(() => (answer === undefined ? '' : show(answer.text, LONGEST)), [answer])
  return (
    <>
      <ScreenTitle title={m.requests.title}>
        <Button size="xs" loading={busy} onClick={() => void run(text, cursor.current)}>
          {m.requests.send}
        </Button>
        <Menu width={420}>
          <Menu.Target>
            <Button size="xs" variant="default" disabled={history.length === 0}>
              {m.requests.history}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {history.map((sent) => (
              <Menu.Item key={sent} onClick={() => setText(`${sent}\n\n${text}`)}>
                <div className="ved-mono ved-clip">{show(sent.split('\n')[0], 100)}</div>
              </Menu.Item>
            ))}
            <Menu.Divider />
            <Menu.Item
              onClick={() => {
                setHistory([])
                localStorage.removeItem(HISTORY)
              }}
            >
              {m.requests.clear}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </ScreenTitle>
      <Text size="sm" mb="md">
        {m.requests.lead}
      </Text>
      <div className="ved-columns">
        <Panel title={m.requests.editor}>
          <CodeEditor
            label={m.requests.editor}
            language="text"
            value={text}
            height="calc(100vh - 240px)"
            onChange={(next) => {
              setText(next)
              localStorage.setItem(DRAFT, next)
            }}
            onCursor={(position) => (cursor.current = position)}
            onRun={(all, position) => void run(all, position)}
          />
        </Panel>
        <Panel
          title={m.requests.answer}
          aside={
            answer !== undefined && (
              <Group gap="xs" role="status">
                <Text size="sm">{m.requests.took(answer.status, answer.millis)}</Text>
              </Group>
            )
          }
        >
          {error !== undefined && <ErrorNotice error={error} />}
          {answer === undefined && error === undefined && <Text size="sm">{m.requests.empty}</Text>}
          {answer !== undefined && (
            <CodeEditor
              label={m.requests.answer}
              language={answer.json ? 'json' : 'text'}
              value={shown}
              height="calc(100vh - 240px)"
            />
          )}
        </Panel>
      </div>
    </>
  )
}

function pretty(text: string): { text: string; json: boolean } {
  try {
    return { text: JSON.stringify(JSON.parse(text), undefined, 2), json: true }
  } catch {
    return { text, json: false }
  }
}
