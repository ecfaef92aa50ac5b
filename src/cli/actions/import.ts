import { CommandError } from '../exit.ts'
import { ServerClient } from '../server-client.ts'
import { writeDocuments, type Document } from '../transfer/documents.ts'
import { formatOf, progress } from '../transfer/format.ts'
import { readNdjson } from '../transfer/ndjson.ts'
import { readParquet } from '../transfer/parquet.ts'

export interface ImportOptions {
  readonly url: string
  readonly index?: string
  readonly format?: string
}

/** Stores the documents of a file; ids are kept. */
export async function importDocuments(file: string, options: ImportOptions): Promise<void> {
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
}

async function* into(index: string | undefined, documents: AsyncIterable<Document>): AsyncGenerator<Document> {
  for await (const document of documents) yield index === undefined ? document : { ...document, index }
}
