import type { Clock } from './clock.ts'

/**
 * Waits for work, `millis` at the longest; work that fails within that time rejects. The timer goes with the wait: one that is
 * left behind would hold up the end of the process.
 */
export async function waitAtMost(clock: Clock, millis: number, work: Promise<unknown>): Promise<void> {
  const aborter = new AbortController()
  try {
    await Promise.race([work, clock.sleep(millis, aborter.signal)])
  } finally {
    aborter.abort()
  }
}
