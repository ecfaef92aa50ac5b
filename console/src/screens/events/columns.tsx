import { Menu } from '@mantine/core'
import { messages as m } from '../../messages.ts'

export interface Column {
  readonly name: string
  /** Pixels. */
  readonly width: number
}

const USUAL = 180
/** A text needs more than a value. */
const WIDE = 460
const LEAST = 60
const MOST = 2_000
const STEP = 60

/** Names and widths as the address has them: `message:460,src_ip`. */
export function readColumns(text: string | undefined): Column[] {
  return (text ?? '')
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const [, name, width] = /^(.*?)(?::(\d+))?$/.exec(part) as unknown as [string, string, string | undefined]
      return { name, width: width === undefined ? usualWidth(name) : clamp(Number(width)) }
    })
}

export function writeColumns(columns: readonly Column[]): string | undefined {
  const parts = columns.map(({ name, width }) => (width === usualWidth(name) ? name : `${name}:${width}`))
  return parts.length === 0 ? undefined : parts.join(',')
}

export function columnOf(name: string): Column {
  return { name, width: usualWidth(name) }
}

function usualWidth(name: string): number {
  return name === 'message' || name === 'event.original' ? WIDE : USUAL
}

function clamp(width: number): number {
  return Math.min(MOST, Math.max(LEAST, Math.round(width)))
}

/** A column's name with its menu, and an edge that is dragged to make it wider. */
export function ColumnHeader({
  columns,
  at,
  onColumns,
}: {
  columns: readonly Column[]
  at: number
  onColumns: (columns: readonly Column[]) => void
}) {
  const column = columns[at]!
  const resize = (width: number): void => onColumns(columns.with(at, { ...column, width: clamp(width) }))
  return (
    <div role="columnheader" className="ved-cell ved-column" style={{ width: column.width }}>
      <Menu>
        <Menu.Target>
          <button type="button" className="ved-value ved-clip">
            {column.name}
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            disabled={at === 0}
            onClick={() => onColumns(columns.with(at, columns[at - 1]!).with(at - 1, column))}
          >
            {m.events.left}
          </Menu.Item>
          <Menu.Item onClick={() => resize(column.width + STEP)} closeMenuOnClick={false}>
            {m.events.wider}
          </Menu.Item>
          <Menu.Item onClick={() => resize(column.width - STEP)} closeMenuOnClick={false}>
            {m.events.narrower}
          </Menu.Item>
          <Menu.Item onClick={() => onColumns(columns.filter((_, index) => index !== at))}>
            {m.events.removeColumn}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <div
        className="ved-edge"
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={(event) => {
          if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
          resize(event.clientX - event.currentTarget.parentElement!.getBoundingClientRect().left)
        }}
      />
    </div>
  )
}
