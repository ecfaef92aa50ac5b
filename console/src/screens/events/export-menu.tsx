import { Button, Menu } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { search } from '../../api/events.ts'
import { summary } from '../../components/alert-details.tsx'
import { fieldOf } from '../../document.ts'
import { messages as m } from '../../messages.ts'
import { formatTime } from '../../time.ts'

const EXPORTED = 10_000

export function ExportMenu({
  index,
  dsl,
  columns,
  total,
}: {
  index: string
  dsl: object | undefined
  columns: readonly string[]
  total: number
}) {
  const run = (kind: 'csv' | 'ndjson') => (): void => {
    if (dsl !== undefined) void download(index, dsl, columns, kind)
  }
  return (
    <Menu>
      <Menu.Target>
        <Button size="compact-xs" variant="default">
          {m.events.export}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{m.events.exportRows(Math.min(total, EXPORTED))}</Menu.Label>
        <Menu.Item onClick={run('csv')}>CSV</Menu.Item>
        <Menu.Item onClick={run('ndjson')}>NDJSON</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

async function download(index: string, dsl: object, columns: readonly string[], kind: 'csv' | 'ndjson'): Promise<void> {
  try {
    const { hits } = await search(index, { size: EXPORTED, query: dsl, sort: [{ '@timestamp': 'desc' }] })
    const names = columns.length === 0 ? ['message'] : columns
    const quote = (value: unknown): string => {
      const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '')
      // A spreadsheet would run what starts so.
      const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
      return `"${safe.replaceAll('"', '""')}"`
    }
    const lines =
      kind === 'ndjson'
        ? hits.hits.map((hit) => JSON.stringify(hit._source))
        : [
            ['@timestamp', ...names].map(quote).join(','),
            ...hits.hits.map((hit) =>
              [
                quote(formatTime(fieldOf(hit._source, '@timestamp'))),
                ...names.map((name) => quote(columns.length === 0 ? summary(hit._source) : fieldOf(hit._source, name))),
              ].join(','),
            ),
          ]
    const anchor = document.createElement('a')
    anchor.href = URL.createObjectURL(new Blob([lines.join('\n'), '\n']))
    anchor.download = `events.${kind}`
    anchor.click()
    URL.revokeObjectURL(anchor.href)
  } catch (error) {
    notifications.show({ color: 'red', title: m.errors.title, message: (error as Error).message })
  }
}
