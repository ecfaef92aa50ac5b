import { didYouMean, fail } from '../../diagnostic/index.ts'
import { wildcardMatch } from '../dsl/index.ts'
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
  /** Null where there is none: an empty cell. */
  value(row: Row): string | number | null
  /** As text for people, where it differs (sizes). */
  format?(row: Row, units: CatUnits): string
}

/** In which units sizes and times are asked for; unless given, in one that suits. */
export interface CatUnits {
  readonly bytes: string | undefined
  readonly time: string | undefined
}

/** A column of which the shown name says all. */
export function column<Row>(
  name: string,
  aliases: string,
  value: (row: Row) => string | number | null,
  more: Partial<CatColumn<Row>> = {},
): CatColumn<Row> {
  return {
    name,
    aliases: aliases === '' ? [] : aliases.split(','),
    describe: name.replaceAll(/[._]/g, ' '),
    right: false,
    value,
    ...more,
  }
}

export const RIGHT = { right: true } as const
export const OPTIONAL = { optional: true } as const

/** A column of sizes. */
export function bytesColumn<Row>(
  name: string,
  aliases: string,
  bytes: (row: Row) => number | null,
  more: Partial<CatColumn<Row>> = {},
): CatColumn<Row> {
  return column(name, aliases, bytes, {
    right: true,
    format: (row, units) => formatBytes(bytes(row) ?? 0, units.bytes),
    ...more,
  })
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
        true,
      ),
    }
  const sorted = sort(rows, columns, request.query.get('s'))
  const chosen = choose(columns, request.query.get('h'))
  const units = { bytes: request.query.get('bytes'), time: request.query.get('time') }
  checkUnits(units)
  const cell = (row: Row, column: CatColumn<Row>): string | null => {
    const value = column.value(row)
    return value === null ? null : (column.format?.(row, units) ?? String(value))
  }
  const format = request.query.get('format') ?? (/json/.test(request.headers['accept'] ?? '') ? 'json' : 'text')
  if (format === 'json')
    return {
      body: sorted.map((row) => Object.fromEntries(chosen.map(({ shown, column }) => [shown, cell(row, column)]))),
    }
  if (format !== 'text' && format !== 'txt')
    throw fail('rest.parameter_invalid', { reason: `'format' must be text or json, got '${format}'` })
  const lines = sorted.map((row) => chosen.map(({ column }) => cell(row, column) ?? ''))
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
      return columns
        .filter((column) => wildcardMatch(name, column.name))
        .map((column) => ({ shown: column.name, column }))
    }
    // One that there is not is left out, as in Elasticsearch.
    const column = known(columns, name)
    return column === undefined ? [] : [{ shown: name, column }]
  })
}

function known<Row>(columns: readonly CatColumn<Row>[], name: string): CatColumn<Row> | undefined {
  return columns.find((column) => column.name === name || column.aliases.includes(name))
}

function find<Row>(columns: readonly CatColumn<Row>[], name: string): CatColumn<Row> {
  const column = known(columns, name)
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
      // An empty cell comes first, as in Elasticsearch.
      if (x !== y) return x === null ? -sign : y === null ? sign : x < y ? -sign : sign
    }
    return 0
  })
}

function table(lines: readonly (readonly string[])[], right: readonly boolean[], help = false): string {
  const widths: number[] = []
  for (const line of lines) for (const [i, cell] of line.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  return lines
    .map((line) => {
      const last = line.length - 1
      const cells = line.map((cell, i) => {
        if (right[i] === true) return cell.padStart(widths[i]!)
        // The last cell is not padded, but in the list of columns.
        return i === last && !help ? cell : cell.padEnd(widths[i]!)
      })
      return `${cells.join(' ')}\n`
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

const TIMES: Readonly<Record<string, number>> = {
  nanos: 1e-6,
  micros: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** A duration as Elasticsearch shows it: `1.2s`, or a whole number in the unit asked for. */
export function formatTime(millis: number, unit?: string): string {
  if (unit !== undefined) return String(Math.floor(millis / TIMES[unit]!))
  const [name, size] = Object.entries(TIMES)
    .reverse()
    .find(([, size]) => millis >= size && size >= 1) ?? ['ms', 1]
  return `${Math.floor((millis / size) * 10) / 10}${name}`
}

function checkUnits({ bytes, time }: CatUnits): void {
  if (bytes !== undefined) formatBytes(0, bytes)
  if (time !== undefined && TIMES[time] === undefined)
    throw fail('rest.parameter_invalid', {
      reason: `'time' must be one of ${Object.keys(TIMES).join(', ')}, got '${time}'`,
    })
}
