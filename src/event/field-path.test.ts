import { describe, expect, test } from 'vitest'
import { Event } from './event.ts'
import { fieldPath, parseFieldPath } from './field-path.ts'
import { toValue, type ValueObject } from './value.ts'

function event(fields: unknown): Event {
  return new Event(toValue(fields) as ValueObject)
}

describe('field references', () => {
  test.each(['a', '[a]', '[a][b]', '[@metadata][x]', '[list][0]', '@timestamp', 'a.b', 'with space'])('%s', (text) => {
    expect(parseFieldPath(text)?.text).toBe(text)
  })

  test.each(['', '[a', 'a]', '[a]b', '[a][', '[]', 'a[b]', '[a,b]'])('%j is refused', (text) => {
    expect(parseFieldPath(text)).toBeUndefined()
  })

  test('read nested fields, list positions from both ends, and nothing where there is nothing', () => {
    const e = event({ a: { b: [10, 20, 30] }, s: 'text' })
    expect(e.get(fieldPath('[a][b][1]'))).toBe(20)
    expect(e.get(fieldPath('[a][b][-1]'))).toBe(30)
    expect(e.get(fieldPath('[a][b][7]'))).toBeUndefined()
    expect(e.get(fieldPath('[s][length]'))).toBeUndefined()
    expect(e.get(fieldPath('[a][constructor]'))).toBeUndefined()
  })

  test('write makes the objects on the way, and metadata stays out of the output', () => {
    const e = event({ a: 'scalar' })
    e.set(fieldPath('[x][y]'), 1)
    e.set(fieldPath('[a][b]'), 2)
    e.set(fieldPath('[@metadata][secret]'), 3)
    expect(e.toJson()).toBe('{"a":{"b":2},"x":{"y":1}}')
    expect(e.get(fieldPath('[@metadata][secret]'))).toBe(3)
  })

  test('remove takes out fields and list members', () => {
    const e = event({ a: { b: [1, 2, 3] } })
    expect(e.remove(fieldPath('[a][b][0]'))).toBe(1)
    expect(e.remove(fieldPath('[a][none]'))).toBeUndefined()
    expect(e.toJson()).toBe('{"a":{"b":[2,3]}}')
  })

  test('tags are added once and vanish with the last', () => {
    const e = event({ tags: 'one' })
    e.tag('two')
    e.tag('two')
    expect(e.data['tags']).toEqual(['one', 'two'])
    e.untag('one')
    e.untag('two')
    expect('tags' in e.data).toBe(false)
  })

  test('a clone shares nothing', () => {
    const e = event({ a: { b: [1] } })
    const copy = e.clone()
    copy.set(fieldPath('[a][b][0]'), 2)
    expect(e.toJson()).toBe('{"a":{"b":[1]}}')
  })
})
