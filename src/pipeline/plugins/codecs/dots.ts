import { defineCodec } from '../define.ts'
import { textEvent } from './json-events.ts'

export const dots = defineCodec({
  name: 'dots',
  summary: 'Writes a dot for an event, to see how many there are; an input reads text with it.',
  options: {},
  examples: [{ title: 'one event a piece', config: '', in: ['one'], out: [{ message: 'one' }] }],
  create: (_options, context) => ({
    name: 'dots',
    formatted: true,
    decoder: () => ({
      decode: (chunk) => [textEvent(chunk.toString('utf8'), Math.floor(context.clock.now() * 1000))],
      flush: () => [],
    }),
    encode: () => '.',
  }),
})

/** The same in Java, where Logstash runs on it. */
export const javaDots = { ...dots, name: 'jdots' }
