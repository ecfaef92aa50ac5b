import { createHash } from 'node:crypto'
import { createReadStream, promises as fs } from 'node:fs'
import { hostname } from 'node:os'
import { basename, isAbsolute, join } from 'node:path'
import { createGunzip } from 'node:zlib'
import { fail } from '../../../../diagnostic/index.ts'
import { fieldPath, type Event } from '../../../../event/index.ts'
import { option, parseDuration, type as types, type OptionsOf, type OptionType } from '../../../../settings/index.ts'
import { defineInput, type Batch, type Input, type InputContext } from '../../define.ts'
import { expandGlob, nameMatcher } from './glob.ts'
import { identityOf, SinceDb } from './sincedb.ts'
import { WatchedFile, type ReadTarget } from './watched-file.ts'

/** A number of seconds, or a text such as `1.5 h` or `250 ms`; the value is in milliseconds. */
function interval(unitMillis: number): OptionType<number> {
  return {
    name: 'duration',
    read(raw) {
      if (typeof raw === 'number' && raw >= 0) return types.ok(raw * unitMillis)
      if (typeof raw !== 'string') return types.no('a number of seconds or a duration such as "10 s"')
      if (/^\d+(\.\d+)?$/.test(raw)) return types.ok(Number(raw) * unitMillis)
      const short = raw
        .trim()
        .replace(/\s*(?:us|usecs?)$/i, 'micros')
        .replace(/\s*(?:milliseconds?|millis|msecs?)$/i, 'ms')
        .replace(/\s*(?:seconds?|secs?)$/i, 's')
        .replace(/\s*(?:minutes?|mins?)$/i, 'm')
        .replace(/\s*(?:hours?|hrs?)$/i, 'h')
        .replace(/\s*days?$/i, 'd')
        .replace(/\s*weeks?$/i, 'w')
      const millis = parseDuration(short)
      return millis === undefined ? types.no('a number of seconds or a duration such as "10 s"') : types.ok(millis)
    },
  }
}

const SECOND = 1000
const DAY = 86_400_000

const OPTIONS = {
  path: option(types.list(types.string), {
    describe: 'Absolute paths, with `*`, `**`, `?`, `[a-z]` and `{a,b}`.',
    required: true,
  }),
  exclude: option(types.list(types.string), {
    describe: 'Names of files to leave out, with `*` and `?`.',
    default: [],
  }),
  mode: option(types.oneOf('tail', 'read'), {
    describe: 'Follow files as they grow, or read each once to its end.',
    default: 'tail',
  }),
  start_position: option(types.oneOf('beginning', 'end'), {
    describe: 'Where a file that is there at the start, and was never read, is begun in mode tail.',
    default: 'end',
  }),
  sincedb_path: option(types.string, {
    describe: 'Where positions are kept, in the format of Logstash; `/dev/null` keeps none.',
  }),
  sincedb_write_interval: option(interval(SECOND), {
    describe: 'How often positions are written.',
    default: 15 * SECOND,
  }),
  sincedb_clean_after: option(interval(DAY), {
    describe: 'After how many days without a change a position is forgotten.',
    default: 14 * DAY,
  }),
  stat_interval: option(interval(SECOND), { describe: 'How often files are looked at.', default: SECOND }),
  discover_interval: option(types.number({ integer: true, min: 1 }), {
    describe: 'After how many looks the patterns are expanded again.',
    default: 15,
  }),
  close_older: option(interval(SECOND), {
    describe: 'After which time without a change a file is closed; it is opened again when it grows.',
    default: 3600 * SECOND,
  }),
  ignore_older: option(interval(SECOND), { describe: 'Files that were changed longer ago are not begun.' }),
  max_open_files: option(types.number({ integer: true, min: 1 }), {
    describe: 'How many files are open at once.',
    default: 4095,
  }),
  delimiter: option(types.string, { describe: 'What ends a line.', default: '\n' }),
  file_completed_action: option(types.oneOf('delete', 'log', 'log_and_delete'), {
    describe: 'What is done with a file that was read to its end in mode read.',
    default: 'delete',
  }),
  file_completed_log_path: option(types.string, { describe: 'The file that names completed files.' }),
  exit_after_read: option(types.boolean, { describe: 'End when every file was read (mode read).', default: false }),
  file_sort_by: option(types.oneOf('last_modified', 'path'), {
    describe: 'In which order files are read.',
    default: 'last_modified',
  }),
  file_sort_direction: option(types.oneOf('asc', 'desc'), { describe: 'Ascending or descending.', default: 'asc' }),
  check_archive_validity: option(types.boolean, {
    describe: 'Archives.',
    ignored: 'a damaged archive is reported and left where it is',
  }),
  file_chunk_size: option(types.number(), { describe: 'Reading.', ignored: 'chunks are 256 kB' }),
  file_chunk_count: option(types.number(), { describe: 'Reading.', ignored: 'files take turns' }),
} as const

type FileOptions = OptionsOf<typeof OPTIONS>

export const file = defineInput({
  name: 'file',
  summary: 'Lines of files, followed as they grow or read once; what was acknowledged is not read again.',
  defaultCodec: 'plain',
  options: OPTIONS,
  examples: [
    'file { path => "/var/log/auth.log" }',
    'file { path => "/data/*.log.gz" mode => "read" file_completed_action => "log" file_completed_log_path => "/data/done" }',
  ],
  create: (options, context) => new FileInput(options, context),
})

const PATH = fieldPath('[log][file][path]')
const HOST = fieldPath('[host][name]')

/** Where Logstash keeps positions: below its data folder, and in that of its Debian package. */
const LOGSTASH_FOLDER = 'plugins/inputs/file'
const LOGSTASH_DATA = `/var/lib/logstash/${LOGSTASH_FOLDER}`
/** How long a stop waits for what was read to become durable. */
const SETTLE_MILLIS = 2_000

class FileInput implements Input {
  readonly ended: Promise<void>
  private readonly options: FileOptions
  private readonly context: InputContext
  /** The name of the position file, which Logstash makes of the paths too. */
  private readonly name: string
  private readonly sincedb: SinceDb
  private readonly excluded: readonly RegExp[]
  private readonly open = new Map<string, WatchedFile>()
  /** Identities of the files that the patterns find. */
  private readonly present = new Set<string>()
  private readonly completed = new Set<string>()
  private readonly failed = new Map<string, string>()
  private readonly aborter = new AbortController()
  private readonly hostname = hostname()
  private target!: ReadTarget
  private running: Promise<void> = Promise.resolve()
  private finish!: () => void
  private lastSave = 0

  constructor(options: FileOptions, context: InputContext) {
    this.options = options
    this.context = context
    for (const path of options.path)
      if (!isAbsolute(path))
        throw fail('plugin.option_invalid', { option: 'path', expected: 'an absolute path', value: path })
    const logs = options.file_completed_action !== 'delete'
    if (options.mode === 'read' && logs && options.file_completed_log_path === undefined)
      throw fail('plugin.option_needs', {
        option: `file_completed_action => "${options.file_completed_action}"`,
        needed: 'file_completed_log_path',
      })
    this.name = `.sincedb_${createHash('md5').update(options.path.join(',')).digest('hex')}`
    this.sincedb = new SinceDb(options.sincedb_path ?? join(context.dataPath, 'inputs', 'file', this.name))
    this.excluded = options.exclude.map(nameMatcher)
    this.ended = new Promise((resolve) => {
      this.finish = resolve
    })
  }

  async start(emit: (batch: Batch) => Promise<void>): Promise<void> {
    try {
      const own = this.options.sincedb_path === undefined
      const { context } = this
      const others = own
        ? [join(context.dataPath, LOGSTASH_FOLDER), LOGSTASH_DATA].map((one) => join(one, this.name))
        : []
      const read = await this.sincedb.load(context.clock.now() / 1000, others)
      if (read !== undefined && others.includes(read))
        context.logger.info({ plugin: 'file', file: read }, `file input goes on where Logstash was, by ${read}`)
    } catch (error) {
      throw fail('plugin.file_unreadable', {
        option: 'sincedb_path',
        path: this.options.sincedb_path ?? 'the position file',
        reason: (error as NodeJS.ErrnoException).code ?? (error as Error).message,
      })
    }
    const { context, options } = this
    this.target = {
      codec: context.codec.streaming?.({ delimiter: options.delimiter }) ?? context.codec,
      delimiter: Buffer.from(options.delimiter),
      emit,
      decorate: (event, path) => this.decorate(event, path),
      failed: (error) => context.logger.error({ plugin: 'file' }, error.message),
      moved: (moved) => this.sincedb.set(moved.identity, moved.acknowledged, context.clock.now() / 1000, moved.path),
    }
    const initial = await this.discover()
    this.running = this.run(initial).catch((error: Error) =>
      context.logger.error({ plugin: 'file' }, `file input stopped: ${error.message}`),
    )
  }

  async stop(): Promise<void> {
    this.aborter.abort()
    await this.running
    const { clock } = this.context
    const late = clock.monotonic() + SETTLE_MILLIS
    while ([...this.open.values()].some(({ settled }) => !settled) && clock.monotonic() < late) await clock.sleep(10)
    await this.save()
    for (const watched of this.open.values()) await watched.close()
    this.open.clear()
  }

  private async run(initial: readonly string[]): Promise<void> {
    const { signal } = this.aborter
    let paths = initial
    for (let look = 1; !signal.aborted; look++) {
      if (this.options.mode === 'tail') await this.tail(paths, look === 1)
      else if (await this.readOnce(paths)) break
      await this.saveWhenDue()
      await this.context.clock.sleep(this.options.stat_interval, signal)
      if (look % this.options.discover_interval === 0) paths = await this.discover()
    }
    await this.save()
    if (!signal.aborted) this.finish()
  }

  private async tail(paths: readonly string[], first: boolean): Promise<void> {
    this.present.clear()
    for (const path of paths) {
      if (this.aborter.signal.aborted) return
      try {
        await this.follow(path, first)
        this.failed.delete(path)
      } catch (error) {
        this.report(path, error as NodeJS.ErrnoException)
      }
    }
    const now = this.context.clock.monotonic()
    for (const [path, watched] of this.open) {
      if (now - watched.active < this.options.close_older || !watched.settled) continue
      this.open.delete(path)
      await watched.close()
    }
  }

  private async follow(path: string, first: boolean): Promise<void> {
    const stats = await statOf(path)
    const known = this.open.get(path)
    if (known !== undefined) {
      await known.read(this.context.clock.monotonic(), () => this.aborter.signal.aborted)
      if (stats !== undefined && identityOf(stats) === known.identity) {
        this.present.add(known.identity)
        return
      }
      // Renamed or removed: its last bytes were read above.
      await known.finish()
      this.open.delete(path)
      await known.close()
    }
    if (stats === undefined || this.open.size >= this.options.max_open_files) return
    const identity = identityOf(stats)
    this.present.add(identity)
    const position = this.sincedb.get(identity)
    if (known === undefined && position !== undefined && position === Number(stats.size)) return
    if (position === undefined && this.tooOld(stats.mtimeMs)) return
    const fromEnd = first && known === undefined && this.options.start_position === 'end'
    const watched = await WatchedFile.open(
      path,
      (opened, size) => {
        const kept = this.sincedb.get(opened)
        if (kept !== undefined) return kept <= size ? kept : 0
        return fromEnd ? size : 0
      },
      this.target,
      this.context.clock.monotonic(),
    )
    this.open.set(path, watched)
    this.target.moved(watched)
    await watched.read(this.context.clock.monotonic(), () => this.aborter.signal.aborted)
  }

  /** True where all is read and the input is to end. */
  private async readOnce(paths: readonly string[]): Promise<boolean> {
    for (const path of paths) {
      if (this.aborter.signal.aborted) return false
      if (this.completed.has(path)) continue
      try {
        const stats = await statOf(path)
        if (stats === undefined || this.tooOld(stats.mtimeMs)) continue
        this.present.add(identityOf(stats))
        await (/\.gz(?:ip)?$/.test(path) ? this.readArchive(path) : this.readPlain(path))
        this.failed.delete(path)
      } catch (error) {
        this.report(path, error as NodeJS.ErrnoException)
      }
    }
    return this.options.exit_after_read
  }

  private async readPlain(path: string): Promise<void> {
    const aborted = (): boolean => this.aborter.signal.aborted
    const watched = await WatchedFile.open(
      path,
      (identity, size) => {
        const kept = this.sincedb.get(identity) ?? 0
        return kept <= size ? kept : 0
      },
      this.target,
      this.context.clock.monotonic(),
    )
    try {
      await watched.read(this.context.clock.monotonic(), aborted)
      if (!aborted()) await watched.finish()
      await this.settle(watched)
      if (watched.settled && !aborted()) await this.complete(path, watched.identity)
    } finally {
      await watched.close()
    }
  }

  /** An archive has no position: it is done as a whole or read again. */
  private async readArchive(path: string): Promise<void> {
    const identity = identityOf((await statOf(path))!)
    if (this.sincedb.get(identity) !== undefined) return this.complete(path, identity)
    const decoder = this.target.codec.decoder()
    let waiting = 0
    const send = async (events: Event[]): Promise<void> => {
      if (events.length === 0) return
      for (const event of events) this.decorate(event, path)
      waiting++
      await this.target.emit({ events, ack: () => waiting-- })
    }
    for await (const chunk of createReadStream(path).pipe(createGunzip())) {
      if (this.aborter.signal.aborted) return
      await send(decoder.decode(chunk as Buffer))
    }
    await send(decoder.flush())
    await this.settle({
      get settled() {
        return waiting === 0
      },
    })
    if (waiting > 0) return
    this.sincedb.set(identity, (await fs.stat(path)).size, this.context.clock.now() / 1000, path)
    await this.complete(path, identity)
  }

  /** Waits until what was read is durable, or the input stops. */
  private async settle(reader: { readonly settled: boolean }): Promise<void> {
    while (!reader.settled && !this.aborter.signal.aborted) await this.context.clock.sleep(20, this.aborter.signal)
  }

  private async complete(path: string, identity: string): Promise<void> {
    this.completed.add(path)
    await this.save()
    const { file_completed_action: action, file_completed_log_path: log } = this.options
    if (action !== 'delete') await fs.appendFile(log!, `${path}\n`)
    if (action === 'log') return
    await fs.rm(path)
    this.completed.delete(path)
    this.sincedb.forget(identity)
    await this.save()
  }

  private async discover(): Promise<string[]> {
    const found: string[] = []
    for (const pattern of this.options.path) found.push(...(await expandGlob(pattern)))
    const wanted = [...new Set(found)].filter((path) => !this.excluded.some((matcher) => matcher.test(basename(path))))
    // A file that vanished is followed to its end once more before it is closed.
    for (const path of this.open.keys()) if (!wanted.includes(path)) wanted.push(path)
    return this.sorted(wanted)
  }

  private async sorted(paths: string[]): Promise<string[]> {
    const { file_sort_by, file_sort_direction } = this.options
    const keyed = await Promise.all(
      paths.map(async (path) => ({
        path,
        time: file_sort_by === 'path' ? 0 : Number((await statOf(path))?.mtimeMs ?? 0),
      })),
    )
    keyed.sort((a, b) => a.time - b.time || (a.path < b.path ? -1 : 1))
    if (file_sort_direction === 'desc') keyed.reverse()
    return keyed.map(({ path }) => path)
  }

  private tooOld(modified: bigint): boolean {
    const limit = this.options.ignore_older
    return limit !== undefined && this.context.clock.now() - Number(modified) > limit
  }

  private decorate(event: Event, path: string): void {
    event.metadata['path'] = path
    if (this.context.ecs === 'disabled') {
      event.data['host'] ??= this.hostname
      event.data['path'] ??= path
    } else {
      if (!event.has(HOST)) event.set(HOST, this.hostname)
      if (!event.has(PATH)) event.set(PATH, path)
    }
    this.context.decorate(event)
  }

  private report(path: string, error: NodeJS.ErrnoException): void {
    const reason = error.code ?? error.message
    if (reason === 'ENOENT' || this.failed.get(path) === reason) return
    this.failed.set(path, reason)
    this.context.logger.warn(
      { plugin: 'file', file: path, code: error.code },
      `file input cannot read ${path}: ${reason}; it goes on trying`,
    )
  }

  private async saveWhenDue(): Promise<void> {
    const now = this.context.clock.monotonic()
    if (now - this.lastSave < this.options.sincedb_write_interval) return
    this.lastSave = now
    const oldest = (this.context.clock.now() - this.options.sincedb_clean_after) / 1000
    // A file that is there and does not grow keeps its position: it would be read again.
    this.sincedb.expire(oldest, this.present)
    await this.save()
  }

  private async save(): Promise<void> {
    try {
      await this.sincedb.save()
    } catch (error) {
      this.report(this.options.sincedb_path ?? 'its position file', error as NodeJS.ErrnoException)
    }
  }
}

async function statOf(path: string): Promise<{ ino: bigint; dev: bigint; size: bigint; mtimeMs: bigint } | undefined> {
  try {
    return await fs.stat(path, { bigint: true })
  } catch {
    return undefined
  }
}
