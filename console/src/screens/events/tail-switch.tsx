import { Button, Group, Switch, Text } from '@mantine/core'
import { messages as m } from '../../messages.ts'
import type { Tail } from './use-tail.ts'

/** Whether events are shown as they arrive, how that goes, and beginning with an empty list. */
export function TailSwitch({
  on,
  paused,
  tail,
  onChange,
}: {
  on: boolean
  paused: boolean
  tail: Tail
  onChange: (on: boolean) => void
}) {
  const { connected, held, dropped } = tail
  const states = [
    connected ? (paused ? m.events.tailPaused(held) : m.inbox.live) : m.inbox.liveOff,
    ...(dropped > 0 ? [m.inbox.dropped(dropped)] : []),
  ]
  return (
    <Group gap="xs">
      <Switch
        size="xs"
        label={m.events.tail}
        checked={on}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      {on && (
        <>
          <Text size="sm" role="status">
            {states.join(' · ')}
          </Text>
          <Button size="compact-xs" variant="default" onClick={tail.clear}>
            {m.events.tailClear}
          </Button>
        </>
      )}
    </Group>
  )
}
