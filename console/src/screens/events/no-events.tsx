import { Button, Group, Text } from '@mantine/core'
import { useQueries } from '@tanstack/react-query'
import { dslOf, search, type EventQuery } from '../../api/events.ts'
import { Empty } from '../../components/notices.tsx'
import { show } from '../../document.ts'
import { messages as m } from '../../messages.ts'
import { readPills, writePills } from '../../query/pills.ts'
import type { UrlState } from '../../url-state.ts'

/** Says that nothing was found, and how much there is in a longer time or without one of the filters. */
export function NoEvents({ query, onChange }: { query: EventQuery; onChange: (patch: UrlState) => void }) {
  const pills = readPills(query.pills)
  const changes: { label: string; without: EventQuery; patch: UrlState }[] = [
    ...(query.text.trim() === ''
      ? []
      : [{ label: query.text, without: { ...query, text: '' }, patch: { q: undefined } }]),
    ...pills.flatMap((pill, at) => {
      if (!pill.on) return []
      const rest = writePills(pills.with(at, { ...pill, on: false }))
      return [{ label: pill.text, without: { ...query, pills: rest }, patch: { f: rest } }]
    }),
  ]
  const counts = useQueries({
    queries: changes.map(({ without }) => ({
      queryKey: ['without', without],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        search(without.index, { size: 0, track_total_hits: true, query: dslOf(without) }, signal).then(
          ({ hits }) => hits.total.value,
        ),
      retry: false,
    })),
  })
  const offers = changes
    .map((change, at) => ({ ...change, count: counts[at]?.data ?? 0 }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
  return (
    <Empty title={m.events.empty}>
      <Text size="sm">{m.events.emptyHint}</Text>
      <Group gap="xs" justify="center">
        {offers.map(({ label, count, patch }) => (
          <Button key={label} size="xs" variant="default" onClick={() => onChange(patch)}>
            {m.events.without(show(label, 60), count)}
          </Button>
        ))}
        <Button size="xs" variant="default" onClick={() => onChange({ from: 'now-1y', to: 'now' })}>
          {m.time.quick['now-1y now']}
        </Button>
      </Group>
    </Empty>
  )
}
