import { expect, test } from 'vitest'
import { printable } from './printable.ts'

test.each([
  ['Detected portscan from [10.0.0.1]\n\tto [10.0.0.2]', 'Detected portscan from [10.0.0.1]\n\tto [10.0.0.2]'],
  ['\u001b[2Jgone\u0007\r', '?[2Jgone??'],
  ['\u009b31m \u202Eevil', '?31m ?evil'],
  ['Zürich 東京 🚨', 'Zürich 東京 🚨'],
])('%j', (text, shown) => {
  expect(printable(text)).toBe(shown)
})
