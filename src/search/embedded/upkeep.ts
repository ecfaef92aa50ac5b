import type { Clock, Timer } from '../../clock/index.ts'
import type { Logger } from '../../diagnostic/index.ts'
import type { Journal } from '../../journal/index.ts'
import { DamagedBlock } from './block-file.ts'
import type { DiskWatch } from './disk-watch.ts'
import type { IndexAdmin } from './index-admin.ts'
import { planRetention } from './retention.ts'
import type { EmbeddedStoreOptions } from './store-options.ts'
import { FULL_SEGMENT, type SealContext, type StoredIndex } from './stored-index.ts'

const CHECK_EVERY = 5_000
const DISK_EVERY = 30_000
const JOURNAL_LIMIT = 256 * 1024 * 1024
const LIVE_LIMIT = 192 * 1024 * 1024

export interface UpkeepParts {
  readonly options: EmbeddedStoreOptions
  readonly journal: Journal
  readonly admin: IndexAdmin
  readonly disk: DiskWatch
  readonly context: SealContext
}

/** What goes on behind reads and writes: sealing and merging, retention, setting damaged segments aside. */
export class Upkeep {
  private readonly options: EmbeddedStoreOptions
  private readonly clock: Clock
  private readonly logger: Logger
  private readonly journal: Journal
  private readonly admin: IndexAdmin
  private readonly disk: DiskWatch
  private readonly context: SealContext
  private timer: Timer | undefined
  private diskChecked = -Infinity
  private stopped = false

  constructor({ options, journal, admin, disk, context }: UpkeepParts) {
    this.options = options
    this.clock = options.clock
    this.logger = options.logger
    this.journal = journal
    this.admin = admin
    this.disk = disk
    this.context = context
  }

  stop(): void {
    this.stopped = true
    this.timer?.cancel()
  }

  /** Who writes faster than segments can be sealed waits, so that memory stays bounded. */
  async holdBack(indices: ReadonlySet<StoredIndex>): Promise<void> {
    for (const index of indices) if (index.busy && this.isFull(index)) await index.idle().catch(() => undefined)
  }

  private isFull({ live }: StoredIndex): boolean {
    return (
      live.documents >= (this.options.sealDocuments ?? FULL_SEGMENT) ||
      live.sourceTotal >= (this.options.sealBytes ?? 48 * 1024 * 1024)
    )
  }

  sealIfFull(index: StoredIndex): void {
    if (!index.busy && this.isFull(index)) this.background(this.sealAndMerge(index))
  }

  private async sealAndMerge(index: StoredIndex): Promise<void> {
    await index.seal(this.context)
    index.liveSince = 0
    await this.trim()
    await index.merge(this.context)
  }

  private background(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (this.setAside(error)) return
      const reason = error instanceof Error ? error.message : String(error)
      this.logger.error({ error: reason }, `store: cannot write a segment: ${reason}; the journal keeps its documents`)
    })
  }

  /** The journal forgets what all indices have on disk. */
  async trim(): Promise<void> {
    let before = this.journal.next
    for (const { neededFrom } of this.admin.indices.byName.values())
      if (neededFrom !== undefined && neededFrom < before) before = neededFrom
    await this.journal.trim(before)
  }

  /** @returns false where the error is not about a damaged segment of ours. */
  setAside(error: unknown): boolean {
    if (!(error instanceof DamagedBlock)) return false
    for (const index of this.admin.indices.byName.values()) {
      const done = index.setAside(error)
      if (done === false) continue
      this.background(done)
      return true
    }
    return false
  }

  start(): void {
    this.timer = this.clock.after(CHECK_EVERY, () => void this.turn())
  }

  private async turn(): Promise<void> {
    try {
      await this.maintain()
    } catch (error) {
      if (!this.setAside(error)) this.logger.error({ error: String(error) }, `store: upkeep failed: ${String(error)}`)
    }
    if (!this.stopped) this.start()
  }

  private async maintain(): Promise<void> {
    const age = this.options.sealAge ?? 3_600_000
    const indices = [...this.admin.indices.byName.values()]
    const memory = indices.reduce((sum, { live }) => sum + live.bytes, 0)
    const largest = indices.reduce<StoredIndex | undefined>(
      (best, index) => (best === undefined || index.live.bytes > best.live.bytes ? index : best),
      undefined,
    )
    const pressed = this.journal.bytes() > JOURNAL_LIMIT
    for (const index of indices) {
      if (this.stopped) return
      const old = index.live.documents > 0 && this.clock.monotonic() - index.liveSince > age
      const needed = index.dirtyFrom !== undefined && pressed
      if (!index.busy && (old || needed || (memory > LIVE_LIMIT && index === largest))) await this.sealAndMerge(index)
    }
    if (this.clock.monotonic() - this.diskChecked >= DISK_EVERY) await this.checkDisk()
  }

  /** Retention, and the switch to read-only and back. */
  async checkDisk(): Promise<void> {
    this.diskChecked = this.clock.monotonic()
    const { retention = {} } = this.options
    const plans = planRetention(
      this.admin.indices.byName.values(),
      retention,
      this.clock.now(),
      await this.disk.space(),
      (index) => this.admin.indices.streamOf(index),
    )
    for (const { index, segments, whole } of plans) {
      this.logger.info(
        { index: index.name, segments: segments.length },
        `store: retention removed ${whole ? 'index' : `${segments.length} segments of index`} [${index.name}]`,
      )
      if (whole) await this.admin.remove([index])
      else await index.drop(segments)
    }
    await this.disk.check()
  }
}
