import { fail } from '../../../diagnostic/index.ts'
import { Event, newObject, parseFieldPath, setAt, type FieldPath } from '../../../event/index.ts'
import { option, type as types, type OptionsOf } from '../../../settings/index.ts'
import { defineCodec, type Codec, type Decoder, type PluginContext } from '../define.ts'
import { CONVERTERS } from '../filters/csv.ts'
import { parseCsvRow } from '../filters/csv-row.ts'
import { charset } from './charset.ts'
import { csvLine } from './csv-line.ts'
import { eventFromFields, textEvent } from './json-events.ts'
import { target } from './json.ts'
import { ORIGINAL } from './line.ts'
import { LineSplitter } from './line-splitter.ts'
import { sizeLimit } from './size-limit.ts'

const OPTIONS = {
  columns: option(types.list(types.string), { describe: 'Names of the columns, in order.', default: [] }),
  separator: option(types.string, { describe: 'What is between values.', default: ',' }),
  quote_char: option(types.string, { describe: 'What is around values that hold a separator.', default: '"' }),
  autodetect_column_names: option(types.boolean, {
    describe: 'The first row of a stream names the columns.',
    default: false,
  }),
  autogenerate_column_names: option(types.boolean, {
    describe: 'Columns without a name are called column1, column2, ...; otherwise they are left out.',
    default: true,
  }),
  include_headers: option(types.boolean, {
    describe: 'Write the names of the columns before the first row.',
    default: false,
  }),
  skip_empty_columns: option(types.boolean, { describe: 'Leave empty values out.', default: false }),
  convert: option(types.hash(types.oneOf('integer', 'float', 'date', 'date_time', 'boolean')), {
    describe: 'Types of columns; what is not of its type stays a text.',
    default: new Map(),
  }),
  charset,
  target,
  decode_size_limit_bytes: sizeLimit,
} as const

type CsvOptions = OptionsOf<typeof OPTIONS>

export const csv = defineCodec({
  name: 'csv',
  summary: 'Rows of separated values: each row is one event, and each event is written as one row.',
  options: OPTIONS,
  examples: [
    {
      title: 'columns with names and without',
      config: 'columns => ["a", "b"] convert => { "b" => "integer" }',
      in: ['"x, ""y""",7,rest'],
      out: [{ a: 'x, "y"', b: 7, column3: 'rest' }],
    },
    {
      title: 'the first row names the columns',
      config: 'autodetect_column_names => true separator => ";"',
      in: ['a;b\n1;2\n3;\n'],
      out: [
        { a: '1', b: '2' },
        { a: '3', b: null },
      ],
    },
    {
      title: 'a quote out of place',
      config: '',
      in: ['a "b",c'],
      out: [{ message: 'a "b",c', tags: ['_csvparsefailure'] }],
    },
  ],
  create(options, context) {
    if (options.separator === '')
      throw fail('plugin.option_invalid', { option: 'separator', expected: 'a text that is not empty', value: '' })
    if (options.quote_char.length !== 1)
      throw fail('plugin.option_invalid', {
        option: 'quote_char',
        expected: 'one character',
        value: options.quote_char,
      })
    const rows = new RowReader(options, context)
    let headers = options.include_headers
    const codec = (stream: { delimiter: string } | undefined): Codec => ({
      name: 'csv',
      decoder: () =>
        stream === undefined ? messageDecoder(rows, options) : streamDecoder(rows, options, stream.delimiter),
      streaming: (framing) => codec({ delimiter: framing?.delimiter ?? '\n' }),
      encode(event) {
        const line = `${csvLine(valuesOf(event, options), options.separator, options.quote_char)}\n`
        if (!headers) return line
        headers = false
        const names = options.columns.length > 0 ? options.columns : Object.keys(event.data)
        return `${csvLine(names, options.separator, options.quote_char)}\n${line}`
      },
    })
    return codec(undefined)
  },
})

function valuesOf(event: Event, { columns }: CsvOptions) {
  if (columns.length === 0) return Object.values(event.data)
  return columns.map((name) => {
    const path = parseFieldPath(name)
    return path === undefined ? event.data[name] : event.get(path)
  })
}

/** Names of columns are those of a stream, or of the codec where each piece is a message. */
type Header = { columns: readonly string[] }

class RowReader {
  readonly header: Header
  private readonly options: CsvOptions
  private readonly context: PluginContext
  private readonly paths = new Map<string, FieldPath>()

  constructor(options: CsvOptions, context: PluginContext) {
    this.options = options
    this.context = context
    this.header = { columns: options.columns }
  }

  /** The event of a row; none where the row names the columns, or there is nothing in it. */
  read(text: string, cut: boolean, header: Header, events: Event[]): void {
    const { options, context } = this
    const micros = Math.floor(context.clock.now() * 1000)
    const row = cut ? undefined : parseCsvRow(text, options.separator, options.quote_char)
    if (row === undefined) {
      const event = textEvent(text, micros)
      event.tag(cut ? '_linetoobig' : '_csvparsefailure')
      events.push(event)
      return
    }
    if (row.length === 0) return
    if (options.autodetect_column_names && header.columns.length === 0) {
      header.columns = row.map((name, i) => (name === null || name === '' ? `column${i + 1}` : name))
      return
    }
    const fields = newObject()
    row.forEach((value, i) => {
      if (options.skip_empty_columns && (value === null || value === '')) return
      const name = header.columns[i] ?? (options.autogenerate_column_names ? `column${i + 1}` : undefined)
      if (name === undefined) return
      const to = options.convert.get(name)
      setAt(
        fields,
        this.pathOf(name).keys,
        value === null || to === undefined ? value : CONVERTERS[to as keyof typeof CONVERTERS](value),
      )
    })
    const event = options.target === undefined ? eventFromFields(fields, micros) : Event.at(micros)
    if (options.target !== undefined) event.set(options.target, fields)
    if (context.ecs !== 'disabled') event.set(ORIGINAL, text)
    events.push(event)
  }

  private pathOf(name: string): FieldPath {
    let path = this.paths.get(name)
    if (path === undefined) {
      path = parseFieldPath(name) ?? { text: name, metadata: false, keys: [name] }
      // Names may come from senders.
      if (this.paths.size < 10_000) this.paths.set(name, path)
    }
    return path
  }
}

function streamDecoder(rows: RowReader, options: CsvOptions, delimiter: string): Decoder {
  const splitter = new LineSplitter(delimiter, options.charset, options.decode_size_limit_bytes)
  const header: Header = { columns: options.columns }
  const run = (feed: (sink: (line: string, cut: boolean) => void) => void): Event[] => {
    const events: Event[] = []
    feed((line, cut) => rows.read(line.endsWith('\r') ? line.slice(0, -1) : line, cut, header, events))
    return events
  }
  return {
    decode: (chunk) => run((sink) => splitter.push(chunk, sink)),
    flush: () => run((sink) => splitter.flush(sink)),
  }
}

/** A message holds whole rows, so that a value in quotes may have ends of lines in it. */
function messageDecoder(rows: RowReader, options: CsvOptions): Decoder {
  return {
    decode(chunk) {
      const events: Event[] = []
      if (chunk.length > options.decode_size_limit_bytes) {
        rows.read(options.charset.text(chunk.subarray(0, options.decode_size_limit_bytes)), true, rows.header, events)
        return events
      }
      for (const row of rowsOf(options.charset.text(chunk), options.quote_char))
        rows.read(row, false, rows.header, events)
      return events
    },
    flush: () => [],
  }
}

/** A row ends at the end of a line, except between quotes; where a quote is never closed, at the first. */
function rowsOf(text: string, quote: string): string[] {
  const rows: string[] = []
  let start = 0
  while (start < text.length) {
    let end = start
    let quotes = 0
    let first = -1
    for (; end < text.length; end++) {
      const c = text[end]
      if (c === quote) quotes++
      else if (c === '\n') {
        if (first < 0) first = end
        if (quotes % 2 === 0) break
      }
    }
    if (end === text.length && quotes % 2 === 1 && first >= 0) end = first
    const row = text.slice(start, end)
    rows.push(row.endsWith('\r') ? row.slice(0, -1) : row)
    start = end + 1
  }
  return rows
}
