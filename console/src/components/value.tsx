import { Menu } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { show } from '../document.ts'
import { messages as m } from '../messages.ts'
import { pillOf } from '../query/pills.ts'
import { clean, type UrlState } from '../url-state.ts'

const ADDRESS = /^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:.]+)$/i
const LINKS = [
  { label: 'AbuseIPDB', url: 'https://www.abuseipdb.com/check/{value}' },
  { label: 'Shodan', url: 'https://www.shodan.io/host/{value}' },
]

/** A value with its menu: filter for it, without it, only it, group by it, copy, look at its owner. Key `.` opens it. */
export function Value({ field, value, longest = 20_000 }: { field: string; value: unknown; longest?: number }) {
  const [opened, setOpened] = useState(false)
  const navigate = useNavigate()
  const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '')
  const isAddress = ADDRESS.test(text)
  const addPill = (pill: string, only = false): void =>
    void navigate({
      to: '/events' as never,
      search: ((before: UrlState) =>
        clean({
          from: before['from'],
          to: before['to'],
          index: before['index'],
          ...(only
            ? {}
            : {
                q: before['q'] === undefined || before['alert'] !== undefined ? undefined : before['q'],
                lang: before['lang'],
                cols: before['cols'],
              }),
          f: only ? pill : [before['f'], pill].filter(Boolean).join('\n'),
        })) as never,
    })
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
          {show(value, longest)}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{show(field, 60)}</Menu.Label>
        <Menu.Item onClick={() => addPill(pillOf(field, text))}>{m.value.include}</Menu.Item>
        <Menu.Item onClick={() => addPill(`not ${pillOf(field, text)}`)}>{m.value.exclude}</Menu.Item>
        <Menu.Item onClick={() => addPill(pillOf(field, text), true)}>{m.value.only}</Menu.Item>
        <Menu.Item onClick={() => addPill(`${field}: *`)}>{m.value.exists}</Menu.Item>
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
