import { Textarea, TextInput } from '@mantine/core'
import { messages as m } from '../messages.ts'

export interface CaseText {
  readonly title: string
  readonly description: string
}

/** What a case is called and what it is about. */
export function CaseFields({ value, onChange }: { value: CaseText; onChange: (value: CaseText) => void }) {
  return (
    <>
      <TextInput
        label={m.cases.name}
        required
        maxLength={300}
        value={value.title}
        onChange={(event) => onChange({ ...value, title: event.currentTarget.value })}
        data-autofocus
      />
      <Textarea
        label={m.cases.description}
        autosize
        minRows={3}
        maxRows={12}
        value={value.description}
        onChange={(event) => onChange({ ...value, description: event.currentTarget.value })}
      />
    </>
  )
}
