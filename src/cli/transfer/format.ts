import { CommandError, EXIT } from '../exit.ts'

/** One line on a terminal, written over itself. */
export function progress(done: number, total: number | undefined, word: string): void {
  if (process.stderr.isTTY !== true) return
  process.stderr.write(`\r${done}${total === undefined ? '' : ` of ${total}`} documents ${word}\u001B[K\r`)
}

export type Format = 'ndjson' | 'parquet'

export function formatOf(file: string, given: string | undefined): Format {
  const named = given ?? /\.(ndjson|jsonl|parquet)$/i.exec(file)?.[1]?.toLowerCase() ?? (file === '-' ? 'ndjson' : '')
  const format = named === 'jsonl' ? 'ndjson' : named
  if (format !== 'ndjson' && format !== 'parquet')
    throw new CommandError(`--format must be ndjson or parquet, got '${named}' of '${file}'`, EXIT.usage)
  if (format === 'parquet' && file === '-')
    throw new CommandError('Parquet needs a file of its own, not standard input or output', EXIT.usage)
  return format
}
