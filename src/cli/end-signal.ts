import { constants } from 'node:os'
import { EXIT } from './exit.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** Within this time a signal is the same request again: a terminal signals every process, and npm then passes it on. */
const ECHO_MILLIS = 500

/** The request to end: Ctrl-C, a supervisor's SIGTERM, or the terminal going away. */
export class EndSignal {
  /** Resolves with the first signal. A later one, of a user who does not want to wait, ends the process at once. */
  readonly received: Promise<NodeJS.Signals>
  private first: number | undefined
  private readonly listener: (signal: NodeJS.Signals) => void

  /** `act` is called with the first signal, at once. */
  constructor(act: (signal: NodeJS.Signals) => void = () => {}) {
    let resolve: (signal: NodeJS.Signals) => void
    this.received = new Promise((settle) => (resolve = settle))
    this.listener = (signal) => {
      const now = performance.now()
      if (this.first === undefined) {
        this.first = now
        act(signal)
        resolve(signal)
      } else if (now - this.first > ECHO_MILLIS) {
        process.exit(128 + constants.signals[signal])
      }
    }
    for (const signal of SIGNALS) process.on(signal, this.listener)
  }

  /** Leaves signals to the process again, unless one came: its echo may come while the process is about to end. */
  forget(): void {
    if (this.first !== undefined) return
    for (const signal of SIGNALS) process.off(signal, this.listener)
  }
}

/** The exit status of a command that a signal ended in order. */
export function statusOf(signal: NodeJS.Signals): number {
  return signal === 'SIGINT' ? EXIT.interrupted : EXIT.done
}
