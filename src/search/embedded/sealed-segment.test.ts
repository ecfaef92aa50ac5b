import { writeFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newObject, stringifyJson, toValue, type Value } from '../../event/index.ts'
import { mapDocument, parseMapping, type Mapping } from '../dsl/index.ts'
import type { Column } from './columns.ts'
import { ColumnCache } from './column-cache.ts'
import { LiveSegment, valuesOf } from './live-segment.ts'
import { decodeNumbers, encodeNumbers } from './number-codec.ts'
import { SealedSegment } from './sealed-segment.ts'
import { encodeSegment } from './segment-encoder.ts'
import type { StoredSegment } from './stored-segment.ts'

let folder: string
let files = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vedetta-segment-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const MAPPING: Mapping = parseMapping(
  toValue({
    dynamic: 'false',
    properties: {
      word: { type: 'keyword' },
      text: { type: 'text', fields: { raw: { type: 'keyword' } } },
      whole: { type: 'long' },
      unsigned: { type: 'unsigned_long' },
      small: { type: 'byte' },
      fraction: { type: 'double' },
      single: { type: 'float' },
      flag: { type: 'boolean' },
      time: { type: 'date' },
    },
  }) as never,
)

function live(documents: readonly Value[]): LiveSegment {
  const segment = new LiveSegment()
  for (const [i, document] of documents.entries()) {
    const source = Buffer.from(stringifyJson(document))
    const { fields } = mapDocument(MAPPING, document)
    segment.add(`id ${i}`, i + 1, i * 2, fields, { buffer: source }, 0, source.length)
  }
  return segment
}

async function sealed(...segments: readonly StoredSegment[]): Promise<SealedSegment> {
  const parts = segments.map((segment) => {
    const alive = Array.from({ length: segment.documents }, (_, d) => d).filter((d) => !segment.isDeleted(d))
    return { segment, alive: Uint32Array.from(alive) }
  })
  const meta = {
    index: 'a',
    uuid: 'u',
    number: 1,
    seqNo: 0,
    journal: 1,
    replaces: [],
    arrived: 0,
    mapping: newObject(),
  }
  const bytes = await encodeSegment(parts, meta, () => Promise.resolve())
  const path = join(folder, `${files++}.segment`)
  await writeFile(path, Buffer.concat(bytes))
  return new SealedSegment(path, new ColumnCache(1e7))
}

/** All that can be read of the documents that are not deleted. */
function content(segment: StoredSegment): unknown[] {
  const columns = new Map<string, Column>()
  for (const name of MAPPING.fields().keys()) {
    const column = segment.column(name)
    if (column !== undefined) columns.set(name, column)
  }
  const list: unknown[] = []
  for (let d = 0; d < segment.documents; d++) {
    if (segment.isDeleted(d)) continue
    const fields: [string, unknown[]][] = []
    for (const [name, column] of columns) {
      // A column may hold its longs as bigint where one of them is large.
      const values = [...valuesOf(column, d)].map((value) =>
        typeof value !== 'bigint' ? value : Number.isSafeInteger(Number(value)) ? Number(value) : String(value),
      )
      if (values.length > 0) fields.push([name, name === 'whole' ? values.map(String) : values])
    }
    list.push([segment.id(d), segment.version(d), segment.seqNo(d), segment.source(d), fields])
  }
  return list
}

const few = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | T[]> =>
  fc.oneof({ weight: 4, arbitrary: one }, { weight: 1, arbitrary: fc.array(one, { maxLength: 3 }) })

const document = fc
  .record(
    {
      word: few(fc.constantFrom('a', 'b', 'é', '😀', '\uffff', '')),
      text: few(fc.string({ unit: 'binary', maxLength: 20 })),
      whole: few(
        fc.oneof(
          { weight: 6, arbitrary: fc.integer() },
          { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
        ),
      ),
      unsigned: few(
        fc.oneof(
          { weight: 6, arbitrary: fc.nat() },
          { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
        ),
      ),
      small: few(fc.integer({ min: -128, max: 127 })),
      fraction: few(fc.double({ noNaN: true, noDefaultInfinity: true })),
      single: few(fc.float({ noNaN: true, noDefaultInfinity: true })),
      flag: few(fc.boolean()),
      time: few(fc.integer({ min: 0, max: 2 ** 40 })),
    },
    { requiredKeys: [] },
  )
  .map((plain) => toValue(plain))

const plus = (value: unknown): unknown => (Object.is(value, -0) ? 0 : Array.isArray(value) ? value.map(plus) : value)

describe('a sealed segment', () => {
  test('holds what the live one held', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(document, { minLength: 1, maxLength: 60 }), async (documents) => {
        const segment = live(documents)
        const file = await sealed(segment)
        expect(plus(content(file))).toEqual(plus(content(segment)))
        file.verify()
        file.close()
      }),
      { numRuns: 100 },
    )
  })

  test('merged from others holds what they held, without what was deleted', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(document, { minLength: 1, maxLength: 30 }),
        fc.array(document, { minLength: 1, maxLength: 30 }),
        fc.array(fc.nat(29), { maxLength: 10 }),
        async (first, second, gone) => {
          const [a, b] = [live(first), live(second)]
          const file = await sealed(a)
          for (const d of gone) if (d < first.length) file.delete(d)
          const merged = await sealed(file, b)
          expect(plus(content(merged))).toEqual(plus([...content(file), ...content(b)]))
          expect(merged.documents).toBe(file.documents - file.deletedCount + b.documents)
          file.close()
          merged.close()
        },
      ),
      { numRuns: 60 },
    )
  })

  test('finds ids, the latest first, and none that is not there', async () => {
    const segment = live(Array.from({ length: 3000 }, () => newObject()))
    const file = await sealed(segment)
    for (const d of [0, 1, 1023, 1024, 2999]) expect(file.find(`id ${d}`)).toBe(d)
    expect(file.find('id 3000')).toBeUndefined()
    file.delete(7)
    expect(file.find('id 7')).toBeUndefined()
    file.close()
  })

  test('has its dictionaries in the order of UTF-8 and shares those that are the same', async () => {
    const words = ['\uffff', '😀', 'b', 'a', 'é']
    const file = await sealed(live(words.map((word) => toValue({ word, text: word }))))
    const [word, text, raw] = ['word', 'text', 'text.raw'].map((name) => file.column(name))
    const sorted = [...words].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)))
    expect(word).toMatchObject({ kind: 'string', sortedDictionary: true, dictionary: sorted })
    expect(text?.kind === 'string' && raw?.kind === 'string' && text.dictionary === raw.dictionary).toBe(true)
    file.close()
  })

  test('knows every flipped bit', async () => {
    const documents = Array.from({ length: 200 }, (_, i) => toValue({ word: `w${i % 7}`, text: `t${i}`, whole: i * i }))
    const file = await sealed(live(documents))
    file.close()
    const good = await readFile(file.path)
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(7), (at, bit) => {
        // The four bytes that say whether the directory is compressed have only one meaning but for two values.
        fc.pre(at < good.length - 12 || at >= good.length - 8)
        expect(readable(good, at, bit)).toBe(false)
      }),
      { numRuns: 300 },
    )
  })
})

function readable(good: Buffer, at: number, bit: number): boolean {
  const content = Buffer.from(good)
  content[at]! ^= 1 << bit
  const path = join(folder, 'flipped.segment')
  writeFileSync(path, content)
  try {
    const file = new SealedSegment(path, new ColumnCache(0))
    try {
      file.verify()
      return true
    } finally {
      file.close()
    }
  } catch {
    return false
  }
}

describe('numbers', () => {
  test.each([
    ['one value', [5, 5, 5], 0],
    ['small ones', [1, 200, 3], 1],
    ['times that rise by steps', [1454893018407000, 1454893018408000, 1454893018500000], 1],
    ['times that do not', [1454893018500000, 1454893018407000], 1],
    ['negative', [-5, 300, -70_001], 4],
    ['floats', [0.5, 0.25], 4],
    ['doubles', [0.1, 0.2], 8],
    ['a wide range', [0, 2 ** 52 + 1, 1], 8],
    ['extremes', [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 1], 8],
  ])('%s', (_name, values, width) => {
    const array = Float64Array.from(values)
    const { form, bytes } = encodeNumbers(array)
    const [min, max] = [Math.min(...values), Math.max(...values)]
    expect([form.width, [...decodeNumbers(bytes, form, values.length, min, max)]]).toEqual([width, values])
  })
})
