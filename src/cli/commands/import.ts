import type { Command } from 'commander'
import { CommandError } from '../exit.ts'
import { serverOption } from '../options.ts'
import { ServerClient } from '../server-client.ts'
import { writeDocuments, type Document } from '../transfer/documents.ts'
import { readNdjson } from '../transfer/ndjson.ts'
import { readParquet } from '../transfer/parquet.ts'
import { formatOf, progress } from './export.ts'

interface Options {
  readonly url: string
  readonly index?: string
  readonly format?: string
}

export function registerImport(program: Command): void {
  program
    .command('import')
    .summary('store the documents of a file')
    .description(
      'Stores the documents of a file that `vedetta export` wrote. Ids are kept, so an import that was broken off may ' +
        'be run again: what is there is replaced, never doubled.',
    )
    .argument('<file>', 'such as events.ndjson or events.parquet; - reads NDJSON from standard input')
    .addOption(serverOption())
    .option('--index <name>', 'the index to store in, in place of the one that the file says')
    .option('--format <format>', 'ndjson or parquet, where the name of the file does not say it')
    .action(async (file: string, options: Options) => {
      const server = new ServerClient(options.url)
      const documents = formatOf(file, options.format) === 'parquet' ? readParquet(file) : readNdjson(file)
      let done = 0
      try {
        await writeDocuments(server, into(options.index, documents), (count) => {
          done += count
          progress(done, undefined, 'imported')
        })
      } catch (error) {
        const reason = (error as Error).message
        if (!(error instanceof CommandError) && (error as NodeJS.ErrnoException).code === undefined) throw error
        const status = error instanceof CommandError ? error.status : undefined
        throw new CommandError(`${reason} (${done} documents were imported before)`, status)
      }
      console.error(`${done} documents imported`)
    })
}

async function* into(index: string | undefined, documents: AsyncIterable<Document>): AsyncGenerator<Document> {
  for await (const document of documents) yield index === undefined ? document : { ...document, index }
}
