import { expect, test } from 'vitest'
import { MAIL, runActions } from '../../test/fixtures/sample-watch.ts'

test('conditions, transforms, throttling and modes are of each action', async () => {
  const actions = {
    skipped: { condition: { never: {} }, ...MAIL },
    wrapped: { transform: { script: { source: 'wrap' } }, logging: { text: '{{ctx.payload.body}}' } },
    failing: { transform: { script: { source: 'fails' } }, logging: { text: 'x' } },
    untouched: { logging: { text: '{{ctx.payload.a}}', level: 'warn', category: 'c' } },
    looped: {
      foreach: 'ctx.payload.list',
      max_iterations: 2,
      logging: { text: '{{ctx.payload.n}}{{ctx.payload._value}}' },
    },
  }
  const [system, results] = await runActions(actions, { a: 1, list: [{ n: 'x' }, 7, 8] })
  await using _ = system
  expect(results).toMatchObject([
    { id: 'skipped', status: 'condition_failed' },
    { id: 'wrapped', status: 'success', logging: { logged_text: expect.stringMatching(/^wrapped {"a":1/) } },
    {
      id: 'failing',
      status: 'failure',
      reason: 'Failed to transform payload',
      transform: { status: 'failure', reason: 'runtime error' },
    },
    { id: 'untouched', status: 'success', logging: { logged_text: '1' } },
    {
      id: 'looped',
      status: 'success',
      reason: '1 more elements than max_iterations [2] were left out',
      foreach: [{ logging: { logged_text: 'x' } }, { logging: { logged_text: '7' } }],
    },
  ])
})
