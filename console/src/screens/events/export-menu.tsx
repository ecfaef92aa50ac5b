import { Button, Menu } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { eventPage, type EventCursor, type Hit } from '../../api/events.ts'
import { summary } from '../../components/alert-details.tsx'
import { fieldOf } from '../../document.ts'
import { download } from '../../download.ts'
import { messages as m } from '../../messages.ts'
import { formatTime } from '../../time.ts'

const EXPORTED = 500_000
const PAGE = 2_000

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
    if (dsl !== undefined) void exportEvents(index, dsl, columns, kind)
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

async function exportEvents(
  index: string,
  dsl: object,
  columns: readonly string[],
  kind: 'csv' | 'ndjson',
): Promise<void> {
  const id = notifications.show({ message: m.common.loading, loading: true, autoClose: false, withCloseButton: false })
  try {
    const names = columns.length === 0 ? ['message'] : columns
    const parts = kind === 'csv' ? [`${['@timestamp', ...names].map(quote).join(',')}\n`] : []
    let rows = 0
    let cursor: EventCursor | undefined
    do {
      const { hits, next } = await eventPage(index, dsl, PAGE, cursor)
      const lines = hits.map((hit) => (kind === 'ndjson' ? JSON.stringify(hit._source) : csvLine(hit, columns, names)))
      if (lines.length > 0) parts.push(`${lines.join('\n')}\n`)
      rows += hits.length
      cursor = next
      notifications.update({ id, message: m.events.exported(rows), loading: true })
    } while (cursor !== undefined && rows < EXPORTED)
    download(`events.${kind}`, ...parts)
    notifications.update({
      id,
      message: m.events.exported(rows),
      loading: false,
      autoClose: 4_000,
      withCloseButton: true,
    })
  } catch (error) {
    notifications.update({
      id,
      color: 'red',
      title: m.errors.title,
      message: (error as Error).message,
      loading: false,
      withCloseButton: true,
    })
  }
}

function csvLine({ _source }: Hit, columns: readonly string[], names: readonly string[]): string {
  const values = names.map((name) => (columns.length === 0 ? summary(_source) : fieldOf(_source, name)))
  return [formatTime(fieldOf(_source, '@timestamp')), ...values].map(quote).join(',')
}

function quote(value: unknown): string {
  const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '')
  // A spreadsheet would run what starts so.
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return `"${safe.replaceAll('"', '""')}"`
}
