import { Button, Code, Group, Stack, Tabs, Text } from '@mantine/core'
import type { Hit } from '../../api/events.ts'
import { FieldTable } from '../../components/alert-details.tsx'
import { show } from '../../document.ts'
import { messages as m } from '../../messages.ts'

export function EventDetails({ hit, onStep }: { hit: Hit; onStep: (step: number) => void }) {
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
