import { option, type as types } from '../../../settings/index.ts'
import { defineCodec } from '../define.ts'
import { charset } from './charset.ts'
import { target } from './json.ts'
import { jsonLinesCodec } from './json-lines.ts'
import { sizeLimit } from './size-limit.ts'

export const jsonLines = defineCodec({
  name: 'json_lines',
  summary: 'JSON a line: each line is an object, or a list with one event for each of its objects.',
  options: {
    charset,
    target,
    delimiter: option(types.string, { describe: 'What ends a line.', default: '\n' }),
    decode_size_limit_bytes: sizeLimit,
  },
  examples: [
    {
      title: 'objects a line, a blank line and a broken one',
      config: '',
      in: ['{"a":1}\n\n{"a"', ':2}\nno\n'],
      out: [{ a: 1 }, { a: 2 }, { message: 'no', tags: ['_jsonparsefailure'] }],
    },
  ],
  create: (options, context) => jsonLinesCodec(options, context.clock),
})
