import type { Value } from '../../../../event/index.ts'

/** SQL as pieces of text with the names of parameters between them. */
export interface Statement {
  readonly texts: readonly string[]
  /** `names[i]` stands between `texts[i]` and `texts[i + 1]`. */
  readonly names: readonly string[]
}

/** What is quoted or a comment holds no parameters. */
const QUOTED = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|--[^\n]*|\/\*[\s\S]*?\*\//y

/** Finds `:name` for each of the names; other words behind a colon, such as a cast, stay as they are. */
export function parseNamed(sql: string, names: readonly string[]): Statement {
  return parse(sql, (at) => namedAt(sql, at, (name) => names.includes(name)))
}

/** Every `:name` in the SQL. */
export function namesIn(sql: string): readonly string[] {
  return parse(sql, (at) => namedAt(sql, at, () => true)).names
}

function namedAt(sql: string, at: number, known: (name: string) => boolean): Found | undefined {
  if (sql[at] !== ':' || sql[at - 1] === ':') return undefined
  const name = /^[A-Za-z_]\w*/.exec(sql.slice(at + 1, at + 129))?.[0]
  return name !== undefined && known(name) ? { name, length: name.length + 1 } : undefined
}

interface Found {
  readonly name: string
  readonly length: number
}

/** Finds each `?`; their names are their positions, from 0. */
export function parsePositional(sql: string): Statement {
  let count = 0
  return parse(sql, (at) => (sql[at] === '?' ? { name: String(count++), length: 1 } : undefined))
}

function parse(sql: string, parameterAt: (at: number) => Found | undefined): Statement {
  const texts: string[] = []
  const names: string[] = []
  let text = ''
  for (let at = 0; at < sql.length;) {
    QUOTED.lastIndex = at
    const quoted = QUOTED.exec(sql)?.[0]
    if (quoted !== undefined) {
      text += quoted
      at += quoted.length
      continue
    }
    const parameter = parameterAt(at)
    if (parameter === undefined) {
      text += sql[at++]
      continue
    }
    texts.push(text)
    names.push(parameter.name)
    text = ''
    at += parameter.length
  }
  texts.push(text)
  return { texts, names }
}

/**
 * The text for a server, with its placeholders, and the values in their order. A list becomes a list of placeholders in
 * brackets, so that it may stand behind IN.
 */
export function render(
  { texts, names }: Statement,
  values: ReadonlyMap<string, Value>,
  placeholder: (position: number) => string,
): { text: string; values: Value[] } {
  const flat: Value[] = []
  const place = (value: Value): string => {
    flat.push(value)
    return placeholder(flat.length)
  }
  let text = texts[0]!
  names.forEach((name, index) => {
    const value = values.get(name) ?? null
    const written = Array.isArray(value)
      ? `(${value.length === 0 ? 'NULL' : value.map(place).join(', ')})`
      : place(value)
    text += `${written}${texts[index + 1]!}`
  })
  return { text, values: flat }
}
