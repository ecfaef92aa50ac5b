import { Button, Group, Popover, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { messages as m } from '../messages.ts'
import { chosenZone, formatTime, resolveSpan, resolveTime } from '../time.ts'

const QUICK = [
  ['now-15m', 'now'],
  ['now-1h', 'now'],
  ['now-24h', 'now'],
  ['now-7d', 'now'],
  ['now-30d', 'now'],
  ['now-1y', 'now'],
  ['now/d', 'now'],
  ['now-1d/d', 'now-1d/d'],
] as const

/** From and to: quick, relative, absolute, snapped (`now-1d/d`), ISO or epoch; earlier, later, wider. */
export function TimeRange({
  from,
  to,
  onChange,
}: {
  from: string
  to: string
  onChange: (range: { from: string; to: string }) => void
}) {
  const [opened, setOpened] = useState(false)
  const [start, setStart] = useState(from)
  const [end, setEnd] = useState(to)
  const now = Date.now()
  const bad = (text: string): boolean => resolveTime(text, now) === undefined
  const shift = (factor: number, grow = 0): void => {
    const span = resolveSpan(from, to, Date.now())
    const width = span.to - span.from
    onChange({
      from: new Date(span.from + width * (factor - grow)).toISOString(),
      to: new Date(span.to + width * (factor + grow)).toISOString(),
    })
  }
  const label = quickLabel(from, to) ?? `${pretty(from)} – ${pretty(to)}`
  return (
    <Group gap={4} wrap="nowrap">
      <Button size="xs" variant="default" px={8} aria-label={m.time.earlier} onClick={() => shift(-1)}>
        ‹
      </Button>
      <Popover
        opened={opened}
        onChange={setOpened}
        trapFocus
        width={360}
        position="bottom-end"
        onOpen={() => {
          setStart(from)
          setEnd(to)
        }}
      >
        <Popover.Target>
          <Button size="xs" variant="default" data-time onClick={() => setOpened((before) => !before)}>
            {label}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <Stack gap="xs">
            <SimpleGrid cols={2} spacing={4}>
              {QUICK.map(([quickFrom, quickTo]) => (
                <Button
                  key={quickFrom + quickTo}
                  size="compact-xs"
                  variant="default"
                  onClick={() => {
                    onChange({ from: quickFrom, to: quickTo })
                    setOpened(false)
                  }}
                >
                  {quickLabel(quickFrom, quickTo)}
                </Button>
              ))}
            </SimpleGrid>
            <TextInput
              size="xs"
              label={m.time.from}
              description={m.time.hint}
              value={start}
              error={bad(start) && m.time.bad}
              onChange={(event) => setStart(event.currentTarget.value)}
            />
            <TextInput
              size="xs"
              label={m.time.to}
              value={end}
              error={bad(end) && m.time.bad}
              onChange={(event) => setEnd(event.currentTarget.value)}
            />
            <Text size="xs">{m.time.zone(chosenZone())}</Text>
            <Button
              size="xs"
              disabled={bad(start) || bad(end)}
              onClick={() => {
                onChange({ from: absolute(start), to: absolute(end) })
                setOpened(false)
              }}
            >
              {m.time.apply}
            </Button>
          </Stack>
        </Popover.Dropdown>
      </Popover>
      <Button size="xs" variant="default" px={8} aria-label={m.time.later} onClick={() => shift(1)}>
        ›
      </Button>
      <Button size="xs" variant="default" px={8} aria-label={m.time.wider} onClick={() => shift(0, 0.5)}>
        ⊖
      </Button>
    </Group>
  )
}

function quickLabel(from: string, to: string): string | undefined {
  return (m.time.quick as Readonly<Record<string, string>>)[`${from} ${to}`]
}

/** Relative times stay as they are, all others become ISO. */
function absolute(text: string): string {
  if (text.trim().startsWith('now')) return text.trim()
  return new Date(resolveTime(text, Date.now())!).toISOString()
}

function pretty(text: string): string {
  return text.startsWith('now') ? text : formatTime(text, false)
}
