import { Anchor, Button, Code, Group, Stack, Tabs, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Hit } from '../../api/events.ts'
import { FieldTable } from '../../components/alert-details.tsx'
import { fieldOf, show } from '../../document.ts'
import { messages as m } from '../../messages.ts'

const AROUND_MILLIS = 30_000

export function EventDetails({ hit, onStep }: { hit: Hit; onStep: (step: number) => void }) {
  const json = JSON.stringify(hit._source, undefined, 2)
  const time = Date.parse(String(fieldOf(hit._source, '@timestamp')))
  const moment = (by: number): string => new Date(time + by).toISOString()
  // Whatever it was found by: what else happened then.
  const around = Number.isNaN(time)
    ? {}
    : { from: moment(-AROUND_MILLIS), to: moment(AROUND_MILLIS), event: `${hit._index}/${hit._id}` }
  const raw = fieldOf(hit._source, 'event.original') ?? fieldOf(hit._source, 'message')
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
        {!Number.isNaN(time) && (
          <Anchor size="sm" component={Link} to={'/events' as never} search={around as never}>
            {m.events.around}
          </Anchor>
        )}
        <Text size="xs" className="ved-mono ved-wrap">
          {hit._index}/{hit._id}
        </Text>
      </Group>
      <Tabs defaultValue="table">
        <Tabs.List>
          <Tabs.Tab value="table">{m.inbox.fields}</Tabs.Tab>
          <Tabs.Tab value="json">JSON</Tabs.Tab>
          {typeof raw === 'string' && <Tabs.Tab value="raw">{m.events.raw}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="table">
          <FieldTable document={hit._source} />
        </Tabs.Panel>
        {typeof raw === 'string' && (
          <Tabs.Panel value="raw">
            <Code block className="ved-wrap">
              {show(raw, 200_000)}
            </Code>
          </Tabs.Panel>
        )}
        <Tabs.Panel value="json">
          <Code block className="ved-wrap">
            {show(json, 200_000)}
          </Code>
        </Tabs.Panel>
      </Tabs>
    </Stack>
  )
}
