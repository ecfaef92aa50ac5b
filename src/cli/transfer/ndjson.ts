import { createReadStream, createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { isObject, newObject, parseJson, stringifyJson, type Value } from '../../event/index.ts'
import { CommandError } from '../exit.ts'
import type { Document } from './documents.ts'

/** One object a line: `_index`, `_id` and `_source`. `-` is standard output. */
export async function writeNdjson(file: string, pages: AsyncIterable<Document[]>): Promise<void> {
  const stream = file === '-' ? process.stdout : createWriteStream(file, { mode: 0o600 })
  const failed = file === '-' ? undefined : once(stream, 'close')
  for await (const page of pages) {
    let text = ''
    for (const { index, id, source } of page) {
      const head = stringifyJson(Object.assign(newObject(), { _index: index, _id: id }))
      text += `${head.slice(0, -1)},"_source":${source}}\n`
    }
    if (!stream.write(text)) await once(stream, 'drain')
  }
  if (failed === undefined) return
  stream.end()
  await failed
}

/** @throws naming the line that is not a document of an export */
export async function* readNdjson(file: string): AsyncGenerator<Document> {
  const input = file === '-' ? process.stdin : createReadStream(file)
  // The error of a file that is not there comes before the first line.
  if (file !== '-') await once(input, 'open')
  let number = 0
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    number++
    if (line.trim() === '') continue
    let value: Value
    try {
      value = parseJson(line)
    } catch (error) {
      throw new CommandError(`${file}:${number}: not JSON: ${(error as Error).message}`)
    }
    if (
      !isObject(value) ||
      typeof value['_index'] !== 'string' ||
      typeof value['_id'] !== 'string' ||
      !isObject(value['_source'])
    )
      throw new CommandError(`${file}:${number}: a line must be an object with '_index', '_id' and '_source'`)
    yield { index: value['_index'], id: value['_id'], source: stringifyJson(value['_source']) }
  }
}
