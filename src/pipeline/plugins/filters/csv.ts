import { fail } from '../../../diagnostic/index.ts'
import { double, fieldPath, parseFieldPath, Timestamp, type FieldPath, type Value } from '../../../event/index.ts'
import { option, type } from '../../../settings/index.ts'
import { defineFilter } from '../define.ts'
import { parseCsvRow } from './csv-row.ts'
import { below, fieldReference } from './field-option.ts'
import { compileIso8601Parser } from './iso8601.ts'

export const csv = defineFilter({
  name: 'csv',
  summary: 'Reads a row of separated values into fields.',
  options: {
    source: option(fieldReference, { default: fieldPath('message'), describe: 'The field with the row.' }),
    columns: option(type.list(type.string), { default: [], describe: 'Names of the columns, in order.' }),
    separator: option(type.string, { default: ',', describe: 'What is between values.' }),
    quote_char: option(type.string, {
      default: '"',
      describe: 'What is around values that hold a separator; `\\x00` for nothing.',
    }),
    target: option(fieldReference, { describe: 'The field below which columns go; without it, the event itself.' }),
    convert: option(type.hash(type.oneOf('integer', 'float', 'date', 'date_time', 'boolean')), {
      default: new Map(),
      describe: 'Types of columns; dates are read by ISO 8601. What is not of its type stays a text.',
    }),
    autogenerate_column_names: option(type.boolean, {
      default: true,
      describe: 'Whether columns without a name are called column1, column2, ...; otherwise they are left out.',
    }),
    autodetect_column_names: option(type.boolean, {
      default: false,
      describe: 'Whether the first row names the columns; it is dropped.',
    }),
    skip_header: option(type.boolean, {
      default: false,
      describe: 'Whether rows that hold just the names of the columns are dropped.',
    }),
    skip_empty_columns: option(type.boolean, { default: false, describe: 'Whether empty values are left out.' }),
    skip_empty_rows: option(type.boolean, {
      default: false,
      describe: 'Whether empty rows are left alone, with the tag `_csvskippedemptyfield`.',
    }),
    ecs_compatibility: option(type.oneOf('disabled', 'v1', 'v8'), {
      describe: 'Only chooses whether a missing target is warned of.',
      ignored: 'a missing target is not warned of',
    }),
  },
  examples: [
    {
      title: 'names, types, quotes',
      config: 'columns => ["a", "b", "c"] convert => { "b" => "integer" "c" => "boolean" } remove_field => "message"',
      in: { message: '"x, ""y""",7,TRUE,rest' },
      out: { a: 'x, "y"', b: 7, c: true, column4: 'rest' },
    },
    {
      title: 'another separator, a target, empty values left out',
      config: 'source => "m" separator => ";" target => "t" skip_empty_columns => true',
      in: { m: '1;;3' },
      out: { m: '1;;3', t: { column1: '1', column3: '3' } },
    },
    {
      title: 'a quote out of place',
      config: 'source => "m"',
      in: { m: 'a "b",c' },
      out: { m: 'a "b",c', tags: ['_csvparsefailure'] },
    },
    {
      title: 'the header is dropped',
      config: 'source => "m" columns => ["a", "b"] skip_header => true',
      in: { m: 'a,b' },
      out: null,
    },
    {
      title: 'an empty row',
      config: 'source => "m" skip_empty_rows => true',
      in: { m: '' },
      out: { m: '', tags: ['_csvskippedemptyfield'] },
    },
    {
      title: 'columns without names left out; no value is null',
      config: 'source => "m" columns => ["a"] autogenerate_column_names => false',
      in: { m: ',2' },
      out: { m: ',2', a: null },
    },
  ],
  create(options, context) {
    if (options.separator === '')
      throw fail('plugin.option_invalid', { option: 'separator', expected: 'a text that is not empty', value: '' })
    // Logstash's configuration has no escape for the character that stands for no quoting.
    const quote = options.quote_char === '\\x00' ? '\0' : options.quote_char
    if (quote.length !== 1)
      throw fail('plugin.option_invalid', {
        option: 'quote_char',
        expected: 'one character',
        value: options.quote_char,
      })
    let columns = options.columns
    const paths = new Map<string, FieldPath>()
    const pathOf = (name: string): FieldPath => {
      let path = paths.get(name)
      if (path === undefined) {
        const own = parseFieldPath(name) ?? { text: name, metadata: false, keys: [name] }
        path = options.target === undefined ? own : below(options.target, own)
        paths.set(name, path)
      }
      return path
    }
    return {
      filter: (batch) =>
        batch.filter((event) => {
          const source = event.get(options.source)
          if (source === undefined || source === null) return true
          const row = typeof source === 'string' ? parseCsvRow(source, options.separator, quote) : undefined
          if (row === undefined) {
            event.tag('_csvparsefailure')
            return true
          }
          if (row.length === 0 && options.skip_empty_rows) {
            event.tag('_csvskippedemptyfield')
            return true
          }
          if (options.autodetect_column_names && columns.length === 0) {
            columns = row.map((name, i) => (name === null || name === '' ? `column${i + 1}` : name))
            return false
          }
          if (options.skip_header && columns.length > 0 && columns.every((name, i) => name === row[i])) return false
          row.forEach((value, i) => {
            if (options.skip_empty_columns && (value === null || value === '')) return
            const name = columns[i] ?? (options.autogenerate_column_names ? `column${i + 1}` : undefined)
            if (name === undefined) return
            const to = options.convert.get(name)
            event.set(
              pathOf(name),
              value === null || to === undefined ? value : CONVERTERS[to as keyof typeof CONVERTERS](value),
            )
          })
          context.matched(event)
          return true
        }),
    }
  },
})

const iso = compileIso8601Parser('UTC')

function date(text: string): Value {
  const micros = iso(text.trim())
  return micros === undefined ? text : new Timestamp(micros)
}

/** What `convert` does to a value. */
export const CONVERTERS = {
  integer(text: string): Value {
    const match = /^\s*([+-]?\d+(?:_\d+)*)\s*$/.exec(text)
    if (match === null) return text
    const exact = BigInt(match[1]!.replaceAll('_', '').replace('+', ''))
    return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact
  },
  float(text: string): Value {
    return /^\s*[+-]?\d+(?:_\d+)*(?:\.\d+)?(?:e[+-]?\d+)?\s*$/i.test(text)
      ? double(Number(text.replaceAll('_', '')))
      : text
  },
  boolean(text: string): Value {
    const word = text.trim().toLowerCase()
    return word === 'true' ? true : word === 'false' ? false : word
  },
  date,
  date_time: date,
} as const
