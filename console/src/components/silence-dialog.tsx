import { Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { alerts, type Matcher } from '../api/alerts.ts'
import { messages as m } from '../messages.ts'
import { ErrorNotice } from './notices.tsx'
import { Sparkline } from './severity.tsx'

const HOURS = [1, 4, 8, 24, 72, 168, 720, 2_160]
const NEVER = 'never'
const DAYS = 7

/**
 * A silence, or an exception, which tunes a rule: what it matches is no alert any more. With its end, its reason, and how many
 * past alerts it would have hidden.
 */
export function SilenceDialog(props: {
  matchers: readonly Matcher[]
  exception?: boolean
  /** What was counted when the alert was raised, to ask for more. */
  counted?: number
  onClose: () => void
}) {
  const { exception = false, counted } = props
  const texts = exception ? m.exception : m.silence
  const client = useQueryClient()
  const [matchers, setMatchers] = useState<readonly Matcher[]>(props.matchers)
  const [hours, setHours] = useState(exception ? NEVER : '4')
  const [reason, setReason] = useState('')
  const [problem, setProblem] = useState<Error | undefined>()
  const preview = useQuery({
    queryKey: ['silence-preview', matchers],
    queryFn: () => alerts.previewSilence(matchers, DAYS),
    enabled: matchers.length > 0 && matchers.every(({ field, value }) => field !== '' && value !== ''),
    placeholderData: (before) => before,
    retry: false,
  })
  const add = (matcher: Matcher): void => setMatchers((before) => [...before, matcher])
  const create = async (): Promise<void> => {
    try {
      const until = hours === NEVER ? {} : { until: new Date(Date.now() + Number(hours) * 3_600_000).toISOString() }
      await alerts.silence({ matchers, ...until, reason, ...(exception ? { exception } : {}) })
      notifications.show({ message: texts.created })
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
      title={texts.title}
      size="lg"
      closeButtonProps={{ 'aria-label': m.common.cancel }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void create()
        }}
      >
        <Stack gap="sm">
          <Text size="sm">{texts.lead}</Text>
          <Text size="sm" fw={600}>
            {texts.matchers}
          </Text>
          <Matchers matchers={matchers} onChange={setMatchers} />
          <Group gap="xs">
            <Button variant="default" size="xs" onClick={() => add({ field: '', op: '=', value: '' })}>
              {m.silence.add}
            </Button>
            {exception && !matchers.some(({ field }) => field === 'count') && (
              <Button
                variant="default"
                size="xs"
                onClick={() => add({ field: 'count', op: '<', value: String((counted ?? 0) + 1) })}
              >
                {m.exception.below}
              </Button>
            )}
          </Group>
          <Group role="status" gap="sm" mih={24}>
            {preview.error !== null && <ErrorNotice error={preview.error} />}
            {preview.data !== undefined && preview.error === null && (
              <>
                <Text size="sm">{m.silence.preview(preview.data.hidden, preview.data.of)}</Text>
                {preview.data.hidden > 0 && <Sparkline counts={preview.data.perDay} label={m.silence.perDay} />}
              </>
            )}
          </Group>
          <Select
            label={m.silence.until}
            allowDeselect={false}
            value={hours}
            onChange={(value) => setHours(value ?? '4')}
            data={[
              ...(exception ? [{ value: NEVER, label: m.exception.never }] : []),
              ...HOURS.map((value) => ({ value: String(value), label: m.silence.untilHours(value) })),
            ]}
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
            {texts.create}
          </Button>
        </Stack>
      </form>
    </Modal>
  )
}

const OPERATORS: readonly Matcher['op'][] = ['=', '!=', '=~', '!~', 'cidr', '<']

/** Conditions that must all hold, a row each. */
function Matchers({
  matchers,
  onChange,
}: {
  matchers: readonly Matcher[]
  onChange: (matchers: readonly Matcher[]) => void
}) {
  const change = (at: number, patch: Partial<Matcher>): void =>
    onChange(matchers.map((matcher, index) => (index === at ? { ...matcher, ...patch } : matcher)))
  return matchers.map((matcher, at) => (
    // The rows have no identity but their place.
    <Group key={`${at + 1}`} gap="xs">
      <TextInput
        flex="1 1 110px"
        aria-label={m.silence.field}
        value={matcher.field}
        onChange={(event) => change(at, { field: event.currentTarget.value })}
      />
      <Select
        aria-label={m.silence.op}
        w={90}
        allowDeselect={false}
        data={OPERATORS}
        value={matcher.op}
        onChange={(op) => change(at, { op: op as Matcher['op'] })}
      />
      <TextInput
        flex="2 1 150px"
        aria-label={m.silence.value}
        value={matcher.value}
        onChange={(event) => change(at, { value: event.currentTarget.value })}
      />
      <Button
        variant="default"
        size="xs"
        onClick={() => onChange(matchers.filter((_, index) => index !== at))}
        aria-label={`${m.common.remove} ${matcher.field}`}
      >
        ×
      </Button>
    </Group>
  ))
}
