import type { Command } from 'commander'
import type { ImportOptions } from '../actions/import.ts'
import { serverOption } from '../options.ts'

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
    .action(async (file: string, options: ImportOptions) => {
      const { importDocuments } = await import('../actions/import.ts')
      await importDocuments(file, options)
    })
}
