import { appendFileSync, mkdirSync, readFileSync, renameSync, unlinkSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../clock/index.ts'
import type { Logger } from '../../diagnostic/index.ts'
import { isObject, parseJson, stringifyJson, type Event, type ValueObject } from '../../event/index.ts'
import { letterFiles, letterName, letterPath, type LetterFile } from '../plugins/letter-files.ts'
import type { PipelineDefinition } from './load.ts'
import { MEMORY, type LetterLimits } from './queue-settings.ts'

/** Format of a line: `{"version":1,"time":...,"pipeline":...,"reason":...,"event":{...}}`. */
const FORMAT = 1

/** How much of the end of a file is looked at. */
const TAIL_BYTES = 1024 * 1024

/** What one pipeline's files hold. */
export interface DeadLetterSummary {
  readonly pipeline: string
  readonly bytes: number
  /** Letters in the part that was read. */
  readonly count: number
  /** Older ones were not counted. */
  readonly more: boolean
  /** Reasons of those that were counted, the most frequent first. */
  readonly reasons: readonly { readonly reason: string; readonly count: number }[]
  /** The latest, as they are kept: time, reason, event. */
  readonly latest: readonly ValueObject[]
}

/** What a pipeline's letters take, and how many were given up since the start. */
export interface DeadLetterStats {
  readonly bytes: number
  readonly limits: LetterLimits
  /** Given up for want of room. */
  readonly dropped: number
  /** Removed for their age. */
  readonly expired: number
}

/** The letters of one pipeline as they were found, and what was written since. */
interface Shelf {
  readonly name: string
  readonly limits: LetterLimits
  /** The oldest first; those that are full, not the one that is written. */
  full: LetterFile[]
  /** Of the file that is written. */
  bytes: number
  lookedMillis: number
}

interface Given {
  dropped: number
  expired: number
  toldMillis: number
}

/** A file of this size is full, as Logstash's segments are; a tenth of all where that is less. */
const FULL_BYTES = 10 * 2 ** 20
/** Files may be deleted by hand: they are looked at this often. */
const LOOK_MILLIS = 1_000
const TELL_MILLIS = 60_000
const EXPIRE_MILLIS = 60_000

/**
 * Keeps events that their destination refused for good, one JSON line each, below `path.data/dead_letters`.
 * They are few, so each is written through at once. What a pipeline may keep is limited by size and age; whole files go.
 */
export class DeadLetters {
  private readonly folder: string
  private readonly definitions: () => readonly PipelineDefinition[]
  private readonly logger: Logger | undefined
  private readonly shelves = new Map<string, Shelf>()
  private readonly given = new Map<string, Given>()

  /** `definitions` say how much each pipeline may keep. */
  constructor(
    dataPath: string,
    definitions: () => readonly PipelineDefinition[] = () => [],
    logger: Logger | undefined = undefined,
  ) {
    this.folder = join(dataPath, 'dead_letters')
    this.definitions = definitions
    this.logger = logger
  }

  add(pipelineId: string, event: Event, reason: string, nowMillis: number): void {
    const line = Buffer.from(
      `${stringifyJson({
        version: FORMAT,
        time: new Date(nowMillis).toISOString(),
        pipeline: pipelineId,
        reason,
        event: event.data,
      })}\n`,
    )
    const shelf = this.shelfOf(pipelineId, nowMillis)
    if (!this.makeRoom(pipelineId, shelf, line.length, nowMillis)) return
    mkdirSync(this.folder, { recursive: true, mode: 0o700 })
    appendFileSync(letterPath(this.folder, shelf.name), line, { mode: 0o600 })
    shelf.bytes += line.length
  }

  /** Removes now and every minute what is older than it may be; answers how to stop that. */
  keepExpiring(clock: Clock): () => void {
    for (const { id } of this.definitions()) this.shelfOf(id, clock.now())
    const timer = clock.after(EXPIRE_MILLIS, () => (stop = this.keepExpiring(clock)))
    let stop = (): void => timer.cancel()
    return () => stop()
  }

  stats(pipelineId: string, nowMillis: number): DeadLetterStats {
    const { full, bytes, limits } = this.shelfOf(pipelineId, nowMillis)
    const { dropped, expired } = this.givenUp(pipelineId)
    return { bytes: sizeOf(full) + bytes, limits, dropped, expired }
  }

  /** What is kept, by pipeline, from the last megabyte of each pipeline's newest file. */
  async summaries(samples: number): Promise<DeadLetterSummary[]> {
    const all = letterFiles(this.folder)
    return Promise.all(
      [...new Set(all.map(({ pipeline }) => pipeline))].map(async (pipeline) => {
        const files = all.filter((file) => file.pipeline === pipeline)
        const newest = await summaryOf(files.at(-1)!.path, samples)
        return { pipeline, ...newest, bytes: sizeOf(files), more: newest.more || files.length > 1 }
      }),
    )
  }

  private shelfOf(pipelineId: string, nowMillis: number): Shelf {
    const known = this.shelves.get(pipelineId)
    if (known !== undefined && Math.abs(nowMillis - known.lookedMillis) < LOOK_MILLIS) return known
    const name = letterName(pipelineId)
    const limits = this.definitions().find(({ id }) => id === pipelineId)?.letters ?? MEMORY.letters
    const files = letterFiles(this.folder, name).filter((file) => {
      if (nowMillis - file.writtenMillis <= limits.retainMillis) return true
      this.givenUp(pipelineId).expired += remove(file.path)
      return false
    })
    const written = files.at(-1)?.number === Infinity ? files.pop() : undefined
    const shelf: Shelf = { name, limits, full: files, bytes: written?.bytes ?? 0, lookedMillis: nowMillis }
    this.shelves.set(pipelineId, shelf)
    return shelf
  }

  /** Whether `size` bytes more may be kept; by the policy older ones make room. */
  private makeRoom(pipelineId: string, shelf: Shelf, size: number, nowMillis: number): boolean {
    const { maxBytes, policy } = shelf.limits
    if (shelf.bytes > 0 && shelf.bytes + size > Math.min(FULL_BYTES, maxBytes / 10)) this.seal(shelf, nowMillis)
    while (sizeOf(shelf.full) + shelf.bytes + size > maxBytes) {
      if (policy === 'drop_older' && shelf.full.length === 0 && shelf.bytes > 0) this.seal(shelf, nowMillis)
      const oldest = policy === 'drop_older' ? shelf.full.shift() : undefined
      this.drop(pipelineId, shelf, oldest === undefined ? 1 : remove(oldest.path), nowMillis)
      if (oldest === undefined) return false
    }
    return true
  }

  /** The file that is written is full: the next letter begins another. */
  private seal(shelf: Shelf, nowMillis: number): void {
    const number = (shelf.full.at(-1)?.number ?? 0) + 1
    const path = letterPath(this.folder, shelf.name, number)
    const file = { path, pipeline: shelf.name, number, bytes: shelf.bytes, writtenMillis: nowMillis }
    shelf.bytes = 0
    if (unlessGone(() => renameSync(letterPath(this.folder, shelf.name), path))) shelf.full.push(file)
  }

  private drop(pipelineId: string, { limits }: Shelf, count: number, nowMillis: number): void {
    const given = this.givenUp(pipelineId)
    given.dropped += count
    if (Math.abs(nowMillis - given.toldMillis) < TELL_MILLIS) return
    given.toldMillis = nowMillis
    this.logger?.warn(
      { pipeline: pipelineId },
      `the dead letters of pipeline '${pipelineId}' have reached 'dead_letter_queue.max_bytes' (${limits.maxBytes}): ` +
        `${limits.policy === 'drop_older' ? 'the oldest are' : 'new ones are'} given up, ${given.dropped} so far`,
    )
  }

  private givenUp(pipelineId: string): Given {
    let given = this.given.get(pipelineId)
    if (given === undefined) this.given.set(pipelineId, (given = { dropped: 0, expired: 0, toldMillis: -Infinity }))
    return given
  }
}

function sizeOf(files: readonly LetterFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** Answers how many letters the file had. */
function remove(path: string): number {
  let count = 0
  unlessGone(() => {
    const bytes = readFileSync(path)
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++
    unlinkSync(path)
  })
  return count
}

/** False where the file was deleted meanwhile, by hand. */
function unlessGone(change: () => void): boolean {
  try {
    change()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return false
  }
}

async function summaryOf(path: string, samples: number): Promise<Omit<DeadLetterSummary, 'pipeline' | 'bytes'>> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const start = Math.max(0, size - TAIL_BYTES)
    const buffer = Buffer.alloc(size - start)
    await file.read(buffer, 0, buffer.length, start)
    const lines = buffer.toString('utf8').split('\n')
    // The first may be cut.
    if (start > 0) lines.shift()
    const letters = lines.filter((line) => line !== '').flatMap(readLetter)
    const counts = new Map<string, number>()
    for (const { reason } of letters) counts.set(String(reason), (counts.get(String(reason)) ?? 0) + 1)
    return {
      count: letters.length,
      more: start > 0,
      reasons: [...counts]
        .map(([reason, count]) => ({ reason, count }))
        .sort((a, b) => b.count - a.count)
        .slice(0, samples),
      latest: letters.slice(-samples).reverse(),
    }
  } finally {
    await file.close()
  }
}

function readLetter(line: string): ValueObject[] {
  try {
    const letter = parseJson(line)
    return isObject(letter) ? [letter] : []
  } catch {
    // Half a line, from a crash.
    return []
  }
}
