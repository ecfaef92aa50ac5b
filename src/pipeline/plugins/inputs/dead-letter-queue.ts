import { createHash } from 'node:crypto'
import { promises as fs } from 'node:fs'
import { join } from 'node:path'
import { fail } from '../../../diagnostic/index.ts'
import { isObject, newObject, parseIsoTimestamp, parseJson, type Event, type Value } from '../../../event/index.ts'
import { option, type as types, type OptionsOf } from '../../../settings/index.ts'
import { eventFromFields } from '../codecs/json-events.ts'
import { UTF8 } from '../codecs/charset.ts'
import { LineSplitter } from '../codecs/line-splitter.ts'
import { letterFiles, letterName, letterPath } from '../letter-files.ts'
import { defineInput, type Batch, type Codec, type Input, type InputContext } from '../define.ts'
import { identityOf, SinceDb } from './file/sincedb.ts'
import { WatchedFile } from './file/watched-file.ts'

const OPTIONS = {
  path: option(types.string, {
    describe: 'The folder of dead letters; `path.data`/dead_letters of this process unless given.',
  }),
  pipeline_id: option(types.string, { describe: 'The pipeline whose dead letters are read.', default: 'main' }),
  commit_offsets: option(types.boolean, {
    describe: 'Whether it is kept how far they were read; otherwise each start reads all of them.',
    default: true,
  }),
  sincedb_path: option(types.string, { describe: 'The file that keeps how far they were read.' }),
  start_timestamp: option(types.string, {
    describe: 'The time, in ISO 8601, since which letters are read: `2026-04-04T23:40:37`.',
  }),
  clean_consumed: option(types.boolean, {
    describe: 'Remove a file of letters that is full once all of it was read and is durable.',
    default: false,
  }),
} as const

export const deadLetterQueue = defineInput({
  name: 'dead_letter_queue',
  summary:
    'Events that their destination refused for good, with the reason as `[@metadata][dead_letter_queue][reason]`, followed as they come.',
  defaultCodec: 'plain',
  options: OPTIONS,
  examples: ['dead_letter_queue { pipeline_id => "web" start_timestamp => "2026-04-04T23:40:37" }'],
  create: (options, context) => new DeadLetterInput(options, context),
})

const LOOK_MILLIS = 1_000
const SAVE_MILLIS = 5_000
/** How long a stop waits for what was read to become durable. */
const SETTLE_MILLIS = 2_000
const LONGEST_LETTER = 64 * 2 ** 20

class DeadLetterInput implements Input {
  readonly ended: Promise<void> = new Promise(() => {})
  private readonly context: InputContext
  private readonly folder: string
  private readonly pipelineId: string
  private readonly clean: boolean
  private readonly since: number
  private readonly sincedb: SinceDb
  private readonly aborter = new AbortController()
  private readonly failed = new Set<string>()
  private running: Promise<void> = Promise.resolve()
  /** Full files of which everything was read. */
  private readonly consumed = new Set<string>()
  private file: WatchedFile | undefined
  private lastSave = 0

  constructor(options: OptionsOf<typeof OPTIONS>, context: InputContext) {
    this.context = context
    this.pipelineId = options.pipeline_id
    this.folder = options.path ?? join(context.dataPath, 'dead_letters')
    this.clean = options.clean_consumed
    if (this.clean && !options.commit_offsets)
      throw fail('plugin.option_invalid', {
        option: 'clean_consumed',
        expected: "false without 'commit_offsets'",
        value: 'true',
      })
    const { start_timestamp: since } = options
    const start = since === undefined ? undefined : parseIsoTimestamp(since)
    if (since !== undefined && start === undefined)
      throw fail('plugin.option_invalid', { option: 'start_timestamp', expected: 'a time in ISO 8601', value: since })
    this.since = start?.micros ?? -Infinity
    const path = letterPath(this.folder, letterName(options.pipeline_id))
    const name = `.sincedb_${createHash('md5').update(path).digest('hex')}`
    this.sincedb = new SinceDb(
      options.commit_offsets
        ? (options.sincedb_path ?? join(context.dataPath, 'inputs', 'dead_letter_queue', name))
        : '/dev/null',
    )
  }

  async start(emit: (batch: Batch) => Promise<void>): Promise<void> {
    const segments = await fs.readdir(join(this.folder, this.pipelineId)).catch(() => [])
    if (segments.some((name) => name.endsWith('.log')))
      throw fail('plugin.option_invalid', {
        option: 'path',
        expected: "a folder of Vedetta's dead letters (Logstash's own segments are not read here)",
        value: this.folder,
      })
    await this.sincedb.load(this.context.clock.now() / 1000)
    this.running = this.run(emit)
  }

  async stop(): Promise<void> {
    this.aborter.abort()
    await this.running
    const { clock } = this.context
    const late = clock.monotonic() + SETTLE_MILLIS
    while (this.file?.settled === false && clock.monotonic() < late) await clock.sleep(10)
    await this.save()
    await this.file?.close()
  }

  private async run(emit: (batch: Batch) => Promise<void>): Promise<void> {
    const { clock, logger } = this.context
    const { signal } = this.aborter
    while (!signal.aborted) {
      try {
        await this.look(emit)
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException
        // A file that is too old, or one too many, goes while it is read.
        if (code !== 'ENOENT' && !this.failed.has(message)) {
          this.failed.add(message)
          logger.warn({ plugin: 'dead_letter_queue' }, `dead_letter_queue input: ${message}`)
        }
      }
      if (clock.monotonic() - this.lastSave >= SAVE_MILLIS) await this.save()
      await clock.sleep(LOOK_MILLIS, signal)
    }
  }

  /** Reads what is new of every file, the oldest first; of one that is full only what was not read before. */
  private async look(emit: (batch: Batch) => Promise<void>): Promise<void> {
    const { clock } = this.context
    const stopping = (): boolean => this.aborter.signal.aborted
    const present = new Set<string>()
    for (const { path, number } of letterFiles(this.folder, letterName(this.pipelineId))) {
      const stats = await fs.stat(path, { bigint: true })
      const identity = identityOf(stats)
      present.add(identity)
      const full = number !== Infinity
      if (this.file?.identity !== identity) {
        if (full && this.consumed.has(identity)) {
          await this.cleanUp(path, identity, Number(stats.size))
          continue
        }
        await this.file?.close()
        this.file = await this.open(path, emit)
      }
      await this.file.read(clock.monotonic(), stopping)
      if (stopping()) return
      if (full) this.consumed.add(identity)
    }
    // The identity of a file that is gone may be a new one's soon.
    this.sincedb.expire(Infinity, present)
    for (const identity of this.consumed) if (!present.has(identity)) this.consumed.delete(identity)
  }

  private open(path: string, emit: (batch: Batch) => Promise<void>): Promise<WatchedFile> {
    const { clock, logger } = this.context
    return WatchedFile.open(
      path,
      (identity, size) => {
        const kept = this.sincedb.get(identity) ?? 0
        return kept <= size ? kept : 0
      },
      {
        codec: this.codec(),
        delimiter: Buffer.from('\n'),
        emit,
        decorate: (event) => this.context.decorate(event),
        failed: (error) => logger.error({ plugin: 'dead_letter_queue' }, error.message),
        moved: (moved) => this.sincedb.set(moved.identity, moved.acknowledged, clock.now() / 1000, moved.path),
      },
      clock.monotonic(),
    )
  }

  private async cleanUp(path: string, identity: string, size: number): Promise<void> {
    if (this.clean && (this.sincedb.get(identity) ?? 0) >= size) await fs.rm(path, { force: true })
  }

  private async save(): Promise<void> {
    this.lastSave = this.context.clock.monotonic()
    try {
      await this.sincedb.save()
    } catch (error) {
      this.context.logger.warn(
        { plugin: 'dead_letter_queue' },
        `dead_letter_queue input cannot keep its position: ${(error as Error).message}`,
      )
    }
  }

  /** Letters, a line each; half a line that a crash left is passed over. */
  private codec(): Codec {
    return {
      name: 'dead letters',
      encode: () => '',
      decoder: () => {
        const splitter = new LineSplitter('\n', UTF8, LONGEST_LETTER)
        const gather = (feed: (sink: (line: string) => void) => void): Event[] => {
          const events: Event[] = []
          feed((line) => events.push(...this.read(line)))
          return events
        }
        return {
          decode: (bytes) => gather((sink) => splitter.push(bytes, sink)),
          flush: () => gather((sink) => splitter.flush(sink)),
        }
      },
    }
  }

  private read(line: string): Event[] {
    let letter: Value
    try {
      letter = parseJson(line)
    } catch {
      return []
    }
    if (!isObject(letter) || !isObject(letter['event'] ?? null)) return []
    const time = typeof letter['time'] === 'string' ? parseIsoTimestamp(letter['time']) : undefined
    if ((time?.micros ?? Infinity) < this.since) return []
    const event = eventFromFields(letter['event'] as ReturnType<typeof newObject>, this.context.clock.now() * 1000)
    const about = newObject()
    about['reason'] = letter['reason'] ?? null
    about['entry_time'] = letter['time'] ?? null
    about['pipeline_id'] = letter['pipeline'] ?? null
    event.metadata['dead_letter_queue'] = about
    return [event]
  }
}
