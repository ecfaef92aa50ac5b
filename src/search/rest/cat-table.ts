import { didYouMean, fail } from '../../diagnostic/index.ts'
import type { RestAnswer, RestRequest } from './router.ts'
import { flag } from './selection.ts'

export interface CatColumn<Row> {
  readonly name: string
  readonly aliases: readonly string[]
  readonly describe: string
  /** Numbers are set to the right. */
  readonly right?: boolean
  /** Shown only where `h` names it. */
  readonly optional?: boolean
  value(row: Row): string | number
  /** As text for people, where it differs (sizes). */
  format?(row: Row, bytes: string | undefined): string
}

export const CAT_PARAMETERS = ['v', 'h', 's', 'format', 'help', 'bytes', 'time', 'local', 'master_timeout'] as const

/** A `_cat` answer: a table for people, or JSON; `h` chooses columns, `s` sorts, `v` shows names. */
export function catAnswer<Row>(
  request: RestRequest,
  columns: readonly CatColumn<Row>[],
  rows: readonly Row[],
): RestAnswer {
  if (flag(request, 'help') === true)
    return {
      body: table(
        columns.map(({ name, aliases, describe }) => [name, '|', aliases.join(','), '|', describe]),
        [],
      ),
    }
  const sorted = sort(rows, columns, request.query.get('s'))
  const chosen = choose(columns, request.query.get('h'))
  const bytes = request.query.get('bytes')
  const cell = (row: Row, column: CatColumn<Row>): string => column.format?.(row, bytes) ?? String(column.value(row))
  const format = request.query.get('format') ?? (/json/.test(request.headers['accept'] ?? '') ? 'json' : 'text')
  if (format === 'json')
    return {
      body: sorted.map((row) => Object.fromEntries(chosen.map(({ shown, column }) => [shown, cell(row, column)]))),
    }
  if (format !== 'text' && format !== 'txt')
    throw fail('rest.parameter_invalid', { reason: `'format' must be text or json, got '${format}'` })
  const lines = sorted.map((row) => chosen.map(({ column }) => cell(row, column)))
  if (flag(request, 'v') === true) lines.unshift(chosen.map(({ shown }) => shown))
  return {
    body: table(
      lines,
      chosen.map(({ column }) => column.right === true),
    ),
  }
}

function choose<Row>(
  columns: readonly CatColumn<Row>[],
  wanted: string | undefined,
): { shown: string; column: CatColumn<Row> }[] {
  if (wanted === undefined)
    return columns.filter(({ optional }) => optional !== true).map((column) => ({ shown: column.name, column }))
  return wanted.split(',').flatMap((name) => {
    if (name.includes('*')) {
      const prefix = name.slice(0, name.indexOf('*'))
      return columns
        .filter((column) => column.name.startsWith(prefix))
        .map((column) => ({ shown: column.name, column }))
    }
    return [{ shown: name, column: find(columns, name) }]
  })
}

function find<Row>(columns: readonly CatColumn<Row>[], name: string): CatColumn<Row> {
  const column = columns.find((column) => column.name === name || column.aliases.includes(name))
  if (column !== undefined) return column
  const near = didYouMean(
    name,
    columns.map(({ name }) => name),
  )
  throw fail('rest.parameter_invalid', {
    reason: `there is no column [${name}]${near === undefined ? '' : ` -> did you mean [${near}]?`}`,
  })
}

function sort<Row>(rows: readonly Row[], columns: readonly CatColumn<Row>[], order: string | undefined): Row[] {
  const keys = (order ?? '')
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const [name, direction = 'asc'] = part.split(':') as [string, string?]
      return { column: find(columns, name), sign: direction === 'desc' ? -1 : 1 }
    })
  return [...rows].sort((a, b) => {
    for (const { column, sign } of keys) {
      const [x, y] = [column.value(a), column.value(b)]
      if (x !== y) return x < y ? -sign : sign
    }
    return 0
  })
}

function table(lines: readonly (readonly string[])[], right: readonly boolean[]): string {
  const widths: number[] = []
  for (const line of lines) for (const [i, cell] of line.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  return lines
    .map((line) => {
      const cells = line.map((cell, i) => (right[i] === true ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      return `${cells.join(' ').trimEnd()}\n`
    })
    .join('')
}

const UNITS = ['b', 'kb', 'mb', 'gb', 'tb', 'pb'] as const

/** A size as Elasticsearch shows it: `1.2mb`, or a whole number in the unit asked for. */
export function formatBytes(bytes: number, unit: string | undefined): string {
  if (unit !== undefined) {
    const exponent = UNITS.findIndex((known) => known === unit || known === `${unit}b`)
    if (exponent < 0) throw fail('rest.parameter_invalid', { reason: `'bytes' must be one of ${UNITS.join(', ')}` })
    return String(Math.floor(bytes / 1024 ** exponent))
  }
  let exponent = 0
  while (exponent < UNITS.length - 1 && bytes >= 1024 ** (exponent + 1)) exponent++
  const value = Math.floor((bytes / 1024 ** exponent) * 10) / 10
  return `${value}${UNITS[exponent]}`
}
