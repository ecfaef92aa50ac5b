import { option } from '../../../settings/index.ts'
import { defineCodec } from '../define.ts'
import { fieldReference } from '../filters/field-option.ts'
import { charset } from './charset.ts'
import { jsonEvents, textEvent } from './json-events.ts'
import { jsonLinesCodec } from './json-lines.ts'
import { ORIGINAL } from './line.ts'
import { sizeLimit } from './size-limit.ts'

/** The `target` option of the JSON codecs. */
export const target = option(fieldReference, {
  describe: 'The field the object goes to; without it, the event itself.',
})

export const json = defineCodec({
  name: 'json',
  summary: 'JSON: an object is one event, a list one event for each of its objects.',
  options: { charset, target, decode_size_limit_bytes: sizeLimit },
  examples: [
    { title: 'a list', config: '', in: ['[{"a":1},{"a":2.0}]'], out: [{ a: 1 }, { a: 2 }] },
    {
      title: 'no JSON',
      config: '',
      in: ['{"a":'],
      out: [{ message: '{"a":', tags: ['_jsonparsefailure'] }],
    },
    { title: 'a target', config: 'target => "[x][y]"', in: ['{"a":1}'], out: [{ x: { y: { a: 1 } } }] },
  ],
  create(options, context) {
    const limit = options.decode_size_limit_bytes
    return {
      name: 'json',
      decoder: () => ({
        decode(chunk) {
          const micros = Math.floor(context.clock.now() * 1000)
          if (chunk.length <= limit) {
            const text = options.charset.text(chunk)
            const events = jsonEvents(text, micros, options.target)
            // The text of several events is that of none of them.
            if (context.ecs !== 'disabled' && events.length === 1 && !events[0]!.has(ORIGINAL))
              events[0]!.set(ORIGINAL, text)
            return events
          }
          const event = textEvent(options.charset.text(chunk.subarray(0, limit)), micros)
          event.tag('_jsonparsetoobigfailure')
          return [event]
        },
        flush: () => [],
      }),
      streaming: (framing) => jsonLinesCodec({ ...options, delimiter: framing?.delimiter ?? '\n' }, context.clock),
      encode: (event) => event.toJson(),
    }
  },
})
