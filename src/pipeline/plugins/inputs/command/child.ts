import { spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { Clock } from '../../../../clock/index.ts'

const TERMINATE_MILLIS = 2_000
/** What a command said on its standard error is kept up to here, for messages. */
const STDERR_BYTES = 1024

/** How a command ended: its exit code, or the signal that ended it. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/**
 * A command that runs, in a process group of its own so that what it started ends with it. Its output is read from
 * `stdout`; what it says on standard error is kept, its beginning only.
 */
export class Child {
  readonly stdout: Readable
  /** Resolves when it has ended and its output is closed. */
  readonly exit: Promise<Exit>
  private readonly process: ChildProcessByStdio<null, Readable, Readable>
  private said = ''
  private ended = false

  private constructor(process: ChildProcessByStdio<null, Readable, Readable>) {
    this.process = process
    this.stdout = process.stdout
    process.stderr.on('data', (bytes: Buffer) => {
      if (this.said.length < STDERR_BYTES) this.said += bytes.toString('utf8').slice(0, STDERR_BYTES)
    })
    process.stderr.on('error', () => undefined)
    this.exit = new Promise((resolve) => {
      process.once('close', (code, signal) => {
        this.ended = true
        resolve({ code, signal })
      })
    })
  }

  /** Rejects where it cannot be started, as when there is no such program. */
  static async start(program: string, parameters: readonly string[]): Promise<Child> {
    const process = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    await new Promise<void>((resolve, reject) => {
      process.once('spawn', resolve)
      process.once('error', reject)
    })
    process.on('error', () => undefined)
    return new Child(process)
  }

  /** A command line, by the shell. */
  static shell(command: string): Promise<Child> {
    return Child.start('/bin/sh', ['-c', command])
  }

  get running(): boolean {
    return !this.ended
  }

  /** The first line it said on standard error. */
  get complaint(): string {
    return this.said.trim().split('\n')[0]!
  }

  /** Asks it to end, and ends it where it does not within two seconds; what it said is still to be read. */
  async stop(clock: Clock): Promise<void> {
    if (this.ended) return
    this.signal('SIGTERM')
    const late = clock.after(TERMINATE_MILLIS, () => this.signal('SIGKILL'))
    await this.exit
    late.cancel()
  }

  private signal(name: NodeJS.Signals): void {
    try {
      process.kill(-this.process.pid!, name)
    } catch {
      // It has ended in the meantime.
    }
  }
}

/** How it ended, in words. */
export function exitText({ code, signal }: Exit): string {
  return signal === null ? `with exit code ${code}` : `by ${signal}`
}
