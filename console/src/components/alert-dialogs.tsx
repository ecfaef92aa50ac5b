import { Button, Group, Modal, Radio, Select, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { alerts, CLOSE_REASONS, type Matcher } from '../api/alerts.ts'
import { messages as m } from '../messages.ts'
import { ErrorNotice } from './notices.tsx'

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

const HOURS = [1, 4, 8, 24, 72, 168, 720]

/** A silence with its end, its reason, and how many past alerts it would have hidden. */
export function SilenceDialog(props: { matchers: readonly Matcher[]; onClose: () => void }) {
  const client = useQueryClient()
  const [matchers, setMatchers] = useState<readonly Matcher[]>(props.matchers)
  const [hours, setHours] = useState('4')
  const [reason, setReason] = useState('')
  const [problem, setProblem] = useState<Error | undefined>()
  const preview = useQuery({
    queryKey: ['silence-preview', matchers],
    queryFn: () => alerts.previewSilence(matchers, 7),
    enabled: matchers.length > 0 && matchers.every(({ field, value }) => field !== '' && value !== ''),
  })
  const change = (at: number, patch: Partial<Matcher>): void =>
    setMatchers((before) => before.map((matcher, index) => (index === at ? { ...matcher, ...patch } : matcher)))
  const create = async (): Promise<void> => {
    try {
      const until = new Date(Date.now() + Number(hours) * 3_600_000).toISOString()
      await alerts.silence({ matchers, until, reason })
      notifications.show({ message: m.silence.created })
      await client.invalidateQueries({ queryKey: ['silences'] })
      props.onClose()
    } catch (error) {
      setProblem(error as Error)
    }
  }
  return (
    <Modal
      opened
      onClose={props.onClose}
      size="lg"
      title={m.silence.title}
      closeButtonProps={{ 'aria-label': m.common.cancel }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void create()
        }}
      >
        <Stack gap="sm">
          <Text size="sm">{m.silence.lead}</Text>
          <Text size="sm" fw={600}>
            {m.silence.matchers}
          </Text>
          {matchers.map((matcher, at) => (
            // The rows have no identity but their place.
            <Group key={`${at + 1}`} gap="xs" wrap="nowrap">
              <TextInput
                aria-label={m.silence.field}
                value={matcher.field}
                onChange={(event) => change(at, { field: event.currentTarget.value })}
              />
              <Select
                aria-label={m.silence.op}
                w={90}
                allowDeselect={false}
                data={['=', '!=', '=~', 'cidr']}
                value={matcher.op}
                onChange={(op) => change(at, { op: op as Matcher['op'] })}
              />
              <TextInput
                flex={1}
                aria-label={m.silence.value}
                value={matcher.value}
                onChange={(event) => change(at, { value: event.currentTarget.value })}
              />
              <Button
                variant="default"
                size="xs"
                onClick={() => setMatchers((before) => before.filter((_, index) => index !== at))}
                aria-label={`${m.common.remove} ${matcher.field}`}
              >
                ×
              </Button>
            </Group>
          ))}
          <Button
            variant="default"
            size="xs"
            onClick={() => setMatchers((before) => [...before, { field: '', op: '=', value: '' }])}
          >
            {m.silence.add}
          </Button>
          <div role="status">
            {preview.data !== undefined && (
              <Text size="sm">{m.silence.preview(preview.data.hidden, preview.data.of)}</Text>
            )}
          </div>
          <Select
            label={m.silence.until}
            allowDeselect={false}
            value={hours}
            onChange={(value) => setHours(value ?? '4')}
            data={HOURS.map((value) => ({ value: String(value), label: m.silence.untilHours(value) }))}
          />
          <TextInput
            label={m.silence.reason}
            required
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            data-autofocus
          />
          {problem !== undefined && <ErrorNotice error={problem} />}
          <Button type="submit" disabled={matchers.length === 0}>
            {m.silence.create}
          </Button>
        </Stack>
      </form>
    </Modal>
  )
}
