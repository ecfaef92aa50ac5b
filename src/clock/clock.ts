/** A timer that was set; cancelling twice is harmless. */
export interface Timer {
  cancel(): void
}

/**
 * Time, injected, so that tests and replays control it.
 *
 * - `now` is wall-clock time in milliseconds since the epoch, possibly fractional; it may jump.
 * - `monotonic` is in milliseconds from some fixed moment and never goes back; measure durations with it.
 * - A timer's callback is called on the event loop, never inside `after`.
 * - Timers do not keep the process alive on their own.
 */
export interface Clock {
  now(): number
  monotonic(): number
  after(millis: number, callback: () => void): Timer
  /** Resolves after `millis`, or at once when the signal aborts; it never rejects. */
  sleep(millis: number, signal?: AbortSignal): Promise<void>
}

const LONGEST_TIMEOUT = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(millis, callback) {
    const handle = setTimeout(callback, Math.min(Math.max(0, millis), LONGEST_TIMEOUT))
    handle.unref()
    return { cancel: () => clearTimeout(handle) }
  },
  sleep(millis, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const done = (): void => {
        clearTimeout(handle)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const handle = setTimeout(done, Math.min(Math.max(0, millis), LONGEST_TIMEOUT))
      signal?.addEventListener('abort', done)
    })
  },
}
