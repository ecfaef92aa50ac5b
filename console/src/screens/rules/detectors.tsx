import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { detectors } from '../../api/rules.ts'
import { ErrorNotice } from '../../components/notices.tsx'
import { Panel } from '../../components/panel.tsx'
import { show } from '../../document.ts'
import { messages as m } from '../../messages.ts'

/** What each detector has judged and found, and what it costs. */
export function Detectors() {
  const { data, error } = useQuery({ queryKey: ['detectors'], queryFn: detectors, refetchInterval: 10_000 })
  return (
    <Panel title={m.rules.detectors}>
      {error !== null && <ErrorNotice error={error} />}
      <div className="ved-scroll">
        <table className="ved-table">
          <thead>
            <tr>
              <th>{m.rules.detector}</th>
              <th className="ved-num">{m.rules.judged}</th>
              <th className="ved-num">{m.rules.found}</th>
              <th className="ved-num">{m.rules.error}</th>
              <th className="ved-num">{m.rules.cost}</th>
            </tr>
          </thead>
          <tbody>
            {(data ?? []).map(({ name, events, findings, errors, millis, lastError }) => (
              <tr key={name}>
                <td>
                  {name}
                  {lastError !== undefined && (
                    <Text size="xs" className="ved-wrap ved-error">
                      {show(lastError, 500)}
                    </Text>
                  )}
                </td>
                <td className="ved-num">{m.common.count(events)}</td>
                <td className="ved-num">{m.common.count(findings)}</td>
                <td className="ved-num">{m.common.count(errors)}</td>
                <td className="ved-num">{events === 0 ? '–' : ((1000 * millis) / events).toFixed(1)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}
