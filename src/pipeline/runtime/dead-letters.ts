import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { stringifyJson, type Event } from '../../event/index.ts'

/** Format of a line: `{"version":1,"time":...,"pipeline":...,"reason":...,"event":{...}}`. */
const FORMAT = 1

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
}
