import type { Clock, Timer } from './clock.ts'

/** A clock that stands still until a test or a replay moves it. */
export class ManualClock implements Clock {
  private time: number
  private elapsed = 0
  private timers: { at: number; callback: () => void }[] = []

  constructor(time = Date.UTC(2026, 0, 1)) {
    this.time = time
  }

  now(): number {
    return this.time
  }

  monotonic(): number {
    return this.elapsed
  }

  /** How many timers are set: a test moves on when what it tests has begun to wait. */
  get waiting(): number {
    return this.timers.length
  }

  after(millis: number, callback: () => void): Timer {
    const timer = { at: this.elapsed + Math.max(0, millis), callback }
    this.timers.push(timer)
    return {
      cancel: () => {
        this.timers = this.timers.filter((other) => other !== timer)
      },
    }
  }

  sleep(millis: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const done = (): void => {
        timer.cancel()
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = this.after(millis, done)
      signal?.addEventListener('abort', done)
    })
  }

  /** Moves both clocks on, calling each timer at its time; what a callback awaits gets its turn in between. */
  async advance(millis: number): Promise<void> {
    const end = this.elapsed + millis
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve))
      const next = this.timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      this.time += next.at - this.elapsed
      this.elapsed = next.at
      this.timers = this.timers.filter((timer) => timer !== next)
      next.callback()
    }
    this.time += end - this.elapsed
    this.elapsed = end
    await new Promise((resolve) => setImmediate(resolve))
  }

  /** A jump of the wall clock alone, as by NTP or a suspended machine. */
  jump(millis: number): void {
    this.time += millis
  }
}
