import { parseZone, UTC, type Zone } from '../../search/dsl/index.ts'
import { defineSchedule, type Reading, type Registry, type Schedule } from '../model.ts'
import { readPart } from '../read-part.ts'
import { Spec } from '../spec.ts'
import { readDaily, readHourly, readMonthly, readWeekly, readYearly } from './calendar.ts'
import { readCron, type Cron } from './cron.ts'

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** Beyond it the next run would have no date. */
const LONGEST = 1000 * 365 * UNITS['d']!

const interval = defineSchedule({
  name: 'interval',
  summary: 'every so many seconds, minutes, hours, days or weeks',
  read(spec) {
    const expected = 'seconds as a number, or a duration such as "10s", "5m", "2h", "1d", "1w"'
    if (typeof spec.value !== 'string' && typeof spec.value !== 'number') return spec.invalid(expected)
    const match = /^([1-9]\d{0,9})\s*([smhdw]?)$/.exec(String(spec.value).trim())
    if (match === null) return spec.invalid(expected)
    const millis = Number(match[1]) * UNITS[match[2] === '' ? 's' : match[2]!]!
    if (millis > LONGEST) return spec.invalid('an interval of at most 1,000 years')
    return {
      type: 'interval',
      // Also where the clock was set back behind the anchor: never more than one interval away.
      next: (after, anchor) => anchor + (Math.floor((after - anchor) / millis) + 1) * millis,
    }
  },
})

const cron = defineSchedule({
  name: 'cron',
  summary: "one or several cron expressions of six or seven fields, with Elasticsearch's syntax",
  read(spec) {
    const expressions = spec.items().map((item) => {
      const text = item.string()
      if (text === undefined) return undefined
      try {
        return readCron(text)
      } catch (error) {
        return item.problems.wrap(
          item.path,
          new Error(`invalid cron expression [${text}]: ${(error as Error).message}`),
        )
      }
    })
    if (expressions.length === 0) return spec.invalid('a cron expression or a list of them')
    return expressions.every((read) => read instanceof Object) ? ofCrons('cron', expressions, UTC) : undefined
  },
})

/** The moments of several expressions, as one schedule. */
interface CalendarSchedule extends Schedule {
  readonly crons: readonly Cron[]
}

function ofCrons(type: string, crons: readonly Cron[], zone: Zone): CalendarSchedule {
  return {
    type,
    crons,
    next: (after) => Math.min(...crons.map((one) => one.next(after, zone) ?? Infinity)),
  }
}

const calendar = (name: string, summary: string, read: (spec: Spec) => readonly Cron[] | undefined) =>
  defineSchedule({
    name,
    summary,
    read(spec) {
      const crons = read(spec)
      return crons === undefined ? undefined : ofCrons(name, crons, UTC)
    },
  })

export const SCHEDULES: Registry<Schedule> = {
  interval,
  hourly: calendar('hourly', 'every hour at the minutes given', readHourly),
  daily: calendar('daily', 'every day at the times given', readDaily),
  weekly: calendar('weekly', 'on days of the week at the times given', readWeekly),
  monthly: calendar('monthly', 'on days of the month at the times given; 32 or `last` is the last day', readMonthly),
  yearly: calendar('yearly', 'in months, on days of them, at the times given', readYearly),
  cron,
}

/** Reads `trigger.schedule`: one object, or a list of them; each may hold several schedules and a `timezone`. */
export function readSchedules(spec: Spec, reading: Reading): Schedule[] {
  return spec.items().flatMap((item) => {
    if (!item.isObject(`an object with one schedule (${Object.keys(SCHEDULES).join(', ')})`)) return []
    const zoned = item.take('timezone')
    const zone = zoned === undefined ? UTC : readZone(zoned)
    const names = item.names().filter((name) => name !== 'timezone')
    const read = (part: Spec): Schedule[] => {
      const schedule = readPart(part, 'schedule', SCHEDULES, reading, ['timezone'])
      if (schedule === undefined) return []
      return 'crons' in schedule ? [ofCrons(schedule.type, (schedule as CalendarSchedule).crons, zone)] : [schedule]
    }
    if (names.length <= 1) return read(item)
    return names.flatMap((name) => {
      const inner = item.take(name)
      const one = { [name]: inner?.value ?? {} }
      return read(new Spec(Object.assign(Object.create(null) as typeof one, one), item.path, item.problems))
    })
  })
}

function readZone(spec: Spec): Zone {
  try {
    return parseZone(spec.string() ?? 'UTC')
  } catch {
    spec.invalid('a time zone such as "Europe/Rome" or "+02:00"')
    return UTC
  }
}
