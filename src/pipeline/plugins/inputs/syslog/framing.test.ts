import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SyslogFraming } from './framing.ts'

/** The messages that a stream gives, cut into chunks of the given lengths. */
function framesOf(stream: Buffer, chunks: readonly number[] = [], limit = 1000): string[] {
  const framing = new SyslogFraming(limit)
  const frames: string[] = []
  const sink = (message: Buffer, cut: boolean): void =>
    void frames.push(message.toString('latin1') + (cut ? ' (cut)' : ''))
  let at = 0
  for (let i = 0; at < stream.length; i++) {
    const end = at + (chunks[i] ?? stream.length)
    framing.push(stream.subarray(at, end), sink)
    at = end
  }
  framing.flush(sink)
  return frames
}

test.each<[string, string[]]>([
  ['<13>one\n<13>two\n', ['<13>one\n', '<13>two\n']],
  ['<13>one\r\nlast', ['<13>one\r\n', 'last']],
  ['7 <13>one8 <13>two\n', ['<13>one', '<13>two\n']],
  ['7 <13>one\n7 <13>two\n', ['<13>one', '<13>two']],
  ['11 <13>two\nall<13>line\n7 <13>one', ['<13>two\nall', '<13>line\n', '<13>one']],
  ['12 monkeys\n<13>x\n', ['12 monkeys\n', '<13>x\n']],
  ['007 <13>one\n', ['007 <13>one\n']],
  ['99999999999 <13>one\n', ['99999999999 <13>one\n']],
  ['10', ['10']],
  ['20 <13>short', ['<13>short']],
  ['\n\n', ['\n', '\n']],
])('%j', (stream, frames) => {
  expect(framesOf(Buffer.from(stream))).toEqual(frames)
  expect(framesOf(Buffer.from(stream), Array<number>(stream.length).fill(1))).toEqual(frames)
})

test('a message that is too long is cut, and the next one is whole', () => {
  const long = `<13>${'x'.repeat(96)}`
  const cut = `<13>${'x'.repeat(16)} (cut)`
  expect(framesOf(Buffer.from(`${long}\n<13>next\n`), [7, 7, 7], 20)).toEqual([cut, '<13>next\n'])
  expect(framesOf(Buffer.from(`100 ${long}8 <13>next`), [7, 7, 7], 20)).toEqual([cut, '<13>next'])
})

const message = fc
  .string({ unit: fc.constantFrom('a', ' ', '7', '<', 'é'), maxLength: 40 })
  .map((text) => `<13>${text}`)

test('whatever the chunks, the messages are those that were sent', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(message, fc.boolean()), { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 9 })),
      (messages, chunks) => {
        const parts = messages.map(([text, counted]) => {
          const bytes = Buffer.from(counted ? text : `${text}\n`)
          return counted ? Buffer.concat([Buffer.from(`${bytes.length} `), bytes]) : bytes
        })
        const sent = messages.map(([text, counted]) => Buffer.from(counted ? text : `${text}\n`).toString('latin1'))
        expect(framesOf(Buffer.concat(parts), chunks)).toEqual(sent)
      },
    ),
  )
})

test('no bytes stop it, none are given twice, and none of a stream without counts are lost', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.integer({ min: 1, max: 9 })), (bytes, chunks) => {
      const frames = framesOf(Buffer.from(bytes), chunks, 50)
      const given = frames.join('').replaceAll(' (cut)', '')
      expect(given.length).toBeLessThanOrEqual(bytes.length)
      const whole = !Buffer.from(bytes).includes('<') && frames.every((frame) => !frame.endsWith(' (cut)'))
      expect(whole ? given : '').toBe(whole ? Buffer.from(bytes).toString('latin1') : '')
    }),
  )
})
