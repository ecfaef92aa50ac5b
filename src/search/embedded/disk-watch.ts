import { statfs } from 'node:fs/promises'
import type { Logger } from '../../diagnostic/index.ts'
import type { DiskSpace, RetentionOptions } from './retention.ts'

/** Watches the room on the disk: warns in time, and says when the store must not write any more. */
export class DiskWatch {
  /** Set while there is too little room, with the sentence to show. */
  readOnly: string | undefined
  private warned = false
  private readonly path: string
  private readonly limits: RetentionOptions
  private readonly logger: Logger
  private readonly measure: (path: string) => Promise<DiskSpace>

  constructor(
    path: string,
    limits: RetentionOptions,
    logger: Logger,
    measure: (path: string) => Promise<DiskSpace> = diskSpace,
  ) {
    this.path = path
    this.limits = limits
    this.logger = logger
    this.measure = measure
  }

  space(): Promise<DiskSpace> {
    return this.measure(this.path)
  }

  /** Draws the conclusions from what is free now. */
  async check(): Promise<void> {
    const { path } = this
    const { readOnlyBelow = 0.05, warnBelow = 0.1 } = this.limits
    const { total, free } = await this.space()
    const share = total === 0 ? 1 : free / total
    const percent = (share * 100).toFixed(1)
    const wasReadOnly = this.readOnly !== undefined
    if (share < readOnlyBelow) {
      this.readOnly = `only ${percent} % of the disk of ${path} is free: the store is read-only until there is more`
      if (!wasReadOnly) this.logger.error({ path, free }, `store: ${this.readOnly}`)
    } else {
      this.readOnly = undefined
      if (wasReadOnly) this.logger.info({ path, free }, 'store: there is room on the disk again, writes go on')
    }
    const low = share < warnBelow
    if (low && !this.warned && this.readOnly === undefined)
      this.logger.warn(
        { path, free },
        `store: only ${percent} % of the disk of ${path} is free; below ${readOnlyBelow * 100} % the store refuses writes`,
      )
    this.warned = low
  }
}

async function diskSpace(path: string): Promise<DiskSpace> {
  const { bsize, blocks, bavail } = await statfs(path)
  return { total: bsize * blocks, free: bsize * bavail }
}
