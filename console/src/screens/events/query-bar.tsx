import { Autocomplete, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { parseText, topValues, type EventQuery, type FieldInfo } from '../../api/events.ts'
import { messages as m } from '../../messages.ts'
import { QueryError } from '../../query/ast.ts'
import { pillOf } from '../../query/pills.ts'
import { recentQueries } from '../../query/recent.ts'

/** The query with completion of fields, operators and values; its error is told below, with the place. */
export function QueryBar({
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
    if (text.trim() === '') return recentQueries()
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

export function QueryProblem({ text, problem }: { text: string; problem: QueryError }) {
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
