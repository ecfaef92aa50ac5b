import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fail } from '../diagnostic/index.ts'
import { isObject, parseJson, stringifyJson, type ValueObject } from '../event/index.ts'
import { readIfThere, replaceFile } from '../journal/index.ts'

const VERSION = 1

type State = Uint8Array | ValueObject

/** The states of all detectors at one moment, with what they had seen by then. */
export interface Snapshot {
  readonly states: ReadonlyMap<string, State>
  /** The newest event time that is in them, epoch milliseconds. */
  readonly seen: number
  /** Ids of the latest events that are in them: what comes about in order is told apart from what is new. */
  readonly recent: readonly string[]
}

interface Head {
  readonly version: number
  readonly sha256: string
  readonly seen: number
  readonly recent: readonly string[]
  readonly parts: readonly { readonly name: string; readonly form: 'bytes' | 'json'; readonly length: number }[]
}

/**
 * The states on disk, in one file that is replaced in one step, so that they are always of one moment.
 * A line of JSON (version, checksum, names and lengths), then the states one after another.
 */
export class Snapshots {
  private readonly folder: string

  constructor(dataPath: string) {
    this.folder = join(dataPath, 'detect')
  }

  async write({ states, seen, recent }: Snapshot): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 })
    const contents = [...states].map(([name, state]) =>
      state instanceof Uint8Array
        ? { name, form: 'bytes', content: state }
        : { name, form: 'json', content: Buffer.from(stringifyJson(state)) },
    )
    const hash = createHash('sha256')
    for (const { content } of contents) hash.update(content)
    const parts = contents.map(({ name, form, content }) => ({ name, form, length: content.length }))
    const head = JSON.stringify({ version: VERSION, sha256: hash.digest('hex'), seen, recent, parts })
    await replaceFile(this.path(), [Buffer.from(`${head}\n`), ...contents.map(({ content }) => content)])
  }

  /** @throws DiagnosticError `detect.snapshot` for a file that is damaged or of another version */
  async read(): Promise<Snapshot | undefined> {
    const file = await readIfThere(this.path())
    if (file === undefined) return undefined
    const end = file.indexOf(10)
    const { version, sha256, seen, recent, parts } = headOf(file.toString('utf8', 0, Math.max(0, end)))
    if (version !== VERSION) throw refused(`it is of version ${String(version)}`)
    const body = file.subarray(end + 1)
    if (createHash('sha256').update(body).digest('hex') !== sha256) throw refused('its checksum is wrong')
    const states = new Map<string, State>()
    let at = 0
    for (const { name, form, length } of parts) {
      const content = body.subarray(at, (at += length))
      const state = form === 'bytes' ? content : parseJson(content.toString())
      if (state instanceof Uint8Array || isObject(state)) states.set(name, state)
    }
    return { states, seen, recent }
  }

  private path(): string {
    return join(this.folder, 'detectors.snapshot')
  }
}

function headOf(line: string): Head {
  try {
    return JSON.parse(line) as Head
  } catch {
    throw refused('its file has another form')
  }
}

function refused(reason: string): Error {
  return fail('detect.snapshot', { name: 'all', reason })
}
