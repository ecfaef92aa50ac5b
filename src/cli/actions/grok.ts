import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { DiagnosticError, formatDiagnostic } from '../../diagnostic/index.ts'
import { createGrok, mismatchReason, runEach, type GrokPattern } from '../../pipeline/grok/index.ts'
import { stringifyJson, type ValueObject } from '../../event/index.ts'
import { CommandError } from '../exit.ts'
import { printable } from '../printable.ts'

export interface PatternOptions {
  readonly ecs: 'disabled' | 'v1' | 'v8'
  readonly patternsDirs: readonly string[]
}

/** @throws CommandError that shows every problem of the pattern with carets. */
export function compilePattern(text: string, options: PatternOptions): GrokPattern {
  try {
    return createGrok(options).compile(text)
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

/** Says why a line does not match: what of the pattern did, the element that did not, and where in the line. */
export function explainLine(options: PatternOptions, pattern: GrokPattern): (line: string) => string | undefined {
  const grok = createGrok(options)
  return (line) => {
    const reason = mismatchReason(grok, pattern, line)
    return reason === undefined ? undefined : printable(reason)
  }
}

/** One line of JSON for each line, in order; it waits for a reader that is slow. */
export async function answerLines(
  pattern: GrokPattern,
  millis: number,
  streams: Streams,
  explain?: (line: string) => string | undefined,
): Promise<void> {
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
    if (explain !== undefined) explainAll(texts, results, explain)
    const out = results.map((fields) => `${fields === null ? 'null' : stringifyJson(fields)}\n`).join('')
    if (stdout.write(out) || full) return
    full = true
    lines.pause()
    stdout.once('drain', () => {
      full = false
      lines.resume()
    })
  }
  const explainAll = (
    texts: readonly string[],
    found: readonly (ValueObject | null)[],
    why: (line: string) => string | undefined,
  ): void => {
    const missed = texts.filter((_, index) => found[index] === null)
    runEach(
      missed.length,
      millis,
      (index) => {
        const reason = why(missed[index]!)
        if (reason !== undefined) stderr.write(`${reason}\n`)
      },
      () => stderr.write('the reason took too long to find\n'),
    )
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
