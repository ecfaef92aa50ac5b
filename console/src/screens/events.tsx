import {
  ActionIcon,
  Autocomplete,
  Button,
  Code,
  Drawer,
  Group,
  Menu,
  Modal,
  Popover,
  Progress,
  Select,
  Stack,
  Switch,
  Tabs,
  Text,
  TextInput,
} from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef, useState } from 'react'
import {
  dslOf,
  fieldsOf,
  parseText,
  search,
  topValues,
  type EventQuery,
  type FieldInfo,
  type Hit,
} from '../api/events.ts'
import { FieldTable, summary } from '../components/alert-details.tsx'
import { Histogram } from '../components/histogram.tsx'
import { Empty, ErrorNotice, ScreenTitle, Waiting } from '../components/notices.tsx'
import { TimeRange } from '../components/time-range.tsx'
import { Value } from '../components/value.tsx'
import { fieldOf, show } from '../document.ts'
import { useShortcuts } from '../keyboard.ts'
import { messages as m } from '../messages.ts'
import { QueryError } from '../query/ast.ts'
import { negated, pillOf, readPills, writePills } from '../query/pills.ts'
import { chosenZone, formatTime, intervalFor, resolveSpan } from '../time.ts'
import { useUrlState } from '../url-state.ts'

const PAGE = 200
const EXPORTED = 10_000

export default function Events() {
  const [url, setUrl] = useUrlState()
  const index = url['index'] ?? '*'
  const lucene = url['lang'] === 'lucene'
  const from = url['from'] ?? 'now-24h'
  const to = url['to'] ?? 'now'
  const columns = useMemo(() => (url['cols'] ?? '').split(',').filter((name) => name !== ''), [url['cols']])
  const tail = url['tail'] === '1'
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!tail) return undefined
    const timer = setInterval(() => setNow(Date.now()), 2_000)
    return () => clearInterval(timer)
  }, [tail])
  const span = useMemo(() => resolveSpan(from, to, now), [from, to, now])
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
  const interval = intervalFor(span, 120)
  const fields = useQuery({ queryKey: ['fields', index], queryFn: () => fieldsOf(index), staleTime: 60_000 })
  const histogram = useQuery({
    queryKey: ['histogram', index, dsl, interval.text],
    queryFn: ({ signal }) =>
      search(
        index,
        {
          size: 0,
          track_total_hits: true,
          query: dsl,
          aggs: {
            bars: {
              date_histogram: {
                field: '@timestamp',
                fixed_interval: interval.text,
                time_zone: chosenZone(),
                min_doc_count: 1,
              },
            },
          },
        },
        signal,
      ),
    enabled: dsl !== undefined,
    placeholderData: keepPreviousData,
  })
  const rows = useInfiniteQuery({
    queryKey: ['events', index, dsl],
    queryFn: ({ signal, pageParam }) =>
      search(
        index,
        {
          size: PAGE,
          track_total_hits: false,
          query: dsl,
          sort: [{ '@timestamp': { order: 'desc', unmapped_type: 'date' } }],
          ...(pageParam === undefined ? {} : { search_after: pageParam }),
        },
        signal,
      ),
    initialPageParam: undefined as readonly unknown[] | undefined,
    getNextPageParam: (last) => (last.hits.hits.length < PAGE ? undefined : last.hits.hits.at(-1)!.sort),
    enabled: dsl !== undefined,
    placeholderData: keepPreviousData,
  })
  const hits = useMemo(() => rows.data?.pages.flatMap((page) => page.hits.hits) ?? [], [rows.data])
  const total = histogram.data?.hits.total.value ?? 0
  const bars = useMemo(
    () =>
      (histogram.data?.aggregations?.['bars']?.buckets ?? []).map(({ key, doc_count }) => ({
        time: Number(key),
        count: doc_count,
      })),
    [histogram.data],
  )
  const [showRequest, setShowRequest] = useState(false)
  const error = histogram.error ?? rows.error
  const setColumns = (next: readonly string[]): void => setUrl({ cols: next.join(',') || undefined })

  return (
    <>
      <ScreenTitle title={m.events.title}>
        <Text size="sm" role="status">
          {m.events.total(total)}
        </Text>
        <Switch
          size="xs"
          label={m.events.tail}
          checked={tail}
          onChange={(event) => setUrl({ tail: event.currentTarget.checked ? '1' : undefined })}
        />
        <Saved />
        <Menu>
          <Menu.Target>
            <Button size="compact-xs" variant="default">
              {m.events.export}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>{m.events.exportRows(Math.min(total, EXPORTED))}</Menu.Label>
            <Menu.Item onClick={() => dsl !== undefined && void download(index, dsl, columns, 'csv')}>CSV</Menu.Item>
            <Menu.Item onClick={() => dsl !== undefined && void download(index, dsl, columns, 'ndjson')}>
              NDJSON
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
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
          onChange={(text) => setUrl({ q: text || undefined })}
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
        <TimeRange
          from={from}
          to={to}
          onChange={(range) => {
            setNow(Date.now())
            setUrl(range)
          }}
        />
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            setNow(Date.now())
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
        bars={bars}
        span={span}
        interval={interval.millis}
        onSpan={(chosen) =>
          setUrl({ from: new Date(chosen.from).toISOString(), to: new Date(chosen.to).toISOString(), tail: undefined })
        }
      />
      <Group align="start" wrap="nowrap" gap="sm" mt="xs">
        <FieldList
          fields={fields.data ?? []}
          columns={columns}
          onColumns={setColumns}
          index={index}
          dsl={dsl}
          onPill={(pill) => setUrl({ f: [url['f'], pill].filter(Boolean).join('\n') })}
        />
        <div style={{ flex: 1, minWidth: 0 }}>
          {rows.isPending && dsl !== undefined && error === null && <Waiting />}
          {rows.data !== undefined && hits.length === 0 && (
            <Empty title={m.events.empty}>
              <Text size="sm">{m.events.emptyHint}</Text>
              <Button size="xs" variant="default" onClick={() => setUrl({ from: 'now-1y', to: 'now' })}>
                {m.time.quick['now-1y now']}
              </Button>
            </Empty>
          )}
          {hits.length > 0 && (
            <EventTable
              hits={hits}
              columns={columns}
              onColumns={setColumns}
              onEnd={() => rows.hasNextPage && !rows.isFetchingNextPage && void rows.fetchNextPage()}
              total={total}
              opened={url['event']}
              onOpen={(hit) => setUrl({ event: hit === undefined ? undefined : `${hit._index}/${hit._id}` })}
            />
          )}
        </div>
      </Group>
      <Modal
        opened={showRequest}
        onClose={() => setShowRequest(false)}
        title={m.events.request}
        size="lg"
        closeButtonProps={{ 'aria-label': m.common.close }}
      >
        <Code
          block
        >{`POST /${index}/_search\n${JSON.stringify({ query: dsl, sort: [{ '@timestamp': 'desc' }] }, undefined, 2)}`}</Code>
        <Code
          block
          mt="sm"
          className="ved-wrap"
        >{`curl -s '${location.origin}/${index}/_search' -H 'content-type: application/json' -d '${JSON.stringify({ query: dsl }).replaceAll("'", "'\\''")}'`}</Code>
      </Modal>
    </>
  )
}

/** The query with completion of fields, operators and values; its error is told below, with the place. */
function QueryBar({
  query,
  dsl,
  fields,
  onChange,
}: {
  query: EventQuery
  dsl: object | undefined
  fields: readonly FieldInfo[]
  onChange: (text: string) => void
}) {
  const [text, setText] = useState(query.text)
  useEffect(() => setText(query.text), [query.text])
  const word = /(?:^|[\s(])([^\s():<>]*)$/.exec(text)?.[1] ?? ''
  const valued = /([\w@.]+)\s*:\s*"?([^"\s()]*)$/.exec(text)
  const field =
    valued === null ? undefined : fields.find(({ name, aggregatable }) => name === valued[1] && aggregatable)
  const values = useQuery({
    queryKey: ['values', query.index, field?.name, query.span.from],
    queryFn: ({ signal }) => topValues(query.index, { match_all: {} }, field!.name, signal),
    enabled: field !== undefined && dsl !== undefined,
    staleTime: 60_000,
  })
  const choices = useMemo(() => {
    if (field !== undefined && valued !== null) {
      const head = text.slice(0, text.length - valued[0].length)
      return (values.data?.buckets ?? [])
        .map(({ key, key_as_string }) => key_as_string ?? String(key))
        .filter((value) => value.startsWith(valued[2]!))
        .map((value) => `${head}${pillOf(valued[1]!, value)} `)
    }
    if (word === '') return []
    const head = text.slice(0, text.length - word.length)
    return fields
      .filter(({ name }) => name.toLowerCase().includes(word.toLowerCase()) && name !== word)
      .slice(0, 12)
      .map(({ name }) => `${head}${name}: `)
  }, [text, word, fields, field, values.data, valued])
  return (
    <Autocomplete
      size="xs"
      style={{ flex: '1 1 260px' }}
      data-query
      aria-label={m.events.query}
      placeholder={m.events.placeholder}
      value={text}
      data={choices}
      filter={({ options }) => options}
      onChange={setText}
      limit={12}
      maxDropdownHeight={260}
      spellCheck={false}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && event.currentTarget.getAttribute('aria-activedescendant') === null) onChange(text)
      }}
      onBlur={() => text !== query.text && isValid(text, query.lucene) && onChange(text)}
    />
  )
}

function isValid(text: string, lucene: boolean): boolean {
  try {
    parseText(text, lucene)
    return true
  } catch {
    return false
  }
}

function QueryProblem({ text, problem }: { text: string; problem: QueryError }) {
  const at = problem instanceof QueryError ? problem.at : 0
  return (
    <div role="alert">
      <pre className="ved-mono" style={{ margin: 0 }}>
        {text}
        {'\n'}
        {' '.repeat(at)}
        {'^'.repeat(Math.max(1, problem.length ?? 1))}
      </pre>
      <Text size="sm" c="red.9" style={{ color: 'var(--mantine-color-error)' }}>
        {m.events.column(at + 1)}: {problem.message}
      </Text>
    </div>
  )
}

function Pills({ value, onChange }: { value: string | undefined; onChange: (value: string | undefined) => void }) {
  const pills = readPills(value)
  if (pills.length === 0) return null
  const replace = (at: number, next: string | undefined, on: boolean): void =>
    onChange(
      writePills(
        pills.flatMap((pill, index) => (index !== at ? [pill] : next === undefined ? [] : [{ text: next, on }])),
      ),
    )
  return (
    <Group gap={6} my={4} role="group" aria-label={m.events.pills}>
      {pills.map(({ text, on }, at) => (
        <Menu key={text}>
          <Menu.Target>
            <Button size="compact-xs" variant="default" td={on ? undefined : 'line-through'} maw={360}>
              <span className="ved-clip">{show(text, 120)}</span>
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => replace(at, negated(text), on)}>{m.events.negate}</Menu.Item>
            <Menu.Item onClick={() => replace(at, text, !on)}>{on ? m.events.disable : m.events.enable}</Menu.Item>
            <Menu.Item
              onClick={() => {
                // The browser's own prompt keeps the keyboard and works without a pointer.
                const edited = prompt(m.events.edit, text)
                if (edited !== null) replace(at, edited === '' ? undefined : edited, on)
              }}
            >
              {m.events.edit}
            </Menu.Item>
            <Menu.Item onClick={() => replace(at, undefined, on)}>{m.common.remove}</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      ))}
    </Group>
  )
}

function FieldList(props: {
  fields: readonly FieldInfo[]
  columns: readonly string[]
  onColumns: (columns: readonly string[]) => void
  index: string
  dsl: object | undefined
  onPill: (pill: string) => void
}) {
  const [filter, setFilter] = useState('')
  const shown = props.fields.filter(({ name }) => name.includes(filter)).slice(0, 300)
  return (
    <Stack gap={4} w={210} visibleFrom="md" style={{ flex: 'none' }}>
      <TextInput
        size="xs"
        placeholder={m.events.fields}
        aria-label={m.events.fields}
        value={filter}
        onChange={(event) => setFilter(event.currentTarget.value)}
      />
      <div
        className="ved-scroll"
        style={{ maxHeight: 'calc(100vh - 360px)', minHeight: 200 }}
        tabIndex={0}
        role="region"
        aria-label={m.events.fields}
      >
        {shown.map((field) => (
          <FieldButton key={field.name} field={field} {...props} />
        ))}
      </div>
    </Stack>
  )
}

function FieldButton({
  field,
  columns,
  onColumns,
  index,
  dsl,
  onPill,
}: Parameters<typeof FieldList>[0] & { field: FieldInfo }) {
  const [opened, setOpened] = useState(false)
  const { data, error } = useQuery({
    queryKey: ['top', index, dsl, field.name],
    queryFn: ({ signal }) => topValues(index, dsl!, field.name, signal),
    enabled: opened && field.aggregatable && dsl !== undefined,
  })
  const added = columns.includes(field.name)
  return (
    <Popover opened={opened} onChange={setOpened} position="right-start" width={320} trapFocus>
      <Popover.Target>
        <button
          type="button"
          className="ved-value ved-clip"
          style={{ display: 'block', width: '100%' }}
          onClick={() => setOpened((before) => !before)}
        >
          {added ? '● ' : ''}
          {field.name}
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs">
          <Text size="sm" fw={600}>
            {field.name}{' '}
            <Text span size="xs">
              {field.type}
            </Text>
          </Text>
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => onColumns(added ? columns.filter((name) => name !== field.name) : [...columns, field.name])}
          >
            {added ? m.events.removeColumn : m.events.addColumn}
          </Button>
          {error !== null && <ErrorNotice error={error} />}
          {data !== undefined && (
            <>
              <Text size="xs">
                {m.events.present(data.total === 0 ? 0 : Math.round((100 * data.present) / data.total), data.distinct)}
              </Text>
              {data.buckets.map(({ key, key_as_string, doc_count }) => {
                const value = key_as_string ?? String(key)
                return (
                  <div key={value}>
                    <Group justify="space-between" wrap="nowrap" gap={4}>
                      <Text size="xs" className="ved-mono ved-clip">
                        {show(value, 100)}
                      </Text>
                      <Group gap={2} wrap="nowrap">
                        <Text size="xs">{m.common.count(doc_count)}</Text>
                        <ActionIcon
                          size="xs"
                          variant="default"
                          aria-label={`${m.value.include} ${show(value, 50)}`}
                          onClick={() => onPill(pillOf(field.name, value))}
                        >
                          +
                        </ActionIcon>
                        <ActionIcon
                          size="xs"
                          variant="default"
                          aria-label={`${m.value.exclude} ${show(value, 50)}`}
                          onClick={() => onPill(`not ${pillOf(field.name, value)}`)}
                        >
                          −
                        </ActionIcon>
                      </Group>
                    </Group>
                    <Progress
                      size={3}
                      value={(100 * doc_count) / Math.max(1, data.present)}
                      aria-label={show(value, 50)}
                    />
                  </div>
                )
              })}
            </>
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}

const ROW = 26

function EventTable(props: {
  hits: readonly Hit[]
  columns: readonly string[]
  onColumns: (columns: readonly string[]) => void
  onEnd: () => void
  total: number
  opened: string | undefined
  onOpen: (hit: Hit | undefined) => void
}) {
  const { hits, columns, onEnd, opened, onOpen } = props
  const scroller = useRef<HTMLDivElement>(null)
  const [cursor, setCursor] = useState(0)
  const rows = useVirtualizer({
    count: hits.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
  })
  const items = rows.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (last >= hits.length - 20) onEnd()
  }, [last, hits.length, onEnd])
  const move = (to: number): void => {
    const next = Math.max(0, Math.min(hits.length - 1, to))
    setCursor(next)
    rows.scrollToIndex(next)
    if (opened !== undefined) onOpen(hits[next])
  }
  useShortcuts(
    {
      j: () => move(cursor + 1),
      k: () => move(cursor - 1),
      'Shift+G': () => move(hits.length - 1),
      'Shift+H': () => move(0),
      Enter: () => onOpen(hits[cursor]),
    },
    { inDialogs: true },
  )
  const openedHit = opened === undefined ? undefined : hits.find((hit) => `${hit._index}/${hit._id}` === opened)
  const names = columns.length === 0 ? [m.events.document] : columns
  const width = columns.length === 0 ? undefined : 200
  return (
    <>
      <div
        ref={scroller}
        className="ved-scroll"
        role="grid"
        aria-rowcount={props.total}
        aria-label={m.events.title}
        tabIndex={0}
        style={{ height: 'calc(100vh - 340px)', minHeight: 260 }}
      >
        <div
          role="row"
          style={{
            display: 'flex',
            position: 'sticky',
            top: 0,
            background: 'var(--mantine-color-body)',
            zIndex: 1,
            fontWeight: 600,
            fontSize: 13,
          }}
        >
          <div role="columnheader" className="ved-cell" style={{ width: 200 }}>
            {m.events.time}
          </div>
          {names.map((name, at) => (
            <div
              role="columnheader"
              key={name}
              className="ved-cell"
              style={{ width, flex: width === undefined ? 1 : undefined }}
            >
              {columns.length > 0 ? (
                <Menu>
                  <Menu.Target>
                    <button type="button" className="ved-value">
                      {name}
                    </button>
                  </Menu.Target>
                  <Menu.Dropdown>
                    <Menu.Item disabled={at === 0} onClick={() => props.onColumns(swap(columns, at, at - 1))}>
                      {m.events.left}
                    </Menu.Item>
                    <Menu.Item onClick={() => props.onColumns(columns.filter((column) => column !== name))}>
                      {m.events.removeColumn}
                    </Menu.Item>
                  </Menu.Dropdown>
                </Menu>
              ) : (
                name
              )}
            </div>
          ))}
        </div>
        <div className="ved-rows" role="rowgroup" style={{ height: rows.getTotalSize() }}>
          {items.map((item) => {
            const hit = hits[item.index]!
            return (
              <div
                key={item.key}
                role="row"
                aria-rowindex={item.index + 1}
                aria-selected={item.index === cursor}
                className="ved-row ved-mono"
                style={{ transform: `translateY(${item.start}px)`, height: ROW }}
                onClick={() => setCursor(item.index)}
              >
                <div role="gridcell" className="ved-cell" style={{ width: 200 }}>
                  <button
                    type="button"
                    className="ved-value"
                    onClick={() => onOpen(hit)}
                    aria-label={`${m.inbox.details} ${formatTime(fieldOf(hit._source, '@timestamp'))}`}
                  >
                    {formatTime(fieldOf(hit._source, '@timestamp'))}
                  </button>
                </div>
                {columns.length === 0 ? (
                  <div role="gridcell" className="ved-cell ved-clip" style={{ flex: 1, minWidth: 0 }}>
                    {show(summary(hit._source), 500)}
                  </div>
                ) : (
                  columns.map((column) => (
                    <div role="gridcell" key={column} className="ved-cell ved-clip" style={{ width }}>
                      <Value field={column} value={fieldOf(hit._source, column)} longest={200} />
                    </div>
                  ))
                )}
              </div>
            )
          })}
        </div>
      </div>
      <Drawer
        opened={opened !== undefined}
        onClose={() => onOpen(undefined)}
        position="right"
        size="xl"
        title={m.inbox.details}
        closeButtonProps={{ 'aria-label': m.common.close }}
      >
        {openedHit === undefined ? (
          <Text size="sm">{m.events.notShown}</Text>
        ) : (
          <EventDetails hit={openedHit} onStep={(step) => move(cursor + step)} />
        )}
      </Drawer>
    </>
  )
}

function swap(columns: readonly string[], a: number, b: number): string[] {
  const next = [...columns]
  ;[next[a], next[b]] = [next[b]!, next[a]!]
  return next
}

function EventDetails({ hit, onStep }: { hit: Hit; onStep: (step: number) => void }) {
  const json = JSON.stringify(hit._source, undefined, 2)
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <Button size="xs" variant="default" onClick={() => onStep(-1)}>
          {m.events.previous}
        </Button>
        <Button size="xs" variant="default" onClick={() => onStep(1)}>
          {m.events.next}
        </Button>
        <Button size="xs" variant="default" onClick={() => void navigator.clipboard.writeText(json)}>
          {m.common.copy}
        </Button>
        <Text size="xs" className="ved-mono ved-wrap">
          {hit._index}/{hit._id}
        </Text>
      </Group>
      <Tabs defaultValue="table">
        <Tabs.List>
          <Tabs.Tab value="table">{m.inbox.fields}</Tabs.Tab>
          <Tabs.Tab value="json">JSON</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="table">
          <FieldTable document={hit._source} />
        </Tabs.Panel>
        <Tabs.Panel value="json">
          <Code block className="ved-wrap">
            {show(json, 200_000)}
          </Code>
        </Tabs.Panel>
      </Tabs>
    </Stack>
  )
}

/** Searches that this browser keeps: the address is the search. */
function Saved() {
  const [saved, setSaved] = useState<readonly { name: string; search: string }[]>(
    () => JSON.parse(localStorage.getItem('vedetta.searches') ?? '[]') as { name: string; search: string }[],
  )
  const keep = (next: readonly { name: string; search: string }[]): void => {
    setSaved(next)
    localStorage.setItem('vedetta.searches', JSON.stringify(next))
  }
  return (
    <Menu>
      <Menu.Target>
        <Button size="compact-xs" variant="default">
          {m.events.saved}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {saved.map(({ name, search: address }) => (
          <Menu.Item key={name} component="a" href={address}>
            {name}
          </Menu.Item>
        ))}
        <Menu.Item
          onClick={() => {
            const name = prompt(m.common.name)
            if (name !== null && name !== '')
              keep([
                ...saved.filter((other) => other.name !== name),
                { name, search: location.pathname + location.search },
              ])
          }}
        >
          {m.events.save}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

async function download(index: string, dsl: object, columns: readonly string[], kind: 'csv' | 'ndjson'): Promise<void> {
  try {
    const { hits } = await search(index, { size: EXPORTED, query: dsl, sort: [{ '@timestamp': 'desc' }] })
    const names = columns.length === 0 ? ['message'] : columns
    const quote = (value: unknown): string => {
      const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '')
      // A spreadsheet would run what starts so.
      const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
      return `"${safe.replaceAll('"', '""')}"`
    }
    const lines =
      kind === 'ndjson'
        ? hits.hits.map((hit) => JSON.stringify(hit._source))
        : [
            ['@timestamp', ...names].map(quote).join(','),
            ...hits.hits.map((hit) =>
              [
                quote(formatTime(fieldOf(hit._source, '@timestamp'))),
                ...names.map((name) => quote(columns.length === 0 ? summary(hit._source) : fieldOf(hit._source, name))),
              ].join(','),
            ),
          ]
    const anchor = document.createElement('a')
    anchor.href = URL.createObjectURL(new Blob([lines.join('\n'), '\n']))
    anchor.download = `events.${kind}`
    anchor.click()
    URL.revokeObjectURL(anchor.href)
  } catch (error) {
    notifications.show({ color: 'red', title: m.errors.title, message: (error as Error).message })
  }
}
