import { Anchor, Badge, Button, SegmentedControl, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { cases, CASE_STATUSES } from '../../api/cases.ts'
import { CaseDialog } from '../../components/case-dialog.tsx'
import { Empty, ErrorNotice, ScreenTitle, Waiting } from '../../components/notices.tsx'
import { show } from '../../document.ts'
import { messages as m } from '../../messages.ts'
import { useMay } from '../../session-context.tsx'
import { formatTime } from '../../time.ts'
import { useUrlState } from '../../url-state.ts'

const ACTIVE = 'open,in progress'

/** The cases, the one that was changed last first. */
export default function Cases() {
  const [url, setUrl] = useUrlState()
  const { triage } = useMay()
  const [adding, setAdding] = useState(false)
  const status = url['status'] ?? ACTIVE
  const q = url['q'] ?? ''
  const list = useQuery({
    queryKey: ['cases', status, q],
    queryFn: ({ signal }) => cases.list({ status: status === 'any' ? '' : status, q }, signal),
    placeholderData: (before) => before,
  })
  return (
    <>
      <ScreenTitle title={m.cases.title}>
        <SegmentedControl
          size="xs"
          aria-label={m.cases.status}
          value={status}
          onChange={(value) => setUrl({ status: value === ACTIVE ? undefined : value })}
          data={[
            { value: ACTIVE, label: m.cases.active },
            ...CASE_STATUSES.map((value) => ({ value, label: m.cases.statuses[value] })),
            { value: 'any', label: m.cases.any },
          ]}
        />
        <TextInput
          size="xs"
          data-query
          aria-label={m.cases.search}
          placeholder={m.cases.search}
          defaultValue={q}
          onKeyDown={(event) => event.key === 'Enter' && setUrl({ q: event.currentTarget.value || undefined })}
        />
        {triage && (
          <Button size="xs" onClick={() => setAdding(true)}>
            {m.cases.add}
          </Button>
        )}
      </ScreenTitle>
      <Text size="sm" mb="md">
        {m.cases.lead}
      </Text>
      {list.error !== null && <ErrorNotice error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && list.error === null && <Waiting />}
      {list.data?.length === 0 && (
        <Empty title={m.cases.empty}>
          <Text size="sm">{m.cases.emptyHint}</Text>
        </Empty>
      )}
      {list.data !== undefined && list.data.length > 0 && (
        <div className="ved-scroll" role="region" aria-label={m.cases.title} tabIndex={0}>
          <table className="ved-table ved-roomy">
            <thead>
              <tr>
                <th>{m.cases.one}</th>
                <th>{m.cases.status}</th>
                <th>{m.cases.assignee}</th>
                <th className="ved-num">{m.cases.alerts}</th>
                <th className="ved-wide">{m.cases.tags}</th>
                <th className="ved-wide">{m.cases.updated}</th>
              </tr>
            </thead>
            <tbody>
              {list.data.map((one) => (
                <tr key={one.id}>
                  <td className="ved-wrap">
                    <Anchor size="sm" component={Link} to={`/cases/${one.id}` as never}>
                      {show(one.title, 300)}
                    </Anchor>
                  </td>
                  <td>{m.cases.statuses[one.status]}</td>
                  <td>{show(one.assignee ?? m.cases.nobody, 100)}</td>
                  <td className="ved-num">{m.common.count(one.alerts.length)}</td>
                  <td className="ved-wide">
                    {one.tags.map((tag) => (
                      <Badge key={tag} variant="default" tt="none" size="sm" mr={4}>
                        {show(tag, 60)}
                      </Badge>
                    ))}
                  </td>
                  <td className="ved-wide" style={{ whiteSpace: 'nowrap' }}>
                    {formatTime(one.updated, false)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {adding && <CaseDialog count={0} alertIds={() => Promise.resolve([])} onClose={() => setAdding(false)} />}
    </>
  )
}
