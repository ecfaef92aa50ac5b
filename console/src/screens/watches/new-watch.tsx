import { Anchor, Button, Group, Text, TextInput } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { watches } from '../../api/watches.ts'
import { CodeEditor } from '../../components/code-editor.tsx'
import { ScreenTitle } from '../../components/notices.tsx'
import { messages as m } from '../../messages.ts'
import { saying } from '../../saying.ts'
import { ThresholdForm } from './threshold-form.tsx'
import { BEGINNING, watchOf } from './threshold.ts'

/** Writes a watch: a threshold in words becomes its text, which says all that a watch can. */
export function NewWatch() {
  const navigate = useNavigate()
  const [id, setId] = useState('')
  const [text, setText] = useState(() => pretty(watchOf(BEGINNING)))
  const definition = parsed(text)
  const save = async (): Promise<void> => {
    if (await saying(() => watches.put(id, definition), m.watches.saved))
      await navigate({ to: `/watches/${encodeURIComponent(id)}` as never })
  }
  return (
    <>
      <Anchor component={Link} to={'/watches' as never} size="sm">
        ‹ {m.watches.title}
      </Anchor>
      <ScreenTitle title={m.watches.add} />
      <TextInput
        label={m.watches.id}
        description={m.watches.idHint}
        maw={360}
        mb="sm"
        value={id}
        onChange={(event) => setId(event.currentTarget.value)}
      />
      <details open>
        <summary>{m.threshold.title}</summary>
        <ThresholdForm onWatch={(watch) => setText(pretty(watch))} />
      </details>
      <CodeEditor
        label={m.watches.definition}
        language="json"
        value={text}
        onChange={setText}
        height="max(260px, calc(100vh - 520px))"
      />
      <Group mt="sm">
        <Button size="xs" disabled={definition === undefined || id === ''} onClick={() => void save()}>
          {m.watches.save}
        </Button>
        {definition === undefined && (
          <Text size="sm" role="alert">
            {m.watches.badJson}
          </Text>
        )}
      </Group>
    </>
  )
}

/** What a text says; undefined while it is no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function pretty(watch: object): string {
  return JSON.stringify(watch, undefined, 2)
}
