import { Drawer, Menu, Text } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState } from 'react'
import type { Hit } from '../../api/events.ts'
import { summary } from '../../components/alert-details.tsx'
import { Marked } from '../../components/marked.tsx'
import { Value } from '../../components/value.tsx'
import { fieldOf, show } from '../../document.ts'
import { useShortcuts } from '../../keyboard.ts'
import { messages as m } from '../../messages.ts'
import { formatTime } from '../../time.ts'
import { EventDetails } from './event-details.tsx'

const ROW = 26

export function EventTable(props: {
  hits: readonly Hit[]
  columns: readonly string[]
  onColumns: (columns: readonly string[]) => void
  onEnd: () => void
  total: number
  opened: string | undefined
  onOpen: (hit: Hit | undefined) => void
}) {
  const { hits, columns, onEnd, opened, onOpen } = props
  const scroller = useRef<HTMLDivElement>(null)
  const [cursor, setCursor] = useState(0)
  const rows = useVirtualizer({
    count: hits.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
  })
  const items = rows.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (last >= hits.length - 20) onEnd()
  }, [last, hits.length, onEnd])
  const move = (to: number): void => {
    const next = Math.max(0, Math.min(hits.length - 1, to))
    setCursor(next)
    rows.scrollToIndex(next)
    if (opened !== undefined) onOpen(hits[next])
  }
  useShortcuts(
    {
      j: () => move(cursor + 1),
      k: () => move(cursor - 1),
      'Shift+G': () => move(hits.length - 1),
      'Shift+H': () => move(0),
      Enter: () => onOpen(hits[cursor]),
    },
    { inDialogs: true },
  )
  const openedHit = opened === undefined ? undefined : hits.find((hit) => `${hit._index}/${hit._id}` === opened)
  const names = columns.length === 0 ? [m.events.document] : columns
  const width = columns.length === 0 ? undefined : 200
  return (
    <>
      <div
        ref={scroller}
        className="ved-scroll"
        role="grid"
        aria-rowcount={props.total}
        aria-label={m.events.title}
        tabIndex={0}
        style={{ height: 'calc(100vh - 340px)', minHeight: 260 }}
      >
        <div
          role="row"
          style={{
            display: 'flex',
            position: 'sticky',
            top: 0,
            background: 'var(--mantine-color-body)',
            zIndex: 1,
            fontWeight: 600,
            fontSize: 13,
          }}
        >
          <div role="columnheader" className="ved-cell" style={{ width: 200 }}>
            {m.events.time}
          </div>
          {names.map((name, at) => (
            <div
              role="columnheader"
              key={name}
              className="ved-cell"
              style={{ width, flex: width === undefined ? 1 : undefined }}
            >
              {columns.length > 0 ? (
                <Menu>
                  <Menu.Target>
                    <button type="button" className="ved-value">
                      {name}
                    </button>
                  </Menu.Target>
                  <Menu.Dropdown>
                    <Menu.Item disabled={at === 0} onClick={() => props.onColumns(swap(columns, at, at - 1))}>
                      {m.events.left}
                    </Menu.Item>
                    <Menu.Item onClick={() => props.onColumns(columns.filter((column) => column !== name))}>
                      {m.events.removeColumn}
                    </Menu.Item>
                  </Menu.Dropdown>
                </Menu>
              ) : (
                name
              )}
            </div>
          ))}
        </div>
        <div className="ved-rows" role="rowgroup" style={{ height: rows.getTotalSize() }}>
          {items.map((item) => {
            const hit = hits[item.index]!
            return (
              <div
                key={item.key}
                role="row"
                aria-rowindex={item.index + 1}
                aria-selected={item.index === cursor}
                className="ved-row ved-mono"
                style={{ transform: `translateY(${item.start}px)`, height: ROW }}
                onClick={() => setCursor(item.index)}
              >
                <div role="gridcell" className="ved-cell" style={{ width: 200 }}>
                  <button
                    type="button"
                    className="ved-value"
                    onClick={() => onOpen(hit)}
                    aria-label={`${m.inbox.details} ${formatTime(fieldOf(hit._source, '@timestamp'))}`}
                  >
                    {formatTime(fieldOf(hit._source, '@timestamp'))}
                  </button>
                </div>
                {columns.length === 0 ? (
                  <div role="gridcell" className="ved-cell ved-clip" style={{ flex: 1, minWidth: 0 }}>
                    <Marked text={show(summary(hit._source), 500)} />
                  </div>
                ) : (
                  columns.map((column) => (
                    <div role="gridcell" key={column} className="ved-cell ved-clip" style={{ width }}>
                      <Value field={column} value={fieldOf(hit._source, column)} longest={200} />
                    </div>
                  ))
                )}
              </div>
            )
          })}
        </div>
      </div>
      <Drawer
        opened={opened !== undefined}
        onClose={() => onOpen(undefined)}
        position="right"
        size="xl"
        title={m.inbox.details}
        closeButtonProps={{ 'aria-label': m.common.close }}
      >
        {openedHit === undefined ? (
          <Text size="sm">{m.events.notShown}</Text>
        ) : (
          <EventDetails hit={openedHit} onStep={(step) => move(cursor + step)} />
        )}
      </Drawer>
    </>
  )
}

function swap(columns: readonly string[], a: number, b: number): string[] {
  const next = [...columns]
  ;[next[a], next[b]] = [next[b]!, next[a]!]
  return next
}
