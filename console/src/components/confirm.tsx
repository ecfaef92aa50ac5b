import { Button, Group, Modal, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { messages as m } from '../messages.ts'

/** Asks before what cannot be taken back. */
export function Confirm({
  question,
  action,
  onClose,
  onDone,
  children,
}: {
  question: string
  action: string
  onClose: () => void
  onDone: () => void
  children?: ReactNode
}) {
  return (
    <Modal opened onClose={onClose} title={question} closeButtonProps={{ 'aria-label': m.common.close }}>
      {children ?? <Text size="sm" />}
      <Group justify="end" mt="md">
        <Button variant="default" onClick={onClose} data-autofocus>
          {m.common.cancel}
        </Button>
        <Button
          color="red"
          onClick={() => {
            onClose()
            onDone()
          }}
        >
          {action}
        </Button>
      </Group>
    </Modal>
  )
}
