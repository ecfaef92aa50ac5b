import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { Option, type Command } from 'commander'
import { DiagnosticError, formatDiagnostic } from '../../diagnostic/index.ts'
import { createGrok, runEach, type GrokPattern } from '../../pipeline/grok/index.ts'
import { stringifyJson, type ValueObject } from '../../event/index.ts'
import { CommandError, EXIT } from '../exit.ts'

interface GrokOptions {
  readonly ecs: 'disabled' | 'v1' | 'v8'
  readonly patternsDir: readonly string[]
  readonly timeout: string
}

export function registerGrok(program: Command): void {
  program
    .command('grok')
    .summary('try a grok pattern on lines')
    .description(
      'Reads lines from standard input and writes one line of JSON for each: the captured fields, or null where ' +
        'the pattern does not match.',
    )
    .argument('<pattern>', "a grok pattern, such as '%{IP:client} %{WORD:verb}'")
    .addOption(
      new Option('--ecs <names>', "whose names the shipped patterns' captures have")
        .choices(['disabled', 'v1', 'v8'])
        .default('disabled'),
    )
    .option('--patterns-dir <folder>', 'folder with files of patterns; may be given several times', collect, [])
    .option('--timeout <millis>', 'how long a line may take; 0 is without limit', '30000')
    .action(async (text: string, options: GrokOptions) => {
      const pattern = compile(text, options)
      const millis = Number(options.timeout)
      if (!Number.isInteger(millis) || millis < 0)
        throw new CommandError(`'--timeout' must be a number of milliseconds, got '${options.timeout}'`, EXIT.usage)
      await answerLines(pattern, millis, process)
    })
}

function compile(text: string, options: GrokOptions): GrokPattern {
  try {
    return createGrok({ patternsDirs: options.patternsDir, ecs: options.ecs }).compile(text)
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error
    const shown = error.diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, { excerpt: true }))
    throw new CommandError(shown.join('\n'))
  }
}

interface Streams {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
}

/** One line of JSON for each line, in order; it waits for a reader that is slow. */
export async function answerLines(pattern: GrokPattern, millis: number, streams: Streams): Promise<void> {
  const { stdin, stdout, stderr } = streams
  const lines = createInterface({ input: stdin, crlfDelay: Infinity })
  let batch: string[] = []
  let scheduled = false
  let full = false
  // What arrived in one turn is answered together: lines from a pipe are fast, and a terminal is answered at once.
  const answer = (): void => {
    scheduled = false
    const texts = batch
    batch = []
    const results: (ValueObject | null)[] = []
    runEach(
      texts.length,
      millis,
      (index) => (results[index] = pattern.match(texts[index]!)),
      (index) => {
        results[index] = null
        stderr.write(`line took longer than ${millis} ms: ${texts[index]!.slice(0, 80)}\n`)
      },
    )
    if (texts.length === 0) return
    const out = results.map((fields) => `${fields === null ? 'null' : stringifyJson(fields)}\n`).join('')
    if (stdout.write(out) || full) return
    full = true
    lines.pause()
    stdout.once('drain', () => {
      full = false
      lines.resume()
    })
  }
  lines.on('line', (line) => {
    batch.push(line)
    if (batch.length >= 1000) answer()
    else if (!scheduled) {
      scheduled = true
      setImmediate(answer)
    }
  })
  await new Promise((resolve) => lines.once('close', resolve))
  answer()
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value]
}
