import { rename, rm } from 'node:fs/promises'
import { isObject, newObject, parseJson, type Value } from '../../event/index.ts'
import { CommandError, EXIT } from '../exit.ts'
import { ServerClient } from '../server-client.ts'
import { countDocuments, readDocuments, type Document } from '../transfer/documents.ts'
import { formatOf, progress, type Format } from '../transfer/format.ts'
import { writeNdjson } from '../transfer/ndjson.ts'
import { columnsOf, writeParquet } from '../transfer/parquet.ts'

export interface ExportOptions {
  readonly url: string
  readonly query?: string
  readonly format?: string
}

/** Writes the documents of `indices` into `file`, which appears under its name when it is complete. */
export async function exportDocuments(indices: string, file: string, options: ExportOptions): Promise<void> {
  const server = new ServerClient(options.url)
  const query = queryOf(options.query)
  const format = formatOf(file, options.format)
  const total = await countDocuments(server, indices, query)
  let done = 0
  const pages = counted(readDocuments(server, indices, query), (count) => {
    done += count
    progress(done, total, 'exported')
  })
  if (file === '-') await writeNdjson(file, pages)
  else await aside(file, (partial) => write(server, indices, format, partial, pages))
  console.error(`${done} documents exported${file === '-' ? '' : ` to ${file}`}`)
}

async function write(
  server: ServerClient,
  indices: string,
  format: Format,
  file: string,
  pages: AsyncIterable<Document[]>,
): Promise<void> {
  if (format === 'ndjson') return writeNdjson(file, pages)
  const { text } = await server.text('GET', `/${encodeURIComponent(indices)}/_mapping`)
  const mappings = parseJson(text)
  return writeParquet(file, columnsOf(isObject(mappings) ? mappings : newObject()), pages)
}

async function aside(file: string, fill: (partial: string) => Promise<void>): Promise<void> {
  const partial = `${file}.partial`
  try {
    await fill(partial)
    await rename(partial, file)
  } catch (error) {
    await rm(partial, { force: true })
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined || error instanceof CommandError) throw error
    throw new CommandError(`'${file}' cannot be written: ${(error as Error).message}`)
  }
}

async function* counted(pages: AsyncIterable<Document[]>, see: (count: number) => void): AsyncGenerator<Document[]> {
  for await (const page of pages) {
    yield page
    see(page.length)
  }
}

function queryOf(text: string | undefined): Value {
  if (text === undefined) return Object.assign(newObject(), { match_all: newObject() })
  if (!text.trimStart().startsWith('{'))
    return Object.assign(newObject(), { query_string: Object.assign(newObject(), { query: text }) })
  try {
    return parseJson(text)
  } catch (error) {
    throw new CommandError(`--query is not JSON: ${(error as Error).message}`, EXIT.usage)
  }
}
