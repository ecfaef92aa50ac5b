import { describe, expect, test } from 'vitest'
import { parseZone } from '../../search/dsl/index.ts'
import { toValue } from '../../event/index.ts'
import { readWatchValue } from '../read-watch.ts'
import { watchScripts } from '../script.ts'
import { readCron } from './cron.ts'

const FROM = Date.parse('2026-11-24T12:00:00Z') // a Tuesday

function times(next: (after: number) => number | undefined, count: number, from = FROM): string[] {
  const found: string[] = []
  let at = from
  for (let i = 0; i < count; i++) {
    const moment = next(at)
    if (moment === undefined || moment === Infinity) break
    found.push(new Date(moment).toISOString().slice(0, 19))
    at = moment
  }
  return found
}

describe('cron', () => {
  test.each([
    ['0 0 0 * * ?', ['2026-11-25T00:00:00', '2026-11-26T00:00:00']],
    ['0 5 9,10 ? * MON-FRI', ['2026-11-25T09:05:00', '2026-11-25T10:05:00', '2026-11-26T09:05:00']],
    ['0 0/15 14 ? * *', ['2026-11-24T14:00:00', '2026-11-24T14:15:00', '2026-11-24T14:30:00']],
    ['*/20 * * * * ?', ['2026-11-24T12:00:20', '2026-11-24T12:00:40', '2026-11-24T12:01:00']],
    ['0 0 12 L * ?', ['2026-11-30T12:00:00', '2026-12-31T12:00:00']],
    ['0 0 12 L-3 * ?', ['2026-11-27T12:00:00', '2026-12-28T12:00:00']],
    ['0 0 12 15W * ?', ['2026-12-15T12:00:00', '2027-01-15T12:00:00', '2027-02-15T12:00:00', '2027-03-15T12:00:00']],
    ['0 0 12 LW * ?', ['2026-11-30T12:00:00', '2026-12-31T12:00:00', '2027-01-29T12:00:00']],
    ['0 0 12 1W 8 ? 2026-2027', ['2027-08-02T12:00:00']],
    ['0 15 10 ? * 6L', ['2026-11-27T10:15:00', '2026-12-25T10:15:00']],
    ['0 15 10 ? * FRI#3', ['2026-12-18T10:15:00', '2027-01-15T10:15:00']],
    ['0 0 6 ? * FRI-MON', ['2026-11-27T06:00:00', '2026-11-28T06:00:00', '2026-11-29T06:00:00', '2026-11-30T06:00:00']],
    ['0 0 22-1 * * ?', ['2026-11-24T22:00:00', '2026-11-24T23:00:00', '2026-11-25T00:00:00', '2026-11-25T01:00:00']],
    ['0 0 0 29 2 ? *', ['2028-02-29T00:00:00', '2032-02-29T00:00:00']],
    ['0 0 0 31 11 ?', []],
    ['0 0 0 1 1 ? 2020', []],
  ])('%s', (expression, expected) => {
    const next = (at: number): number | undefined => readCron(expression).next(at, parseZone('UTC'))
    expect(times(next, Math.max(expected.length, 1))).toEqual(expected)
  })

  test.each([
    ['* * * * *', 'expected six or seven fields'],
    ['60 0 0 * * ?', "seconds: values must be 0 to 59, got '60'"],
    ['0 0 0 ? * ?', 'not for both'],
    ['0 5 9-10 * * MON-FRI', "write '?' for one of them"],
    ['0 0 0 ? * 8', "day of week: values must be 1 to 7 or SUN to SAT, got '8'"],
    ['0 0 0 ? * MON#6', "a number from 1 to 5 must follow '#'"],
    ['0 0 0 1 FOO ?', "month: values must be 1 to 12 or JAN to DEC, got 'FOO'"],
    ['0/90 0 0 1 * ?', 'increments must be 1 to 59'],
  ])('%s is refused', (expression, message) => {
    expect(() => readCron(expression)).toThrow(message)
  })

  test('a local time that a change of the clocks skips comes at its end, one that comes twice comes once', () => {
    const rome = parseZone('Europe/Rome')
    const at = (from: string, count: number): string[] =>
      times((after) => readCron('0 30 2 * * ?').next(after, rome), count, Date.parse(from))
    expect(at('2026-03-28T12:00:00Z', 2)).toEqual(['2026-03-29T01:30:00', '2026-03-30T00:30:00'])
    expect(at('2026-10-24T12:00:00Z', 2)).toEqual(['2026-10-25T00:30:00', '2026-10-26T01:30:00'])
  })
})

function schedule(value: object): ReturnType<typeof readWatchValue> {
  return readWatchValue('w', toValue({ trigger: { schedule: value } }), watchScripts())
}

describe('schedules', () => {
  test.each([
    [{ hourly: {} }, ['2026-11-24T13:00:00', '2026-11-24T14:00:00']],
    [{ hourly: { minute: [0, 15, '30', 45] } }, ['2026-11-24T12:15:00', '2026-11-24T12:30:00']],
    [{ daily: {} }, ['2026-11-25T00:00:00']],
    [
      { daily: { at: ['midnight', 'noon', '17:00'] } },
      ['2026-11-24T17:00:00', '2026-11-25T00:00:00', '2026-11-25T12:00:00'],
    ],
    [
      { daily: { at: { hour: [0, 13, 17], minute: [0, 30] } } },
      ['2026-11-24T13:00:00', '2026-11-24T13:30:00', '2026-11-24T17:00:00'],
    ],
    [{ weekly: { on: 'friday', at: '17:00' } }, ['2026-11-27T17:00:00', '2026-12-04T17:00:00']],
    [
      {
        weekly: [
          { on: ['tue', 6], at: 'noon' },
          { day: 'sunday', time: '8:05' },
        ],
      },
      ['2026-11-27T12:00:00', '2026-11-29T08:05:00', '2026-12-01T12:00:00'],
    ],
    [
      { monthly: { on: [10, 'last'], at: ['midnight', 'noon'] } },
      ['2026-11-30T00:00:00', '2026-11-30T12:00:00', '2026-12-10T00:00:00'],
    ],
    [{ yearly: { in: ['january', 'dec'], on: 10, at: 'noon' } }, ['2026-12-10T12:00:00', '2027-01-10T12:00:00']],
    [{ yearly: { in: ['first', 'last'] } }, ['2026-12-01T00:00:00', '2027-01-01T00:00:00']],
    [{ interval: 2147483647 }, ['2094-12-12T15:14:07']],
    [{ cron: ['0 0 13 * * ?', '0 30 12 * * ?'] }, ['2026-11-24T12:30:00', '2026-11-24T13:00:00']],
    [{ timezone: 'America/New_York', daily: { at: '08:00' } }, ['2026-11-24T13:00:00']],
    [
      [{ interval: '1h' }, { daily: { at: '12:10' } }],
      ['2026-11-24T12:10:00', '2026-11-24T13:00:00'],
    ],
  ])('%j', (value, expected) => {
    const { watch, diagnostics } = schedule(value)
    expect(diagnostics.map(({ message }) => message)).toEqual([])
    const next = (after: number): number => Math.min(...watch!.schedules.map((one) => one.next(after, FROM)))
    expect(times(next, expected.length)).toEqual(expected)
  })

  test.each([
    [{ hourly: { minute: 60 } }, "'trigger.schedule.hourly.minute' must be an integer from 0 to 59, got 60"],
    [{ daily: { at: '24:00' } }, "'trigger.schedule.daily.at' must be a time in the form hh:mm"],
    [{ weekly: { on: 'noday' } }, "'trigger.schedule.weekly.on' must be a day of the week"],
    [{ weekly: { on: {} } }, "'trigger.schedule.weekly.on' must be a day of the week"],
    [{ monthly: { on: {} } }, "'trigger.schedule.monthly.on' must be an integer from 1 to 31, got {}"],
    [{ yearly: { in: [null] } }, "'trigger.schedule.yearly.in.0' must be a month"],
    [{ interval: '9999999999w' }, "'trigger.schedule.interval' must be an interval of at most 1,000 years"],
    [{ interval: '43S' }, "'trigger.schedule.interval' must be seconds as a number, or a duration"],
    [{ interval: 0 }, "'trigger.schedule.interval' must be seconds as a number, or a duration"],
    [{ monthly: { on: 33 } }, "'trigger.schedule.monthly.on' must be an integer from 1 to 31"],
    [{ cron: ['0 0 13 * * ?', 'bad'] }, "'trigger.schedule.cron.1': invalid cron expression [bad]"],
    [{ timezone: 'Mars', daily: {} }, "'trigger.schedule.timezone' must be a time zone"],
    [{ dayly: {} }, "schedule 'dayly' does not exist"],
  ])('%j is refused', (value, message) => {
    expect(schedule(value).diagnostics[0]?.message).toContain(message)
  })
})
