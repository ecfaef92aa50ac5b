import { fail } from '../../../diagnostic/index.ts'
import { parseFieldPath, type Event, type Value } from '../../../event/index.ts'
import { option, type as types } from '../../../settings/index.ts'
import { csvLine } from '../codecs/csv-line.ts'
import { defineOutput } from '../define.ts'
import { noticeUnusedCodec } from './encoded.ts'
import { FILE_OPTIONS, FileOutput } from './file.ts'

export const csv = defineOutput({
  name: 'csv',
  summary: 'Writes fields of events to files, as rows of separated values.',
  defaultCodec: 'plain',
  options: {
    ...FILE_OPTIONS,
    fields: option(types.list(types.string), {
      describe: 'The fields of a row, in order; one that an event lacks is empty.',
      required: true,
    }),
    csv_options: option(types.hash(types.string), {
      describe: '`col_sep`, `row_sep`, `quote_char` and `force_quotes`, as Ruby calls them.',
      default: new Map(),
    }),
    spreadsheet_safe: option(types.boolean, {
      describe: 'Put a quote before texts that a spreadsheet would take for a formula.',
      default: true,
    }),
  },
  examples: [
    'csv { path => "/var/log/vedetta/%{+YYYY-MM-dd}.csv" fields => ["@timestamp", "[source][ip]", "message"] }',
  ],
  create(options, context) {
    const form = formOf(options.csv_options)
    noticeUnusedCodec('csv', context)
    const paths = options.fields.map(
      (field) => parseFieldPath(field) ?? { text: field, metadata: false, keys: [field] },
    )
    const valueOf = (event: Event, at: number): Value | undefined => {
      const value = event.get(paths[at]!)
      return options.spreadsheet_safe && typeof value === 'string' && value.startsWith('=') ? `'${value}` : value
    }
    return new FileOutput('csv', options, context, (event) => {
      const values = paths.map((_path, at) => valueOf(event, at))
      return csvLine(values, form.separator, form.quote, form.force) + form.end
    })
  },
})

interface Form {
  readonly separator: string
  readonly end: string
  readonly quote: string
  readonly force: boolean
}

function formOf(given: ReadonlyMap<string, string>): Form {
  const form = { separator: ',', end: '\n', quote: '"', force: false }
  for (const [name, value] of given) {
    // Without escapes in the configuration, a tab is written as `\t`.
    const text = value.replaceAll('\\t', '\t').replaceAll('\\r', '\r').replaceAll('\\n', '\n')
    if (name === 'col_sep') form.separator = text
    else if (name === 'row_sep') form.end = text
    else if (name === 'quote_char') form.quote = text
    else if (name === 'force_quotes') form.force = value === 'true'
    else
      throw fail('plugin.option_invalid', {
        option: 'csv_options',
        expected: 'a hash of col_sep, row_sep, quote_char and force_quotes',
        value: name,
      })
  }
  if (form.separator === '' || form.quote.length !== 1)
    throw fail('plugin.option_invalid', {
      option: 'csv_options',
      expected: 'a hash with a col_sep that is not empty and a quote_char of one character',
      value: JSON.stringify(Object.fromEntries(given)),
    })
  return form
}
