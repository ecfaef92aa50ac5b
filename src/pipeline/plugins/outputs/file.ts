import { constants, promises as fs } from 'node:fs'
import { dirname, resolve, sep } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { fail } from '../../../diagnostic/index.ts'
import type { Event } from '../../../event/index.ts'
import { option, type as types, type OptionsOf } from '../../../settings/index.ts'
import { defineOutput, type Output, type OutputContext } from '../define.ts'
import { template } from './template.ts'

const compress = promisify(gzip)

/** Options of outputs that write files. */
export const FILE_OPTIONS = {
  path: option(types.string, {
    describe: 'The file, with `%{field}` and `%{+YYYY-MM-dd}`; its first folder must not depend on the event.',
    required: true,
  }),
  flush_interval: option(types.number({ min: 0 }), {
    describe: 'Flushing.',
    default: 2,
    ignored: 'each batch is written before it counts as done',
  }),
  gzip: option(types.boolean, { describe: 'Compress; each batch is a gzip member of its own.', default: false }),
  filename_failure: option(types.string, {
    describe: 'The file, in the folder of `path`, for events whose own path would leave that folder.',
    default: '_filepath_failures',
  }),
  create_if_deleted: option(types.boolean, {
    describe: 'Make the file again when it was removed; otherwise its events go to `filename_failure`.',
    default: true,
  }),
  dir_mode: option(types.number({ integer: true, min: -1 }), {
    describe: 'Access mode of folders that are made; -1 leaves it to the system.',
    default: -1,
  }),
  file_mode: option(types.number({ integer: true, min: -1 }), {
    describe: 'Access mode of files that are made; -1 leaves it to the system.',
    default: -1,
  }),
  write_behavior: option(types.oneOf('append', 'overwrite'), {
    describe: 'Whether a file that is there when it is first opened is added to or emptied.',
    default: 'append',
  }),
  stale_cleanup_interval: option(types.number({ min: 1 }), {
    describe: 'Seconds after which a file that got nothing is closed.',
    default: 10,
  }),
} as const

type FileOptions = OptionsOf<typeof FILE_OPTIONS>

export const file = defineOutput({
  name: 'file',
  summary: 'Writes events to files.',
  defaultCodec: 'json_lines',
  options: {
    ...FILE_OPTIONS,
    message_format: option(types.string, {
      describe: 'The text of an event.',
      deprecated: 'use codec => line { format => ... }',
    }),
  },
  examples: ['file { path => "/var/log/vedetta/%{type}-%{+YYYY-MM-dd}.json" }'],
  create(options, context) {
    if (options.message_format === undefined)
      return new FileOutput('file', options, context, (event) => context.codec.encode(event))
    const format = template('message_format', options.message_format)
    return new FileOutput('file', options, context, (event) => `${format(event)}\n`)
  },
})

const MOST_OPEN = 256

const REFERENCE = /%\{[^}]+\}/

interface OpenFile {
  readonly handle: fs.FileHandle
  readonly inode: number
  used: number
}

/** Writes what `textOf` makes of events to the files that `path` names. */
export class FileOutput implements Output {
  private readonly plugin: string
  private readonly options: FileOptions
  private readonly context: OutputContext
  private readonly dynamic: boolean
  private readonly root: string
  private readonly failurePath: string
  private readonly pathOf: (event: Event) => string
  private readonly textOf: (event: Event) => string | Buffer
  private readonly open = new Map<string, OpenFile>()
  private readonly seen = new Set<string>()
  private readonly aborter = new AbortController()
  private work: Promise<void> = Promise.resolve()
  private warned = false

  constructor(plugin: string, options: FileOptions, context: OutputContext, textOf: (event: Event) => string | Buffer) {
    this.plugin = plugin
    this.textOf = textOf
    this.options = options
    this.context = context
    const path = resolve(options.path)
    const parts = path.split(sep)
    if (REFERENCE.test(parts[1] ?? ''))
      throw fail('plugin.option_invalid', {
        option: 'path',
        expected: 'a path whose first folder does not depend on the event',
        value: options.path,
      })
    this.dynamic = REFERENCE.test(path)
    const fixed = parts.slice(
      0,
      parts.findIndex((part) => REFERENCE.test(part)),
    )
    this.root = this.dynamic ? fixed.join(sep) : dirname(path)
    this.failurePath = resolve(this.root, options.filename_failure)
    this.pathOf = this.dynamic ? template('path', path) : () => path
  }

  write(batch: readonly Event[]): Promise<void> {
    const done = this.work.then(() => this.writeAll(batch))
    this.work = done.catch(() => undefined)
    return done
  }

  async close(): Promise<void> {
    this.aborter.abort()
    await this.work
    for (const { handle } of this.open.values()) await handle.close()
    this.open.clear()
  }

  private async writeAll(batch: readonly Event[]): Promise<void> {
    const byPath = new Map<string, (string | Buffer)[]>()
    for (const event of batch) {
      const path = await this.placeOf(event)
      const parts = byPath.get(path)
      if (parts === undefined) byPath.set(path, [this.textOf(event)])
      else parts.push(this.textOf(event))
    }
    for (const [path, parts] of byPath) {
      const joined = parts.every((part) => typeof part === 'string')
        ? Buffer.from(parts.join(''))
        : Buffer.concat(parts.map((part) => Buffer.from(part)))
      await this.append(path, this.options.gzip ? await compress(joined) : joined)
    }
    await this.closeStale()
  }

  /** An event's data must not lead out of the folder that the configuration names. */
  private async placeOf(event: Event): Promise<string> {
    const path = this.pathOf(event)
    if (this.dynamic) {
      const target = path.includes('\0') ? undefined : resolve(path)
      if (target === undefined || !target.startsWith(`${this.root}${sep}`)) {
        this.context.logger.warn(
          { plugin: this.plugin, file: this.failurePath },
          `${this.plugin} output: an event's path leads out of ${this.root}; it is written to ${this.failurePath}`,
        )
        return this.failurePath
      }
      return this.gone(target)
    }
    return this.gone(path)
  }

  private async gone(path: string): Promise<string> {
    if (this.options.create_if_deleted || !this.seen.has(path)) return path
    return (await inodeOf(path)) === undefined ? this.failurePath : path
  }

  /** Retries while the disk is full or the folder cannot be written, so that no event is lost. */
  private async append(path: string, data: Buffer): Promise<void> {
    let wait = 1000
    let rest = data
    for (;;) {
      try {
        const file = await this.fileAt(path)
        while (rest.length > 0) {
          const { bytesWritten } = await file.handle.write(rest)
          rest = rest.subarray(bytesWritten)
        }
        this.warned = false
        return
      } catch (error) {
        if (this.aborter.signal.aborted) throw error
        const { code, message } = error as NodeJS.ErrnoException
        if (!this.warned)
          this.context.logger.error(
            { plugin: this.plugin, file: path, code },
            `${this.plugin} output cannot write ${path}: ${code ?? message}; events are kept and it goes on trying`,
          )
        this.warned = true
        await this.context.clock.sleep(wait, this.aborter.signal)
        if (this.aborter.signal.aborted) throw error
        wait = Math.min(wait * 2, 60_000)
      }
    }
  }

  private async fileAt(path: string): Promise<OpenFile> {
    const known = this.open.get(path)
    if (known !== undefined) {
      known.used = this.context.clock.monotonic()
      if ((await inodeOf(path)) === known.inode) return known
      await known.handle.close()
      this.open.delete(path)
    }
    await this.makeRoom()
    const { dir_mode, file_mode, write_behavior } = this.options
    await fs.mkdir(dirname(path), { recursive: true, ...(dir_mode === -1 ? {} : { mode: dir_mode }) })
    const empty = write_behavior === 'overwrite' && !this.seen.has(path)
    const flags = constants.O_WRONLY | constants.O_CREAT | (empty ? constants.O_TRUNC : constants.O_APPEND)
    const handle = await fs.open(path, flags, file_mode === -1 ? 0o666 : file_mode)
    if (file_mode !== -1) await handle.chmod(file_mode)
    const opened = { handle, inode: (await handle.stat()).ino, used: this.context.clock.monotonic() }
    this.open.set(path, opened)
    if (write_behavior === 'overwrite' || !this.options.create_if_deleted) this.seen.add(path)
    return opened
  }

  /** A path that depends on the event can mean any number of files: the one longest unused is closed. */
  private async makeRoom(): Promise<void> {
    if (this.open.size < MOST_OPEN) return
    const [path, { handle }] = [...this.open].reduce((a, b) => (b[1].used < a[1].used ? b : a))
    this.open.delete(path)
    await handle.close()
  }

  private async closeStale(): Promise<void> {
    const before = this.context.clock.monotonic() - this.options.stale_cleanup_interval * 1000
    for (const [path, { handle, used }] of this.open) {
      if (used >= before) continue
      this.open.delete(path)
      await handle.close()
    }
  }
}

async function inodeOf(path: string): Promise<number | undefined> {
  try {
    return (await fs.stat(path)).ino
  } catch {
    return undefined
  }
}
