import { defineSchedule, type Registry, type Schedule } from './model.ts'

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

const interval = defineSchedule({
  name: 'interval',
  summary: 'every so many seconds, minutes, hours, days or weeks',
  read(spec) {
    const expected = 'seconds as a number, or a duration such as "10s", "5m", "2h", "1d", "1w"'
    if (typeof spec.value !== 'string' && typeof spec.value !== 'number') return spec.invalid(expected)
    const match = /^([1-9]\d{0,8})\s*([smhdw]?)$/.exec(String(spec.value).trim())
    if (match === null) return spec.invalid(expected)
    const millis = Number(match[1]) * UNITS[match[2] === '' ? 's' : match[2]!]!
    return {
      type: 'interval',
      // Also where the clock was set back behind the anchor: never more than one interval away.
      next: (after, anchor) => anchor + (Math.floor((after - anchor) / millis) + 1) * millis,
    }
  },
})

const refused = (name: string): { refused: string } => ({
  refused: `the schedule ${name} is not in this version; write an interval`,
})

export const SCHEDULES: Registry<Schedule> = {
  interval,
  hourly: refused('hourly'),
  daily: refused('daily'),
  weekly: refused('weekly'),
  monthly: refused('monthly'),
  yearly: refused('yearly'),
  cron: refused('cron'),
}
