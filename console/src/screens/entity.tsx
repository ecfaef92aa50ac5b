import { Anchor, SimpleGrid, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { alerts } from '../api/alerts.ts'
import { search } from '../api/events.ts'
import { topOver } from '../api/top-values.ts'
import { AlertLine } from '../components/alert-line.tsx'
import { Empty, ErrorNotice, ScreenTitle } from '../components/notices.tsx'
import { Panel } from '../components/panel.tsx'
import { Value } from '../components/value.tsx'
import { show } from '../document.ts'
import { messages as m } from '../messages.ts'
import { addressFields, addressQuery, PORTS, SOURCES, TARGETS } from '../query/address.ts'
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
    queryKey: ['alerts', 'entity', kind, value],
    queryFn: ({ signal }) =>
      alerts.list(kind === 'ip' ? { ip: value, size: 100 } : { entity: value, size: 100 }, signal),
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
        {value !== '' && (
          <Anchor size="sm" component={Link} to={'/timeline' as never} search={{ entity: value } as never}>
            {m.nav.timeline}
          </Anchor>
        )}
        {kind === 'ip' && value !== '' && (
          <Anchor size="sm" component={Link} to={'/connections' as never} search={{ ip: value } as never}>
            {m.nav.connections}
          </Anchor>
        )}
        {kind === 'ip' && value !== '' && (
          <Anchor size="sm" component={Link} to={'/scan' as never} search={{ ip: value, from: 'now-30d' } as never}>
            {m.inbox.openScan}
          </Anchor>
        )}
      </ScreenTitle>
      {value === '' && <Empty title={m.entity.empty} />}
      {profile.error !== null && <ErrorNotice error={profile.error} />}
      {found.error !== null && <ErrorNotice error={found.error} />}
      {aggregations !== undefined && (
        <Text size="sm" mb="md">
          {m.events.total(profile.data!.answer.hits.total.value)} · {m.inbox.first}{' '}
          {formatTime(aggregations['first']?.value ?? '', false)} · {m.inbox.last}{' '}
          {formatTime(aggregations['last']?.value ?? '', false)}
        </Text>
      )}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }} mb="md">
        {(profile.data?.tables ?? [])
          .filter(({ rows }) => rows.length > 0)
          .map(({ title, rows }) => (
            <Panel key={title} title={title}>
              <table className="ved-table">
                <tbody>
                  {rows.map(({ value: found, count, field }) => (
                    <tr key={found}>
                      <td className="ved-mono">
                        <Value field={field} value={found} />
                      </td>
                      <td className="ved-num">{m.common.count(count)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </Panel>
          ))}
      </SimpleGrid>
      {value !== '' && found.data !== undefined && (
        <Panel title={m.nav.alerts}>
          {found.data.alerts.length === 0 && <Text size="sm">{m.entity.noAlerts}</Text>}
          {found.data.alerts.map((alert) => (
            <AlertLine key={alert.id} alert={alert} dated />
          ))}
        </Panel>
      )}
    </>
  )
}

async function profileOf(kind: 'ip' | 'host' | 'user', value: string, signal: AbortSignal) {
  const fields = await addressFields('*')
  const from = addressQuery(value, fields.source)
  const to = addressQuery(value, fields.target)
  const query =
    kind === 'ip'
      ? { bool: { should: [from, to], minimum_should_match: 1 } }
      : { multi_match: { query: value, fields: kind === 'host' ? ['host.name'] : ['user.name', 'src_user'] } }
  const tables =
    kind === 'ip'
      ? [
          { title: m.entity.contacted, names: TARGETS, filter: from },
          { title: m.entity.contactedPorts, names: PORTS, filter: from },
          { title: m.entity.contactedBy, names: SOURCES, filter: to },
          { title: m.entity.ownPorts, names: PORTS, filter: to },
        ]
      : [
          { title: m.scan.source, names: SOURCES, filter: query },
          { title: m.scan.target, names: TARGETS, filter: query },
          { title: m.scan.port, names: PORTS, filter: query },
        ]
  const aggs = { first: { min: { field: '@timestamp' } }, last: { max: { field: '@timestamp' } } }
  const [answer, ...tops] = await Promise.all([
    search('*', { size: 0, track_total_hits: true, query, aggs }, signal),
    ...tables.map(({ names, filter }) => topOver({ index: '*', query: filter, names, size: 15 }, signal)),
  ])
  return { answer, tables: tables.map(({ title }, at) => ({ title, rows: tops[at]! })) }
}
