import { Button, Group, Modal, Radio, Stack, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { CLOSE_REASONS } from '../api/alerts.ts'
import { messages as m } from '../messages.ts'

export function CloseDialog(props: {
  count: number
  onClose: () => void
  onDone: (details: { reason: string; comment?: string }) => void
}) {
  const [reason, setReason] = useState<string>(CLOSE_REASONS[0])
  const [comment, setComment] = useState('')
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={m.inbox.closeTitle(props.count)}
      closeButtonProps={{ 'aria-label': m.common.cancel }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          props.onDone({ reason, ...(comment === '' ? {} : { comment }) })
        }}
      >
        <Stack>
          <Radio.Group label={m.inbox.reason} value={reason} onChange={setReason}>
            <Stack gap="xs" mt="xs">
              {CLOSE_REASONS.map((value, index) => (
                <Radio
                  key={value}
                  value={value}
                  label={m.inbox.reasons[value]}
                  data-autofocus={index === 0 || undefined}
                />
              ))}
            </Stack>
          </Radio.Group>
          <TextInput
            label={m.inbox.commentOptional}
            value={comment}
            onChange={(event) => setComment(event.currentTarget.value)}
          />
          <Group justify="end">
            <Button variant="default" onClick={props.onClose}>
              {m.common.cancel}
            </Button>
            <Button type="submit">{m.inbox.closed}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

export function CommentDialog(props: { onClose: () => void; onDone: (text: string) => void }) {
  const [text, setText] = useState('')
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={m.inbox.commentText}
      closeButtonProps={{ 'aria-label': m.common.cancel }}
    >
      <Stack>
        <Textarea
          aria-label={m.inbox.commentText}
          minRows={4}
          autosize
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          data-autofocus
        />
        <Button disabled={text.trim() === ''} onClick={() => props.onDone(text)}>
          {m.common.save}
        </Button>
      </Stack>
    </Modal>
  )
}
