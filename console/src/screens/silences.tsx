import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { alerts } from '../api/alerts.ts'
import { SilenceDialog } from '../components/alert-dialogs.tsx'
import { Empty, ErrorNotice, ScreenTitle, Waiting } from '../components/notices.tsx'
import { show } from '../document.ts'
import { messages as m } from '../messages.ts'
import { useMay } from '../session-context.tsx'
import { formatTime } from '../time.ts'

export default function Silences() {
  const client = useQueryClient()
  const { triage } = useMay()
  const [adding, setAdding] = useState(false)
  const { data, error, refetch } = useQuery({ queryKey: ['silences'], queryFn: alerts.silences })
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
      {data?.length === 0 && <Empty title={m.silence.empty} />}
      {data !== undefined && data.length > 0 && (
        <table className="ved-table">
          <thead>
            <tr>
              <th>{m.silence.matchers}</th>
              <th>{m.silence.until}</th>
              <th>{m.silence.reason}</th>
              <th>{m.silence.by}</th>
              <th className="ved-num">{m.silence.hid}</th>
              <th>{m.common.actions}</th>
            </tr>
          </thead>
          <tbody>
            {data.map((silence) => (
              <tr key={silence.id}>
                <td className="ved-mono ved-wrap">
                  {silence.matchers.map(({ field, op, value }) => `${field} ${op} ${show(value, 200)}`).join(' and ')}
                </td>
                <td>{formatTime(silence.until, false)}</td>
                <td className="ved-wrap">{show(silence.reason, 500)}</td>
                <td>{show(silence.by)}</td>
                <td className="ved-num">{m.common.count(silence.hid ?? 0)}</td>
                <td>
                  {triage && (
                    <Button
                      size="compact-xs"
                      variant="default"
                      onClick={() =>
                        void alerts.expire(silence.id).then(() => client.invalidateQueries({ queryKey: ['silences'] }))
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
      )}
      {adding && <SilenceDialog matchers={[{ field: 'rule', op: '=', value: '' }]} onClose={() => setAdding(false)} />}
    </>
  )
}
