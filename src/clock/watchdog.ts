import { createContext, Script } from 'node:vm'

/**
 * Runs work on the main thread that is stopped after a time: the only way to end a regular expression that
 * backtracks without end, short of killing its thread. `vm` is a stop-watch here, not a sandbox: the work is our own.
 */
const context = createContext(Object.create(null) as object) as { job?: () => void }
const script = new Script('job()')

/** @returns false where the time ran out; the work may then have stopped at any point in it. */
export function withWatchdog(millis: number, job: () => void): boolean {
  if (millis <= 0) {
    job()
    return true
  }
  const outer = context.job
  context.job = job
  try {
    script.runInContext(context, { timeout: millis })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false
    throw error
  } finally {
    if (outer === undefined) delete context.job
    else context.job = outer
  }
}

/**
 * Runs `step` for each of `count` items under one watchdog, which is wound up anew when it fires: an item that used up a
 * whole period by itself is reported to `timedOut`, the others are not harmed by it.
 *
 * - `step` is repeated for the item in hand when the period ends, so it must not have lasting effects before its end.
 * - An item is stopped after one to two periods.
 */
export function runEach(
  count: number,
  millis: number,
  step: (index: number) => void,
  timedOut: (index: number) => void,
): void {
  let index = 0
  while (index < count) {
    const start = index
    const done = withWatchdog(millis, () => {
      for (; index < count; index++) step(index)
    })
    if (done) return
    if (index === start) timedOut(index++)
  }
}
