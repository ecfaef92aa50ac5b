import { Button, Group, Menu } from '@mantine/core'
import { IconPin } from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import { show } from '../../document.ts'
import { messages as m } from '../../messages.ts'
import { negated, pinnedOf, readPills, writePills, type Pill } from '../../query/pills.ts'

export function Pills({
  value,
  onChange,
}: {
  value: string | undefined
  onChange: (value: string | undefined) => void
}) {
  const pills = readPills(value)
  if (pills.length === 0) return null
  const set = (next: readonly Pill[]): void => {
    const text = writePills(next)
    keepPinned(text)
    onChange(text)
  }
  const replace = (at: number, change: Partial<Pill>): void => set(pills.with(at, { ...pills[at]!, ...change }))
  const remove = (at: number): void => set(pills.toSpliced(at, 1))
  return (
    <Group gap={6} my={4} role="group" aria-label={m.events.pills}>
      {pills.map(({ text, on, pinned }, at) => (
        <Menu key={text}>
          <Menu.Target>
            <Button
              size="compact-xs"
              variant="default"
              td={on ? undefined : 'line-through'}
              maw={360}
              leftSection={pinned ? <IconPin size={12} role="img" aria-label={m.events.pinned} /> : undefined}
            >
              <span className="ved-clip">{show(text, 120)}</span>
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => replace(at, { text: negated(text) })}>{m.events.negate}</Menu.Item>
            <Menu.Item onClick={() => replace(at, { on: !on })}>{on ? m.events.disable : m.events.enable}</Menu.Item>
            <Menu.Item
              onClick={() => {
                // The browser's own prompt keeps the keyboard and works without a pointer.
                const edited = prompt(m.events.edit, text)
                if (edited === '') remove(at)
                else if (edited !== null) replace(at, { text: edited })
              }}
            >
              {m.events.edit}
            </Menu.Item>
            <Menu.Item onClick={() => replace(at, { pinned: !pinned })}>
              {pinned ? m.events.unpin : m.events.pin}
            </Menu.Item>
            <Menu.Item onClick={() => remove(at)}>{m.common.remove}</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      ))}
    </Group>
  )
}

const KEY = 'vedetta.pinned'

function keepPinned(value: string | undefined): void {
  sessionStorage.setItem(KEY, pinnedOf(value) ?? '')
}

/** Gives every address of this tab the pills that were pinned in it. */
export function usePinned(value: string | undefined, onChange: (value: string | undefined) => void): void {
  const latest = useRef(onChange)
  latest.current = onChange
  useEffect(() => {
    const here = readPills(value)
    const kept = readPills(sessionStorage.getItem(KEY) ?? '')
    const missing = kept.filter(({ text }) => !here.some((pill) => pill.text === text))
    if (missing.length > 0) latest.current(writePills([...missing, ...here]))
    else keepPinned(value)
  }, [value])
}
