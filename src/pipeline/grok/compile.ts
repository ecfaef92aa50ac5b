import { toRegExp } from 'oniguruma-to-es'
import { didYouMean, fail, type Source } from '../../diagnostic/index.ts'
import { parseFieldPath, type FieldPath } from '../../event/index.ts'
import type { PatternLibrary } from './library.ts'

/** A named capture of a compiled pattern, in the order of their opening parentheses. */
export interface Capture {
  /** The group's name in the regular expression. */
  readonly group: string
  readonly field: FieldPath
  readonly type: 'string' | 'int' | 'float'
}

export interface CompiledPattern {
  readonly regex: RegExp
  readonly captures: readonly Capture[]
}

const LARGEST = 1_000_000
const DEEPEST = 100
const REFERENCE = /%\{([\w.-]+)(?::([^:}=]+))?(?::([^:}=]+))?\}/g

/**
 * Compiles a grok pattern to a native regular expression.
 *
 * `%{NAME}` becomes the definition in a group, `%{NAME:field:type}` and `(?<field>...)` become groups named g0, g1, ...,
 * since fields may have names (`[a][b]`, `@x`, twice the same) that JavaScript refuses for groups. What results is in
 * Oniguruma's syntax, Logstash's own, and is translated.
 * @param allCaptures also `%{NAME}` without a field is captured, under NAME
 * @throws DiagnosticError `grok.*`, pointing into `source`.
 */
export function compilePattern(
  pattern: string,
  library: PatternLibrary,
  options: { allCaptures?: boolean; source?: Source } = {},
): CompiledPattern {
  const source = options.source ?? { name: 'pattern', text: pattern }
  const captures: Capture[] = []
  const addCapture = (field: string, type: string | undefined, offset: number): string => {
    const span = { source, start: offset, end: offset + 1 }
    const path = parseFieldPath(field)
    if (path === undefined) throw fail('grok.invalid_field', { name: field }, { span })
    if (type !== undefined && type !== 'int' && type !== 'float' && type !== 'string')
      throw fail('grok.invalid_type', { type }, { span })
    const group = `g${captures.length}`
    captures.push({ group, field: path, type: type ?? 'string' })
    return group
  }

  const expand = (text: string, within: readonly string[], offset: number | undefined): string => {
    // Names first, so that groups are numbered in the order in which they are written.
    let expanded = ''
    let last = 0
    const parts = new RegExp(`${REFERENCE.source}|\\\\.|\\(\\?<(?![=!])([^>]+)>`, 'gs')
    for (const match of text.matchAll(parts)) {
      const [whole, name, field, type, group] = match
      expanded += text.slice(last, match.index)
      last = match.index + whole.length
      const at = offset ?? match.index
      if (group !== undefined) expanded += `(?<${addCapture(group, undefined, at)}>`
      else if (name === undefined) expanded += whole
      else {
        const definition = library.get(name)
        const span = { source, start: at, end: offset === undefined ? at + whole.length : at + 1 }
        if (definition === undefined) {
          const near = didYouMean(name, library.keys())
          throw fail(
            'grok.undefined_pattern',
            { name },
            { span, hint: near === undefined ? undefined : `did you mean "${near}"?` },
          )
        }
        if (within.includes(name) || within.length > DEEPEST) throw fail('grok.recursive_pattern', { name }, { span })
        const captured = field ?? (options.allCaptures === true ? name : undefined)
        const open = captured === undefined ? '(?:' : `(?<${addCapture(captured, type, at)}>`
        expanded += `${open}${expand(definition, [...within, name], at)})`
      }
      if (expanded.length > LARGEST)
        throw fail('grok.too_large', { limit: LARGEST }, { span: { source, start: 0, end: 1 } })
    }
    return expanded + text.slice(last)
  }

  const expanded = expand(pattern, [], undefined)
  try {
    return { regex: toRegExp(expanded, { target: 'ES2024', lazyCompileLength: Infinity }), captures }
  } catch (error) {
    const span = { source, start: 0, end: source.text.length }
    throw fail('grok.invalid_regex', { reason: (error as Error).message }, { span })
  }
}
