import { promises as fs } from 'node:fs'
import { dirname } from 'node:path'

/** How far one file was read: bytes that were acknowledged. */
interface Position {
  bytes: number
  /** Seconds since the epoch, when it last moved. */
  seen: number
  path: string
}

/**
 * Positions by a file's identity, in Logstash's own format, so that either reads what the other wrote: a line
 * `inode major minor position time path` a file. The file is replaced atomically.
 */
export class SinceDb {
  private readonly path: string
  private readonly positions = new Map<string, Position>()
  private changed = false
  private writing: Promise<void> = Promise.resolve()

  constructor(path: string) {
    this.path = path
  }

  /**
   * Reads the positions; where there are none yet, those of the first of the other files that is there.
   * @param now seconds since the epoch: when records without a time, of Logstash before 5, count as seen.
   * @returns the file that was read, if one was.
   */
  async load(now: number, others: readonly string[] = []): Promise<string | undefined> {
    for (const path of [this.path, ...others]) {
      try {
        this.parse(await fs.readFile(path, 'utf8'), now)
        this.changed = path !== this.path
        return path
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code !== 'ENOENT' && path === this.path) throw error
      }
    }
    return undefined
  }

  private parse(text: string, now: number): void {
    for (const line of text.split('\n')) {
      const match = /^(\S+) (\d+) (\d+) (\d+)(?: ([\d.]+)(?: (.*))?)?$/.exec(line)
      if (match === null) continue
      const [, inode, major, minor, bytes, seen, path = ''] = match
      this.positions.set(`${inode} ${major} ${minor}`, { bytes: Number(bytes), seen: Number(seen ?? now), path })
    }
  }

  get(identity: string): number | undefined {
    return this.positions.get(identity)?.bytes
  }

  set(identity: string, bytes: number, seen: number, path: string): void {
    this.positions.set(identity, { bytes, seen, path })
    this.changed = true
  }

  /** A file that is removed: its inode may be another's soon. */
  forget(identity: string): void {
    if (this.positions.delete(identity)) this.changed = true
  }

  /** Forgets files that were not seen since the given time, in seconds, and are not among those that are there. */
  expire(before: number, present: ReadonlySet<string>): void {
    for (const [identity, { seen }] of this.positions) {
      if (seen >= before || present.has(identity)) continue
      this.positions.delete(identity)
      this.changed = true
    }
  }

  save(): Promise<void> {
    const done = this.writing.then(() => this.write())
    this.writing = done.catch(() => undefined)
    return done
  }

  private async write(): Promise<void> {
    if (!this.changed || this.path === '/dev/null') return
    this.changed = false
    const lines = [...this.positions].map(
      ([identity, { bytes, seen, path }]) => `${identity} ${bytes} ${seen.toFixed(3)} ${path}\n`,
    )
    const aside = `${this.path}.${process.pid}.tmp`
    try {
      await fs.mkdir(dirname(this.path), { recursive: true, mode: 0o700 })
      const handle = await fs.open(aside, 'w', 0o600)
      try {
        await handle.writeFile(lines.join(''))
        await handle.sync()
      } finally {
        await handle.close()
      }
      await fs.rename(aside, this.path)
    } catch (error) {
      this.changed = true
      throw error
    }
  }
}

/** A file's identity as the sincedb has it: inode, major and minor device number (glibc's layout of dev_t). */
export function identityOf(stats: { ino: bigint; dev: bigint }): string {
  const { dev } = stats
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn)
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn)
  return `${stats.ino} ${major} ${minor}`
}
