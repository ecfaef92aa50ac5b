import { ActionIcon, Button, Group, Popover, Progress, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { topValues, type FieldInfo } from '../../api/events.ts'
import { ErrorNotice } from '../../components/notices.tsx'
import { show } from '../../document.ts'
import { messages as m } from '../../messages.ts'
import { pillOf } from '../../query/pills.ts'

export function FieldList(props: {
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
