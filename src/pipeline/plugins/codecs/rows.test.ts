import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makeCodec, type FixtureOptions } from '../../../../test/plugin-fixture.ts'
import { ManualClock } from '../../../clock/index.ts'
import { Event, toValue, type ValueObject } from '../../../event/index.ts'
import type { Codec } from '../define.ts'
import { splitBytes } from './byte-lines.ts'

function decode(codec: Codec, ...chunks: (string | Buffer)[]): Record<string, unknown>[] {
  const decoder = codec.decoder()
  return [...chunks.flatMap((chunk) => decoder.decode(Buffer.from(chunk as string))), ...decoder.flush()].map(
    (event) => {
      const { '@timestamp': _time, '@version': _version, ...rest } = JSON.parse(event.toJson())
      return rest as Record<string, unknown>
    },
  )
}

describe('pieces of bytes', () => {
  const pieces = (delimiter: string, limit: number, chunks: readonly Buffer[]): [string, boolean][] => {
    const seen: [string, boolean][] = []
    const decoder = splitBytes(delimiter, limit, (piece, cut) => void seen.push([piece.toString(), cut]))
    for (const chunk of chunks) decoder.decode(chunk)
    decoder.flush()
    return seen
  }

  test('cut anywhere, they are those of the whole', () => {
    const part = fc.constantFrom('a', 'bb', '|', '||', '|end|', 'e', 'nd|', '')
    fc.assert(
      fc.property(
        fc.array(part),
        fc.constantFrom('|', '||', '|end|'),
        fc.array(fc.nat(6)),
        (parts, delimiter, cuts) => {
          const whole = Buffer.from(parts.join(''))
          const chunks: Buffer[] = []
          let at = 0
          for (const cut of cuts) chunks.push(whole.subarray(at, (at += cut)))
          chunks.push(whole.subarray(at))
          const expected = whole.toString().split(delimiter)
          if (expected.at(-1) === '') expected.pop()
          expect(pieces(delimiter, 1000, chunks)).toEqual(expected.map((text) => [text, false]))
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('one that is too long is given out once, and the next is whole; a byte at a time takes no longer', () => {
    const text = `${'x'.repeat(300_000)}||short||`
    const bytes = Array.from(Buffer.from(text), (byte) => Buffer.from([byte]))
    for (const chunks of [[Buffer.from(text)], bytes]) {
      const seen = pieces('||', 200_000, chunks)
      expect(seen.map(([piece, cut]) => [piece.length > 200_000 || piece, cut])).toEqual([
        [true, true],
        ['short', false],
      ])
    }
  })
})

describe('csv', () => {
  test.each([
    ['a,b\r\n', {}, [{ column1: 'a', column2: 'b' }]],
    ['a,"b\nc"\nd', {}, [{ column1: 'a', column2: 'b\nc' }, { column1: 'd' }]],
    ['a,,c', { skip_empty_columns: true }, [{ column1: 'a', column3: 'c' }]],
    ['a,b,c', { columns: ['x'], autogenerate_column_names: false }, [{ x: 'a' }]],
    ['1,2', { columns: ['[p][q]', 'r'], target: 't' }, [{ t: { p: { q: '1' }, r: '2' } }]],
    ["a|'b|c'", { separator: '|', quote_char: "'" }, [{ column1: 'a', column2: 'b|c' }]],
    [
      '"a\nb,c',
      {},
      [
        { message: '"a', tags: ['_csvparsefailure'] },
        { column1: 'b', column2: 'c' },
      ],
    ],
  ])('%j %j', (text, options, expected) => {
    expect(decode(makeCodec('csv', options), text)).toEqual(expected)
  })

  test('on a stream each has its own header', () => {
    const codec = makeCodec('csv', { autodetect_column_names: true }).streaming!()
    expect(decode(codec, 'a,b\n1,', '2\n')).toEqual([{ a: '1', b: '2' }])
    expect(decode(codec, 'c\n3\n')).toEqual([{ c: '3' }])
  })

  test('under ECS the row is kept', () => {
    expect(decode(makeCodec('csv', {}, { ecs: 'v8' }), 'x')).toEqual([{ column1: 'x', event: { original: 'x' } }])
  })

  test('written', () => {
    const event = Event.at(0, toValue({ a: 'x,"y"', b: '', d: { e: 1 }, n: 2.5 }) as ValueObject)
    const codec = makeCodec('csv', { columns: ['a', 'b', 'c', '[d][e]', 'd', 'n'], include_headers: true })
    expect(codec.encode(event)).toBe('a,b,c,[d][e],d,n\n"x,""y""","",,1,"{""e"":1}",2.5\n')
    expect(codec.encode(event)).toBe('"x,""y""","",,1,"{""e"":1}",2.5\n')
  })
})

describe('es_bulk', () => {
  const metadata = (text: string, options = {}, fixture: FixtureOptions = {}): unknown[] =>
    makeCodec('es_bulk', options, fixture)
      .decoder()
      .decode(Buffer.from(text))
      .map((event) => [JSON.parse(JSON.stringify(event.metadata)), JSON.parse(event.toJson()).field])

  test.each([
    [
      '{"index":{"_index":"a","_id":"1"}}\n{"field":1}\n{"create":{"_index":"b"}}\n{"field":2}',
      {},
      [
        [{ _index: 'a', _id: '1', action: 'index' }, 1],
        [{ _index: 'b', action: 'create' }, 2],
      ],
    ],
    ['{"delete":{"_id":"2"}}\n', {}, [[{ _id: '2', action: 'delete' }, undefined]]],
    [
      '{"update":{"_id":"1"}}\n{"doc":{"field":3},"doc_as_upsert":true}',
      { parse_update: true },
      [[{ _id: '1', action: 'update', doc_as_upsert: true }, 3]],
    ],
    [
      '{"update":{"_id":"1"}}\n{"script":"s","params":{"field":4},"lang":"painless","upsert":{"a":1}}',
      { parse_update: true },
      [
        [
          {
            _id: '1',
            action: 'update',
            scripted_upsert: true,
            script: 's',
            script_type: 'inline',
            script_lang: 'painless',
            upsert: '{"a":1}',
          },
          4,
        ],
      ],
    ],
    ['{"update":{"_id":"1"}}\n{"doc":{"field":3}}', {}, [[{ _id: '1', action: 'update' }, undefined]]],
  ])('%s %j', (text, options, expected) => {
    expect(metadata(text, options)).toEqual(expected)
  })

  test('under ECS, and with a target', () => {
    expect(metadata('{"index":{"_index":"a"}}\n{"field":1}', {}, { ecs: 'v8' })).toEqual([
      [{ codec: { es_bulk: { _index: 'a', action: 'index' } } }, 1],
    ])
    expect(decode(makeCodec('es_bulk', { target: '[doc]' }), '{"index":{}}\n{"field":1}')).toEqual([
      { doc: { field: 1 } },
    ])
  })

  test('a broken document does not turn the next action into one', () => {
    const text = '{"index":{}}\n{"broken\n{"index":{}}\n{"field":1}\n'
    expect(decode(makeCodec('es_bulk'), text)).toEqual([
      { message: '{"broken', tags: ['_jsonparsefailure'] },
      { field: 1 },
    ])
  })

  test('on a stream an action waits for its document', () => {
    const decoder = makeCodec('es_bulk').streaming!().decoder()
    expect(decoder.decode(Buffer.from('{"index":{}}\n{"fie'))).toEqual([])
    expect(decoder.heldLines).toBe(1)
    expect(decoder.decode(Buffer.from('ld":1}\n'))).toHaveLength(1)
    expect(decoder.heldLines).toBe(0)
  })
})

describe('gzip_lines', () => {
  const packed = gzipSync('one\ntwo\n')

  test('a message, several members, a stream in pieces', () => {
    expect(decode(makeCodec('gzip_lines'), packed)).toEqual([{ message: 'one' }, { message: 'two' }])
    expect(decode(makeCodec('gzip_lines'), Buffer.concat([packed, packed]))).toHaveLength(4)
    const stream = makeCodec('gzip_lines').streaming!()
    expect(decode(stream, packed.subarray(0, 5), packed.subarray(5))).toHaveLength(2)
  })

  test('cut off, and a bomb', () => {
    expect(decode(makeCodec('gzip_lines'), packed.subarray(0, 15))[0]!['tags']).toEqual(['_gzipparsefailure'])
    const bomb = gzipSync(Buffer.alloc(10_000_000))
    const events = decode(makeCodec('gzip_lines', { decompressed_size_limit_bytes: 1_000_000 }), bomb)
    expect(events.map(({ tags }) => tags)).toEqual([['_gzipparsefailure']])
  })
})

describe('multiline', () => {
  const previous = { pattern: '^\\s', what: 'previous' }

  test('streams do not mix', () => {
    const codec = makeCodec('multiline', previous).streaming!()
    const [a, b] = [codec.decoder(), codec.decoder()]
    a.decode(Buffer.from('a1\n'))
    b.decode(Buffer.from('b1\n'))
    a.decode(Buffer.from(' a2\n'))
    expect(a.flush()[0]!.data['message']).toBe('a1\n a2')
    expect(b.flush()[0]!.data['message']).toBe('b1')
  })

  test('limits of lines and bytes, tags, and none', () => {
    const lines = 'one\n two\n three\n four\n'
    expect(decode(makeCodec('multiline', { ...previous, max_lines: 2 }).streaming!(), lines)).toEqual([
      { message: 'one\n two\n three', tags: ['multiline', 'multiline_codec_max_lines_reached'] },
      { message: ' four' },
    ])
    expect(decode(makeCodec('multiline', { ...previous, max_bytes: '7 b' }).streaming!(), lines)).toEqual([
      { message: 'one\n two', tags: ['multiline', 'multiline_codec_max_bytes_reached'] },
      { message: ' three\n four', tags: ['multiline', 'multiline_codec_max_bytes_reached'] },
    ])
    expect(decode(makeCodec('multiline', { ...previous, multiline_tag: '' }), 'a', ' b')).toEqual([
      { message: 'a\n b' },
    ])
  })

  test.each([
    [100, 100],
    ['10 MiB', 10_485_760],
    ['100kib', 102_400],
    ['180 kb', 180_000],
  ])('max_bytes => %s', (written, bytes) => {
    const codec = makeCodec('multiline', { ...previous, max_bytes: written })
    const text = 'x'.repeat(bytes - 1)
    expect(decode(codec, text, ' y', ' z')[0]!['tags']).toEqual(['multiline', 'multiline_codec_max_bytes_reached'])
    expect(decode(codec, text)[0]!['tags']).toBeUndefined()
  })

  test('silence completes an event, and what was not yet a whole line', async () => {
    const clock = new ManualClock()
    const late: Event[] = []
    const codec = makeCodec('multiline', { ...previous, auto_flush_interval: 5 }, { clock }).streaming!()
    const decoder = codec.decoder({ late: (events) => void late.push(...events) })
    expect(decoder.decode(Buffer.from('a\n'))).toEqual([])
    await clock.advance(4000)
    expect(decoder.decode(Buffer.from(' b\n c'))).toEqual([])
    await clock.advance(4000)
    expect(late).toEqual([])
    await clock.advance(1000)
    expect(late.map(({ data }) => data['message'])).toEqual(['a\n b\n c'])
    await clock.advance(10_000)
    expect(late).toHaveLength(1)
    expect(decoder.flush()).toEqual([])
  })

  test('a file keeps its unfinished line', async () => {
    const clock = new ManualClock()
    const late: Event[] = []
    const codec = makeCodec('multiline', { ...previous, auto_flush_interval: 1 }, { clock })
    const decoder = codec.streaming!({ delimiter: '\n' }).decoder({ late: (events) => void late.push(...events) })
    decoder.decode(Buffer.from('a\n b'))
    expect(decoder.heldLines).toBe(1)
    await clock.advance(1000)
    expect(late.map(({ data }) => data['message'])).toEqual(['a'])
    decoder.decode(Buffer.from('c\n'))
    expect(decoder.flush()[0]!.data['message']).toBe(' bc')
  })

  test('under ECS the text is kept; next', () => {
    const codec = makeCodec('multiline', { pattern: '\\\\$', what: 'next' }, { ecs: 'v8' })
    expect(decode(codec, 'a\\', 'b')).toEqual([
      { message: 'a\\\nb', event: { original: 'a\\\nb' }, tags: ['multiline'] },
    ])
  })

  test('a pattern that backtracks without end counts as not matching', () => {
    const codec = makeCodec('multiline', { pattern: '^(x+x+)+y', what: 'previous' })
    expect(decode(codec, 'a', 'x'.repeat(60))).toHaveLength(2)
  }, 30_000)
})
