import { gunzipSync } from 'node:zlib'
import type { Event } from '../../../event/index.ts'
import { option, type as types } from '../../../settings/index.ts'
import { defineCodec, type Codec } from '../define.ts'
import { charset, escapeInvalidUtf8 } from './charset.ts'
import { eventText } from './event-text.ts'
import { textEvent } from './json-events.ts'
import { LineSplitter } from './line-splitter.ts'
import { sizeLimit } from './size-limit.ts'

/** What a failure shows of the bytes. */
const SHOWN = 256

export const gzipLines = defineCodec({
  name: 'gzip_lines',
  decodesOnly: true,
  summary: 'Lines of text that were compressed by gzip; on a stream, of all that comes up to its end.',
  options: {
    charset,
    decode_size_limit_bytes: sizeLimit,
    decompressed_size_limit_bytes: option(types.number({ integer: true, min: 1 }), {
      describe: 'Bytes of text that a piece may become; a larger one is tagged `_gzipparsefailure`.',
      default: 256 * 2 ** 20,
    }),
  },
  examples: [
    {
      title: 'bytes that were not compressed',
      config: '',
      in: ['plain'],
      out: [{ message: 'plain', tags: ['_gzipparsefailure'] }],
    },
  ],
  create(options, context) {
    const read = (bytes: Buffer): Event[] => {
      const micros = Math.floor(context.clock.now() * 1000)
      let text: Buffer
      try {
        text = gunzipSync(bytes, { maxOutputLength: options.decompressed_size_limit_bytes })
      } catch (error) {
        context.logger.warn({ plugin: 'gzip_lines' }, `gzip_lines codec: ${(error as Error).message}`)
        const event = textEvent(escapeInvalidUtf8(bytes.subarray(0, SHOWN)), micros)
        event.tag('_gzipparsefailure')
        return [event]
      }
      const events: Event[] = []
      const splitter = new LineSplitter('\n', options.charset, options.decode_size_limit_bytes)
      const sink = (line: string, cut: boolean): void => {
        const event = textEvent(line, micros)
        if (cut) event.tag('_linetoobig')
        events.push(event)
      }
      splitter.push(text, sink)
      splitter.flush(sink)
      return events
    }
    const codec = (streamed: boolean): Codec => ({
      name: 'gzip_lines',
      decoder() {
        if (!streamed) return { decode: (chunk) => (chunk.length === 0 ? [] : read(chunk)), flush: () => [] }
        let held: Buffer[] = []
        let size = 0
        return {
          decode(chunk) {
            size += chunk.length
            // What is too large even before it is unpacked is not held.
            if (size <= options.decompressed_size_limit_bytes) held.push(Buffer.from(chunk))
            return []
          },
          flush() {
            const bytes = Buffer.concat(held)
            held = []
            const complete = size === bytes.length
            size = 0
            return bytes.length === 0 ? [] : read(complete ? bytes : bytes.subarray(0, SHOWN))
          },
        }
      },
      streaming: () => codec(true),
      encode: eventText,
    })
    return codec(false)
  },
})
