import { expect, test } from 'vitest'
import { Oldest } from './oldest.ts'

test('the oldest come in order, those that moved to the end later, and after the last it begins anew', () => {
  const map = new Map([...'abcd'].map((key) => [key, 0]))
  const oldest = new Oldest(map)
  const taken: (string | undefined)[] = []
  const take = (): void => {
    const key = oldest.take()
    taken.push(key)
    if (key !== undefined) map.delete(key)
  }
  take()
  map.delete('b')
  map.set('b', 1)
  for (let i = 0; i < 4; i++) take()
  map.set('e', 0)
  take()
  expect(taken).toEqual(['a', 'c', 'd', 'b', undefined, 'e'])
})
