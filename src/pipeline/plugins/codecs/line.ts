import type { Clock } from '../../../clock/index.ts'
import { fieldPath, type Event } from '../../../event/index.ts'
import { option, type as types } from '../../../settings/index.ts'
import { defineCodec, type Codec } from '../define.ts'
import { charset, type Converter } from './charset.ts'
import { textFormat } from './event-text.ts'
import { textEvent } from './json-events.ts'
import { LineSplitter } from './line-splitter.ts'
import { sizeLimit } from './size-limit.ts'

interface LineOptions {
  readonly charset: Converter
  readonly delimiter: string
  readonly format: string | undefined
  readonly decode_size_limit_bytes: number
  /** Keep the line in `[event][original]` as well, as Logstash does under ECS. */
  readonly original?: boolean
}

export const ORIGINAL = fieldPath('[event][original]')

export function lineCodec(options: LineOptions, clock: Clock): Codec {
  const write = textFormat(options.format)
  return {
    name: 'line',
    decoder() {
      const splitter = new LineSplitter(options.delimiter, options.charset, options.decode_size_limit_bytes)
      const gather = (): { events: Event[]; sink: (line: string, cut: boolean) => void } => {
        const events: Event[] = []
        // One time for all lines of a chunk: they arrived together.
        const micros = Math.floor(clock.now() * 1000)
        return {
          events,
          sink(line, cut) {
            const event = textEvent(line, micros)
            if (options.original === true) event.set(ORIGINAL, line)
            if (cut) event.tag('_linetoobig')
            events.push(event)
          },
        }
      }
      return {
        decode(chunk) {
          const { events, sink } = gather()
          splitter.push(chunk, sink)
          return events
        },
        flush() {
          const { events, sink } = gather()
          splitter.flush(sink)
          return events
        },
      }
    },
    encode: (event) => write(event) + options.delimiter,
  }
}

export const line = defineCodec({
  name: 'line',
  summary: 'Lines of text: each line is one event, and each event is written as one line.',
  options: {
    charset,
    delimiter: option(types.string, { describe: 'What ends a line.', default: '\n' }),
    format: option(types.string, { describe: 'How an output writes an event, with `%{field}` references.' }),
    decode_size_limit_bytes: sizeLimit,
  },
  examples: [
    {
      title: 'a line that comes in two pieces',
      config: '',
      in: ['one\ntw', 'o\nthree'],
      out: [{ message: 'one' }, { message: 'two' }, { message: 'three' }],
    },
    {
      title: 'a delimiter of its own',
      config: 'delimiter => "||"',
      in: ['a|', '|b||'],
      out: [{ message: 'a' }, { message: 'b' }],
    },
  ],
  create: (options, context) => lineCodec({ ...options, original: context.ecs !== 'disabled' }, context.clock),
})

/** The same in Java, where Logstash runs on it. */
export const javaLine = { ...line, name: 'java_line' }
