import { expect, test } from 'vitest'
import { newObject } from '../event/index.ts'
import { refusalOf } from './index.ts'

const thrown = (job: () => unknown): unknown => {
  try {
    job()
  } catch (error) {
    return error
  }
  return undefined
}
const endless = (): unknown => [endless()]

test.each<[string, unknown, number | undefined]>([
  ['an object for a text', thrown(() => String(newObject())), 400],
  ['a list with one for a text', thrown(() => String([newObject()])), 400],
  ['an object for a number', thrown(() => Number(newObject())), 400],
  ['nesting without end', thrown(endless), 400],
  ['a full disk', Object.assign(new Error('write'), { code: 'ENOSPC' }), 429],
  ['an error of our own', new TypeError('x is not a function'), undefined],
])('%s', (_, error, status) => {
  expect(refusalOf(error)?.http.status).toBe(status)
})
