import { Anchor, Button, Group, SegmentedControl, Select, Stack, Text } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { ruleDetails, rules, type RuleState, type RuleSummary } from '../../api/rules.ts'
import { CodeEditor } from '../../components/code-editor.tsx'
import { Confirm } from '../../components/confirm.tsx'
import { ErrorNotice } from '../../components/notices.tsx'
import { SeverityBadge, Sparkline } from '../../components/severity.tsx'
import { VersionList } from '../../components/version-list.tsx'
import { show } from '../../document.ts'
import { messages as m } from '../../messages.ts'
import { saying } from '../../saying.ts'
import { useMay } from '../../session-context.tsx'
import { formatTime } from '../../time.ts'

/** One rule: what it is, its state, its text, and what it would have found. */
export function RuleDetails({ rule }: { rule: RuleSummary }) {
  const details = useQuery({
    queryKey: ['rule', rule.id],
    queryFn: () => ruleDetails(rule.id),
    enabled: rule.kind !== '',
    retry: false,
  })
  const document = details.data?.document ?? {}
  const lists = [
    [m.rules.falsePositives, document['falsepositives']],
    [m.rules.references, document['references']],
    [m.rules.tags, rule.tags],
  ] as const
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <SeverityBadge severity={rule.level} />
        <Text fw={700} className="ved-wrap">
          {show(rule.name, 300)}
        </Text>
      </Group>
      <Text size="sm" className="ved-mono ved-dim">
        {show(rule.id, 200)}
      </Text>
      {rule.errors.map((error) => (
        <Text key={error} size="sm" role="alert" className="ved-wrap ved-error">
          {show(error, 2_000)}
        </Text>
      ))}
      {typeof document['description'] === 'string' && (
        <Text size="sm" className="ved-wrap">
          {show(document['description'], 5_000)}
        </Text>
      )}
      <Anchor
        component={Link}
        size="sm"
        to={'/alerts' as never}
        search={{ rule: rule.id, status: 'any', from: 'now-7d' } as never}
      >
        {m.rules.seeAlerts} ({m.common.count(rule.week)})
      </Anchor>
      {!rule.builtIn || rule.kind !== '' ? <State rule={rule} /> : null}
      {rule.kind !== '' && <Preview id={rule.id} />}
      {lists.map(([title, value]) =>
        Array.isArray(value) && value.length > 0 ? (
          <div key={title}>
            <Text size="sm" fw={600}>
              {title}
            </Text>
            {value.map((one) => (
              <Text key={String(one)} size="sm" className="ved-wrap">
                {show(one, 500)}
              </Text>
            ))}
          </div>
        ) : null,
      )}
      {details.error !== null && <ErrorNotice error={details.error} />}
      {details.data?.source !== undefined && (
        <>
          <Text size="sm" fw={600}>
            {m.rules.source}
          </Text>
          <CodeEditor label={m.rules.source} language="yaml" value={details.data.source} height="60vh" />
        </>
      )}
      {rule.kind !== '' && (
        <section aria-label={m.versions.title}>
          <Text size="sm" fw={600}>
            {m.versions.title}
          </Text>
          <VersionList kind="rule" id={rule.id} />
        </section>
      )}
    </Stack>
  )
}

/** Whether it runs, and taking out one that was added here. */
function State({ rule }: { rule: RuleSummary }) {
  const client = useQueryClient()
  const { administer } = useMay()
  const [removing, setRemoving] = useState(false)
  const act = (work: () => Promise<unknown>): void =>
    void saying(work).then(() => client.invalidateQueries({ queryKey: ['rules'] }))
  if (!administer) return <Text size="sm">{m.rules.states[rule.state] ?? rule.state}</Text>
  return (
    <>
      <Group gap="sm">
        <SegmentedControl
          size="xs"
          aria-label={m.rules.state}
          value={rule.state}
          onChange={(state) => act(() => rules.setState(rule.id, state as RuleState))}
          data={Object.entries(m.rules.states).map(([value, label]) => ({ value, label }))}
        />
        {rule.added && (
          <Button size="compact-xs" variant="default" onClick={() => setRemoving(true)}>
            {m.common.remove}
          </Button>
        )}
      </Group>
      <Text size="xs" className="ved-dim">
        {m.rules.trial}
      </Text>
      {removing && (
        <Confirm
          question={m.rules.removeSure(rule.name)}
          action={m.common.remove}
          onClose={() => setRemoving(false)}
          onDone={() => act(() => rules.remove(rule.id))}
        />
      )}
    </>
  )
}

const SPANS = [1, 7, 14, 30]

/** What it would have raised over the stored events. */
function Preview({ id }: { id: string }) {
  const [days, setDays] = useState(7)
  const preview = useMutation({ mutationFn: () => rules.preview(id, days) })
  const { data } = preview
  return (
    <section aria-label={m.rules.preview}>
      <Text size="sm" fw={600}>
        {m.rules.preview}
      </Text>
      <Text size="sm">{m.rules.previewLead}</Text>
      <Group gap="xs" my="xs">
        <Select
          size="xs"
          w={150}
          aria-label={m.rules.preview}
          allowDeselect={false}
          value={String(days)}
          onChange={(value) => setDays(Number(value))}
          data={SPANS.map((span) => ({ value: String(span), label: m.rules.previewDays(span) }))}
        />
        <Button size="xs" loading={preview.isPending} onClick={() => preview.mutate()}>
          {m.rules.previewRun}
        </Button>
      </Group>
      {preview.error !== null && <ErrorNotice error={preview.error} />}
      {data !== undefined && (
        <>
          <Group gap="md" role="status">
            <Text size="sm" fw={600}>
              {m.rules.previewResult(data.alerts, data.events)}
            </Text>
            {data.perDay.length > 1 && <Sparkline counts={data.perDay} label={m.rules.preview} />}
          </Group>
          {data.truncated && <Text size="sm">{m.rules.previewCut}</Text>}
          <table className="ved-table">
            <tbody>
              {data.samples.map(({ time, entity, reason }, at) => (
                <tr key={at}>
                  <td style={{ whiteSpace: 'nowrap' }}>{formatTime(time, false)}</td>
                  <td className="ved-mono ved-wrap">{show(entity, 200)}</td>
                  <td className="ved-wrap">{show(reason, 300)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </section>
  )
}
