import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { alerts, type Silence } from '../api/alerts.ts'
import { Empty, ErrorNotice, ScreenTitle, Waiting } from '../components/notices.tsx'
import { Panel } from '../components/panel.tsx'
import { SilenceDialog } from '../components/silence-dialog.tsx'
import { show } from '../document.ts'
import { messages as m } from '../messages.ts'
import { saying } from '../saying.ts'
import { useMay } from '../session-context.tsx'
import { formatTime } from '../time.ts'

/** An exception that was given no end. */
const ENDLESS = Date.UTC(2200, 0, 1)

/** What is kept quiet until when, and what is no alert at all. */
export default function Silences() {
  const { triage } = useMay()
  const [adding, setAdding] = useState(false)
  const { data, error, refetch } = useQuery({ queryKey: ['silences'], queryFn: alerts.silences })
  const exceptions = (data ?? []).filter(({ exception }) => exception === true)
  const silences = (data ?? []).filter(({ exception }) => exception !== true)
  return (
    <>
      <ScreenTitle title={m.silence.list}>
        {triage && (
          <Button size="xs" variant="default" onClick={() => setAdding(true)}>
            {m.inbox.silence}
          </Button>
        )}
      </ScreenTitle>
      {error !== null && <ErrorNotice error={error} retry={() => void refetch()} />}
      {data === undefined && error === null && <Waiting />}
      {data !== undefined && (
        <>
          {silences.length === 0 ? <Empty title={m.silence.empty} /> : <SilenceTable rows={silences} />}
          <div className="ved-gap" />
          <Panel title={m.exception.list}>
            {exceptions.length === 0 ? m.exception.empty : <SilenceTable rows={exceptions} />}
          </Panel>
        </>
      )}
      {adding && <SilenceDialog matchers={[{ field: 'rule', op: '=', value: '' }]} onClose={() => setAdding(false)} />}
    </>
  )
}

function SilenceTable({ rows }: { rows: readonly Silence[] }) {
  const client = useQueryClient()
  const { triage } = useMay()
  return (
    <div className="ved-scroll">
      <table className="ved-table">
        <thead>
          <tr>
            <th>{m.silence.matchers}</th>
            <th>{m.silence.until}</th>
            <th>{m.silence.reason}</th>
            <th className="ved-wide">{m.silence.by}</th>
            <th className="ved-num">{m.silence.hid}</th>
            <th>{m.common.actions}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((silence) => (
            <tr key={silence.id}>
              <td className="ved-mono ved-wrap">
                {silence.matchers.map(({ field, op, value }) => `${field} ${op} ${show(value, 200)}`).join(' and ')}
              </td>
              <td>{silence.until === ENDLESS ? m.exception.never : formatTime(silence.until, false)}</td>
              <td className="ved-wrap">{show(silence.reason, 500)}</td>
              <td className="ved-wide">{show(silence.by)}</td>
              <td className="ved-num">{m.common.count(silence.hid ?? 0)}</td>
              <td>
                {triage && (
                  <Button
                    size="compact-xs"
                    variant="default"
                    onClick={() =>
                      void saying(() => alerts.expire(silence.id)).then(() =>
                        client.invalidateQueries({ queryKey: ['silences'] }),
                      )
                    }
                  >
                    {m.silence.expire}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
