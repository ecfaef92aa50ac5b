import { Cron } from 'croner'
import type { Clock, Timer } from '../../clock/index.ts'
import { type, type OptionType } from '../../settings/index.ts'

/** A line of cron with five or six fields, and a time zone behind it where one is wanted. */
export const cronLine: OptionType<Cron> = {
  name: 'cron line',
  read(raw) {
    const expected = 'a line of cron such as "*/30 * * * *", with a time zone behind it if need be'
    const parts = String(raw).trim().split(/\s+/)
    const last = parts.at(-1)!
    const hasZone = parts.length > 5 && (/^[A-Z]\w*(?:\/[\w+-]+)+$/.test(last) || /^(?:UTC|GMT|Z)$/i.test(last))
    const zone = hasZone ? parts.pop() : undefined
    if (parts.length !== 5 && parts.length !== 6) return type.no(expected)
    try {
      const timezone = zone?.toUpperCase() === 'Z' ? 'UTC' : zone
      const cron = new Cron(parts.join(' '), { paused: true, ...(timezone === undefined ? {} : { timezone }) })
      return cron.nextRun() === null ? type.no(expected) : type.ok(cron)
    } catch {
      return type.no(expected)
    }
  },
}

/** Calls `work` at each moment of the schedule, one after the other, until it is cancelled. */
export function follow(schedule: Cron, clock: Clock, work: () => Promise<void>): Timer {
  let timer: Timer | undefined
  let cancelled = false
  const plan = (): void => {
    const next = schedule.nextRun(new Date(clock.now()))
    if (cancelled || next === null) return
    timer = clock.after(Math.max(1, next.getTime() - clock.now()), () => {
      // What rings before its time is set again, or the same moment would come twice.
      if (clock.now() < next.getTime()) plan()
      else void work().finally(plan)
    })
  }
  plan()
  return {
    cancel() {
      cancelled = true
      timer?.cancel()
    },
  }
}
