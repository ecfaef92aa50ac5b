import { rename, rm } from 'node:fs/promises'
import type { Command } from 'commander'
import { isObject, newObject, parseJson, type Value } from '../../event/index.ts'
import { CommandError, EXIT } from '../exit.ts'
import { serverOption } from '../options.ts'
import { ServerClient } from '../server-client.ts'
import { countDocuments, readDocuments, type Document } from '../transfer/documents.ts'
import { writeNdjson } from '../transfer/ndjson.ts'
import { columnsOf, writeParquet } from '../transfer/parquet.ts'

interface Options {
  readonly url: string
  readonly query?: string
  readonly format?: string
}

export function registerExport(program: Command): void {
  program
    .command('export')
    .summary('write documents into a file')
    .description(
      'Writes the documents of indices into a file: NDJSON (one object a line) or Parquet, by the ending of its name. ' +
        'The file appears under its name when it is complete.',
    )
    .argument('<indices>', 'names, wildcards, separated by commas')
    .argument('<file>', 'such as events.ndjson or events.parquet; - writes NDJSON to standard output')
    .addOption(serverOption())
    .option('--query <query>', 'only what it finds: JSON of the Query DSL, or text of the Lucene syntax')
    .option('--format <format>', 'ndjson or parquet, where the name of the file does not say it')
    .action(async (indices: string, file: string, options: Options) => {
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
    })
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

/** One line on a terminal, written over itself. */
export function progress(done: number, total: number | undefined, word: string): void {
  if (process.stderr.isTTY !== true) return
  process.stderr.write(`\r${done}${total === undefined ? '' : ` of ${total}`} documents ${word}\u001B[K\r`)
}

type Format = 'ndjson' | 'parquet'

export function formatOf(file: string, given: string | undefined): Format {
  const named = given ?? /\.(ndjson|jsonl|parquet)$/i.exec(file)?.[1]?.toLowerCase() ?? (file === '-' ? 'ndjson' : '')
  const format = named === 'jsonl' ? 'ndjson' : named
  if (format !== 'ndjson' && format !== 'parquet')
    throw new CommandError(`--format must be ndjson or parquet, got '${named}' of '${file}'`, EXIT.usage)
  if (format === 'parquet' && file === '-')
    throw new CommandError('Parquet needs a file of its own, not standard input or output', EXIT.usage)
  return format
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
