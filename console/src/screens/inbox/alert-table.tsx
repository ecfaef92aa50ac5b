import { Anchor, Button, Checkbox, VisuallyHidden } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Fragment, useEffect, useRef, useState } from 'react'
import { alerts, alertView, type AlertFilters } from '../../api/alerts.ts'
import { ErrorNotice } from '../../components/notices.tsx'
import { SeverityBadge, Sparkline } from '../../components/severity.tsx'
import { show } from '../../document.ts'
import { messages as m } from '../../messages.ts'
import { ago, formatTime } from '../../time.ts'
import type { Row } from './rows.ts'

/** The rows of the inbox, with the cursor of the keyboard and the selection; a group expands to its alerts. */
export function AlertTable({
  rows,
  grouped,
  cursor,
  onCursor,
  selected,
  onSelected,
  onToggle,
  onOpen,
  shownAt,
}: {
  rows: readonly Row[]
  grouped: boolean
  cursor: number
  onCursor: (index: number) => void
  selected: ReadonlySet<string>
  onSelected: (ids: ReadonlySet<string>) => void
  onToggle: (id: string) => void
  onOpen: (alert: string) => void
  shownAt: number
}) {
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set())
  const table = useRef<HTMLTableElement>(null)
  useEffect(() => {
    table.current?.querySelector('[data-cursor="true"]')?.scrollIntoView({ block: 'nearest' })
  }, [cursor])
  return (
    <div className="ved-scroll" role="region" aria-label={m.inbox.title} tabIndex={0}>
      <table className="ved-table" ref={table}>
        <thead>
          <tr>
            <th>
              <Checkbox
                size="xs"
                aria-label={m.inbox.selectAll}
                checked={selected.size === rows.length}
                indeterminate={selected.size > 0 && selected.size < rows.length}
                onChange={(event) =>
                  onSelected(event.currentTarget.checked ? new Set(rows.map((row) => row.id)) : new Set())
                }
              />
            </th>
            <th>{m.inbox.severity}</th>
            <th>{m.inbox.rule}</th>
            <th>{m.inbox.entity}</th>
            <th className="ved-num">{m.inbox.count}</th>
            <th className="ved-num ved-wide">{m.inbox.targets}</th>
            <th className="ved-num ved-wide">{m.inbox.ports}</th>
            <th>{m.inbox.last}</th>
            <th className="ved-wide">{grouped ? m.inbox.trend : m.inbox.state}</th>
            <th>
              <VisuallyHidden>{m.inbox.expand}</VisuallyHidden>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <Fragment key={row.id}>
              <tr data-cursor={index === cursor} aria-selected={selected.has(row.id)} onClick={() => onCursor(index)}>
                <td>
                  <Checkbox
                    size="xs"
                    aria-label={m.inbox.selectRow(`${row.rule} ${row.entity}`)}
                    checked={selected.has(row.id)}
                    onChange={() => onToggle(row.id)}
                  />
                </td>
                <td>
                  <SeverityBadge severity={row.severity} />
                </td>
                <td className="ved-name">
                  <Anchor
                    component="button"
                    type="button"
                    size="sm"
                    ta="left"
                    onClick={() => onOpen(row.sample)}
                    className="ved-wrap"
                  >
                    {show(row.rule, 200)}
                  </Anchor>
                </td>
                <td className="ved-mono ved-wrap ved-name">{show(row.entity, 200)}</td>
                <td className="ved-num">{m.common.count(row.count)}</td>
                <td className="ved-num ved-wide">{m.common.count(row.targets)}</td>
                <td className="ved-num ved-wide">{m.common.count(row.ports)}</td>
                <td title={formatTime(row.last)} style={{ whiteSpace: 'nowrap' }}>
                  {ago(row.last, shownAt)}
                </td>
                <td className="ved-wide">
                  {row.sparkline === undefined ? (
                    `${row.status}${row.assignee === '' ? '' : ` · ${row.assignee}`}`
                  ) : (
                    <Sparkline counts={row.sparkline} label={m.inbox.trend} />
                  )}
                </td>
                <td>
                  {grouped && (
                    <Button
                      size="compact-xs"
                      variant="subtle"
                      color="gray"
                      c="inherit"
                      aria-expanded={expanded.has(row.id)}
                      aria-label={m.inbox.expand}
                      onClick={() =>
                        setExpanded((before) => {
                          const next = new Set(before)
                          if (!next.delete(row.id)) next.add(row.id)
                          return next
                        })
                      }
                    >
                      {expanded.has(row.id) ? '▾' : '▸'}
                    </Button>
                  )}
                </td>
              </tr>
              {expanded.has(row.id) && <Members filters={row.filters} onOpen={onOpen} />}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Members({ filters, onOpen }: { filters: AlertFilters; onOpen: (id: string) => void }) {
  const { data, error } = useQuery({
    queryKey: ['alerts', 'members', filters],
    queryFn: ({ signal }) => alerts.list({ ...filters, size: 50 }, signal),
  })
  return (
    <tr>
      <td />
      <td colSpan={9}>
        {error !== null && <ErrorNotice error={error} />}
        <table className="ved-table">
          <tbody>
            {(data?.alerts ?? []).map((alert) => {
              const view = alertView(alert)
              return (
                <tr key={alert.id}>
                  <td style={{ whiteSpace: 'nowrap' }}>{formatTime(view.time, false)}</td>
                  <td>
                    <Anchor
                      component="button"
                      type="button"
                      size="sm"
                      ta="left"
                      onClick={() => onOpen(alert.id)}
                      className="ved-wrap"
                    >
                      {show(view.reason || view.rule, 300)}
                    </Anchor>
                  </td>
                  <td>{view.status}</td>
                  <td>{view.assignee}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </td>
    </tr>
  )
}
