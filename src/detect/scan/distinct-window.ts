import type { Technique } from './contact.ts'

/** How a contact went; `used` is a success in which data was exchanged. A later word only replaces a lesser one. */
export const OUTCOME = { unknown: 0, failed: 1, succeeded: 2, used: 3 } as const
export type Outcome = (typeof OUTCOME)[keyof typeof OUTCOME]

export type WindowState = readonly [number[], number[], number[], number[], string[]]

/** More are not needed to decide; the oldest give way. */
export const CAPACITY = 1024

// Of each element four numbers in one list: an object or a list a column would be most of the memory of small windows.
const STRIDE = 4
const TIME = 1
const OUTCOME_AT = 2
const AUX = 3
/** Up to so many elements a list is looked through; above, a table says where they are. */
const SEARCHED = 16
const SHORT = 4 * STRIDE

/** Never changed: {@link extended} copies it. */
const NONE: never[] = []

/** What a window counts after a moment. */
interface Count {
  failed: number
  tried: number
}

/**
 * The distinct elements of a key with the time each was last seen and how it went: an exact sliding count for any window.
 * An element is what is counted (a port, a host's hash); `aux` and `label` say something further of it.
 */
export class DistinctWindow {
  last = 0
  /** How the last probe was made, for its answer does not show it. */
  technique: Technique | undefined
  tool: string | undefined
  private data: number[] = NONE
  private labels: string[] = NONE
  private places: Map<number, number> | undefined
  /** Of all elements, whatever their times: the most that {@link count} can answer. */
  failed = 0
  tried = 0

  get size(): number {
    return this.data.length / STRIDE
  }

  has(element: number): boolean {
    return this.placeOf(element) >= 0
  }

  /** When an element was last seen; undefined for one that never was. */
  timeOf(element: number): number | undefined {
    const at = this.placeOf(element)
    return at < 0 ? undefined : this.data[at + TIME]
  }

  /** True where it changed what a window counts: a new element, one back after long, or a new outcome. */
  see(element: number, time: number, outcome: Outcome, aux = 0, label = ''): boolean {
    if (time > this.last) this.last = time
    const at = this.placeOf(element)
    if (at < 0) {
      this.add(element, time, outcome, aux, label)
      return true
    }
    const { data } = this
    const back = time - data[at + TIME]! > 60_000
    if (time > data[at + TIME]!) data[at + TIME] = time
    const before = data[at + OUTCOME_AT] as Outcome
    if (outcome > before) this.setOutcome(at, outcome)
    return outcome > before || back
  }

  /** Says how a contact went, where it is known. */
  answer(element: number, outcome: Outcome): boolean {
    const at = this.placeOf(element)
    if (at < 0 || this.data[at + OUTCOME_AT]! >= outcome) return false
    this.setOutcome(at, outcome)
    return true
  }

  /** The asker gave up a connection before anything was said on it: that is no success. */
  abandon(element: number): boolean {
    const at = this.placeOf(element)
    if (at < 0 || this.data[at + OUTCOME_AT] !== OUTCOME.succeeded) return false
    this.setOutcome(at, OUTCOME.failed)
    return true
  }

  toState(): WindowState {
    const column = (offset: number): number[] => {
      const values: number[] = []
      for (let at = offset; at < this.data.length; at += STRIDE) values.push(this.data[at]!)
      return values
    }
    return [column(0), column(AUX), column(TIME), column(OUTCOME_AT), this.labels]
  }

  static of(state: WindowState): DistinctWindow {
    const window = new DistinctWindow()
    const [elements, aux, times, outcomes, labels] = state
    elements.forEach((element, i) => window.see(element, times[i]!, outcomes[i] as Outcome, aux[i], labels[i]))
    return window
  }

  outcomeOf(element: number): Outcome | undefined {
    const at = this.placeOf(element)
    return at < 0 ? undefined : (this.data[at + OUTCOME_AT] as Outcome)
  }

  /** Elements after `since` that failed, and that are not known to have succeeded. */
  count(since: number): Count {
    let failed = 0
    let tried = 0
    const { data } = this
    for (let at = 0; at < data.length; at += STRIDE) {
      if (data[at + TIME]! < since || data[at + OUTCOME_AT]! >= OUTCOME.succeeded) continue
      tried++
      if (data[at + OUTCOME_AT] === OUTCOME.failed) failed++
    }
    return { failed, tried }
  }

  /** What was counted, with the earliest of their times. */
  counted(since: number): { elements: number[]; aux: number[]; labels: string[]; first: number } {
    const elements: number[] = []
    const aux: number[] = []
    const labels: string[] = []
    let first = Infinity
    const { data } = this
    for (let at = 0, i = 0; at < data.length; at += STRIDE, i++) {
      if (data[at + TIME]! < since) continue
      elements.push(data[at]!)
      aux.push(data[at + AUX]!)
      if (i < this.labels.length) labels.push(this.labels[i]!)
      first = Math.min(first, data[at + TIME]!)
    }
    return { elements, aux, labels, first }
  }

  private add(element: number, time: number, outcome: Outcome, aux: number, label: string): void {
    let at = this.data.length
    if (at < CAPACITY * STRIDE) {
      this.data = extended(this.data, [element, time, outcome, aux])
      if (label !== '' || this.labels.length > 0) this.labels = extended(this.labels, [label])
    } else {
      at = this.oldest()
      this.places?.delete(this.data[at]!)
      this.uncount(this.data[at + OUTCOME_AT] as Outcome)
      this.data[at] = element
      this.data[at + TIME] = time
      this.data[at + OUTCOME_AT] = outcome
      this.data[at + AUX] = aux
      if (this.labels.length > 0) this.labels[at / STRIDE] = label
    }
    if (outcome < OUTCOME.succeeded) this.tried++
    if (outcome === OUTCOME.failed) this.failed++
    if (this.places !== undefined) this.places.set(element, at)
    else if (this.size > SEARCHED) this.places = this.indexed()
  }

  private setOutcome(at: number, outcome: Outcome): void {
    this.uncount(this.data[at + OUTCOME_AT] as Outcome)
    this.data[at + OUTCOME_AT] = outcome
    if (outcome < OUTCOME.succeeded) this.tried++
    if (outcome === OUTCOME.failed) this.failed++
  }

  private uncount(outcome: Outcome): void {
    if (outcome < OUTCOME.succeeded) this.tried--
    if (outcome === OUTCOME.failed) this.failed--
  }

  private placeOf(element: number): number {
    if (this.places !== undefined) return this.places.get(element) ?? -1
    const { data } = this
    for (let at = data.length - STRIDE; at >= 0; at -= STRIDE) if (data[at] === element) return at
    return -1
  }

  private indexed(): Map<number, number> {
    const places = new Map<number, number>()
    for (let at = 0; at < this.data.length; at += STRIDE) places.set(this.data[at]!, at)
    return places
  }

  private oldest(): number {
    let oldest = 0
    for (let at = STRIDE; at < this.data.length; at += STRIDE)
      if (this.data[at + TIME]! < this.data[oldest + TIME]!) oldest = at
    return oldest
  }
}

/** Most windows hold one element or two, and there are many: short lists take no more room than they need. */
function extended<T>(list: T[], values: T[]): T[] {
  if (list.length === 0) return values
  if (list.length < SHORT) return list.concat(values)
  for (const value of values) list.push(value)
  return list
}
