import { describe, expect, it } from 'vitest'
import type { DiagnosticError } from '../../diagnostic/index.ts'
import { double, Timestamp, toValue, type ValueObject } from '../../event/index.ts'
import { EMPTY_MAPPING, mapDocument, mappingLimits, mergeMapping, parseMapping, type Mapping } from './index.ts'

function object(plain: unknown): ValueObject {
  return toValue(plain) as ValueObject
}

function mapped(mapping: Mapping, document: unknown): [string, string, unknown][] {
  return mapDocument(mapping, toValue(document), '1').fields.map(({ field, value }) => [field.name, field.type, value])
}

describe('dynamic mapping', () => {
  it('maps a string to text and a keyword of at most 256 characters', () => {
    const { fields, update } = mapDocument(EMPTY_MAPPING, toValue({ host: 'a', long: 'x'.repeat(257) }))
    expect(fields.map(({ field }) => field.name)).toEqual(['host.keyword', 'host', '_ignored', 'long'])
    expect(update?.toJson()['properties']).toEqual({
      host: { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } },
      long: { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } },
    })
  })

  it.each([
    [1, 'long', 1],
    [1.5, 'float', 1.5],
    [double(5), 'float', 5],
    [true, 'boolean', 1],
    ['2016-02-08T00:56:58.407Z', 'date', 1454893018407000],
    ['2016-02-08', 'date', 1454889600000000],
    ['2016/02/08', 'date', 1454889600000000],
    [new Timestamp(1454893018407625), 'date', 1454893018407000],
    [9007199254740993n, 'long', 9007199254740993n],
  ])('maps %s to %s', (value, type, column) => {
    expect(mapped(EMPTY_MAPPING, { x: value })).toEqual([['x', type, column]])
  })

  it('takes no plain number in quotes for a date', () => {
    expect(mapped(EMPTY_MAPPING, { x: '2016' }).map(([, type]) => type)).toEqual(['keyword', 'text'])
  })

  it('flattens objects in lists and dotted names, and learns all new fields at once', () => {
    const document = { a: [{ b: 1 }, { b: 2, c: true }], 'd.e': 3, empty: [], nothing: null }
    const { fields, update } = mapDocument(EMPTY_MAPPING, toValue(document))
    expect(fields.map(({ field, value }) => [field.name, value])).toEqual([
      ['a.b', 1],
      ['a.b', 2],
      ['a.c', 1],
      ['d.e', 3],
    ])
    expect(mapDocument(update!, toValue(document)).update).toBeUndefined()
  })

  it('lets dynamic templates decide first', () => {
    const mapping = parseMapping(
      object({
        dynamic_templates: [
          { words: { match_mapping_type: 'string', unmatch: '*_text', mapping: { type: 'keyword' } } },
        ],
      }),
    )
    expect(mapped(mapping, { a: 'x', a_text: 'y' }).map(([name, type]) => [name, type])).toEqual([
      ['a', 'keyword'],
      ['a_text.keyword', 'keyword'],
      ['a_text', 'text'],
    ])
  })

  it('ignores unknown fields under dynamic false and refuses them under strict', () => {
    expect(mapped(parseMapping(object({ dynamic: false })), { a: 1 })).toEqual([])
    expect(() => mapped(parseMapping(object({ dynamic: 'strict' })), { a: 1 })).toThrow(
      'mapping set to strict, dynamic introduction of [a] within [_doc] is not allowed',
    )
  })

  it('stops at 1,000 fields and at depth 20', () => {
    const wide = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`f${i}`, i]))
    expect(() => mapped(EMPTY_MAPPING, wide)).toThrow('Limit of total fields [1000] has been exceeded')
    let deep: unknown = 1
    for (let i = 0; i < 22; i++) deep = { a: deep }
    expect(() => mapped(EMPTY_MAPPING, deep)).toThrow('Limit of mapping depth [20] has been exceeded')
  })

  it('keeps names of the prototype as plain names', () => {
    const document = JSON.parse('{"__proto__": {"x": 1}, "constructor": "y"}') as unknown
    expect(mapped(EMPTY_MAPPING, document).map(([name]) => name)).toEqual([
      '__proto__.x',
      'constructor.keyword',
      'constructor',
    ])
  })
})

describe('explicit fields', () => {
  const mapping = parseMapping(
    object({
      properties: {
        n: { type: 'integer' },
        b: { type: 'byte' },
        u: { type: 'unsigned_long' },
        s: { type: 'keyword' },
        ip: { type: 'ip' },
        lax: { type: 'ip', ignore_malformed: true },
        d: { type: 'date', format: 'yyyy-MM-dd HH:mm:ss||epoch_second' },
        bool: { type: 'boolean' },
        half: { type: 'half_float' },
        alias: { type: 'alias', path: 'ip' },
      },
    }),
  )

  it.each([
    [{ n: '80' }, [['n', 'integer', 80]]],
    [{ n: 7.9 }, [['n', 'integer', 7]]],
    [{ u: '18446744073709551615' }, [['u', 'unsigned_long', 2n ** 64n - 1n]]],
    [{ u: '9007199254740993' }, [['u', 'unsigned_long', 9007199254740993n]]],
    [
      { s: [5, true, double(5)] },
      [
        ['s', 'keyword', '5'],
        ['s', 'keyword', 'true'],
        ['s', 'keyword', '5.0'],
      ],
    ],
    [{ ip: '2001:DB8:0:0:0:0:0:1' }, [['ip', 'ip', '2001:db8::1']]],
    [{ ip: '::ffff:10.0.0.1' }, [['ip', 'ip', '10.0.0.1']]],
    [{ lax: 'zeus.example.org' }, [['_ignored', 'keyword', 'lax']]],
    [{ d: '2016-02-08 01:56:58' }, [['d', 'date', 1454896618000000]]],
    [{ d: 1454896618 }, [['d', 'date', 1454896618000000]]],
    [{ bool: 'false' }, [['bool', 'boolean', 0]]],
    [{ half: 0.1 }, [['half', 'half_float', 0.0999755859375]]],
  ])('%j', (document, fields) => {
    expect(mapped(mapping, document)).toEqual(fields)
  })

  it.each([
    [
      { n: 'abc' },
      "failed to parse field [n] of type [integer] in document with id '1'. Preview of field's value: 'abc'; For input string: \"abc\"",
    ],
    [
      { b: 300 },
      "failed to parse field [b] of type [byte] in document with id '1'. Preview of field's value: '300'; Value [300] is out of range for a byte",
    ],
    [
      { u: -1 },
      "failed to parse field [u] of type [unsigned_long] in document with id '1'. Preview of field's value: '-1'; Value [-1] is out of range for an unsigned long",
    ],
    [
      { u: '18446744073709551616' },
      "failed to parse field [u] of type [unsigned_long] in document with id '1'. Preview of field's value: '18446744073709551616'; Value [18446744073709551616] is out of range for an unsigned long",
    ],
    [
      { ip: '10.0.0.256' },
      "failed to parse field [ip] of type [ip] in document with id '1'. Preview of field's value: '10.0.0.256'; '10.0.0.256' is not an IP string literal.",
    ],
    [{ alias: '10.0.0.1' }, 'Cannot write to a field alias [alias].'],
    [
      { s: { a: 1 } },
      "failed to parse field [s] of type [keyword] in document with id '1'. Preview of field's value: '{\"a\":1}'; Can't get text on a START_OBJECT",
    ],
    [
      { _id: '1' },
      'Field [_id] is a metadata field and cannot be added inside a document. Use the index API request parameters.',
    ],
  ])('refuses %j', (document, message) => {
    expect(() => mapped(mapping, document)).toThrow(message)
  })
})

describe('merging', () => {
  const base = parseMapping(
    object({ properties: { a: { type: 'long' }, o: { properties: { k: { type: 'keyword' } } } } }),
  )

  it('adds fields and multi-fields', () => {
    const merged = mergeMapping(
      base,
      object({
        properties: {
          o: { properties: { x: { type: 'ip' } } },
          a: { type: 'long', fields: { text: { type: 'keyword' } } },
        },
      }),
    )
    expect([...merged.fields().keys()].sort()).toEqual(['a', 'a.text', 'o.k', 'o.x'])
  })

  it.each([
    [{ a: { type: 'keyword' } }, 'mapper [a] cannot be changed from type [long] to [keyword]'],
    [{ o: { type: 'keyword' } }, "can't merge a non object mapping [o] with an object mapping"],
    [{ z: { type: 'nothing' } }, 'No handler for type [nothing] declared on field [z]'],
    [{ z: { type: 'long', analyser: 'x' } }, 'unknown parameter [analyser] on mapper [z] of type [long]'],
    [
      { z: { type: 'alias', path: 'y' } },
      'Invalid [path] value [y] for field alias [z]: an alias must refer to an existing field in the mappings.',
    ],
  ])('refuses %j', (properties, message) => {
    expect(() => mergeMapping(base, object({ properties }))).toThrow(message)
  })

  it('shows what was put', () => {
    const body = object({
      dynamic: 'strict',
      properties: { t: { type: 'text', fields: { raw: { type: 'keyword' } } } },
    })
    expect(parseMapping(body).toJson()).toEqual(body)
  })
})

describe('nested objects', () => {
  const nested = (outer: object, inner: object): Mapping =>
    parseMapping(
      object({
        properties: {
          a: {
            type: 'nested',
            ...outer,
            properties: { n: { type: 'long' }, b: { type: 'nested', ...inner, properties: { n: { type: 'long' } } } },
          },
        },
      }),
    )
  it.each([
    [{}, {}, []],
    [{ include_in_parent: true }, {}, ['a.n']],
    [{ include_in_root: true }, {}, ['a.n']],
    [{}, { include_in_parent: true }, []],
    [{}, { include_in_root: true }, ['a.b.n']],
    [{ include_in_parent: true }, { include_in_parent: true }, ['a.n', 'a.b.n']],
    [{ include_in_parent: true, include_in_root: true }, {}, ['a.n']],
  ])('%j around %j gives the document %j, and is shown as written', (outer, inner, fields) => {
    const mapping = nested(outer, inner)
    expect(mapped(mapping, { a: { n: 1, b: { n: 2 } } }).map(([name]) => name)).toEqual(fields)
    expect(mapping.toJson()).toMatchObject({ properties: { a: { ...outer, properties: { b: inner } } } })
  })
})

describe('places and intervals', () => {
  const mapping = parseMapping(
    object({
      properties: {
        place: { type: 'geo_point' },
        lax: { type: 'geo_point', ignore_malformed: true },
        flat: { type: 'geo_point', ignore_z_value: false },
        ports: { type: 'integer_range' },
        big: { type: 'long_range' },
        ratio: { type: 'float_range' },
        time: { type: 'date_range', format: 'yyyy-MM-dd||epoch_millis' },
        net: { type: 'ip_range' },
      },
    }),
  )
  const near = (document: object): number[] => String(mapped(mapping, document)[0]![2]).split(',').map(Number)

  it.each([
    { place: { lat: 41.12, lon: -71.34 } },
    { place: [-71.34, 41.12] },
    { place: [-71.34, 41.12, 7] },
    { place: '41.12,-71.34' },
    { place: 'POINT (-71.34 41.12)' },
    { place: { type: 'Point', coordinates: [-71.34, 41.12] } },
  ])('%j is the same place', (document) => {
    const [lat, lon] = near(document)
    expect(lat).toBeCloseTo(41.12, 6)
    expect(lon).toBeCloseTo(-71.34, 6)
  })

  it('reads a geohash, several places, and those at the edges of the earth', () => {
    expect(near({ place: 'drm3btev3e86' })[0]).toBeCloseTo(41.12, 4)
    expect(mapped(mapping, { place: [[1, 2], '3,4'] })).toHaveLength(2)
    for (const place of ['90,180', '-90,-180', '0,0']) expect(mapped(mapping, { place })).toHaveLength(1)
  })

  it.each([
    [{ place: '91,0' }, 'illegal latitude value [91.0]'],
    [{ place: { lat: 0, lon: 181 } }, 'illegal longitude value [181.0]'],
    [{ place: { lat: 'x', lon: 0 } }, 'latitude must be a number'],
    [{ place: { lat: 1 } }, 'field [lon] missing'],
    [{ place: { lat: 1, lon: 2, alt: 3 } }, 'field must be either [lat], [lon] or [geohash]'],
    [{ place: [1] }, 'at least two dimensions'],
    [{ place: 'a!' }, 'unsupported symbol'],
    [{ place: true }, 'geo_point expected'],
    [{ flat: [1, 2, 3] }, 'found Z value [3]'],
    [{ ports: { gte: 5, lte: 1 } }, 'min value (5) is greater than max value (1)'],
    [{ ports: { gte: 1, upto: 2 } }, 'unknown parameter [upto]'],
    [{ ports: { gte: 3_000_000_000 } }, 'out of range for a integer_range'],
    [{ ports: 7 }, 'expected an object'],
    [{ time: { gte: 'now' } }, 'failed to parse date field [now]'],
    [{ time: { gte: 'yesterday' } }, 'yesterday'],
    [{ net: '10.0.0.0/33' }, 'Expected [ip/prefix]'],
    [{ net: { gte: 'host' } }, "'host' is not an IP string literal."],
  ])('refuses %j: %s', (document, reason) => {
    let told = ''
    try {
      mapped(mapping, document)
    } catch (error) {
      told = `${(error as DiagnosticError).message} ${(error as DiagnosticError).diagnostics.map(({ hint }) => hint).join(' ')}`
    }
    expect(told).toContain(reason)
  })

  it('leaves out a malformed place where the mapping says so', () => {
    expect(mapped(mapping, { lax: { lat: 99, lon: 0 } })).toEqual([['_ignored', 'keyword', 'lax']])
  })

  it.each([
    [{ ports: { gt: 1, lt: 5 } }, '2..4'],
    [{ ports: { gte: 1 } }, '1..2147483647'],
    [{ big: { lte: 9_007_199_254_740_993n } }, '-9223372036854775808..9007199254740993'],
    [{ ratio: {} }, '-Infinity..Infinity'],
    [{ time: { gte: '1970-01-01', lt: '1970-01-02' } }, '0..86399999'],
    [{ net: '10.0.0.0/30' }, '281470849515520..281470849515523'],
  ])('keeps %o as %s', (document, kept) => {
    expect(mapped(mapping, document)[0]![2]).toBe(kept)
  })
})

it('refuses another similarity than the one there is', () => {
  const text = (similarity: string): object => ({ properties: { a: { type: 'text', similarity } } })
  expect(() => parseMapping(object(text('boolean')))).toThrow('similarity [boolean] on field [a] is not supported')
  expect(() => parseMapping(object(text('BM25')))).not.toThrow()
})

describe('limits of an index', () => {
  const limited = (settings: object, properties: object = {}): Mapping =>
    parseMapping(object({ properties }), mappingLimits(object({ index: { mapping: settings } })))

  it('refuses more nested fields, nested objects and depth than it allows', () => {
    const nested = { a: { type: 'nested' }, b: { type: 'nested' } }
    expect(() => limited({ nested_fields: { limit: 1 } }, nested)).toThrow('Limit of nested fields [1]')
    const mapping = limited({ nested_objects: { limit: 2 } }, nested)
    expect(() => mapped(mapping, { a: [{ x: 1 }], b: { x: 1 } })).not.toThrow()
    expect(() => mapped(mapping, { a: [{ x: 1 }, { x: 2 }], b: { x: 1 } })).toThrow('allowed limit of [2]')
    expect(() => mapped(limited({ depth: { limit: 2 } }), { a: { b: { c: { d: 1 } } } })).toThrow('mapping depth [2]')
    expect(() => limited({ depth: { limit: 'deep' } })).toThrow('for setting [index.mapping.depth.limit]')
  })

  it('ignores fields beyond its limit where it says so, and names them in _ignored', () => {
    const mapping = limited(
      { total_fields: { limit: 3, ignore_dynamic_beyond_limit: 'true' } },
      { a: { type: 'long' } },
    )
    const { fields, update } = mapDocument(mapping, object({ a: 1, b: 'text', c: 2, d: { e: 1 } }))
    expect([...update!.fields().keys()]).toEqual(['a', 'b', 'b.keyword'])
    expect(fields.filter(({ field }) => field.name === '_ignored').map(({ value }) => value)).toEqual(['c', 'd'])
  })

  it('ignores malformed values of fields that do not say otherwise, where it says so', () => {
    const mapping = limited(
      { ignore_malformed: true },
      { a: { type: 'long' }, b: { type: 'long', ignore_malformed: false } },
    )
    expect(mapped(mapping, { a: 'x' })).toEqual([['_ignored', 'keyword', 'a']])
    expect(() => mapped(mapping, { b: 'x' })).toThrow('failed to parse field [b]')
    expect(() => limited({ coerce: false })).toThrow('setting [index.mapping.coerce] must be true')
  })
})
