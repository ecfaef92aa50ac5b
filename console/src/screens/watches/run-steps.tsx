import { Alert, Badge, Code, Group, Stack, Text, Timeline } from '@mantine/core'
import type { RunRecord } from '../../api/watches.ts'
import { fieldOf, show, type Document } from '../../document.ts'
import { messages as m } from '../../messages.ts'
import { formatTime } from '../../time.ts'

const LONGEST = 20_000

/** A run of a watch step by step: what was asked, what was decided, what each action would send or has sent. */
export function RunSteps({ record }: { record: RunRecord }) {
  const result = objectOf(record['result'])
  const [input, condition, transform] = [result['input'], result['condition'], result['transform']].map(objectOf)
  const actions = Array.isArray(result['actions']) ? (result['actions'] as Document[]) : []
  const messages = Array.isArray(record['messages']) ? (record['messages'] as unknown[]) : []
  const met = condition?.['met'] === true
  const trial = actions.length > 0 && actions.every((action) => action['status'] === 'simulated')
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <StateBadge state={trial && record['state'] === 'executed' ? 'tried' : String(record['state'] ?? '')} />
        <Text size="sm">
          {formatTime(result['execution_time'], false)}
          {result['execution_duration'] === undefined
            ? ''
            : ` · ${m.watches.took(Number(result['execution_duration']))}`}
        </Text>
      </Group>
      {messages.map((message) => (
        <Alert key={String(message)} color="red" title={m.watches.failedAt}>
          <Text size="sm" className="ved-wrap">
            {show(message, 2_000)}
          </Text>
        </Alert>
      ))}
      <Timeline bulletSize={16} lineWidth={2} active={10}>
        {input !== undefined && Object.keys(input).length > 0 && (
          <Timeline.Item title={`${m.watches.stepInput}: ${show(input['type'], 60)}`}>
            <Problem part={input} />
            <InputSummary payload={input['payload']} />
            <Details label={m.watches.payload} value={input['payload']} />
          </Timeline.Item>
        )}
        {condition !== undefined && Object.keys(condition).length > 0 && (
          <Timeline.Item title={`${m.watches.stepCondition}: ${show(condition['type'], 60)}`}>
            <Problem part={condition} />
            <Text size="sm" fw={600}>
              {met ? m.watches.met : m.watches.notMet}
            </Text>
            <Compared detail={objectOf(condition[String(condition['type'])])} />
          </Timeline.Item>
        )}
        {transform !== undefined && Object.keys(transform).length > 0 && (
          <Timeline.Item title={`${m.watches.stepTransform}: ${show(transform['type'], 60)}`}>
            <Problem part={transform} />
            <Details label={m.watches.payload} value={transform['payload']} />
          </Timeline.Item>
        )}
        {actions.map((action) => (
          <Timeline.Item
            key={String(action['id'])}
            title={`${m.watches.stepAction(show(action['id'], 100))}: ${show(action['type'], 60)}`}
          >
            <ActionOutcome action={action} />
          </Timeline.Item>
        ))}
      </Timeline>
    </Stack>
  )
}

export function StateBadge({ state }: { state: string }) {
  const colour = state === 'failed' ? 'red' : state === 'executed' ? 'cyan' : undefined
  return (
    <Badge variant={colour === undefined ? 'default' : 'filled'} color={colour ?? 'gray'} tt="none">
      {m.watches.states[state] ?? state}
    </Badge>
  )
}

function objectOf(value: unknown): Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Document) : {}
}

function Problem({ part }: { part: Document }) {
  const reason = fieldOf(part, 'error.reason') ?? part['reason']
  if (part['status'] !== 'failure') return null
  return (
    <Alert color="red" my="xs">
      <Text size="sm" className="ved-wrap">
        {show(reason, 2_000)}
      </Text>
    </Alert>
  )
}

function InputSummary({ payload }: { payload: unknown }) {
  const total = fieldOf(payload, 'hits.total.value') ?? fieldOf(payload, 'hits.total')
  return typeof total === 'number' ? <Text size="sm">{m.watches.hits(total)}</Text> : null
}

/** Values that a compare condition looked at. */
function Compared({ detail }: { detail: Document }) {
  const values = objectOf(detail['resolved_values'])
  if (Object.keys(values).length === 0) return null
  return (
    <Text size="sm" className="ved-mono ved-wrap">
      {Object.entries(values)
        .map(([name, value]) => `${name} = ${show(value, 200)}`)
        .join(', ')}
    </Text>
  )
}

function Details({ label, value }: { label: string; value: unknown }) {
  if (value === undefined) return null
  return (
    <details>
      <summary>{label}</summary>
      <Code block className="ved-wrap ved-limited" tabIndex={0}>
        {show(JSON.stringify(value, undefined, 2), LONGEST)}
      </Code>
    </details>
  )
}

function ActionOutcome({ action }: { action: Document }) {
  const type = String(action['type'] ?? '')
  const repeated = Array.isArray(action['foreach']) ? (action['foreach'] as Document[]) : undefined
  const simulated = action['status'] === 'simulated'
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <Badge variant="default" tt="none">
          {show(action['status'], 60)}
        </Badge>
        <Text size="sm" className="ved-wrap">
          {show(action['reason'], 1_000)}
        </Text>
      </Group>
      <Problem part={action} />
      {(repeated ?? [action]).map((one, at) => (
        <Rendered key={at} type={type} detail={objectOf(one[type])} simulated={simulated} />
      ))}
    </Stack>
  )
}

/** What an action sends: a message as a message, all else as it is. */
function Rendered({ type, detail, simulated }: { type: string; detail: Document; simulated: boolean }) {
  const content = objectOf(detail['message'] ?? detail['request'] ?? detail)
  if (Object.keys(content).length === 0 && typeof detail['logged_text'] !== 'string') return null
  const rows = messageRows(type, content)
  return (
    <div className="ved-message">
      <Text size="xs" fw={600}>
        {simulated ? m.watches.wouldSend : m.watches.wasSent}
      </Text>
      {rows.map(([label, value]) => (
        <div key={label}>
          <Text span size="xs" fw={600}>
            {label}
          </Text>
          <Text size="sm" className="ved-wrap">
            {show(value, LONGEST)}
          </Text>
        </div>
      ))}
      <Details label="JSON" value={detail} />
    </div>
  )
}

function messageRows(type: string, content: Document): [string, string][] {
  const text = (name: string): string | undefined => {
    const value = fieldOf(content, name)
    if (value === undefined || value === null) return undefined
    return Array.isArray(value) ? value.join(', ') : typeof value === 'object' ? JSON.stringify(value) : String(value)
  }
  const row = (label: string, ...names: string[]): [string, string][] => {
    const found = names.map(text).find((value) => value !== undefined)
    return found === undefined ? [] : [[label, found]]
  }
  if (type === 'email')
    return [
      ...row(m.watches.to, 'to'),
      ...row(m.watches.subject, 'subject'),
      ...row(m.watches.body, 'body.text', 'body.html', 'body'),
    ]
  if (type === 'webhook') return [...row('URL', 'url', 'host'), ...row(m.watches.body, 'body')]
  return [...row(m.watches.body, 'logged_text', 'text', 'message')]
}
