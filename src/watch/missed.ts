import { isObject, Timestamp, type ValueObject } from '../event/index.ts'
import { runWatch } from './execute.ts'
import type { Services, Watch } from './model.ts'
import { object, WatchStatus } from './status.ts'

const LIMIT = 10_000

/** The first moment after `after` at which a watch is due; Infinity where there is none. */
export function nextRun({ schedules }: Watch, after: number, anchor: number): number {
  return Math.min(...schedules.map((schedule) => schedule.next(after, anchor)))
}

/** Moments at which a watch is due, the first 10,000; `truncated` where there were more. */
export interface DueTimes {
  readonly times: readonly number[]
  readonly truncated: boolean
}

/** The moments after `from` and up to `to` at which a watch is due; intervals count from `anchor`. */
export function dueTimes(watch: Watch, from: number, to: number, anchor = from): DueTimes {
  const times: number[] = []
  if (watch.schedules.length === 0) return { times, truncated: false }
  let at = nextRun(watch, from, anchor)
  for (; at <= to && times.length < LIMIT; at = nextRun(watch, at, anchor)) times.push(at)
  return { times, truncated: at <= to }
}

/** Runs a watch as it would have run at each time, without its actions. @returns the runs whose condition was met */
export async function runPast(
  watch: Watch,
  services: Services,
  times: readonly number[],
  mode: 'skip' | 'simulate',
): Promise<{ readonly at: Timestamp; readonly record: ValueObject }[]> {
  const met: { at: Timestamp; record: ValueObject }[] = []
  for (const time of times) {
    const at = Timestamp.fromMillis(time)
    const { record } = await runWatch(watch, new WatchStatus(watch, at), services, {
      triggered: at,
      scheduled: at,
      at,
      defaultThrottleMillis: 0,
      actionModes: { _all: mode },
    })
    const result = record['result']
    const condition = isObject(result) ? result['condition'] : undefined
    if (isObject(condition) && condition['met'] === true) met.push({ at, record })
  }
  return met
}

/** The record of a gap. */
export function missedRecord(
  watch: Watch,
  { times, truncated }: DueTimes,
  now: Timestamp,
  met?: readonly Timestamp[],
): ValueObject {
  const [from, to] = [Timestamp.fromMillis(times[0]!), Timestamp.fromMillis(times.at(-1)!)]
  const runs = times.length === 1 ? '1 run was' : `${times.length} runs were`
  return object({
    watch_id: watch.id,
    node: 'vedetta',
    state: 'missed',
    trigger_event: object({
      type: 'schedule',
      triggered_time: now,
      schedule: object({ triggered_time: now, scheduled_time: from }),
    }),
    missed: object({ from, to, count: times.length, truncated, met: met === undefined ? undefined : [...met] }),
    result: object({ execution_time: now }),
    messages: [
      `${runs} missed, from ${from.toString()} to ${to.toString()}`,
      ...(truncated ? [`more were due from then to ${now.toString()}, which are neither counted nor made up`] : []),
    ],
  })
}
