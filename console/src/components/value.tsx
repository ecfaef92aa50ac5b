import { Menu } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { show } from '../document.ts'
import { messages as m } from '../messages.ts'
import { pillOf, pinnedOf } from '../query/pills.ts'
import { Marked } from './marked.tsx'
import { clean, type UrlState } from '../url-state.ts'

const NUMBER = /^-?\d+(\.\d+)?$/
const ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:.]+)$/i
const LINKS = [
  { label: 'AbuseIPDB', url: 'https://www.abuseipdb.com/check/{value}' },
  { label: 'Shodan', url: 'https://www.shodan.io/host/{value}' },
]

function pick(state: UrlState, names: readonly string[]): UrlState {
  return Object.fromEntries(names.map((name) => [name, state[name]]))
}

/** A value with its menu: filter for it, without it, only it, group by it, copy, look at its owner. Key `.` opens it. */
export function Value({ field, value, longest = 20_000 }: { field: string; value: unknown; longest?: number }) {
  const [opened, setOpened] = useState(false)
  const navigate = useNavigate()
  const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '')
  const isAddress = ADDRESS.test(text)
  const toEvents = (change: UrlState, only = false): void =>
    void navigate({
      to: '/events' as never,
      search: ((before: UrlState) =>
        clean({
          ...pick(before, ['from', 'to', 'index', 'split']),
          // Elsewhere these words are about alerts.
          ...(only ? {} : pick(before, ['q', 'lang', 'cols', 'f'].slice(before['alert'] === undefined ? 0 : 1))),
          ...change,
          ...(change['f'] === undefined
            ? {}
            : { f: [only ? pinnedOf(before['f']) : before['f'], change['f']].filter(Boolean).join('\n') }),
        })) as never,
    })
  const addPill = (pill: string, only = false): void => toEvents({ f: pill }, only)
  const go = (to: string, search: Record<string, string>): void =>
    void navigate({ to: to as never, search: search as never })
  return (
    <Menu opened={opened} onChange={setOpened} shadow="md" withinPortal>
      <Menu.Target>
        <button
          type="button"
          className="ved-value ved-wrap"
          onKeyDown={(event) => {
            if (event.key === '.') setOpened(true)
          }}
        >
          <Marked text={show(value, longest)} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{show(field, 60)}</Menu.Label>
        <Menu.Item onClick={() => addPill(pillOf(field, text))}>{m.value.include}</Menu.Item>
        <Menu.Item onClick={() => addPill(`not ${pillOf(field, text)}`)}>{m.value.exclude}</Menu.Item>
        <Menu.Item onClick={() => addPill(pillOf(field, text), true)}>{m.value.only}</Menu.Item>
        <Menu.Item onClick={() => addPill(`${field}: *`)}>{m.value.exists}</Menu.Item>
        {NUMBER.test(text) &&
          (['>=', '<='] as const).map((operator) => (
            <Menu.Item key={operator} onClick={() => addPill(`${field} ${operator} ${text}`)}>
              {m.value.compare(operator, text)}
            </Menu.Item>
          ))}
        <Menu.Item onClick={() => toEvents({ split: field })}>{m.value.group}</Menu.Item>
        <Menu.Item onClick={() => void navigator.clipboard.writeText(text)}>{m.common.copy}</Menu.Item>
        {isAddress && (
          <>
            <Menu.Divider />
            <Menu.Item onClick={() => go('/entity', { ip: text })}>{m.value.entity}</Menu.Item>
            <Menu.Item onClick={() => go('/scan', { ip: text })}>{m.value.scan}</Menu.Item>
            {LINKS.map(({ label, url }) => (
              <Menu.Item
                key={label}
                component="a"
                href={url.replace('{value}', encodeURIComponent(text))}
                target="_blank"
                rel="noopener noreferrer"
              >
                {label} ↗
              </Menu.Item>
            ))}
          </>
        )}
        {/^(host|user)\.name$|user$/.test(field) && (
          <Menu.Item onClick={() => go('/entity', { [field.startsWith('host') ? 'host' : 'user']: text })}>
            {m.value.entity}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}
