import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TextKeys } from './text-keys.ts'

const text = fc.oneof(fc.constantFrom('', 'a', '1', '11', '10.0.0.1', 'é', '\u{1f600}', 'x'.repeat(200)), fc.string())
const key = fc.tuple(text, text)

test('keys of texts are found as in a map, whatever is in them, through growth and deletion', () => {
  const steps = fc.array(fc.record({ key, remove: fc.boolean() }), { maxLength: 400 })
  fc.assert(
    fc.property(steps, (all) => {
      const keys = new TextKeys()
      const rows = new Map<string, number>()
      const free: number[] = []
      let used = 0
      for (const { key: texts, remove } of all) {
        const name = JSON.stringify(texts)
        expect(keys.find(texts)).toBe(rows.get(name) ?? -1)
        const row = rows.get(name)
        if (row === undefined) {
          const next = free.pop() ?? used++
          keys.insert(next)
          rows.set(name, next)
        } else if (remove) {
          keys.remove(row)
          rows.delete(name)
          free.push(row)
        }
      }
      expect(keys.size).toBe(rows.size)
      for (const [name, row] of rows) {
        expect(keys.textsOf(row)).toEqual(JSON.parse(name))
        expect(keys.find(JSON.parse(name) as string[])).toBe(row)
      }
    }),
    { numRuns: 40 },
  )
})

test('keys that come and go take the room of those that are there', () => {
  const keys = new TextKeys()
  for (let n = 0; n < 50_000; n++) {
    if (keys.find([`10.0.${n}`, 'target']) >= 0) throw new Error(`${n} was there`)
    keys.insert(n % 100)
    if (n >= 99) keys.remove((n + 1) % 100)
  }
  expect(keys.size).toBe(99)
  expect(keys.find(['10.0.49999', 'target'])).toBe(49_999 % 100)
  expect(keys.textsOf(49_999 % 100)).toEqual(['10.0.49999', 'target'])
})
