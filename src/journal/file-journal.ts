import { open, readdir, readFile, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { fail, type Logger } from '../diagnostic/index.ts'
import { makeFolder, syncFolder } from './durable-file.ts'
import type { Journal, JournalRecord } from './journal.ts'
import {
  fileHeader,
  FORMAT_VERSION,
  HEADER_BYTES,
  readFileHeader,
  RECORD_HEADER_BYTES,
  recordHeader,
  scanFile,
} from './record.ts'

export interface JournalOptions {
  readonly logger: Logger
  /** At most so many records share one fsync; 2,048 unless given. */
  readonly groupRecords?: number
  /** A file that has reached this size is followed by a new one; 32 MB unless given. */
  readonly fileBytes?: number
  /** The sequence numbers go on at least from here, also where the files that would say so are gone. */
  readonly first?: number
}

interface JournalFile {
  readonly path: string
  /** Its first record's sequence number, also its name. */
  readonly first: number
  /** Up to the end of the last record that is durable. */
  bytes: number
}

interface Waiting {
  readonly sequence: number
  readonly record: Buffer
  readonly resolve: (sequence: number) => void
  readonly reject: (error: unknown) => void
}

/**
 * Opens the journal in a folder, which is made where it is not there.
 *
 * The group of a commit is what arrived while the one before was written: with nothing under way a record is
 * written at once, and the busier the journal, the more records share an fsync. No record waits for a timer.
 *
 * A record that cannot be written (disk full) rejects alone with its group; the file is cut back to the last good
 * record, and the next append may succeed. The sequence number of a record that failed is not given again.
 * @throws journal.version where the files come from a newer version.
 */
export async function openJournal(folder: string, options: JournalOptions): Promise<Journal> {
  await makeFolder(folder)
  const names = (await readdir(folder)).filter((name) => /^\d{16}\.journal$/.test(name)).sort()
  const files: JournalFile[] = []
  let next = options.first ?? 1
  for (const [i, name] of names.entries()) {
    const path = join(folder, name)
    const file = { path, first: Number(name.slice(0, 16)), bytes: 0 }
    next = Math.max(next, file.first, await recover(file, i === names.length - 1, options.logger))
    if (file.bytes > 0) files.push(file)
  }
  await syncFolder(folder)
  return new FileJournal(folder, files, next, options)
}

/** Checks a file, cuts off a torn end of the last one, and returns the sequence number after its last record. */
async function recover(file: JournalFile, last: boolean, logger: Logger): Promise<number> {
  const content = await readFile(file.path)
  const version = readFileHeader(content)
  if (version !== undefined && version !== FORMAT_VERSION)
    throw fail('journal.version', { file: file.path, version, known: FORMAT_VERSION })
  if (version === undefined && last && content.length <= HEADER_BYTES) {
    // The crash came while the file was made: nothing was ever in it.
    await unlink(file.path)
    return 0
  }
  if (version === undefined)
    logger.error({ file: file.path, from: 0, to: HEADER_BYTES }, 'journal: damaged file header')
  const { records, damage, end } = scanFile(content)
  for (const { from, to } of damage)
    logger.error(
      { file: file.path, from, to },
      `journal: ${to - from} damaged bytes in ${file.path} at ${from}; the records in them are lost, those behind are kept`,
    )
  file.bytes = end
  if (end < content.length) {
    const lost = content.length - end
    if (last) {
      logger.warn(
        { file: file.path, from: end },
        `journal: cut ${lost} bytes of a torn record off the end of ${file.path}`,
      )
      const handle = await open(file.path, 'r+')
      try {
        await handle.truncate(end)
        await handle.sync()
      } finally {
        await handle.close()
      }
    } else
      logger.error(
        { file: file.path, from: end, to: content.length },
        `journal: ${lost} damaged bytes at the end of ${file.path}; the records in them are lost`,
      )
  }
  return (records.at(-1)?.sequence ?? 0) + 1
}

class FileJournal implements Journal {
  next: number
  private readonly folder: string
  private readonly files: JournalFile[]
  private readonly groupRecords: number
  private readonly fileBytes: number
  private readonly logger: Logger
  private handle: FileHandle | undefined
  private renew = false
  private waiting: Waiting[] = []
  private committing = false
  private work: Promise<void> = Promise.resolve()
  private closed = false

  constructor(folder: string, files: JournalFile[], next: number, options: JournalOptions) {
    this.folder = folder
    this.files = files
    this.next = next
    this.logger = options.logger
    this.groupRecords = options.groupRecords ?? 2048
    this.fileBytes = options.fileBytes ?? 32 * 1024 * 1024
  }

  append(record: Buffer): Promise<number> {
    if (this.closed) return Promise.reject(fail('journal.closed'))
    if (record.length > 0xffff_ffff) return Promise.reject(fail('journal.record_size', { bytes: record.length }))
    const sequence = this.next++
    return new Promise((resolve, reject) => {
      this.waiting.push({ sequence, record, resolve, reject })
      if (this.committing) return
      this.committing = true
      void this.exclusive(() => this.commitAll())
    })
  }

  async *read(from = 1): AsyncIterable<JournalRecord> {
    let after = from - 1
    for (;;) {
      const before = after
      // A copy: a trim in the meantime would move the next file to the place of this one.
      const files = [...this.files]
      for (const [i, file] of files.entries()) {
        const following = files[i + 1]
        if (following !== undefined && following.first <= after + 1) continue
        for (const { sequence, record } of await this.recordsOf(file)) {
          if (sequence <= after) continue
          after = sequence
          // A copy, so that a record that is kept does not hold the whole file in memory.
          yield { sequence, record: Buffer.from(record) }
        }
      }
      if (after === before) return
    }
  }

  private async recordsOf(file: JournalFile): Promise<JournalRecord[]> {
    const handle = await open(file.path, 'r').catch((error: unknown) => {
      // Trimmed in the meantime.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    })
    if (handle === undefined) return []
    try {
      const content = Buffer.allocUnsafeSlow(file.bytes)
      let length = 0
      while (length < content.length) {
        const { bytesRead } = await handle.read(content, length, content.length - length, length)
        if (bytesRead === 0) break
        length += bytesRead
      }
      return scanFile(content.subarray(0, length)).records
    } finally {
      await handle.close()
    }
  }

  trim(before: number): Promise<void> {
    return this.exclusive(async () => {
      const active = this.files.at(-1)
      if (active !== undefined && before >= this.next && this.waiting.length === 0 && active.bytes > HEADER_BYTES)
        await this.startFile(this.next)
      let removed = false
      while (this.files.length > 1 && this.files[1]!.first <= before) {
        await unlink(this.files[0]!.path)
        this.files.shift()
        removed = true
      }
      if (removed) await syncFolder(this.folder)
    })
  }

  bytes(): number {
    return this.files.reduce((sum, file) => sum + file.bytes, 0)
  }

  async close(): Promise<void> {
    this.closed = true
    await this.exclusive(async () => {
      await this.handle?.close()
      this.handle = undefined
    })
  }

  /** Commits, trims and the end run one after the other. */
  private exclusive(job: () => Promise<void>): Promise<void> {
    const done = this.work.then(job)
    this.work = done.catch(() => undefined)
    return done
  }

  private async commitAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0, this.groupRecords)
      try {
        await this.commit(group)
        for (const { resolve, sequence } of group) resolve(sequence)
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    this.committing = false
  }

  private async commit(group: readonly Waiting[]): Promise<void> {
    try {
      const active = this.files.at(-1)
      if (active === undefined || this.renew || active.bytes >= this.fileBytes) await this.startFile(group[0]!.sequence)
      const file = this.files.at(-1)!
      this.handle ??= await open(file.path, 'r+')
      let end = file.bytes
      try {
        for (const part of parts(group)) end += await writeAll(this.handle, part, end)
        await this.handle.datasync()
      } catch (error) {
        await this.cutBack(file)
        throw error
      }
      file.bytes = end
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      const reason = code === 'ENOSPC' || code === 'EDQUOT' ? 'no space left on the disk' : message
      this.logger.error({ folder: this.folder, code }, `journal: cannot write to ${this.folder}: ${reason}`)
      throw fail('journal.write', { folder: this.folder, reason })
    }
  }

  /** After a write that failed: the file ends again with its last good record, and is not written to any more. */
  private async cutBack(file: JournalFile): Promise<void> {
    // After an fsync that failed the kernel may have dropped pages and say nothing the next time: a new file is safe.
    this.renew = true
    try {
      await this.handle?.truncate(file.bytes)
      await this.handle?.datasync()
    } catch (error) {
      this.logger.warn({ file: file.path, error: String(error) }, 'journal: cannot cut the file back; open will do it')
    }
  }

  private async startFile(first: number): Promise<void> {
    const path = join(this.folder, `${String(first).padStart(16, '0')}.journal`)
    const header = fileHeader(first)
    const handle = await open(path, 'w+', 0o600)
    try {
      await writeAll(handle, header, 0)
      await handle.sync()
      await syncFolder(this.folder)
    } catch (error) {
      await handle.close()
      await unlink(path).catch(() => undefined)
      throw error
    }
    await this.handle?.close()
    this.handle = handle
    this.renew = false
    const last = this.files.at(-1)
    if (last?.path === path) last.bytes = header.length
    else this.files.push({ path, first, bytes: header.length })
  }
}

const JOIN_BYTES = 1024 * 1024

/** Small records are joined, so that a group is one write; large ones are not copied. */
function* parts(group: readonly Waiting[]): Generator<Buffer> {
  let joined: Buffer[] = []
  let bytes = 0
  for (const { sequence, record } of group) {
    joined.push(recordHeader(sequence, record), record)
    bytes += RECORD_HEADER_BYTES + record.length
    if (bytes < JOIN_BYTES) continue
    yield* record.length < JOIN_BYTES ? [Buffer.concat(joined)] : joined
    joined = []
    bytes = 0
  }
  if (joined.length > 0) yield Buffer.concat(joined)
}

async function writeAll(handle: FileHandle, buffer: Buffer, position: number): Promise<number> {
  let written = 0
  while (written < buffer.length) {
    const { bytesWritten } = await handle.write(buffer, written, buffer.length - written, position + written)
    written += bytesWritten
  }
  return written
}
