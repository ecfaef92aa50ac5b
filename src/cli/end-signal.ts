import { constants } from 'node:os'
import { EXIT } from './exit.ts'

const END: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM']
/** Within this time a signal is the same request again: a terminal signals every process, and npm then passes it on. */
const ECHO_MILLIS = 500

/**
 * The request to end: Ctrl-C, a supervisor's SIGTERM, or the terminal going away. Without a terminal SIGHUP asks to reload,
 * as it does of every daemon.
 */
export class EndSignal {
  /** Resolves with the first signal. A later one, of a user who does not want to wait, ends the process at once. */
  readonly received: Promise<NodeJS.Signals>
  private first: number | undefined
  private readonly listener: (signal: NodeJS.Signals) => void
  private readonly hangUp: () => void

  /** `act` is called with the first signal, at once; `reload` whenever a reload is asked for. */
  constructor(act: (signal: NodeJS.Signals) => void = () => {}, reload: () => void = () => {}) {
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
    this.hangUp = hasTerminal() ? () => this.listener('SIGHUP') : reload
    for (const signal of END) process.on(signal, this.listener)
    process.on('SIGHUP', this.hangUp)
  }

  /** Leaves signals to the process again, unless one came: its echo may come while the process is about to end. */
  forget(): void {
    if (this.first !== undefined) return
    for (const signal of END) process.off(signal, this.listener)
    process.off('SIGHUP', this.hangUp)
  }
}

/** The exit status of a command that a signal ended in order. */
export function statusOf(signal: NodeJS.Signals): number {
  return signal === 'SIGINT' ? EXIT.interrupted : EXIT.done
}

function hasTerminal(): boolean {
  return process.stdin.isTTY || process.stdout.isTTY
}
