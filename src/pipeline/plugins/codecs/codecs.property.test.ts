import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeCodec } from '../../../../test/plugin-fixture.ts'
import { CODECS } from './index.ts'

const REQUIRED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  multiline: { pattern: '^\\s', what: 'previous' },
}

/** Bytes that begin as the codecs expect, so that more than their first look is tried. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((part) => Buffer.from(part)),
  fc.string({ unit: 'binary', maxLength: 200 }).map((text) => Buffer.from(text)),
  fc
    .constantFrom(
      '\n',
      'CEF:0|a|b|c|d|e|f|',
      ' key=',
      '{"index":{}}\n',
      '{"a":',
      '[',
      '"',
      ',',
      '\\',
      '<nmaprun ',
      '<host>',
      '</nmaprun>',
      '\x00\x09\x00\x01',
      '\x00\x0a\x00\x20',
      '\x1f\x8b\x08',
    )
    .map((text) => Buffer.from(text, 'latin1')),
)

test.each(CODECS.map(({ name }) => name))('no bytes stop %s, and every event can be written', (name) => {
  for (const ecs of ['disabled', 'v8'] as const) {
    const codec = makeCodec(name, REQUIRED[name] ?? {}, { ecs })
    for (const one of [codec, codec.streaming?.() ?? codec])
      fc.assert(
        fc.property(fc.array(bytes, { maxLength: 8 }), (chunks) => {
          const decoder = one.decoder({ sender: '192.0.2.1' })
          const events = [...chunks.flatMap((chunk) => decoder.decode(chunk)), ...decoder.flush()]
          for (const event of events) {
            expect(JSON.parse(event.toJson())).toBeTypeOf('object')
            one.encode(event)
          }
          expect(decoder.flush()).toEqual([])
        }),
        { numRuns: 100 },
      )
  }
})
