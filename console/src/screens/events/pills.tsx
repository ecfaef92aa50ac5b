import { Button, Group, Menu } from '@mantine/core'
import { show } from '../../document.ts'
import { messages as m } from '../../messages.ts'
import { negated, readPills, writePills } from '../../query/pills.ts'

export function Pills({
  value,
  onChange,
}: {
  value: string | undefined
  onChange: (value: string | undefined) => void
}) {
  const pills = readPills(value)
  if (pills.length === 0) return null
  const replace = (at: number, next: string | undefined, on: boolean): void =>
    onChange(
      writePills(
        pills.flatMap((pill, index) => (index !== at ? [pill] : next === undefined ? [] : [{ text: next, on }])),
      ),
    )
  return (
    <Group gap={6} my={4} role="group" aria-label={m.events.pills}>
      {pills.map(({ text, on }, at) => (
        <Menu key={text}>
          <Menu.Target>
            <Button size="compact-xs" variant="default" td={on ? undefined : 'line-through'} maw={360}>
              <span className="ved-clip">{show(text, 120)}</span>
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => replace(at, negated(text), on)}>{m.events.negate}</Menu.Item>
            <Menu.Item onClick={() => replace(at, text, !on)}>{on ? m.events.disable : m.events.enable}</Menu.Item>
            <Menu.Item
              onClick={() => {
                // The browser's own prompt keeps the keyboard and works without a pointer.
                const edited = prompt(m.events.edit, text)
                if (edited !== null) replace(at, edited === '' ? undefined : edited, on)
              }}
            >
              {m.events.edit}
            </Menu.Item>
            <Menu.Item onClick={() => replace(at, undefined, on)}>{m.common.remove}</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      ))}
    </Group>
  )
}
