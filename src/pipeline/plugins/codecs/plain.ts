import { option, type as types } from '../../../settings/index.ts'
import { defineCodec } from '../define.ts'
import { charset } from './charset.ts'
import { textFormat } from './event-text.ts'
import { textEvent } from './json-events.ts'
import { lineCodec, ORIGINAL } from './line.ts'
import { sizeLimit } from './size-limit.ts'

export const plain = defineCodec({
  name: 'plain',
  summary: 'Text without ends of its own: each piece that the input brings is one event.',
  options: {
    charset,
    format: option(types.string, { describe: 'How an output writes an event, with `%{field}` references.' }),
    decode_size_limit_bytes: sizeLimit,
  },
  examples: [{ title: 'one event a piece', config: '', in: ['one\ntwo'], out: [{ message: 'one\ntwo' }] }],
  create(options, context) {
    const write = textFormat(options.format)
    const limit = options.decode_size_limit_bytes
    return {
      name: 'plain',
      formatted: options.format !== undefined,
      decoder: () => ({
        decode(chunk) {
          const cut = chunk.length > limit
          const event = textEvent(
            options.charset.text(cut ? chunk.subarray(0, limit) : chunk),
            Math.floor(context.clock.now() * 1000),
          )
          if (context.ecs !== 'disabled') event.set(ORIGINAL, event.data['message']!)
          if (cut) event.tag('_linetoobig')
          return [event]
        },
        flush: () => [],
      }),
      streaming: (framing) =>
        lineCodec(
          {
            ...options,
            delimiter: framing?.delimiter ?? '\n',
            original: context.ecs !== 'disabled',
          },
          context.clock,
        ),
      encode: write,
    }
  },
})

/** The same in Java, where Logstash runs on it. */
export const javaPlain = { ...plain, name: 'java_plain' }
