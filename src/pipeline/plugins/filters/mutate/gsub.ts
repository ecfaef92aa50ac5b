import { fail } from '../../../../diagnostic/index.ts'
import {
  compileSprintf,
  isDynamic,
  parseFieldPath,
  type Event,
  type FieldPath,
  type Value,
} from '../../../../event/index.ts'
import { compileRubyRegex } from '../../../grok/index.ts'

export interface Substitution {
  readonly field: FieldPath
  /** The field's new value, undefined where there is nothing to do; an Error where the expression of this event is none. */
  substitute(event: Event): Value | Error | undefined
}

const REGEX_LIMIT = 1000

/** @throws DiagnosticError for what is not in triples, no field, or no regular expression. */
export function compileGsub(parts: readonly string[]): Substitution[] {
  if (parts.length % 3 !== 0)
    throw fail('plugin.option_invalid', {
      option: 'gsub',
      expected: 'a list of triples: a field, a regular expression, a replacement',
      value: `${parts.length} values`,
    })
  const substitutions: Substitution[] = []
  for (let i = 0; i < parts.length; i += 3) substitutions.push(compileOne(parts[i]!, parts[i + 1]!, parts[i + 2]!))
  return substitutions
}

function compileOne(name: string, needle: string, replacement: string): Substitution {
  const field = parseFieldPath(name)
  if (field === undefined)
    throw fail('plugin.option_invalid', {
      option: 'gsub',
      expected: 'triples that begin with a field reference',
      value: name,
    })
  const replacementOf = compileSprintf(replacement)
  const regexOf = isDynamic(needle) ? dynamicRegex(needle) : fixedRegex(needle)
  return {
    field,
    substitute(event) {
      const value = event.get(field)
      if (typeof value !== 'string' && !Array.isArray(value)) return undefined
      const regex = regexOf(event)
      if (regex instanceof Error) return regex
      const replace = rubyReplacement(replacementOf(event))
      if (typeof value === 'string') return value.replace(regex, replace)
      return value.map((inner) => (typeof inner === 'string' ? inner.replace(regex, replace) : inner))
    },
  }
}

function fixedRegex(needle: string): () => RegExp {
  const regex = compileRubyRegex(needle, 'g')
  return () => regex
}

function dynamicRegex(needle: string): (event: Event) => RegExp | Error {
  const textOf = compileSprintf(needle)
  const known = new Map<string, RegExp | Error>()
  return (event) => {
    const text = textOf(event)
    let regex = known.get(text)
    if (regex === undefined) {
      try {
        regex = compileRubyRegex(text, 'g')
      } catch (error) {
        regex = error instanceof Error ? error : new Error(String(error))
      }
      if (known.size >= REGEX_LIMIT) known.clear()
      known.set(text, regex)
    }
    return regex
  }
}

/** Ruby's replacement text: `\1` to `\9`, `\0` and `\&` (all of the match), `\k<name>`, `\\`. */
function rubyReplacement(text: string): (match: string, ...rest: unknown[]) => string {
  if (!text.includes('\\')) return () => text
  return (match, ...rest) => {
    const named = typeof rest[rest.length - 1] === 'object' ? (rest[rest.length - 1] as Record<string, string>) : {}
    const groups = rest.slice(
      0,
      rest.findIndex((value) => typeof value === 'number'),
    )
    return text.replace(/\\(?:(\d)|(&)|k<(\w+)>|(\\))/g, (whole, digit?: string, all?: string, name?: string) => {
      if (digit !== undefined) return digit === '0' ? match : ((groups[Number(digit) - 1] as string | undefined) ?? '')
      if (all !== undefined) return match
      if (name !== undefined) return named[name] ?? ''
      return whole === '\\\\' ? '\\' : whole
    })
  }
}
