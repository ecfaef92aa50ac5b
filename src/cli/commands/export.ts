import type { Command } from 'commander'
import type { ExportOptions } from '../actions/export.ts'
import { serverOption } from '../options.ts'

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
    .action(async (indices: string, file: string, options: ExportOptions) => {
      const { exportDocuments } = await import('../actions/export.ts')
      await exportDocuments(indices, file, options)
    })
}
