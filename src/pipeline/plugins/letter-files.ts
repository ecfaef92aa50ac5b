import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const ENDING = '.ndjson'

/** A file of dead letters, a JSON line each. */
export interface LetterFile {
  readonly path: string
  /** The pipeline's name in it. */
  readonly pipeline: string
  /** Full files count from 1; the one that is written is after them all. */
  readonly number: number
  readonly bytes: number
  /** When the last letter was written, in milliseconds since the epoch. */
  readonly writtenMillis: number
}

/** The name of a pipeline in the names of its files. */
export function letterName(pipelineId: string): string {
  return pipelineId.replace(/[^\w-]/g, '_')
}

/** `PIPELINE.ndjson` is written; `PIPELINE.N.ndjson` were, and are full. */
export function letterPath(folder: string, name: string, number = Infinity): string {
  return join(folder, number === Infinity ? name + ENDING : `${name}.${number}${ENDING}`)
}

/** What there is in the folder, by pipeline and the oldest first. A folder that is not there has none. */
export function letterFiles(folder: string, name?: string): LetterFile[] {
  return namesIn(folder)
    .flatMap((file) => {
      const [, pipeline, number] = /^([\w-]+)(?:\.([1-9]\d*))?\.ndjson$/.exec(file) ?? []
      if (pipeline === undefined || (name !== undefined && pipeline !== name)) return []
      const path = join(folder, file)
      const stats = statSync(path, { throwIfNoEntry: false })
      if (stats === undefined) return []
      const written = { bytes: stats.size, writtenMillis: stats.mtimeMs }
      return [{ path, pipeline, number: number === undefined ? Infinity : Number(number), ...written }]
    })
    .sort((a, b) => (a.pipeline < b.pipeline ? -1 : a.pipeline > b.pipeline ? 1 : a.number < b.number ? -1 : 1))
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
