import { createHash } from 'node:crypto'
import type { Timer } from '../clock/index.ts'
import type { Watch } from './model.ts'
import type { WatchStatus } from './status.ts'
import type { WatchInfo } from './watcher.ts'

/** A watch as the process has it: what is stored, its timer, and the run under way. */
export interface LiveWatch {
  readonly watch: Watch
  readonly status: WatchStatus
  readonly file: string | undefined
  /** Whose file it is, where several processes share the store. */
  readonly owner: string | undefined
  /** Intervals count from here, in milliseconds. */
  readonly anchor: number
  version: number
  seqNo: number
  primaryTerm: number
  timer?: Timer
  /** When it runs next, in epoch milliseconds. */
  next?: number
  run?: Promise<unknown>
}

export function infoOf(live: LiveWatch): WatchInfo {
  const { watch, status, file, next, version, seqNo, primaryTerm } = live
  return {
    id: watch.id,
    source: watch.source,
    status: status.toValue(),
    active: status.active,
    ...(next === undefined ? {} : { next }),
    ...(file === undefined ? {} : { file }),
    version,
    seqNo,
    primaryTerm,
  }
}

const DAY = 86_400_000

/** An anchor before `now` by the id: watches that are loaded together do not all run at the same moments. */
export function spreadAnchor(id: string, now: number): number {
  return now - (createHash('sha256').update(id).digest().readUInt32BE() % DAY)
}

/** Work on one watch is done one after the other. */
export class Exclusive {
  private readonly tails = new Map<string, Promise<unknown>>()

  do<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.tails.get(id) ?? Promise.resolve()
    const result = before.then(work, work)
    const settled = result.then(
      () => undefined,
      () => undefined,
    )
    this.tails.set(id, settled)
    const release = (): void => {
      if (this.tails.get(id) === settled) this.tails.delete(id)
    }
    void settled.finally(release)
    return result
  }

  async idle(): Promise<void> {
    await Promise.allSettled(this.tails.values())
  }
}
