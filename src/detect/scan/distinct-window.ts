import type { Technique } from './contact.ts'

/** How a contact went; `used` is a success in which data was exchanged. A later word only replaces a lesser one. */
export const OUTCOME = { unknown: 0, failed: 1, succeeded: 2, used: 3 } as const
export type Outcome = (typeof OUTCOME)[keyof typeof OUTCOME]

export type WindowState = readonly [number[], number[], number[], number[], string[]]

/** More are not needed to decide; the oldest give way. */
export const CAPACITY = 1024

/** Never changed: {@link grown} copies it. */
const NONE: never[] = []

/**
 * The distinct elements of a key with the time each was last seen and how it went: an exact sliding count for any window.
 * An element is what is counted (a port, a host's hash); `aux` and `label` say something further of it.
 */
export class DistinctWindow {
  last = 0
  /** How the last probe was made, for its answer does not show it. */
  technique: Technique | undefined
  tool: string | undefined
  private elements: number[] = NONE
  private aux: number[] = NONE
  private labels: string[] = NONE
  private times: number[] = NONE
  private outcomes: Outcome[] = NONE

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
      if (this.elements.length < CAPACITY) {
        this.elements = grown(this.elements, element)
        this.times = grown(this.times, time)
        this.outcomes = grown(this.outcomes, outcome)
        if (aux !== 0 || this.aux.length > 0) this.aux = grown(this.aux, aux)
        if (label !== '' || this.labels.length > 0) this.labels = grown(this.labels, label)
        return true
      }
      at = this.oldest()
      this.elements[at] = element
      this.times[at] = time
      this.outcomes[at] = outcome
      if (this.aux.length > 0) this.aux[at] = aux
      if (this.labels.length > 0) this.labels[at] = label
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
      if (i < this.aux.length) aux.push(this.aux[i]!)
      if (i < this.labels.length) labels.push(this.labels[i]!)
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

/** Most windows hold one element or two, and there are many: short lists take no more room than they need. */
function grown<T>(list: T[], value: T): T[] {
  if (list.length < 8) return [...list, value]
  list.push(value)
  return list
}
