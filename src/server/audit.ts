import { appendFile, readFile, rename, stat } from 'node:fs/promises'
import type { Clock } from '../clock/index.ts'
import type { Logger } from '../diagnostic/index.ts'

export interface AuditRow {
  readonly '@timestamp': string
  readonly user: string
  readonly address: string
  readonly method: string
  readonly path: string
  readonly status: number
}

const LARGEST = 10 * 1024 * 1024

/**
 * Who changed what, one JSON line a request, in a file that only its owner reads; no bodies, so no secrets.
 * At 10 MB it is set aside as `.1`, one generation is kept.
 */
export class AuditLog {
  private readonly path: string
  private readonly clock: Clock
  private readonly logger: Logger
  private last: Promise<void> = Promise.resolve()

  constructor(path: string, clock: Clock, logger: Logger) {
    this.path = path
    this.clock = clock
    this.logger = logger
  }

  add(row: Omit<AuditRow, '@timestamp'>): void {
    const line = `${JSON.stringify({ '@timestamp': new Date(this.clock.now()).toISOString(), ...row })}\n`
    this.last = this.last.then(() => this.write(line))
  }

  /** The latest rows, newest first. */
  async latest(size: number): Promise<AuditRow[]> {
    await this.last
    const texts = await Promise.all([read(this.path), read(`${this.path}.1`)])
    const rows: AuditRow[] = []
    for (const text of texts) {
      for (const line of text.split('\n').reverse()) {
        if (line === '') continue
        if (rows.length >= size) return rows
        try {
          rows.push(JSON.parse(line) as AuditRow)
        } catch {
          // Half a line, from a crash.
        }
      }
    }
    return rows
  }

  close(): Promise<void> {
    return this.last
  }

  private async write(line: string): Promise<void> {
    try {
      const size = await stat(this.path).then(
        (found) => found.size,
        () => 0,
      )
      if (size > LARGEST) await rename(this.path, `${this.path}.1`)
      await appendFile(this.path, line, { mode: 0o600 })
    } catch (error) {
      this.logger.error({ err: error, path: this.path }, 'the audit log cannot be written')
    }
  }
}

function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
