import { Button, Checkbox, Group, Select, SimpleGrid, Stack, Switch, Text, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { operation, type Deletion, type StoredIndex } from '../api/operation.ts'
import { Confirm } from '../components/confirm.tsx'
import { Empty, ErrorNotice, ScreenTitle, Waiting } from '../components/notices.tsx'
import { Panel } from '../components/panel.tsx'
import { show } from '../document.ts'
import { messages as m } from '../messages.ts'
import { saying } from '../saying.ts'
import { useMay } from '../session-context.tsx'
import { formatBytes } from '../sizes.ts'
import { formatTime } from '../time.ts'

const DAY_MILLIS = 86_400_000
const AGES = [1, 7, 14, 30, 90]

/** What is kept, by index and day, for how long; deleting what is chosen, after showing what would go. */
export default function Store() {
  const client = useQueryClient()
  const { administer } = useMay()
  const storage = useQuery({ queryKey: ['storage'], queryFn: operation.storage, refetchInterval: 30_000 })
  const [filter, setFilter] = useState('')
  const [hidden, setHidden] = useState(false)
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [plan, setPlan] = useState<Deletion>()
  const all = storage.data?.indices ?? []
  const events = all.filter((index) => !isOwn(index))
  const rows = (hidden ? all : events)
    .filter(({ name }) => name.includes(filter))
    .sort((a, b) => (b.newest ?? 0) - (a.newest ?? 0) || (a.name < b.name ? -1 : 1))
  const sum = (name: 'documents' | 'bytes'): number => all.reduce((total, index) => total + index[name], 0)
  const toggle = (name: string): void =>
    setSelected((before) => {
      const next = new Set(before)
      if (!next.delete(name)) next.add(name)
      return next
    })
  const selectOlder = (days: number): void => {
    const before = Date.now() - days * DAY_MILLIS
    setSelected(new Set(events.filter(({ newest }) => newest !== undefined && newest < before).map(({ name }) => name)))
  }
  const preview = (): void =>
    void saying(async () => {
      setPlan(await operation.deleteIndices([...selected], true))
    })
  const remove = (): void =>
    void saying(async () => {
      await operation.deleteIndices(
        plan!.indices.map(({ name }) => name),
        false,
      )
    }, m.store.deleted(plan!.documents)).then(() => {
      setSelected(new Set())
      return client.invalidateQueries({ queryKey: ['storage'] })
    })
  return (
    <>
      <ScreenTitle title={m.store.title}>
        <Text size="sm" role="status">
          {m.store.total(sum('documents'), formatBytes(sum('bytes')))}
        </Text>
      </ScreenTitle>
      {storage.error !== null && <ErrorNotice error={storage.error} retry={() => void storage.refetch()} />}
      {storage.isPending && storage.error === null && <Waiting />}
      {storage.data !== undefined && (
        <Stack>
          <SimpleGrid cols={{ base: 1, lg: 2 }}>
            <Panel title={m.store.lead}>
              <Text size="sm">{m.store.age(Math.round(storage.data.retention.age / DAY_MILLIS))}.</Text>
              <Text size="sm">{m.store.disk(storage.data.retention.disk)}.</Text>
              <Text size="sm" mt="xs" className="ved-dim">
                {m.store.retentionHint}
              </Text>
              {storage.data.readOnly !== undefined && (
                <Text size="sm" role="alert" fw={600}>
                  {m.pipelines.readOnly} {storage.data.readOnly}
                </Text>
              )}
            </Panel>
            <Days days={storage.data.days} />
          </SimpleGrid>
          <Panel
            title={m.store.index}
            aside={
              <Group gap="sm">
                <TextInput
                  size="xs"
                  data-query
                  placeholder={m.store.filter}
                  aria-label={m.store.filter}
                  value={filter}
                  onChange={(event) => setFilter(event.currentTarget.value)}
                />
                <Switch
                  size="xs"
                  label={m.store.hidden}
                  checked={hidden}
                  onChange={(event) => setHidden(event.currentTarget.checked)}
                />
                {administer && (
                  <Select
                    size="xs"
                    w={210}
                    aria-label={m.store.olderThan}
                    placeholder={m.store.olderThan}
                    value={null}
                    onChange={(value) => value !== null && selectOlder(Number(value))}
                    data={AGES.map((days) => ({ value: String(days), label: m.store.selectDays(days) }))}
                  />
                )}
                {administer && selected.size > 0 && (
                  <Button size="xs" variant="default" onClick={preview}>
                    {m.store.delete(selected.size)}
                  </Button>
                )}
              </Group>
            }
          >
            {rows.length === 0 && (
              <Empty title={m.store.empty}>
                <Text size="sm">{m.store.emptyHint}</Text>
              </Empty>
            )}
            {rows.length > 0 && (
              <div className="ved-scroll" role="region" aria-label={m.store.index} tabIndex={0}>
                <table className="ved-table">
                  <thead>
                    <tr>
                      {administer && <th aria-label={m.common.actions} />}
                      <th>{m.store.index}</th>
                      <th className="ved-num">{m.store.documents}</th>
                      <th className="ved-num">{m.store.size}</th>
                      <th>{m.store.oldest}</th>
                      <th>{m.store.newest}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {rows.map((index) => (
                      <tr key={index.name} aria-selected={selected.has(index.name)}>
                        {administer && (
                          <td>
                            {!isOwn(index) && (
                              <Checkbox
                                size="xs"
                                aria-label={m.inbox.selectRow(index.name)}
                                checked={selected.has(index.name)}
                                onChange={() => toggle(index.name)}
                              />
                            )}
                          </td>
                        )}
                        <td className="ved-mono ved-wrap">{show(index.name, 255)}</td>
                        <td className="ved-num">{m.common.count(index.documents)}</td>
                        <td className="ved-num">{formatBytes(index.bytes)}</td>
                        <td>{formatTime(index.oldest, false)}</td>
                        <td>{formatTime(index.newest, false)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )}
          </Panel>
        </Stack>
      )}
      {plan !== undefined && (
        <Confirm
          question={m.store.deleteTitle}
          action={m.store.deleteNow}
          onClose={() => setPlan(undefined)}
          onDone={remove}
        >
          <Text size="sm" mb="sm">
            {m.store.deleteSum(plan.documents, formatBytes(plan.bytes))}
          </Text>
          <ul className="ved-mono">
            {plan.indices.slice(0, 50).map(({ name, documents }) => (
              <li key={name}>
                {show(name, 255)}: {m.common.count(documents)}
              </li>
            ))}
          </ul>
        </Confirm>
      )}
    </>
  )
}

/** Indices with a dot before their name are Vedetta's own. */
function isOwn({ name }: StoredIndex): boolean {
  return name.startsWith('.')
}

function Days({ days }: { days: readonly { day: number; documents: number; bytes: number }[] }) {
  const most = Math.max(1, ...days.map(({ bytes }) => bytes))
  return (
    <Panel title={m.store.days}>
      <div className="ved-scroll" style={{ maxHeight: 220 }} role="region" aria-label={m.store.days} tabIndex={0}>
        <table className="ved-table">
          <thead>
            <tr>
              <th>{m.store.day}</th>
              <th className="ved-num">{m.store.documents}</th>
              <th className="ved-num">{m.store.size}</th>
              <th style={{ width: '40%' }} aria-label={m.store.share} />
            </tr>
          </thead>
          <tbody>
            {days.map(({ day, documents, bytes }) => (
              <tr key={day}>
                <td>{new Date(day).toISOString().slice(0, 10)}</td>
                <td className="ved-num">{m.common.count(documents)}</td>
                <td className="ved-num">{formatBytes(bytes)}</td>
                <td>
                  <div className="ved-bar" style={{ width: `${(100 * bytes) / most}%` }} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}
