import { Button, Group, Text } from '@mantine/core'
import { CodeEditor } from '../../components/code-editor.tsx'
import { messages as m } from '../../messages.ts'

/** The text of a watch, saved once it is JSON. Without `onSave` it is read-only. */
export function DefinitionEditor({
  text,
  height,
  onChange,
  onSave,
}: {
  text: string
  height: string
  onChange: (text: string) => void
  onSave: ((definition: unknown) => void) | undefined
}) {
  const definition = parsed(text)
  return (
    <>
      <CodeEditor
        label={m.watches.definition}
        language="json"
        value={text}
        height={height}
        {...(onSave === undefined ? {} : { onChange })}
      />
      {onSave !== undefined && (
        <Group mt="sm">
          <Button size="xs" disabled={definition === undefined} onClick={() => onSave(definition)}>
            {m.watches.save}
          </Button>
          {definition === undefined && (
            <Text size="sm" role="alert">
              {m.watches.badJson}
            </Text>
          )}
        </Group>
      )}
    </>
  )
}

/** What a text says; undefined while it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
