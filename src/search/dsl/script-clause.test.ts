import { expect, test } from 'vitest'
import { bounded, scriptOf } from './script-clause.ts'

test('the runs of a script are bounded together until others have had their turn', async () => {
  const source = 'int x = 0; for (int i = 0; i < 100; i++) { x += i } return x'
  const script = bounded(scriptOf(source, 'score', 'script'), 10_000)
  const run = (): unknown => script.run({})
  expect(() => {
    for (let document = 0; document < 1_000; document++) run()
  }).toThrow('the script takes too long')
  await new Promise((resolve) => setImmediate(resolve))
  expect(run()).toBe(4_950)
})
