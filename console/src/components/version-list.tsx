import { Badge, Button, Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { diffLines } from 'diff'
import { versionsOf, type Version } from '../api/versions.ts'
import { show } from '../document.ts'
import { messages as m } from '../messages.ts'
import { formatTime } from '../time.ts'
import { ErrorNotice } from './notices.tsx'

/** The versions of a rule or a watch, the newest first, each with who made it and what it changed. */
export function VersionList({
  kind,
  id,
  onRestore,
}: {
  kind: 'rule' | 'watch'
  id: string
  onRestore?: (text: string) => void
}) {
  const { data, error } = useQuery({ queryKey: [kind, id, 'versions'], queryFn: () => versionsOf(kind, id) })
  if (error !== null) return <ErrorNotice error={error} />
  if (data?.length === 0) return <Text size="sm">{m.versions.none}</Text>
  return (
    <ol className="ved-story">
      {(data ?? []).map((version, at) => (
        <li key={`${version.time} ${at}`}>
          <time dateTime={version.time}>{formatTime(version.time, false)}</time>
          <div>
            <Group gap="xs">
              <Text size="sm" fw={600}>
                {show(m.versions.changedBy(version.by), 100)}
              </Text>
              <Badge variant="default" tt="none" size="sm">
                {version.text === null ? m.versions.taken : (m.versions.states[version.state] ?? version.state)}
              </Badge>
              {onRestore !== undefined && at > 0 && version.text !== null && (
                <Button size="compact-xs" variant="default" onClick={() => onRestore(version.text!)}>
                  {m.versions.restore}
                </Button>
              )}
            </Group>
            <Changes version={version} before={data?.[at + 1]} />
          </div>
        </li>
      ))}
    </ol>
  )
}

/** Lines around a change that are shown with it. */
const CONTEXT = 2

function Changes({ version, before }: { version: Version; before: Version | undefined }) {
  if (before === undefined) return <Text size="sm">{m.versions.first}</Text>
  const parts = diffLines(before.text ?? '', version.text ?? '')
  const countOf = (kind: 'added' | 'removed'): number =>
    parts.reduce((sum, part) => sum + (part[kind] === true ? part.count : 0), 0)
  const [added, removed] = [countOf('added'), countOf('removed')]
  if (added + removed === 0) return <Text size="sm">{m.versions.same}</Text>
  return (
    <details>
      <summary>{m.versions.changed(added, removed)}</summary>
      <pre className="ved-diff" tabIndex={0} aria-label={m.versions.diff}>
        {parts.map((part, at) => {
          const text = show(part.value)
          if (part.added === true) return <ins key={at}>{marked(text, '+')}</ins>
          if (part.removed === true) return <del key={at}>{marked(text, '-')}</del>
          return <span key={at}>{marked(shortened(text, at > 0, at < parts.length - 1), ' ')}</span>
        })}
      </pre>
    </details>
  )
}

function marked(text: string, mark: string): string {
  return text.replace(/^(?=.|\n.)/gm, `${mark} `)
}

/** What stayed, without what is far from a change. */
function shortened(text: string, head: boolean, tail: boolean): string {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const kept = (head ? CONTEXT : 0) + (tail ? CONTEXT : 0)
  if (lines.length <= kept + 1) return `${lines.join('\n')}\n`
  return `${[...lines.slice(0, head ? CONTEXT : 0), '…', ...(tail ? lines.slice(-CONTEXT) : [])].join('\n')}\n`
}
