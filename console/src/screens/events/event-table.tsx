import { Drawer } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState } from 'react'
import { eventOf, type Hit } from '../../api/events.ts'
import { summary } from '../../components/alert-details.tsx'
import { ErrorNotice, Waiting } from '../../components/notices.tsx'
import { Marked } from '../../components/marked.tsx'
import { Value } from '../../components/value.tsx'
import { fieldOf, show } from '../../document.ts'
import { useShortcuts } from '../../keyboard.ts'
import { messages as m } from '../../messages.ts'
import { formatTime } from '../../time.ts'
import { ColumnHeader, type Column } from './columns.tsx'
import { EventDetails } from './event-details.tsx'

const ROW = 26
/** Width of the column of times. */
const TIME = 200

export function EventTable(props: {
  hits: readonly Hit[]
  columns: readonly Column[]
  onColumns: (columns: readonly Column[]) => void
  onEnd: () => void
  /** Whether the newest rows are out of sight. */
  onReading: (reading: boolean) => void
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
  const rowWidth = columns.reduce((sum, { width }) => sum + width, TIME)
  return (
    <>
      <div
        ref={scroller}
        className="ved-scroll"
        role="grid"
        aria-rowcount={props.total}
        onScroll={(event) => props.onReading(event.currentTarget.scrollTop > ROW)}
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
            minWidth: rowWidth,
            fontWeight: 600,
            fontSize: 13,
          }}
        >
          <div role="columnheader" className="ved-cell" style={{ width: TIME }}>
            {m.events.time}
          </div>
          {columns.length === 0 && (
            <div role="columnheader" className="ved-cell" style={{ flex: 1 }}>
              {m.events.document}
            </div>
          )}
          {columns.map(({ name }, at) => (
            <ColumnHeader key={name} columns={columns} at={at} onColumns={props.onColumns} />
          ))}
        </div>
        <div className="ved-rows" role="rowgroup" style={{ height: rows.getTotalSize(), minWidth: rowWidth }}>
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
                <div role="gridcell" className="ved-cell" style={{ width: TIME }}>
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
                  columns.map(({ name, width }) => (
                    <div role="gridcell" key={name} className="ved-cell ved-clip" style={{ width }}>
                      <Value field={name} value={fieldOf(hit._source, name)} longest={500} />
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
        {opened !== undefined && <Opened name={opened} hits={hits} onStep={(step) => move(cursor + step)} />}
      </Drawer>
    </>
  )
}

/** The event of an address, also where the rows do not hold it (yet). */
function Opened({ name, hits, onStep }: { name: string; hits: readonly Hit[]; onStep: (step: number) => void }) {
  const shown = hits.find((hit) => `${hit._index}/${hit._id}` === name)
  const [index = '', ...id] = name.split('/')
  const fetched = useQuery({
    queryKey: ['event', name],
    queryFn: ({ signal }) => eventOf(index, id.join('/'), signal),
    enabled: shown === undefined,
    staleTime: Infinity,
    retry: false,
  })
  const hit = shown ?? fetched.data
  if (hit !== undefined) return <EventDetails hit={hit} onStep={onStep} />
  return fetched.error === null ? <Waiting /> : <ErrorNotice error={fetched.error} />
}
