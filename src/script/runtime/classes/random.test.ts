import { expect, test } from 'vitest'
import { compileScript } from '../../index.ts'

/** What Java answers for the same seeds. */
test.each([
  ['Random r = new Random(42L); return r.nextInt() + " " + r.nextInt()', '-1170105035 234785527'],
  ['Random r = new Random(42L); return r.nextInt(100) + " " + r.nextInt(100) + " " + r.nextInt(10)', '30 63 8'],
  ['return new Random(42L).nextDouble()', '0.7275636800328681'],
  ['return new Random(42L).nextLong()', '-5025562857975149833'],
  ['return new Random(42L).nextBoolean()', 'true'],
  ['return new Random(42L).nextGaussian()', '1.1419053154730547'],
  [
    'StringJoiner j = new StringJoiner(", ", "[", "]"); j.add("a").add("b"); return j.toString() + j.length()',
    '[a, b]6',
  ],
  ['return new StringJoiner("-").setEmptyValue("none").toString()', 'none'],
])('%s', (source, expected) => {
  expect(compileScript({ source }, { context: 'painless_test' }).run({})).toBe(expected)
})
