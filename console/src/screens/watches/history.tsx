import { Anchor, Switch, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { watches, type RunRecord } from '../../api/watches.ts'
import { Empty, ErrorNotice, Waiting } from '../../components/notices.tsx'
import { Panel } from '../../components/panel.tsx'
import { fieldOf } from '../../document.ts'
import { messages as m } from '../../messages.ts'
import { formatTime } from '../../time.ts'
import { useUrlState } from '../../url-state.ts'
import { RunSteps, StateBadge } from './run-steps.tsx'

/** The latest runs, and one of them step by step. */
export function History({ id }: { id: string }) {
  const [url, setUrl] = useUrlState()
  const [telling, setTelling] = useState(false)
  const runs = useQuery({ queryKey: ['watch-history', id], queryFn: () => watches.history(id) })
  if (runs.error !== null) return <ErrorNotice error={runs.error} retry={() => void runs.refetch()} />
  if (runs.data === undefined) return <Waiting />
  if (runs.data.length === 0) return <Empty title={m.watches.noHistory} />
  const shown = telling ? runs.data.filter((run) => run['state'] !== 'execution_not_needed') : runs.data
  const chosen = runs.data.find((run) => keyOf(run) === url['run']) ?? shown[0]
  return (
    <div className="ved-columns">
      <Panel
        title={m.watches.history}
        aside={
          <Switch
            size="xs"
            label={m.watches.showAll}
            checked={telling}
            onChange={(event) => setTelling(event.currentTarget.checked)}
          />
        }
      >
        <div
          className="ved-scroll"
          style={{ maxHeight: 'calc(100vh - 320px)' }}
          role="region"
          aria-label={m.watches.history}
          tabIndex={0}
        >
          <table className="ved-table">
            <tbody>
              {shown.map((run) => (
                <tr key={keyOf(run)} aria-selected={run === chosen}>
                  <td>
                    <Anchor component="button" type="button" size="sm" onClick={() => setUrl({ run: keyOf(run) })}>
                      {formatTime(fieldOf(run, 'result.execution_time'), false)}
                    </Anchor>
                  </td>
                  <td>
                    <StateBadge state={String(run['state'] ?? '')} />
                  </td>
                  <td className="ved-num">{m.watches.took(Number(fieldOf(run, 'result.execution_duration') ?? 0))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Panel>
      <Panel title={formatTime(fieldOf(chosen, 'result.execution_time'), false)}>
        {chosen === undefined ? <Text size="sm">{m.errors.nothing}</Text> : <RunSteps record={chosen} />}
      </Panel>
    </div>
  )
}

function keyOf(run: RunRecord): string {
  return String(fieldOf(run, 'result.execution_time') ?? '')
}
