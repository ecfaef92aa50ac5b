import { describe, expect, test } from 'vitest'
import { sampleWatch, startSample } from '../../../test/fixtures/sample-watch.ts'

describe('conditions', () => {
  const payload = {
    n: 5,
    d: 5.0,
    s: 'abc',
    t: '2026-11-24T11:59:00Z',
    none: null,
    list: [{ v: 1 }, { v: 3 }],
    pair: { a: 1, b: ['x'] },
    yes: true,
    empty: [],
  }

  test.each<[object, boolean]>([
    [{ always: {} }, true],
    [{ never: {} }, false],
    [{ compare: { 'ctx.payload.n': { eq: 5 } } }, true],
    [{ compare: { 'ctx.payload.n': { not_eq: 5 } } }, false],
    [{ compare: { 'ctx.payload.n': { gt: 4, lt: 6 } } }, true],
    [{ compare: { 'ctx.payload.n': { gte: 6 } } }, false],
    [{ compare: { 'ctx.payload.n': { lte: '5' } } }, true],
    [{ compare: { 'ctx.payload.n': { eq: '{{ctx.payload.d}}' } } }, true],
    [{ compare: { 'ctx.payload.s': { gt: 'abb' } } }, true],
    [{ compare: { 'ctx.payload.s': { gt: 5 } } }, false],
    [{ compare: { 'ctx.payload.t': { lt: '<{now-30s}>' } } }, true],
    [{ compare: { 'ctx.payload.t': { gt: '<{now-30s}>' } } }, false],
    [{ compare: { 'ctx.payload.none': { eq: null } } }, true],
    [{ compare: { 'ctx.payload.absent.far': { gt: 1 } } }, false],
    [{ compare: { 'ctx.payload.list.1.v': { eq: 3 } } }, true],
    [{ compare: { 'ctx.payload.n': { eq: '5' } } }, true],
    [{ compare: { 'ctx.payload.s': { lt: 'abcd' } } }, true],
    [{ compare: { 'ctx.payload.s': { eq: 5 } } }, false],
    [{ compare: { 'ctx.payload.s': { not_eq: 5 } } }, true],
    [{ compare: { 'ctx.payload.n': { not_eq: null } } }, true],
    [{ compare: { 'ctx.payload.n': { gte: null } } }, false],
    [{ compare: { 'ctx.payload.pair': { eq: { b: ['x'], a: 1.0 } } } }, true],
    [{ compare: { 'ctx.payload.pair': { eq: { b: ['y'], a: 1 } } } }, false],
    [{ compare: { 'ctx.payload.pair': { not_eq: { a: 1 } } } }, true],
    [{ compare: { 'ctx.payload.pair.b': { eq: ['x'] } } }, true],
    [{ compare: { 'ctx.payload.pair': { eq: '{{ctx.payload.pair}}' } } }, true],
    [{ compare: { 'ctx.payload.yes': { eq: true } } }, true],
    [{ compare: { 'ctx.payload.yes': { eq: 'true' } } }, true],
    [{ compare: { 'ctx.payload.s': { eq: true } } }, false],
    [{ compare: { 'ctx.payload.t': { not_eq: '<{now-30s}>' } } }, true],
    [{ array_compare: { 'ctx.payload.absent': { path: 'v', not_eq: { value: 3, quantifier: 'all' } } } }, true],
    [{ array_compare: { 'ctx.payload.list': { path: 'w', eq: { value: null } } } }, true],
    [{ array_compare: { 'ctx.payload.list': { path: 'w', not_eq: { value: 3 } } } }, false],
    [{ array_compare: { 'ctx.payload.list': { eq: { value: { v: 3 } } } } }, true],
    [{ array_compare: { 'ctx.payload.list': { path: 'v', gte: { value: 3 } } } }, true],
    [{ array_compare: { 'ctx.payload.list': { path: 'v', gte: { value: 3, quantifier: 'all' } } } }, false],
    [{ array_compare: { 'ctx.payload.empty': { path: 'v', gte: { value: 3, quantifier: 'some' } } } }, false],
  ])('%j is %s', async (condition, met) => {
    await using system = await startSample()
    const definition = sampleWatch({ input: { simple: payload }, condition, actions: {} })
    const { record } = await system.watcher.execute(undefined, {}, definition)
    expect((record['result'] as { condition: unknown }).condition).toMatchObject({ met })
  })

  test('a script must return true or false', async () => {
    await using system = await startSample()
    const definition = sampleWatch({ input: { simple: {} }, condition: { script: 'null' } })
    const { record, state } = await system.watcher.execute(undefined, {}, definition)
    expect([state, record['messages']]).toEqual([
      'failed',
      ['failed to execute watch condition', 'the script of a condition must return true or false, got null'],
    ])
  })

  test('the record says what was compared, and with what', async () => {
    await using system = await startSample()
    const condition = { array_compare: { 'ctx.payload.list': { path: 'v', gt: { value: '{{ctx.payload.n}}' } } } }
    const { record } = await system.watcher.execute(
      undefined,
      {},
      sampleWatch({ input: { simple: payload }, condition }),
    )
    expect(record['result']).toMatchObject({
      condition: {
        met: false,
        array_compare: { resolved_values: { 'ctx.payload.list': payload.list, 'ctx.payload.n': 5 } },
      },
    })
  })

  test('a path that is no list ends the run', async () => {
    await using system = await startSample()
    const condition = { array_compare: { 'ctx.payload.s': { eq: { value: 1 } } } }
    const definition = sampleWatch({ input: { simple: payload }, condition })
    const { record } = await system.watcher.execute(undefined, {}, definition)
    expect(record['messages']).toContain('array path ctx.payload.s did not evaluate to array, was "abc"')
  })

  test.each(['gt', 'gte', 'lt', 'lte'])('%s has no order for a list', async (operator) => {
    await using system = await startSample()
    const condition = { compare: { 'ctx.payload.n': { [operator]: ['1'] } } }
    await expect(system.watcher.put('w', sampleWatch({ condition }))).rejects.toThrow(
      `'condition.compare.ctx.payload.n.${operator}' must be a number, a string, true, false or null`,
    )
  })
})
