import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OUTCOME, type Outcome } from './outcome.ts'
import { CAPACITY, WindowArena } from './window-arena.ts'
import { SEEN, WindowTable } from './window-table.ts'

type Step =
  | { readonly act: 'see'; key: number; element: number; time: number; outcome: Outcome }
  | { readonly act: 'answer'; key: number; element: number; outcome: Outcome }
  | { readonly act: 'delete'; key: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      act: fc.constant('see' as const),
      key: fc.nat(40),
      element: fc.nat(60),
      time: fc.nat(200_000),
      outcome: fc.constantFrom(...Object.values(OUTCOME)),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant('answer' as const),
      key: fc.nat(40),
      element: fc.nat(60),
      outcome: fc.constantFrom(...Object.values(OUTCOME)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('delete' as const), key: fc.nat(40) }) },
)

test('windows count as a map of maps does, through growth, deletion and a restart', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 800 }), fc.nat(200_000), (steps, since) => {
      const table = new WindowTable(1000, new WindowArena(100_000))
      const model = new Map<number, Map<number, { time: number; outcome: Outcome }>>()
      const answers: boolean[] = []
      const expected: boolean[] = []
      for (const one of steps) {
        if (one.act === 'delete') {
          table.delete(one.key, 1, 2)
          model.delete(one.key)
          continue
        }
        const known = model.get(one.key)?.get(one.element)
        if (one.act === 'see') {
          answers.push(table.see(table.add(one.key, 1, 2), one.element, 0, 7, one.time, one.outcome) >= SEEN.news)
          expected.push(known === undefined || one.outcome > known.outcome || one.time - known.time > 60_000)
          const window = model.get(one.key) ?? new Map<number, { time: number; outcome: Outcome }>()
          window.set(one.element, {
            time: Math.max(one.time, known?.time ?? 0),
            outcome: Math.max(one.outcome, known?.outcome ?? 0) as Outcome,
          })
          model.set(one.key, window)
        } else {
          const row = table.find(one.key, 1, 2)
          answers.push(row >= 0 && table.answer(row, one.element, one.outcome))
          expected.push(known !== undefined && known.outcome < one.outcome)
          if (known !== undefined && known.outcome < one.outcome) known.outcome = one.outcome
        }
      }
      expect(answers).toEqual(expected)
      const restored = new WindowTable(1000, new WindowArena(100_000))
      restored.load(
        table.save(() => true),
        {
          key: (a, b, c) => [a, b, c],
          host: (number) => number,
          element: (element) => element,
          tool: (number) => number,
        },
      )
      for (const each of [table, restored]) {
        expect(each.size).toBe(model.size)
        for (const [key, window] of model) {
          const row = each.find(key, 1, 2)
          const times = [...window.values()].filter(({ time }) => time >= since)
          const counted = times.filter(({ outcome }) => outcome < OUTCOME.succeeded)
          expect(each.count(row, since)).toEqual({
            tried: counted.length,
            failed: counted.filter(({ outcome }) => outcome === OUTCOME.failed).length,
            succeeded: times.length - counted.length,
          })
          expect(each.counted(row, 0).elements.sort((a, b) => a - b)).toEqual([...window.keys()].sort((a, b) => a - b))
        }
      }
    }),
    { numRuns: 60 },
  )
})

test('a full table forgets what was not used, and pinned keys last', () => {
  const table = new WindowTable(100, new WindowArena(100_000), (key) => key < 10)
  for (let key = 0; key < 5000; key++) {
    table.see(table.add(key, 0, 0), 1, 0, 1, key, OUTCOME.failed)
    table.find(10, 0, 0)
  }
  expect([table.size, table.evicted]).toEqual([100, 4900])
  const kept = Array.from({ length: 11 }, (_, key) => table.find(key, 0, 0) >= 0)
  expect(kept).toEqual(kept.map(() => true))
})

test('a window holds the newest elements, fewer where room is short', () => {
  const wide = new WindowTable(10, new WindowArena(100_000))
  const narrow = new WindowTable(10, new WindowArena(1))
  for (const table of [wide, narrow])
    for (let port = 0; port < 3000; port++) table.see(table.add(1, 2, 3), port, 0, port, port, OUTCOME.failed)
  const { elements } = wide.counted(wide.find(1, 2, 3), 0)
  expect([elements.length, Math.min(...elements)]).toEqual([CAPACITY, 3000 - CAPACITY])
  expect(narrow.count(narrow.find(1, 2, 3), 0)).toEqual({ failed: 8, tried: 8, succeeded: 0 })
})
