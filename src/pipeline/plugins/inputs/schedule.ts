import type { Clock, Timer } from '../../../clock/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import { cronLine, follow } from '../cron-line.ts'

/** When work is done. `start` calls it at each of its times, one after the other, until it is cancelled. */
export interface Schedule {
  /** True where there is one time only. */
  readonly once: boolean
  start(clock: Clock, work: () => Promise<void>): Timer
}

const UNITS: Readonly<Record<string, number>> = {
  y: 31_536_000_000,
  M: 2_592_000_000,
  w: 604_800_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
}

/** Milliseconds of a duration such as `1h30m` or `10`, which are seconds; undefined where it is none. */
function parseDuration(text: string): number | undefined {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1000
  if (!/^(?:\d+(?:\.\d+)?[yMwdhms])+$/.test(text)) return undefined
  let millis = 0
  for (const [, count, unit] of text.matchAll(/([\d.]+)([yMwdhms])/g)) millis += Number(count) * UNITS[unit!]!
  return millis
}

/**
 * Reads the `schedule` of Logstash's inputs: one of `cron`, `every`, `in` and `at`, as rufus-scheduler has them.
 * @throws DiagnosticError where it is none.
 */
export function readSchedule(given: ReadonlyMap<string, string>): Schedule {
  const [[kind, text] = ['', '']] = given
  const refuse = (expected: string): never => {
    throw fail('plugin.option_invalid', { option: 'schedule', expected, value: [...given].flat().join(' => ') })
  }
  if (given.size !== 1) refuse('a hash with one of cron, every, in and at')
  switch (kind) {
    case 'cron': {
      const cron = cronLine.read(text)
      if (!cron.ok) return refuse(cron.expected)
      return { once: false, start: (clock, work) => follow(cron.value, clock, work) }
    }
    case 'every': {
      const millis = parseDuration(text)
      if (millis === undefined || millis <= 0) return refuse('a duration such as "5m" or "1h30m"')
      return { once: false, start: (clock, work) => repeat(clock, millis, work) }
    }
    case 'in': {
      const millis = parseDuration(text)
      if (millis === undefined) return refuse('a duration such as "10s"')
      return { once: true, start: (clock, work) => clock.after(millis, () => void work()) }
    }
    case 'at': {
      const time = Date.parse(text.replaceAll('/', '-').replace(/^(\S+) (\d\d:.*)$/, '$1T$2'))
      if (Number.isNaN(time)) return refuse('a time such as "2030-12-12 23:30:00"')
      return { once: true, start: (clock, work) => clock.after(time - clock.now(), () => void work()) }
    }
    default:
      return refuse('a hash with one of cron, every, in and at')
  }
}

/** At once, then at each interval; a time that comes while work is still done is left out. */
function repeat(clock: Clock, millis: number, work: () => Promise<void>): Timer {
  let timer: Timer
  let cancelled = false
  const began = clock.monotonic()
  const again = (): void => {
    if (cancelled) return
    const past = clock.monotonic() - began
    timer = clock.after((Math.floor(past / millis) + 1) * millis - past, run)
  }
  const run = (): void => {
    void work().finally(again)
  }
  timer = clock.after(0, run)
  return {
    cancel() {
      cancelled = true
      timer.cancel()
    },
  }
}
