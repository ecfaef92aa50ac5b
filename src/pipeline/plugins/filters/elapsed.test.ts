import { hostname } from 'node:os'
import { describe, expect, test } from 'vitest'
import { filterFixture, type Fields } from '../../../../test/filter-fixture.ts'
import { ManualClock } from '../../../clock/index.ts'

const CONFIG = 'start_tag => "began" end_tag => "ended" unique_id_field => "id"'
const begin = (id: unknown, more: object = {}): object => ({ id, tags: ['began'], ...more })
const end = (id: unknown): object => ({ id, tags: ['ended'] })

function fixture(options = '') {
  const clock = new ManualClock(1_600_000_000_000)
  return Object.assign(filterFixture(`elapsed { ${CONFIG} ${options} }`, { clock }), { clock })
}

const match: Fields = {
  elapsed_time: 10.25,
  elapsed_timestamp_start: '2020-09-13T12:26:40.000Z',
}

describe('elapsed', () => {
  test('the event that ends tells the time', async () => {
    await using filter = fixture('add_tag => "seen"')
    expect(await filter.run(begin(1))).toEqual([{ id: 1, tags: ['began', 'seen'] }])
    await filter.clock.advance(10_250)
    expect(await filter.run(end('1'), end(1), end(1))).toEqual([
      { id: '1', tags: ['ended', 'seen', 'elapsed_end_without_start'] },
      { id: 1, tags: ['ended', 'seen', 'elapsed', 'elapsed_match'], ...match },
      { id: 1, tags: ['ended', 'seen', 'elapsed_end_without_start'] },
    ])
  })

  test('or an event of its own, behind it', async () => {
    await using filter = fixture('new_event_on_match => true add_field => { "kind" => "time" }')
    await filter.run(begin('a'))
    await filter.clock.advance(10_250)
    expect(await filter.run(end('a'), { n: 1 })).toEqual([
      { id: 'a', tags: ['ended'], kind: 'time' },
      { id: 'a', tags: ['elapsed', 'elapsed_match'], host: hostname(), ...match, kind: 'time' },
      { n: 1 },
    ])
  })

  test.each([
    ['first', 3],
    ['last', 2],
  ])('of several beginnings the %s counts', async (keep, expected) => {
    await using filter = fixture(`keep_start_event => "${keep}"`)
    await filter.run(begin(1))
    await filter.clock.advance(1_000)
    await filter.run(begin(1))
    await filter.clock.advance(2_000)
    expect(await filter.run(end(1))).toMatchObject([{ elapsed_time: expected }])
  })

  test('an end that does not come is told after the time for it', async () => {
    await using filter = fixture('timeout => 30')
    await filter.run(begin(1), begin(2))
    await filter.clock.advance(10_000)
    await filter.run(begin(3))
    await filter.clock.advance(19_000)
    expect(await filter.flush()).toEqual([])
    await filter.clock.advance(2_500)
    const expired = { tags: ['elapsed', 'elapsed_expired_error'], elapsed_time: 31, host: hostname() }
    const { elapsed_timestamp_start } = match
    expect(await filter.flush()).toEqual([
      { id: 1, ...expired, elapsed_timestamp_start },
      { id: 2, ...expired, elapsed_timestamp_start },
    ])
    expect(await filter.run(end(2), end(3))).toMatchObject([
      { tags: ['ended', 'elapsed_end_without_start'] },
      { elapsed_time: 21.5 },
    ])
  })

  test('events without an ID or a tag pass', async () => {
    await using filter = fixture('add_tag => "seen"')
    expect(await filter.run({ tags: ['began'] }, { id: 1, tags: 'other' }, { id: null, tags: ['ended'] })).toEqual([
      { tags: ['began'] },
      { id: 1, tags: 'other' },
      { id: null, tags: ['ended'] },
    ])
  })
})
