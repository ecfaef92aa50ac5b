import { expect, test } from 'vitest'
import { compileJavaTimeFormat } from './java-time-format.ts'

const MOMENT = Date.UTC(2026, 11, 28, 15, 4, 5, 67) * 1000 + 89

test.each([
  ['yyyy.MM.dd', '2026.12.28'],
  ['uuuu-MM-dd HH:mm:ss.SSSSSSSSS', '2026-12-28 15:04:05.067089000'],
  ["yyyy-MM-dd'T'HH:mm:ss.SSSXXX", '2026-12-28T15:04:05.067Z'],
  ["h:mm a, EEEE d MMMM yy 'o''clock'", "3:04 PM, Monday 28 December 26 o'clock"],
  ['EEE, dd MMM yyyy xx', 'Mon, 28 Dec 2026 +0000'],
  ["D ''n''", "362 '67089000'"],
  ['YYYY-ww', '2027-01'],
  ['QQQ A', 'Q4 54245067'],
])('%s', (pattern, text) => {
  expect(compileJavaTimeFormat(pattern)(MOMENT)).toBe(text)
})

test.each(['yyyy-bb', "yyyy 'open", 'yyyy#', '[yyyy]'])('%s is refused', (pattern) => {
  expect(() => compileJavaTimeFormat(pattern)).toThrow('must be a pattern of java.time')
})
