import { Button, Group, Select, Text, TextInput } from '@mantine/core'
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { dslOf, eventPage, fieldsOf, parseText, type EventCursor, type EventQuery } from '../../api/events.ts'
import { Histogram } from '../../components/histogram.tsx'
import { MarksContext } from '../../components/marked.tsx'
import { ErrorNotice, ScreenTitle, Waiting } from '../../components/notices.tsx'
import { TimeRange } from '../../components/time-range.tsx'
import { messages as m } from '../../messages.ts'
import type { Query, QueryError } from '../../query/ast.ts'
import { marksOf, marksPattern } from '../../query/marks.ts'
import { readPills } from '../../query/pills.ts'
import { rememberQuery } from '../../query/recent.ts'
import { useSpan } from '../../span-state.ts'
import { useUrlState } from '../../url-state.ts'
import { columnOf } from './columns.tsx'
import { EventTable } from './event-table.tsx'
import { ExportMenu } from './export-menu.tsx'
import { FieldList } from './field-list.tsx'
import { NoEvents } from './no-events.tsx'
import { Pills, usePinned } from './pills.tsx'
import { QueryBar, QueryProblem } from './query-bar.tsx'
import { RequestModal } from './request-modal.tsx'
import { Saved } from './saved.tsx'
import { TailSwitch } from './tail-switch.tsx'
import { useColumns } from './use-columns.ts'
import { useHistogram } from './use-histogram.ts'
import { useTail } from './use-tail.ts'

const PAGE = 200

export default function Events() {
  const [url, setUrl] = useUrlState()
  const index = url['index'] ?? '*'
  const lucene = url['lang'] === 'lucene'
  const { span, refresh, picker } = useSpan()
  const [columns, setColumns] = useColumns()
  const names = columns.map(({ name }) => name)
  const tailing = url['tail'] === '1'
  // Who reads further down is not to lose the place.
  const [reading, setReading] = useState(false)
  const paused = reading || url['event'] !== undefined
  const query: EventQuery = useMemo(
    () => ({ index, text: url['q'] ?? '', lucene, pills: url['f'], span }),
    [index, url['q'], lucene, url['f'], span],
  )
  const { dsl, problem } = useMemo(() => {
    try {
      return { dsl: dslOf(query), problem: undefined }
    } catch (error) {
      return { dsl: undefined, problem: error as QueryError }
    }
  }, [query])
  const marks = useMemo(() => {
    const pills = readPills(query.pills).flatMap(({ text, on }) => (on ? [parsedOr(text, false)] : []))
    return marksPattern([parsedOr(query.text, lucene), ...pills].flatMap(marksOf))
  }, [query, lucene])
  const fields = useQuery({ queryKey: ['fields', index], queryFn: () => fieldsOf(index), staleTime: 60_000 })
  const histogram = useHistogram(query, dsl, url['split'])
  const rows = useInfiniteQuery({
    queryKey: ['events', index, dsl],
    queryFn: ({ signal, pageParam }) => eventPage(index, dsl!, PAGE, pageParam, signal),
    initialPageParam: undefined as EventCursor | undefined,
    getNextPageParam: (last) => last.next,
    enabled: dsl !== undefined,
    placeholderData: keepPreviousData,
  })
  const tail = useTail(query, tailing, paused, refresh)
  const { rowsWith } = tail
  const hits = useMemo(() => rowsWith(rows.data?.pages.flatMap((page) => page.hits) ?? []), [rows.data, rowsWith])
  const { total } = histogram
  const [showRequest, setShowRequest] = useState(false)
  const error = histogram.error ?? rows.error
  usePinned(url['f'], (f) => setUrl({ f }, { replace: true }))

  return (
    <>
      <ScreenTitle title={m.events.title}>
        <Text size="sm" role="status">
          {m.events.total(total)}
        </Text>
        <TailSwitch
          on={tailing}
          paused={paused}
          tail={tail}
          onChange={(on) => setUrl({ tail: on ? '1' : undefined })}
        />
        <Saved />
        <ExportMenu index={index} dsl={dsl} columns={names} total={total} />
        <Select
          size="xs"
          w={170}
          searchable
          clearable
          limit={100}
          aria-label={m.events.split}
          placeholder={m.events.split}
          value={url['split'] ?? null}
          onChange={(value) => setUrl({ split: value ?? undefined })}
          data={(fields.data ?? []).filter(({ aggregatable }) => aggregatable).map(({ name }) => name)}
        />
        <Button size="compact-xs" variant="default" onClick={() => setShowRequest(true)}>
          {m.events.request}
        </Button>
      </ScreenTitle>
      <Group gap="xs" mb={4} align="start">
        <TextInput
          size="xs"
          w={150}
          aria-label={m.events.index}
          key={index}
          defaultValue={index}
          onBlur={(event) =>
            event.currentTarget.value !== index && setUrl({ index: event.currentTarget.value || undefined })
          }
          onKeyDown={(event) => event.key === 'Enter' && setUrl({ index: event.currentTarget.value || undefined })}
        />
        <QueryBar
          query={query}
          dsl={dsl}
          fields={fields.data ?? []}
          onChange={(text) => {
            rememberQuery(text)
            setUrl({ q: text || undefined })
          }}
        />
        <Select
          size="xs"
          w={90}
          aria-label={m.events.language}
          allowDeselect={false}
          value={lucene ? 'lucene' : 'kuery'}
          onChange={(value) => setUrl({ lang: value === 'lucene' ? 'lucene' : undefined })}
          data={[
            { value: 'kuery', label: 'KQL' },
            { value: 'lucene', label: 'Lucene' },
          ]}
        />
        <TimeRange {...picker} />
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            refresh()
            void histogram.refetch()
            void rows.refetch()
          }}
        >
          {m.common.refresh}
        </Button>
      </Group>
      {problem !== undefined && <QueryProblem text={url['q'] ?? ''} problem={problem} />}
      <Pills value={url['f']} onChange={(f) => setUrl({ f })} />
      {error !== null && <ErrorNotice error={error} retry={() => void rows.refetch()} />}
      <Histogram
        bars={histogram.bars}
        series={histogram.series}
        span={span}
        interval={histogram.interval.millis}
        onSpan={(chosen) =>
          setUrl({ from: new Date(chosen.from).toISOString(), to: new Date(chosen.to).toISOString(), tail: undefined })
        }
      />
      <Group align="start" wrap="nowrap" gap="sm" mt="xs">
        <FieldList
          fields={fields.data ?? []}
          columns={names}
          onColumns={(chosen) =>
            setColumns(chosen.map((name) => columns.find((column) => column.name === name) ?? columnOf(name)))
          }
          index={index}
          dsl={dsl}
          onPill={(pill) => setUrl({ f: [url['f'], pill].filter(Boolean).join('\n') })}
        />
        <div style={{ flex: 1, minWidth: 0 }}>
          {rows.isPending && dsl !== undefined && error === null && <Waiting />}
          {rows.data !== undefined && hits.length === 0 && !tailing && <NoEvents query={query} onChange={setUrl} />}
          {hits.length > 0 && (
            <MarksContext value={marks}>
              <EventTable
                hits={hits}
                columns={columns}
                onColumns={setColumns}
                onReading={setReading}
                onEnd={() => rows.hasNextPage && !rows.isFetchingNextPage && void rows.fetchNextPage()}
                total={total}
                opened={url['event']}
                onOpen={(hit) => setUrl({ event: hit === undefined ? undefined : `${hit._index}/${hit._id}` })}
              />
            </MarksContext>
          )}
        </div>
      </Group>
      {showRequest && <RequestModal index={index} dsl={dsl} onClose={() => setShowRequest(false)} />}
    </>
  )
}

/** What a text means; nothing where it is wrong, which is told elsewhere. */
function parsedOr(text: string, lucene: boolean): Query {
  try {
    return parseText(text, lucene)
  } catch {
    return { kind: 'everything' }
  }
}
