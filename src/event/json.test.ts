import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Double } from './number.ts'
import { parseJson, stringifyJson } from './json.ts'

describe('JSON keeps what JSON.parse loses', () => {
  test.each([
    ['[1.0]', '[1.0]'],
    ['{"a":1e3}', '{"a":1000.0}'],
    ['{"a":12345678901234567890,"b":"12345678901234567890"}', '{"a":12345678901234567890,"b":"12345678901234567890"}'],
    ['{"a":9007199254740993}', '{"a":9007199254740993}'],
    ['{"n": -0.5, "m": [ 2.0 , 3 ], "s": "x\\"1.0,"}', '{"n":-0.5,"m":[2.0,3],"s":"x\\"1.0,"}'],
    ['{"a":{},"b":[],"c":null,"d":true,"e":1.0}', '{"a":{},"b":[],"c":null,"d":true,"e":1.0}'],
  ])('%s', (text, printed) => {
    expect(stringifyJson(parseJson(text))).toBe(printed)
  })

  test('1.0 is a double, 1 a long', () => {
    expect(parseJson('[1.0, 1]')).toEqual([new Double(1), 1])
  })

  test('objects have no prototype, and __proto__ is a name like any other', () => {
    const value = parseJson('{"__proto__":{"polluted":true},"a":{"constructor":1}}') as Record<string, unknown>
    expect(Object.getPrototypeOf(value)).toBeNull()
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(stringifyJson(value)).toBe('{"__proto__":{"polluted":true},"a":{"constructor":1}}')
  })

  test('a number of many digits does not lose the place in the text', () => {
    const digits = '9'.repeat(500)
    expect(stringifyJson(parseJson(`[${digits},"after"]`))).toBe(`[${digits},"after"]`)
  })

  test('reads whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value)
        expect(JSON.parse(stringifyJson(parseJson(text)))).toEqual(JSON.parse(text))
      }),
    )
  })

  test('writes texts and names as JSON.stringify does, lone surrogates too', () => {
    const text = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) })
    const ascii = fc.string({ unit: fc.nat(0x80).map((code) => String.fromCharCode(code)) })
    fc.assert(
      fc.property(fc.oneof(text, ascii), (one) => {
        expect(stringifyJson(one)).toBe(JSON.stringify(one))
        expect(stringifyJson({ [one]: one })).toBe(JSON.stringify({ [one]: one }))
      }),
    )
  })

  test.each(['{', '[1,]', 'nul', '"\u0001"'])('refuses %j', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError)
  })
})
