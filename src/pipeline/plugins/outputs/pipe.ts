import { spawn, type ChildProcess } from 'node:child_process'
import { waitAtMost } from '../../../clock/index.ts'
import type { Event } from '../../../event/index.ts'
import { option, type as types, type OptionsOf } from '../../../settings/index.ts'
import { defineOutput, type Output, type OutputContext } from '../define.ts'
import { Trouble, TroubleTeller } from '../trouble.ts'
import { noticeUnusedCodec } from './encoded.ts'
import { template } from './template.ts'

const OPTIONS = {
  command: option(types.string, {
    describe:
      'The command that gets events on its standard input, run by the shell. `%{field}` is filled in only where the value is made of letters, digits and `_ @ % + = : , . / -`: others go to the dead letters, as no text of an event may reach a shell.',
    required: true,
  }),
  message_format: option(types.string, {
    describe: 'The line of an event, with `%{field}`; without it the event as JSON.',
  }),
  ttl: option(types.number(), {
    describe: 'Seconds after which a command that got nothing is ended; 0 or less keeps it.',
    default: 10,
  }),
} as const

export const pipe = defineOutput({
  name: 'pipe',
  summary: 'Writes events to the standard input of commands.',
  defaultCodec: 'plain',
  options: OPTIONS,
  examples: ['pipe { command => "logger -t %{program}" message_format => "%{message}" }'],
  create: (options, context) => new PipeOutput(options, context),
})

/** Commands that run at once: a path that depends on the event can mean any number. */
const MOST_RUNNING = 64
const RETRY_MILLIS = 1000
const END_MILLIS = 5000
/** What the shell takes as it is. */
const HARMLESS = /^[\w@%+=:,./-]*$/

class PipeOutput implements Output {
  private readonly options: OptionsOf<typeof OPTIONS>
  private readonly context: OutputContext
  private readonly parts: readonly { readonly text: (event: Event) => string; readonly filled: boolean }[]
  private readonly lineOf: (event: Event) => string
  private readonly running = new Map<string, Running>()
  private readonly teller: TroubleTeller
  private readonly aborter = new AbortController()

  constructor(options: OptionsOf<typeof OPTIONS>, context: OutputContext) {
    this.options = options
    this.context = context
    this.teller = new TroubleTeller('pipe', context.logger, context.clock)
    noticeUnusedCodec('pipe', context)
    this.parts = options.command
      .split(/(%\{[^}]+\})/)
      .map((part, at) => ({ text: template('command', part), filled: at % 2 === 1 }))
    if (options.message_format === undefined) {
      this.lineOf = (event) => event.toJson()
    } else {
      this.lineOf = template('message_format', options.message_format)
    }
  }

  async write(batch: readonly Event[]): Promise<void> {
    const byCommand = new Map<string, string[]>()
    for (const event of batch) {
      const command = this.commandOf(event)
      if (command === undefined) {
        this.context.deadLetter(event, "pipe output: a value in 'command' has characters that a shell could act on")
        continue
      }
      const line = `${this.lineOf(event)}\n`
      const lines = byCommand.get(command)
      if (lines === undefined) byCommand.set(command, [line])
      else lines.push(line)
    }
    for (const [command, lines] of byCommand) await this.send(command, Buffer.from(lines.join('')))
    await this.endStale()
  }

  async close(): Promise<void> {
    this.aborter.abort()
    await Promise.all([...this.running.values()].map((one) => one.end(this.context)))
    this.running.clear()
  }

  private commandOf(event: Event): string | undefined {
    let command = ''
    for (const { text, filled } of this.parts) {
      const part = text(event)
      if (filled && !HARMLESS.test(part)) return undefined
      command += part
    }
    return command
  }

  /** Goes on with a new process where the command has ended before it took everything. */
  private async send(command: string, bytes: Buffer): Promise<void> {
    const { signal } = this.aborter
    for (;;) {
      if (signal.aborted) throw new Error('pipe output: closed with events on their way')
      try {
        await (await this.processOf(command)).write(bytes)
        this.teller.over()
        return
      } catch (error) {
        this.running.delete(command)
        if (signal.aborted) continue
        const reason = (error as Error).message
        this.teller.tell(
          new Trouble(
            reason,
            `pipe output cannot write to '${command}': ${reason}; events are kept and it goes on trying`,
          ),
        )
        await this.context.clock.sleep(RETRY_MILLIS, signal)
      }
    }
  }

  private async processOf(command: string): Promise<Running> {
    const now = this.context.clock.monotonic()
    let running = this.running.get(command)
    if (running?.over !== false) {
      if (this.running.size >= MOST_RUNNING) {
        const [oldest, one] = [...this.running].reduce((a, b) => (b[1].used < a[1].used ? b : a))
        this.running.delete(oldest)
        await one.end(this.context)
      }
      running = new Running(command)
      this.running.set(command, running)
    }
    running.used = now
    return running
  }

  private async endStale(): Promise<void> {
    if (this.options.ttl <= 0) return
    const before = this.context.clock.monotonic() - this.options.ttl * 1000
    for (const [command, running] of this.running) {
      if (running.used >= before) continue
      this.running.delete(command)
      await running.end(this.context)
    }
  }
}

class Running {
  used = 0
  over = false
  private readonly child: ChildProcess
  private readonly ended: Promise<void>
  private why = 'it has ended'

  constructor(command: string) {
    this.child = spawn('/bin/sh', ['-c', command], { stdio: ['pipe', 'inherit', 'inherit'] })
    this.child.stdin!.on('error', () => {})
    this.ended = new Promise((resolve) => {
      this.child.on('error', (error) => {
        this.why = error.message
        this.over = true
        resolve()
      })
      this.child.on('exit', (code, signal) => {
        this.why = signal === null ? `it has ended with status ${code}` : `it was ended by ${signal}`
        this.over = true
        resolve()
      })
    })
  }

  async write(bytes: Buffer): Promise<void> {
    const written = new Promise<void>((resolve, reject) => {
      this.child.stdin!.write(bytes, (error) => (error === null || error === undefined ? resolve() : reject(error)))
    })
    const broken = this.ended.then(() => {
      throw new Error(this.why)
    })
    broken.catch(() => undefined)
    try {
      await Promise.race([written, broken])
    } catch (error) {
      written.catch(() => undefined)
      // How it ended says more than that its pipe is broken.
      await Promise.race([this.ended, new Promise((resolve) => setImmediate(resolve))])
      throw this.over ? new Error(this.why, { cause: error }) : error
    }
  }

  /** Lets it read what it was given, then ends it. */
  async end({ clock }: OutputContext): Promise<void> {
    this.child.stdin!.end()
    await waitAtMost(clock, END_MILLIS, this.ended)
    if (!this.over) this.child.kill('SIGKILL')
  }
}
