import { compileRubyRegex } from '../../../grok/index.ts'

export type Pair = readonly [key: string, value: string]

export interface ScannerOptions {
  /** Characters of a class, escaped as there. */
  readonly fieldSplit: string
  readonly fieldSplitPattern: string | undefined
  readonly valueSplit: string
  readonly valueSplitPattern: string | undefined
  readonly lenient: boolean
  readonly brackets: boolean
}

/**
 * The pairs of a text, as Logstash's kv finds them: a key up to a splitter, the splitter, a value in quotes or brackets or up to
 * the next end of a pair. A backslash takes the character after it along, and both stay in the text.
 * @throws DiagnosticError for a splitter that is no regular expression.
 */
export function compileScanner(options: ScannerOptions): (text: string) => Pair[] {
  const fieldEnd = options.fieldSplitPattern ?? `[${options.fieldSplit}]`
  const bareSplit = options.valueSplitPattern ?? `[${options.valueSplit}]`
  const valueSplit = options.lenient ? `(?: *(?:${bareSplit}) *)` : `(?:${bareSplit})`
  const patterned = options.fieldSplitPattern !== undefined || options.valueSplitPattern !== undefined
  const key = patterned ? until(`${valueSplit}|${fieldEnd}`) : outside(options.valueSplit + options.fieldSplit)
  const quotes = [
    ['"', '"'],
    ["'", "'"],
    ...(options.brackets
      ? [
          ['\\(', '\\)'],
          ['\\[', '\\]'],
          ['<', '>'],
        ]
      : []),
  ] as const
  const quoted = quotes.map(([open, close], i) => `${open}(?<q${i}>${outside(close)})?${close}`)
  const bare = options.fieldSplitPattern === undefined ? outside(options.fieldSplit) : until(fieldEnd)
  const value = [...quoted, `(?<bare>${bare})`].join('|')
  const pair = compileRubyRegex(`(?<key>${key})${valueSplit}(?:${value})?(?:${fieldEnd}|$)`, 'g')
  const names = [...quotes.map((_, i) => `q${i}`), 'bare']
  const splitter = compileRubyRegex(valueSplit)
  return (text) => {
    const pairs: Pair[] = []
    // Without a splitter there is no pair, and looking for one takes a time that grows with the square of the text.
    if (!splitter.test(text)) return pairs
    for (const match of text.matchAll(pair)) {
      const groups = match.groups!
      const name = names.find((each) => groups[each] !== undefined)
      pairs.push([groups['key']!, name === undefined ? '' : groups[name]!])
    }
    return pairs
  }
}

/** The pattern comes before the escape: it may begin with a backslash itself. */
function until(pattern: string): string {
  return `(?:(?!${pattern})(?:\\\\.|.))+`
}

function outside(characters: string): string {
  return `(?:\\\\.|[^${characters}])+`
}

/** @throws DiagnosticError where the characters do not make a class. */
export function compileCleaner(
  trim: string | undefined,
  remove: string | undefined,
  transform: ((text: string) => string) | undefined,
): (text: string) => string {
  const steps: ((text: string) => string)[] = []
  if (trim !== undefined) {
    const ends = compileRubyRegex(`^[${trim}]+|[${trim}]+$`, 'g')
    steps.push((text) => text.replace(ends, ''))
  }
  if (remove !== undefined) {
    const removed = compileRubyRegex(`[${remove}]`, 'g')
    steps.push((text) => text.replace(removed, ''))
  }
  if (transform !== undefined) steps.push(transform)
  return (text) => steps.reduce((before, step) => step(before), text)
}
