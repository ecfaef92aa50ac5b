import { appendFileSync, mkdirSync } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isObject, parseJson, stringifyJson, type Event, type ValueObject } from '../../event/index.ts'

/** Format of a line: `{"version":1,"time":...,"pipeline":...,"reason":...,"event":{...}}`. */
const FORMAT = 1

/** How much of the end of a file is looked at. */
const TAIL_BYTES = 1024 * 1024

/** What one pipeline's file holds. */
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

/**
 * Keeps events that their destination refused for good, one JSON line each, below `path.data/dead_letters`.
 * They are few, so each is written through at once.
 */
export class DeadLetters {
  private readonly folder: string

  constructor(dataPath: string) {
    this.folder = join(dataPath, 'dead_letters')
  }

  add(pipelineId: string, event: Event, reason: string, nowMillis: number): void {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 })
    const line = stringifyJson({
      version: FORMAT,
      time: new Date(nowMillis).toISOString(),
      pipeline: pipelineId,
      reason,
      event: event.data,
    })
    appendFileSync(join(this.folder, `${pipelineId.replace(/[^\w-]/g, '_')}.ndjson`), `${line}\n`, { mode: 0o600 })
  }

  /** What is kept, by pipeline, from the last megabyte of each file. */
  async summaries(samples: number): Promise<DeadLetterSummary[]> {
    const names = await readdir(this.folder).catch(() => [])
    const files = names.filter((name) => name.endsWith('.ndjson')).sort()
    return Promise.all(
      files.map(async (name) => ({
        pipeline: name.slice(0, -'.ndjson'.length),
        ...(await summaryOf(join(this.folder, name), samples)),
      })),
    )
  }
}

async function summaryOf(path: string, samples: number): Promise<Omit<DeadLetterSummary, 'pipeline'>> {
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
      bytes: size,
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
