/** Averages move in steps of so many milliseconds, as those of Unix's load do. */
const STEP_MILLIS = 5_000

const ALPHAS = [1, 5, 15].map((minutes) => 1 - Math.exp(-STEP_MILLIS / 60_000 / minutes))

/** Counts, and averages of the rate over the last 1, 5 and 15 minutes that weigh what is near more. */
export class Meter {
  count = 0
  private readonly rates: (number | undefined)[] = ALPHAS.map(() => undefined)
  private uncounted = 0
  private nextStep: number

  /** `now` is of a monotonic clock, in milliseconds. */
  constructor(now: number) {
    this.nextStep = now + STEP_MILLIS
  }

  mark(now: number): void {
    this.step(now)
    this.count++
    this.uncounted++
  }

  /** A second, over 1, 5 and 15 minutes; 0 before the first step. */
  ratesAt(now: number): readonly number[] {
    this.step(now)
    return this.rates.map((rate) => rate ?? 0)
  }

  private step(now: number): void {
    if (now < this.nextStep) return
    const steps = Math.floor((now - this.nextStep) / STEP_MILLIS) + 1
    const current = (this.uncounted * 1000) / STEP_MILLIS
    this.uncounted = 0
    this.nextStep += steps * STEP_MILLIS
    ALPHAS.forEach((alpha, i) => {
      const before = this.rates[i]
      const first = before === undefined ? current : before + alpha * (current - before)
      // In the steps after it there was nothing.
      this.rates[i] = first * (1 - alpha) ** (steps - 1)
    })
  }
}
