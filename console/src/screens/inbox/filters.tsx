import { Button, Group, SegmentedControl, Select, TextInput } from '@mantine/core'
import type { AlertGroup } from '../../api/alerts.ts'
import { TimeRange } from '../../components/time-range.tsx'
import { messages as m } from '../../messages.ts'
import { useSession } from '../../session-context.tsx'
import { useUrlState } from '../../url-state.ts'

const SEVERITIES = ['critical', 'high', 'medium', 'low', 'informational']

/** What of the alerts is shown: state, severity with its count, words, groups, assignee, time; all of it in the address. */
export function InboxFilters({
  counts,
  onTime,
}: {
  counts: readonly AlertGroup[]
  onTime: (range: { from: string; to: string }) => void
}) {
  const [url, setUrl] = useUrlState()
  const { session } = useSession()
  const status = url['status'] ?? 'open'
  const by = url['by'] ?? 'rule,entity'
  const from = url['from'] ?? 'now-24h'
  const to = url['to'] ?? 'now'
  return (
    <>
      <Group mb="sm" gap="xs">
        <SegmentedControl
          size="xs"
          aria-label={m.inbox.state}
          value={status}
          onChange={(value) => setUrl({ status: value })}
          data={[
            { value: 'open', label: m.inbox.open },
            { value: 'acknowledged', label: m.inbox.acknowledged },
            { value: 'closed', label: m.inbox.closed },
            { value: 'any', label: m.inbox.any },
          ]}
        />
        {SEVERITIES.map((severity) => {
          const count = counts.find(({ key }) => key['severity'] === severity)?.count ?? 0
          const active = url['severity'] === severity
          return (
            <Button
              key={severity}
              size="compact-sm"
              variant={active ? 'filled' : 'default'}
              aria-pressed={active}
              onClick={() => setUrl({ severity: active ? undefined : severity })}
            >
              {severity === 'informational' ? 'info' : severity} {m.common.count(count)}
            </Button>
          )
        })}
      </Group>
      <Group mb="sm" gap="xs" align="end">
        <TextInput
          size="xs"
          data-query
          aria-label={m.inbox.search}
          placeholder={m.inbox.search}
          w={220}
          defaultValue={url['q'] ?? ''}
          key={url['q'] ?? ''}
          onKeyDown={(event) => event.key === 'Enter' && setUrl({ q: event.currentTarget.value })}
        />
        <Select
          size="xs"
          w={170}
          aria-label={m.inbox.groupBy}
          value={by === '' ? 'none' : by}
          allowDeselect={false}
          onChange={(value) => setUrl({ by: value ?? undefined })}
          data={[
            { value: 'rule,entity', label: m.inbox.group['rule,entity'] },
            { value: 'rule', label: m.inbox.group.rule },
            { value: 'entity', label: m.inbox.group.entity },
            { value: 'none', label: m.inbox.group[''] },
          ]}
        />
        <Select
          size="xs"
          w={140}
          aria-label={m.inbox.assignee}
          placeholder={m.inbox.assignee}
          clearable
          value={url['assignee'] ?? null}
          onChange={(value) => setUrl({ assignee: value ?? undefined })}
          data={[
            ...(session.user === null ? [] : [{ value: session.user, label: m.inbox.mine }]),
            { value: 'none', label: m.inbox.unassigned },
          ]}
        />
        <TimeRange from={from} to={to} onChange={onTime} />
      </Group>
    </>
  )
}
