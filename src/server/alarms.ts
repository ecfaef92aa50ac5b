/** One alarm as the terminal, `vedetta alarm` and the console show it. */
export interface Alarm {
  /** Counts from 1 since the start of the process. */
  readonly sequence: number
  readonly time: string
  readonly subject: string
  readonly text: string
  /** `alert` is of a detector or rule as events pass; what a watch has told has none. */
  readonly kind?: 'alert'
  /** The file a mail was written to, where no account is configured. */
  readonly path?: string
}

const KEPT = 200

/** The latest alarms of this process, in memory: a short look back, the watch history is the record. */
export class Alarms {
  private readonly latest: Alarm[] = []
  private count = 0
  /** Runs of watches whose condition was met and that told nobody, because they had told moments before. */
  throttledRuns = 0

  add(alarm: Omit<Alarm, 'sequence'>): Alarm {
    const numbered = { sequence: ++this.count, ...alarm }
    this.latest.push(numbered)
    if (this.latest.length > KEPT) this.latest.shift()
    return numbered
  }

  get last(): number {
    return this.count
  }

  after(sequence: number): readonly Alarm[] {
    return this.latest.filter((alarm) => alarm.sequence > sequence)
  }
}
