import { createHash } from 'node:crypto'
import { promises as fs } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import type { Timer } from '../../../../clock/index.ts'
import { fail } from '../../../../diagnostic/index.ts'
import { option, type as types, type OptionsOf } from '../../../../settings/index.ts'
import { UTF8 } from '../../codecs/charset.ts'
import { textEvent } from '../../codecs/json-events.ts'
import { LineSplitter } from '../../codecs/line-splitter.ts'
import { defineInput, type Batch, type Input, type InputContext } from '../../define.ts'
import { Child, exitText } from '../command/child.ts'
import { OrderedPositions } from '../ordered-positions.ts'
import { entryEvent, parseEntry } from './entry.ts'

const OPTIONS = {
  path: option(types.string, {
    describe: 'Folder of journal files, as for `journalctl --directory`; without it the journal of this machine.',
  }),
  seekto: option(types.oneOf('head', 'tail'), {
    describe: 'Where reading begins the first time: with what is there, or with what comes.',
    default: 'tail',
  }),
  thisboot: option(types.boolean, {
    describe: 'With `seekto => head`: only what was written since the machine was started.',
    default: true,
  }),
  flags: option(types.oneOf('0', '1', '2', '4'), {
    describe: '0 is every journal, 1 those of this machine, 2 those that are not kept on disk, 4 those of the system.',
    default: '0',
  }),
  filter: option(types.hash(types.list(types.string)), {
    describe:
      'Fields and their values that entries must have: `{ "_SYSTEMD_UNIT" => "ssh.service" }`. Values of one field are alternatives.',
    default: new Map<string, readonly string[]>(),
  }),
  lowercase: option(types.boolean, {
    describe: "Write the journal's names of fields in lower case; without effect under ECS.",
    default: false,
  }),
  sincedb_path: option(types.string, { describe: 'The file that keeps how far the journal was read.' }),
  sincedb_write_interval: option(types.number({ min: 0 }), {
    describe: 'Seconds between writing that file.',
    default: 15,
  }),
} as const

export const journald = defineInput({
  name: 'journald',
  summary:
    "Entries of systemd's journal, as journalctl gives them, followed as they come. What was acknowledged is not read again.",
  defaultCodec: 'plain',
  options: OPTIONS,
  examples: [
    'journald { }',
    'journald { seekto => "head" filter => { "_SYSTEMD_UNIT" => ["ssh.service", "sshd.service"] } }',
  ],
  create: (options, context) => new JournaldInput(options, context),
})

const AGAIN_FIRST_MILLIS = 1_000
const AGAIN_LONGEST_MILLIS = 60_000
const TELL_MILLIS = 2_000
/** How long a stop waits for what was read to become durable. */
const SETTLE_MILLIS = 2_000
/** Bytes of the longest entry that is read as one. */
const MOST_BYTES = 16 * 2 ** 20

class JournaldInput implements Input {
  readonly ended: Promise<void> = new Promise(() => {})
  private readonly options: OptionsOf<typeof OPTIONS>
  private readonly context: InputContext
  private readonly sincedb: string
  private readonly matches: readonly string[]
  private readonly aborter = new AbortController()
  private readonly host = hostname()
  private readonly positions = new OrderedPositions<string>((cursor) => void (this.acknowledged = cursor))
  private child: Child | undefined
  private running: Promise<void> = Promise.resolve()
  /** The last entry that was read, and the last one that is durable with all before it. */
  private cursor: string | undefined
  private acknowledged: string | undefined
  private written: string | undefined
  private saving: Timer | undefined
  private emit: (batch: Batch) => Promise<void> = async () => {}

  constructor(options: OptionsOf<typeof OPTIONS>, context: InputContext) {
    this.options = options
    this.context = context
    this.matches = [...options.filter].flatMap(([name, values]) =>
      values.map((value) => {
        const field = name.toUpperCase()
        if (!/^_{0,2}[A-Z0-9][A-Z0-9_]*$/.test(field))
          throw fail('plugin.option_invalid', { option: 'filter', expected: 'names of journal fields', value: name })
        return `${field}=${value}`
      }),
    )
    const key = createHash('md5')
      .update([options.path ?? '', ...this.matches].join('\n'))
      .digest('hex')
    this.sincedb = options.sincedb_path ?? join(context.dataPath, 'inputs', 'journald', `cursor_${key}`)
  }

  async start(emit: (batch: Batch) => Promise<void>): Promise<void> {
    this.emit = emit
    try {
      this.cursor = (await fs.readFile(this.sincedb, 'utf8')).trim() || undefined
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT')
        throw fail('plugin.file_unreadable', { option: 'sincedb_path', path: this.sincedb, reason: code ?? '' })
    }
    this.acknowledged = this.cursor
    this.written = this.cursor
    let first: Child
    try {
      first = await this.open()
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      throw fail('plugin.command_failed', {
        plugin: 'journald input',
        command: 'journalctl',
        reason: code === 'ENOENT' ? 'this machine has no such program, it comes with systemd' : message,
      })
    }
    this.running = this.run(first)
    this.saveLater()
  }

  async stop(): Promise<void> {
    this.aborter.abort()
    this.saving?.cancel()
    await this.child?.stop(this.context.clock)
    await this.running
    await this.positions.settled(this.context.clock, SETTLE_MILLIS)
    await this.save()
  }

  private async open(): Promise<Child> {
    const { path, flags, seekto, thisboot } = this.options
    const parameters = ['--follow', '--output=json', '--all', '--no-pager']
    if (flags === '2') parameters.push('--directory=/run/log/journal')
    else if (path !== undefined) parameters.push(`--directory=${path}`)
    else if (flags === '0') parameters.push('--merge')
    if (flags === '4') parameters.push('--system')
    if (this.cursor !== undefined) parameters.push('--no-tail', `--after-cursor=${this.cursor}`)
    else if (seekto === 'tail') parameters.push('--lines=0')
    else parameters.push('--no-tail', ...(thisboot ? ['--boot'] : []))
    const child = await Child.start('journalctl', [...parameters, ...this.matches])
    this.child = child
    // A stop that came in between did not know of it.
    if (this.aborter.signal.aborted) void child.stop(this.context.clock)
    // That it may not see every entry, for instance: it goes on all the same.
    this.context.clock.after(TELL_MILLIS, () => {
      if (child.running && child.complaint !== '')
        this.context.logger.warn({ plugin: 'journald' }, `journald input: journalctl says: ${child.complaint}`)
    })
    return child
  }

  private async run(first: Child): Promise<void> {
    const { signal } = this.aborter
    const { clock, logger } = this.context
    let child: Child | undefined = first
    let wait = AGAIN_FIRST_MILLIS
    while (!signal.aborted) {
      try {
        child ??= await this.open()
        if (await this.read(child)) wait = AGAIN_FIRST_MILLIS
        const exit = await child.exit
        if (signal.aborted) return
        logger.warn(
          { plugin: 'journald', ...exit },
          `journald input: journalctl ended ${exitText(exit)}${child.complaint === '' ? '' : `: ${child.complaint}`}; it is started again`,
        )
        // A position that journalctl does not understand would stop it for ever; its time is what is left of it.
        if (exit.code !== 0 && /cursor/i.test(child.complaint)) this.dropCursor()
      } catch (error) {
        logger.error({ plugin: 'journald' }, `journald input: ${(error as Error).message}; it goes on trying`)
      }
      child = undefined
      await clock.sleep(wait, signal)
      wait = Math.min(wait * 2, AGAIN_LONGEST_MILLIS)
    }
  }

  /** Reads until journalctl ends; answers whether it gave anything. */
  private async read(child: Child): Promise<boolean> {
    const { context } = this
    const splitter = new LineSplitter('\n', UTF8, MOST_BYTES)
    let any = false
    for await (const bytes of child.stdout) {
      const events: Batch['events'] = []
      let last: string | undefined
      splitter.push(bytes as Buffer, (line) => {
        const entry = parseEntry(line)
        if (entry === undefined) {
          if (line.trim() === '') return
          const event = textEvent(line, Math.floor(context.clock.now() * 1000))
          event.tag('_jsonparsefailure')
          context.decorate(event)
          events.push(event)
          return
        }
        last = entry.cursor
        const event = entryEvent(entry, context.ecs, this.host, this.options.lowercase)
        context.decorate(event)
        events.push(event)
      })
      if (events.length > 0) {
        any = true
        this.cursor = last ?? this.cursor
        await this.emit({ events, ...(this.cursor === undefined ? {} : { ack: this.positions.add(this.cursor) }) })
      }
      if (this.aborter.signal.aborted) break
    }
    return any
  }

  private dropCursor(): void {
    this.context.logger.warn(
      { plugin: 'journald', cursor: this.cursor },
      `journald input: the position '${this.cursor}' is not understood; the journal is read from where seekto says`,
    )
    this.cursor = undefined
  }

  private saveLater(): void {
    this.saving = this.context.clock.after(this.options.sincedb_write_interval * 1000, () => {
      void this.save().then(() => this.aborter.signal.aborted || this.saveLater())
    })
  }

  private async save(): Promise<void> {
    const cursor = this.acknowledged
    if (cursor === undefined || cursor === this.written || this.sincedb === '/dev/null') return
    const aside = `${this.sincedb}.${process.pid}.tmp`
    try {
      await fs.mkdir(dirname(this.sincedb), { recursive: true, mode: 0o700 })
      await fs.writeFile(aside, `${cursor}\n`, { mode: 0o600, flush: true })
      await fs.rename(aside, this.sincedb)
      this.written = cursor
    } catch (error) {
      this.context.logger.warn(
        { plugin: 'journald', file: this.sincedb },
        `journald input cannot keep its position in ${this.sincedb}: ${(error as Error).message}`,
      )
    }
  }
}
