import type { Clock } from '../../../clock/index.ts'
import type { Event, FieldPath } from '../../../event/index.ts'
import type { Codec } from '../define.ts'
import type { Converter } from './charset.ts'
import { jsonEvents, textEvent } from './json-events.ts'
import { LineSplitter, type LineSink } from './line-splitter.ts'

interface JsonLinesOptions {
  readonly charset: Converter
  readonly delimiter: string
  readonly target: FieldPath | undefined
  readonly decode_size_limit_bytes: number
}

/** A JSON text a line; blank lines give nothing. */
export function jsonLinesCodec(options: JsonLinesOptions, clock: Clock): Codec {
  return {
    name: 'json_lines',
    decoder() {
      const splitter = new LineSplitter(options.delimiter, options.charset, options.decode_size_limit_bytes)
      const run = (feed: (sink: LineSink) => void): Event[] => {
        const events: Event[] = []
        const micros = Math.floor(clock.now() * 1000)
        feed((line, cut) => {
          if (cut) {
            const event = textEvent(line, micros)
            event.tag('_jsonparsetoobigfailure')
            events.push(event)
          } else {
            events.push(...jsonEvents(line, micros, options.target))
          }
        })
        return events
      }
      return {
        decode: (chunk) => run((sink) => splitter.push(chunk, sink)),
        flush: () => run((sink) => splitter.flush(sink)),
      }
    },
    encode: (event) => event.toJson() + options.delimiter,
  }
}
