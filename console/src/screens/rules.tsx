import { Anchor, Badge, Drawer, Group, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { detectors, listRules, ruleDetails, type RuleSummary } from '../api/rules.ts'
import { CodeEditor } from '../components/code-editor.tsx'
import { Empty, ErrorNotice, ScreenTitle, Waiting } from '../components/notices.tsx'
import { Panel } from '../components/panel.tsx'
import { SeverityBadge } from '../components/severity.tsx'
import { show } from '../document.ts'
import { messages as m } from '../messages.ts'
import { useUrlState } from '../url-state.ts'

/** What is looked for: every rule with how often it fired, its errors and its text; and the detectors that come with Vedetta. */
export default function Rules() {
  const [url, setUrl] = useUrlState()
  const filter = (url['q'] ?? '').toLowerCase()
  const list = useQuery({ queryKey: ['rules'], queryFn: listRules, refetchInterval: 30_000 })
  const all = list.data ?? []
  const rows = all.filter(({ name, id, tags }) => `${name} ${id} ${tags.join(' ')}`.toLowerCase().includes(filter))
  const wrong = all.filter(({ errors }) => errors.length > 0).length
  const opened = all.find(({ id }) => id === url['rule'])
  return (
    <>
      <ScreenTitle title={m.rules.title}>
        <TextInput
          size="xs"
          w={260}
          data-query
          aria-label={m.rules.filter}
          placeholder={m.rules.filter}
          value={url['q'] ?? ''}
          onChange={(event) => setUrl({ q: event.currentTarget.value || undefined }, { replace: true })}
        />
        {wrong > 0 && (
          <Badge color="red" tt="none" role="status">
            {m.rules.problems(wrong)}
          </Badge>
        )}
      </ScreenTitle>
      <Text size="sm" mb="md">
        {m.rules.lead}
      </Text>
      <Stack>
        {list.error !== null && <ErrorNotice error={list.error} retry={() => void list.refetch()} />}
        {list.isPending && list.error === null && <Waiting />}
        {list.data !== undefined && all.every(({ builtIn }) => builtIn) && <Text size="sm">{m.rules.noSigma}</Text>}
        {list.data !== undefined && rows.length === 0 && all.length > 0 && <Empty title={m.rules.empty} />}
        {rows.length > 0 && <RuleTable rows={rows} onOpen={(rule) => setUrl({ rule })} />}
        <Detectors />
      </Stack>
      <Drawer
        opened={url['rule'] !== undefined}
        onClose={() => setUrl({ rule: undefined })}
        position="right"
        size="xl"
        title={m.rules.name}
        closeButtonProps={{ 'aria-label': m.common.close }}
      >
        {opened !== undefined && <Details rule={opened} />}
        {opened === undefined && !list.isPending && <Text size="sm">{m.errors.nothing}</Text>}
      </Drawer>
    </>
  )
}

function RuleTable({ rows, onOpen }: { rows: readonly RuleSummary[]; onOpen: (id: string) => void }) {
  return (
    <div className="ved-scroll" role="region" aria-label={m.rules.title} tabIndex={0}>
      <table className="ved-table">
        <thead>
          <tr>
            <th>{m.rules.level}</th>
            <th>{m.rules.name}</th>
            <th>{m.rules.kind}</th>
            <th className="ved-num">{m.rules.day}</th>
            <th className="ved-num">{m.rules.week}</th>
            <th className="ved-num">{m.rules.hits}</th>
            <th>{m.rules.state}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, name, level, kind, builtIn, day, week, hits, enabled, errors }) => (
            <tr key={id}>
              <td>
                <SeverityBadge severity={level} />
              </td>
              <td className="ved-wrap">
                <Anchor component="button" type="button" size="sm" ta="left" onClick={() => onOpen(id)}>
                  {show(name, 300)}
                </Anchor>
                {errors.map((error) => (
                  <Text key={error} size="xs" className="ved-wrap ved-error">
                    {show(error, 500)}
                  </Text>
                ))}
              </td>
              <td>{builtIn ? m.rules.builtIn : show(kind, 40)}</td>
              <td className="ved-num">{m.common.count(day)}</td>
              <td className="ved-num">{m.common.count(week)}</td>
              <td className="ved-num">{hits === undefined ? '' : m.common.count(hits)}</td>
              <td>{errors.length > 0 ? m.rules.error : enabled ? m.rules.enabled : m.rules.disabled}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Details({ rule }: { rule: RuleSummary }) {
  const details = useQuery({
    queryKey: ['rule', rule.id],
    queryFn: () => ruleDetails(rule.id),
    enabled: !rule.builtIn,
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
    </Stack>
  )
}

function Detectors() {
  const { data, error } = useQuery({ queryKey: ['detectors'], queryFn: detectors, refetchInterval: 10_000 })
  return (
    <Panel title={m.rules.detectors}>
      {error !== null && <ErrorNotice error={error} />}
      <table className="ved-table">
        <thead>
          <tr>
            <th>{m.rules.name}</th>
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
    </Panel>
  )
}
