import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makeCodec } from '../../../../test/plugin-fixture.ts'
import { Event, toValue, type ValueObject } from '../../../event/index.ts'
import type { Codec } from '../define.ts'
import { escapeInvalidUtf8 } from './charset.ts'

function decode(codec: Codec, ...chunks: (string | Buffer)[]): Record<string, unknown>[] {
  const decoder = codec.decoder()
  const events = [...chunks.flatMap((chunk) => decoder.decode(Buffer.from(chunk as string))), ...decoder.flush()]
  return events.map(({ data }) => {
    const { '@timestamp': _time, '@version': _version, ...rest } = data
    return { ...rest }
  })
}

describe('line', () => {
  test('any bytes, cut anywhere, give the lines that a split of the whole gives', () => {
    const piece = fc.oneof(fc.constantFrom('\n', '\r\n', '||', '|', 'é', '漢字', ''), fc.string())
    fc.assert(
      fc.property(fc.array(piece), fc.constantFrom('\n', '||'), fc.array(fc.nat(40)), (pieces, delimiter, cuts) => {
        const whole = Buffer.from(pieces.join(''))
        const chunks: Buffer[] = []
        let at = 0
        for (const cut of cuts) {
          chunks.push(whole.subarray(at, at + cut))
          at += cut
        }
        chunks.push(whole.subarray(at))
        const text = whole.toString()
        const expected = text.split(delimiter)
        if (expected.at(-1) === '') expected.pop()
        const seen = decode(makeCodec('line', { delimiter }), ...chunks).map(({ message }) => message)
        expect(seen).toEqual(expected)
      }),
      { numRuns: 500 },
    )
  })

  test('a byte that is no UTF-8 spoils its own line only', () => {
    const bytes = Buffer.concat([
      Buffer.from('good\n'),
      Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x22, 0x0a]),
      Buffer.from('für\n'),
    ])
    expect(decode(makeCodec('line'), bytes)).toEqual([
      { message: 'good' },
      { message: 'caf\\xE9\\"' },
      { message: 'für' },
    ])
  })

  test('a character cut in two by a chunk is whole', () => {
    const bytes = Buffer.from('漢字\n')
    expect(decode(makeCodec('line'), bytes.subarray(0, 1), bytes.subarray(1, 4), bytes.subarray(4))).toEqual([
      { message: '漢字' },
    ])
  })

  test('CP1252 and ISO-8859-1 are read as such', () => {
    expect(decode(makeCodec('line', { charset: 'CP1252' }), Buffer.from([0x80, 0xe9, 0x0a]))).toEqual([
      { message: '€é' },
    ])
    expect(decode(makeCodec('line', { charset: 'ISO-8859-1' }), Buffer.from([0xe9, 0x0a]))).toEqual([{ message: 'é' }])
  })

  test('a 100 MB line is cut at the limit and tagged, and the next line is whole', () => {
    const decoder = makeCodec('line', { decode_size_limit_bytes: 1_000_000 }).decoder()
    const chunk = Buffer.alloc(65_536, 'x')
    const before = process.memoryUsage().arrayBuffers
    const events = []
    let most = 0
    for (let i = 0; i < 1600; i++) {
      events.push(...decoder.decode(chunk))
      most = Math.max(most, process.memoryUsage().arrayBuffers - before)
    }
    events.push(...decoder.decode(Buffer.from('end\nnext\n')))
    expect(events.map(({ data }) => [String(data['message']).length, data['tags']])).toEqual([
      [1_000_000, ['_linetoobig']],
      [4, undefined],
    ])
    expect(most).toBeLessThan(20_000_000)
  })

  test('encodes time, host and message, or a format', () => {
    const event = Event.at(1_500_000, toValue({ host: 'zeus', message: 'hi' }) as ValueObject)
    expect(makeCodec('line').encode(event)).toBe('1970-01-01T00:00:01.500Z zeus hi\n')
    expect(makeCodec('line', { format: '%{host}: %{message}' }).encode(event)).toBe('zeus: hi\n')
    expect(makeCodec('plain').encode(Event.at(0))).toBe('1970-01-01T00:00:00.000Z %{host} %{message}')
  })
})

describe('json', () => {
  test.each([
    ['{"a":{"b":[1,2.5]}}', [{ a: { b: [1, 2.5] } }]],
    ['[{"a":1},{"b":2}]', [{ a: 1 }, { b: 2 }]],
    ['  ', []],
    ['"text"', [{ message: '"text"', tags: ['_jsonparsefailure'] }]],
    ['[1]', [{ message: '[1]', tags: ['_jsonparsefailure'] }]],
    ['{"a"', [{ message: '{"a"', tags: ['_jsonparsefailure'] }]],
    ['{"__proto__":{"x":1}}', [{ ['__proto__']: { x: 1 } }]],
  ])('%s', (text, expected) => {
    const seen = decode(makeCodec('json'), text)
    expect(JSON.stringify(seen)).toBe(JSON.stringify(expected))
  })

  test('@timestamp is a time, and one that is none is kept aside', () => {
    const [good] = makeCodec('json')
      .decoder()
      .decode(Buffer.from('{"@timestamp":"2016-02-08T00:56:58.407Z","@metadata":{"x":1}}'))
    expect(good!.timestamp!.toString()).toBe('2016-02-08T00:56:58.407Z')
    expect(good!.metadata['x']).toBe(1)
    expect(good!.toJson()).toBe('{"@version":"1","@timestamp":"2016-02-08T00:56:58.407Z"}')
    expect(decode(makeCodec('json'), '{"@timestamp":"yesterday"}')).toEqual([
      { '_@timestamp': 'yesterday', tags: ['_timestampparsefailure'] },
    ])
  })

  test('depth 100,000 is a parse failure, not the end', () => {
    const deep = '['.repeat(100_000)
    expect(decode(makeCodec('json'), deep)[0]!['tags']).toEqual(['_jsonparsefailure'])
    const closed = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`
    expect(decode(makeCodec('json'), closed)[0]!['tags']).toEqual(['_jsonparsefailure'])
  })

  test('on a stream it is json_lines', () => {
    const codec = makeCodec('json').streaming!()
    expect(decode(codec, '{"a":1}\n{"a"', ':2}\n')).toEqual([{ a: 1 }, { a: 2 }])
    expect(codec.encode(Event.at(0, toValue({ a: 1 }) as ValueObject))).toBe(
      '{"@version":"1","@timestamp":"1970-01-01T00:00:00.000Z","a":1}\n',
    )
  })

  test('a line over the limit has its own tag', () => {
    const codec = makeCodec('json_lines', { decode_size_limit_bytes: 10 })
    expect(decode(codec, '{"aaaaaaaaaaaaaaaa":1}\n{"a":1}\n')).toEqual([
      { message: '{"aaaaaaaa', tags: ['_jsonparsetoobigfailure'] },
      { a: 1 },
    ])
  })
})

test('plain is one event a piece, and under ECS keeps the original', () => {
  expect(decode(makeCodec('plain'), 'a\nb')).toEqual([{ message: 'a\nb' }])
  expect(JSON.stringify(decode(makeCodec('plain', {}, { ecs: 'v8' }), 'x'))).toBe(
    '[{"message":"x","event":{"original":"x"}}]',
  )
})

test.each([
  ['line', 'x\n', [{ message: 'x', event: { original: 'x' } }]],
  ['json', '{"a":1}', [{ a: 1, event: { original: '{"a":1}' } }]],
  ['json', '{"event":{"original":"mine"}}', [{ event: { original: 'mine' } }]],
  ['json', '[{"a":1},{"a":2}]', [{ a: 1 }, { a: 2 }]],
  ['json_lines', '{"a":1}\n', [{ a: 1 }]],
])('%s under ECS keeps the original of %j', (name, text, expected) => {
  expect(JSON.parse(JSON.stringify(decode(makeCodec(name, {}, { ecs: 'v8' }), text)))).toEqual(expected)
})

test('invalid UTF-8 is shown as Ruby inspects it', () => {
  expect(
    escapeInvalidUtf8(Buffer.from([0xff, 0x09, 0x01, 0xc3, 0xa9, 0x5c, 0x23, 0x7b, 0xed, 0xa0, 0x80, 0xf0, 0x9f])),
  ).toBe('\\xFF\\t\\u0001é\\\\\\#{\\xED\\xA0\\x80\\xF0\\x9F')
})

test('rubydebug prints as awesome_print does', () => {
  const event = Event.at(
    0,
    toValue({
      message: 'say "hi"\n',
      n: 1,
      ok: true,
      none: null,
      tags: ['a', 'b'],
      deep: { x: { y: 1.5 } },
      empty: {},
    }) as ValueObject,
  )
  event.metadata['m'] = 'hidden'
  expect(makeCodec('rubydebug').encode(event)).toBe(`{
      "@version" => "1",
    "@timestamp" => 1970-01-01T00:00:00.000Z,
       "message" => "say \\"hi\\"\\n",
             "n" => 1,
            "ok" => true,
          "none" => nil,
          "tags" => [
        [0] "a",
        [1] "b"
    ],
          "deep" => {
        "x" => {
            "y" => 1.5
        }
    },
         "empty" => {}
}
`)
  expect(makeCodec('rubydebug', { metadata: true }).encode(event)).toContain(
    '"@metadata" => {\n        "m" => "hidden"\n    }',
  )
})
