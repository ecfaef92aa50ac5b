import { Button, Drawer, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { notifications } from '@mantine/notifications'
import { useState } from 'react'
import { rules } from '../../api/rules.ts'
import { CodeEditor } from '../../components/code-editor.tsx'
import { ErrorNotice } from '../../components/notices.tsx'
import { messages as m } from '../../messages.ts'

const EXAMPLE = `title: A command shell was asked for
id: my-first-rule
level: medium
logsource:
  category: webserver
detection:
  selection:
    url.original|contains:
      - cmd.exe
      - /bin/sh
  condition: selection
`

/** Writes a file of Sigma rules; what is wrong with them is said, and none is added then. */
export function AddRules({ onClose }: { onClose: () => void }) {
  const client = useQueryClient()
  const [name, setName] = useState('mine.yml')
  const [text, setText] = useState(EXAMPLE)
  const add = useMutation({
    mutationFn: () => rules.add(name, text, 'simulated'),
    onSuccess: async () => {
      notifications.show({ message: m.rules.added })
      onClose()
      await client.invalidateQueries({ queryKey: ['rules'] })
    },
  })
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="xl"
      title={m.rules.add}
      closeButtonProps={{ 'aria-label': m.common.close }}
    >
      <Stack gap="sm">
        <Text size="sm">{m.rules.addLead}</Text>
        <TextInput label={m.rules.file} value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <CodeEditor label={m.rules.source} language="yaml" value={text} onChange={setText} height="55vh" />
        {add.error !== null && <ErrorNotice error={add.error} />}
        <Button onClick={() => add.mutate()} loading={add.isPending} style={{ alignSelf: 'start' }}>
          {m.common.save}
        </Button>
      </Stack>
    </Drawer>
  )
}
