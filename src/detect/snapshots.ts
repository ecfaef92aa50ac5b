import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fail } from '../diagnostic/index.ts'
import { isObject, parseJson, stringifyJson, type ValueObject } from '../event/index.ts'
import { readIfThere, replaceFile } from '../journal/index.ts'

const MAGIC = 'vedetta-detector 1'

export interface Snapshot {
  readonly state: Uint8Array | ValueObject
  /** The newest event time that is in it, epoch milliseconds. */
  readonly seen: number
}

/**
 * States of detectors, a file each, replaced in one step.
 * A line `vedetta-detector 1 SHA256 FORM SEEN`, then the state: JSON or bytes.
 */
export class Snapshots {
  private readonly folder: string

  constructor(dataPath: string) {
    this.folder = join(dataPath, 'detect')
  }

  async write(name: string, { state, seen }: Snapshot): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 })
    const binary = state instanceof Uint8Array
    const content = binary ? state : Buffer.from(stringifyJson(state))
    const sum = createHash('sha256').update(content).digest('hex')
    const head = Buffer.from(`${MAGIC} ${sum} ${binary ? 'bytes' : 'json'} ${Math.floor(seen)}\n`)
    await replaceFile(this.path(name), [head, content])
  }

  /** @throws DiagnosticError `detect.snapshot` for a file that is damaged or of another version */
  async read(name: string): Promise<Snapshot | undefined> {
    const file = await readIfThere(this.path(name))
    if (file === undefined) return undefined
    const end = file.indexOf(10)
    const [, sum, form, seen] =
      /^vedetta-detector 1 (\w+) (bytes|json) (-?\d+)$/.exec(file.toString('latin1', 0, end)) ?? []
    if (sum === undefined) throw fail('detect.snapshot', { name, reason: 'its file has another form' })
    const content = file.subarray(end + 1)
    if (createHash('sha256').update(content).digest('hex') !== sum)
      throw fail('detect.snapshot', { name, reason: 'its checksum is wrong' })
    if (form === 'bytes') return { state: content, seen: Number(seen) }
    const state = parseJson(content.toString())
    if (!isObject(state)) throw fail('detect.snapshot', { name, reason: 'its file has another form' })
    return { state, seen: Number(seen) }
  }

  private path(name: string): string {
    return join(this.folder, `${name.replace(/[^a-z0-9-]/g, '-')}.snapshot`)
  }
}
