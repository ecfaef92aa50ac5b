import { Anchor, TextInput } from '@mantine/core'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { watches } from '../../api/watches.ts'
import { ScreenTitle } from '../../components/notices.tsx'
import { messages as m } from '../../messages.ts'
import { saying } from '../../saying.ts'
import { DefinitionEditor } from './definition-editor.tsx'
import { ThresholdForm } from './threshold-form.tsx'
import { BEGINNING, watchOf } from './threshold.ts'

/** Writes a watch: a threshold in words becomes its text, which says all that a watch can. */
export function NewWatch() {
  const navigate = useNavigate()
  const [id, setId] = useState('')
  const [problem, setProblem] = useState(false)
  const [text, setText] = useState(() => pretty(watchOf(BEGINNING)))
  const save = async (definition: unknown): Promise<void> => {
    if (id === '') return setProblem(true)
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
        required
        error={problem && id === '' ? m.watches.idMissing : undefined}
        value={id}
        onChange={(event) => setId(event.currentTarget.value)}
      />
      <details open>
        <summary>{m.threshold.title}</summary>
        <ThresholdForm onWatch={(watch) => setText(pretty(watch))} />
      </details>
      <DefinitionEditor
        text={text}
        height="max(260px, calc(100vh - 520px))"
        onChange={setText}
        onSave={(definition) => void save(definition)}
      />
    </>
  )
}

function pretty(watch: object): string {
  return JSON.stringify(watch, undefined, 2)
}
