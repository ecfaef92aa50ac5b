import { TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { access } from '../../api/access.ts'
import { Empty, ErrorNotice, Waiting } from '../../components/notices.tsx'
import { Panel } from '../../components/panel.tsx'
import { show } from '../../document.ts'
import { messages as m } from '../../messages.ts'
import { formatTime } from '../../time.ts'
import { useUrlState } from '../../url-state.ts'

export function Audit() {
  const [url, setUrl] = useUrlState()
  const filter = url['q'] ?? ''
  const found = useQuery({ queryKey: ['audit'], queryFn: access.audit, refetchInterval: 10_000 })
  const rows = (found.data ?? []).filter(({ user, path, address }) =>
    `${user} ${path} ${address}`.toLowerCase().includes(filter.toLowerCase()),
  )
  return (
    <Panel
      title={m.access.audit}
      aside={
        <TextInput
          size="xs"
          w={260}
          data-query
          aria-label={m.access.filter}
          placeholder={m.access.filter}
          value={filter}
          onChange={(event) => setUrl({ q: event.currentTarget.value || undefined }, { replace: true })}
        />
      }
    >
      {found.error !== null && <ErrorNotice error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && found.error === null && <Waiting />}
      {found.data !== undefined && rows.length === 0 && <Empty title={m.access.noAudit} />}
      {rows.length > 0 && (
        <div className="ved-scroll" role="region" aria-label={m.access.audit} tabIndex={0}>
          <table className="ved-table">
            <thead>
              <tr>
                <th>{m.access.time}</th>
                <th>{m.access.user}</th>
                <th>{m.access.what}</th>
                <th>{m.access.status}</th>
                <th>{m.access.address}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row, at) => (
                <tr key={at}>
                  <td style={{ whiteSpace: 'nowrap' }}>{formatTime(row['@timestamp'], false)}</td>
                  <td>{row.user === '' ? '–' : show(row.user, 128)}</td>
                  <td className="ved-mono ved-wrap">
                    {row.method} {show(row.path, 500)}
                  </td>
                  <td>{row.status < 400 ? m.access.done : m.access.refused(row.status)}</td>
                  <td className="ved-mono">{show(row.address, 100)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  )
}
