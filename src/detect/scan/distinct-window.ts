import type { Technique } from './contact.ts'

/** How a contact went; `used` is a success in which data was exchanged. A later word only replaces a lesser one. */
export const OUTCOME = { unknown: 0, failed: 1, succeeded: 2, used: 3 } as const
export type Outcome = (typeof OUTCOME)[keyof typeof OUTCOME]

export type WindowState = readonly [number[], number[], number[], number[], string[]]

/** More are not needed to decide; the oldest give way. */
export const CAPACITY = 1024

/**
 * The distinct elements of a key with the time each was last seen and how it went: an exact sliding count for any window.
 * An element is what is counted (a port, a host's hash); `aux` and `label` say something further of it.
 */
export class DistinctWindow {
  last = 0
  /** How the last probe was made, for its answer does not show it. */
  technique: Technique | undefined
  tool: string | undefined
  private readonly elements: number[] = []
  private readonly aux: number[] = []
  private readonly labels: string[] = []
  private readonly times: number[] = []
  private readonly outcomes: Outcome[] = []

  get size(): number {
    return this.elements.length
  }

  has(element: number): boolean {
    return this.elements.includes(element)
  }

  /** True where it changed what a window counts: a new element, one back after long, or a new outcome. */
  see(element: number, time: number, outcome: Outcome, aux = 0, label = ''): boolean {
    if (time > this.last) this.last = time
    let at = this.elements.lastIndexOf(element)
    if (at < 0) {
      at = this.elements.length < CAPACITY ? this.elements.length : this.oldest()
      this.elements[at] = element
      this.aux[at] = aux
      this.labels[at] = label
      this.times[at] = time
      this.outcomes[at] = outcome
      return true
    }
    const back = time - this.times[at]! > 60_000
    if (time > this.times[at]!) this.times[at] = time
    if (outcome > this.outcomes[at]! || (back && this.outcomes[at]! < OUTCOME.succeeded)) {
      this.outcomes[at] = Math.max(outcome, this.outcomes[at]!) as Outcome
      return true
    }
    return back
  }

  /** Says how a contact went, where it is known. */
  answer(element: number, outcome: Outcome): boolean {
    const at = this.elements.lastIndexOf(element)
    if (at < 0 || this.outcomes[at]! >= outcome) return false
    this.outcomes[at] = outcome
    return true
  }

  /** The asker gave up a connection before anything was said on it: that is no success. */
  abandon(element: number): boolean {
    const at = this.elements.lastIndexOf(element)
    if (at < 0 || this.outcomes[at] !== OUTCOME.succeeded) return false
    this.outcomes[at] = OUTCOME.failed
    return true
  }

  toState(): WindowState {
    return [this.elements, this.aux, this.times, this.outcomes, this.labels]
  }

  static of(state: WindowState): DistinctWindow {
    const window = new DistinctWindow()
    const [elements, aux, times, outcomes, labels] = state
    elements.forEach((element, i) => window.see(element, times[i]!, outcomes[i] as Outcome, aux[i], labels[i]))
    return window
  }

  outcomeOf(element: number): Outcome | undefined {
    const at = this.elements.lastIndexOf(element)
    return at < 0 ? undefined : this.outcomes[at]
  }

  /** Elements after `since` that failed, and that are not known to have succeeded. */
  count(since: number): { failed: number; tried: number } {
    let failed = 0
    let tried = 0
    for (let i = 0; i < this.elements.length; i++) {
      if (this.times[i]! < since || this.outcomes[i]! >= OUTCOME.succeeded) continue
      tried++
      if (this.outcomes[i] === OUTCOME.failed) failed++
    }
    return { failed, tried }
  }

  /** What was counted, with the earliest of their times. */
  counted(since: number): { elements: number[]; aux: number[]; labels: string[]; first: number } {
    const elements: number[] = []
    const aux: number[] = []
    const labels: string[] = []
    let first = Infinity
    for (let i = 0; i < this.elements.length; i++) {
      if (this.times[i]! < since) continue
      elements.push(this.elements[i]!)
      aux.push(this.aux[i]!)
      labels.push(this.labels[i]!)
      first = Math.min(first, this.times[i]!)
    }
    return { elements, aux, labels, first }
  }

  private oldest(): number {
    let oldest = 0
    for (let i = 1; i < this.times.length; i++) if (this.times[i]! < this.times[oldest]!) oldest = i
    return oldest
  }
}
