import { Anchor, Group, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { alerts, alertView } from '../api/alerts.ts'
import { search, type Bucket } from '../api/events.ts'
import { Empty, ErrorNotice, ScreenTitle } from '../components/notices.tsx'
import { SeverityBadge } from '../components/severity.tsx'
import { Value } from '../components/value.tsx'
import { show } from '../document.ts'
import { messages as m } from '../messages.ts'
import { addressFields, addressQuery } from '../query/address.ts'
import { formatTime } from '../time.ts'
import { useUrlState } from '../url-state.ts'

/** What is known of an address, a host or a user: first and last seen, its ports and peers, its alerts. */
export default function Entity() {
  const [url, setUrl] = useUrlState()
  const value = url['ip'] ?? url['host'] ?? url['user'] ?? ''
  const kind = url['host'] !== undefined ? 'host' : url['user'] !== undefined ? 'user' : 'ip'
  const profile = useQuery({
    queryKey: ['entity', kind, value],
    queryFn: ({ signal }) => profileOf(kind, value, signal),
    enabled: value !== '',
  })
  const found = useQuery({
    queryKey: ['entity-alerts', value],
    queryFn: ({ signal }) => alerts.list({ entity: value, size: 100 }, signal),
    enabled: value !== '',
  })
  const aggregations = profile.data?.answer.aggregations
  return (
    <>
      <ScreenTitle title={`${m.nav.entity} ${show(value, 200)}`}>
        <TextInput
          size="xs"
          data-query
          aria-label={m.scan.address}
          placeholder={m.scan.address}
          onKeyDown={(event) =>
            event.key === 'Enter' &&
            setUrl({ ip: event.currentTarget.value || undefined, host: undefined, user: undefined })
          }
        />
        {kind === 'ip' && value !== '' && (
          <Anchor size="sm" component={Link} to={'/scan' as never} search={{ ip: value, from: 'now-30d' } as never}>
            {m.inbox.openScan}
          </Anchor>
        )}
      </ScreenTitle>
      {value === '' && <Empty title={m.errors.nothing} />}
      {profile.error !== null && <ErrorNotice error={profile.error} />}
      {found.error !== null && <ErrorNotice error={found.error} />}
      {aggregations !== undefined && (
        <Text size="sm" mb="md">
          {m.events.total(profile.data!.answer.hits.total.value)} · {m.inbox.first}{' '}
          {formatTime(aggregations['first']?.value ?? '', false)} · {m.inbox.last}{' '}
          {formatTime(aggregations['last']?.value ?? '', false)}
        </Text>
      )}
      <Group align="start" gap="xl">
        {(profile.data?.tables ?? []).map(({ name, title, field }) => (
          <table key={name} className="ved-table" style={{ width: 'auto', minWidth: 220 }}>
            <caption style={{ textAlign: 'left', fontWeight: 600 }}>{title}</caption>
            <tbody>
              {((aggregations?.[name]?.buckets ?? []) as readonly Bucket[]).map(({ key, key_as_string, doc_count }) => (
                <tr key={key}>
                  <td className="ved-mono">
                    <Value field={field} value={key_as_string ?? key} />
                  </td>
                  <td className="ved-num">{m.common.count(doc_count)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        ))}
        <table className="ved-table" style={{ width: 'auto', minWidth: 320 }}>
          <caption style={{ textAlign: 'left', fontWeight: 600 }}>{m.nav.alerts}</caption>
          <tbody>
            {(found.data?.alerts ?? []).map((alert) => {
              const view = alertView(alert)
              return (
                <tr key={alert.id}>
                  <td>
                    <SeverityBadge severity={view.severity} />
                  </td>
                  <td>
                    <Anchor
                      size="sm"
                      component={Link}
                      to={'/alerts' as never}
                      search={{ status: 'any', from: 'now-30d', alert: alert.id } as never}
                    >
                      {show(view.rule, 200)}
                    </Anchor>
                  </td>
                  <td>{view.status}</td>
                  <td>{formatTime(view.time, false)}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </Group>
    </>
  )
}

async function profileOf(kind: 'ip' | 'host' | 'user', value: string, signal: AbortSignal) {
  const fields = await addressFields('*')
  const query =
    kind === 'ip'
      ? addressQuery(value, [...fields.source, ...fields.target])
      : { multi_match: { query: value, fields: kind === 'host' ? ['host.name'] : ['user.name', 'src_user'] } }
  const tables = [
    { name: 'peersIn', title: m.scan.source, field: fields.source[0] },
    { name: 'peersOut', title: m.scan.target, field: fields.target[0] },
    { name: 'ports', title: m.scan.port, field: fields.port[0] },
  ].flatMap(({ name, title, field }) => (field === undefined ? [] : [{ name, title, field }]))
  const answer = await search(
    '*',
    {
      size: 0,
      track_total_hits: true,
      query,
      aggs: {
        first: { min: { field: '@timestamp' } },
        last: { max: { field: '@timestamp' } },
        ...Object.fromEntries(tables.map(({ name, field }) => [name, { terms: { field, size: 20 } }])),
      },
    },
    signal,
  )
  return { answer, tables }
}
