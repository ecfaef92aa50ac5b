import { Button, Drawer, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { notifications } from '@mantine/notifications'
import { useState } from 'react'
import { rules } from '../../api/rules.ts'
import { ErrorNotice } from '../../components/notices.tsx'
import { messages as m } from '../../messages.ts'
import { RuleEditor } from './rule-editor.tsx'

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
      // Escape is also the offers' of the editor, and what was written would be lost.
      closeOnEscape={false}
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': m.common.close }}
    >
      <Stack gap="sm">
        <Text size="sm">{m.rules.addLead}</Text>
        <TextInput label={m.rules.file} value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <RuleEditor value={text} onChange={setText} />
        {add.error !== null && <ErrorNotice error={add.error} />}
        <Button onClick={() => add.mutate()} loading={add.isPending} style={{ alignSelf: 'start' }}>
          {m.common.save}
        </Button>
      </Stack>
    </Drawer>
  )
}
