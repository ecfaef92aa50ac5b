import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fail, type Source } from '../../diagnostic/index.ts'

/** Names and their regular expressions, which may refer to other names by `%{NAME}`. */
export type Patterns = ReadonlyMap<string, string>

/** The names that captures get: `legacy` for ecs_compatibility `disabled`, `ecs-v1` for `v1` and `v8`. */
export type PatternGeneration = 'legacy' | 'ecs-v1'

const SHIPPED = fileURLToPath(new URL('../../content/patterns/', import.meta.url))
const shipped = new Map<PatternGeneration, Patterns>()

/** The library that ships: the core, the generation's own, and the packs'. */
export function shippedPatterns(generation: PatternGeneration): Patterns {
  const known = shipped.get(generation)
  if (known !== undefined) return known
  const patterns = new Map<string, string>()
  for (const folder of ['core', generation, '.'])
    for (const [name, regex] of readPatternFolder(join(SHIPPED, folder))) patterns.set(name, regex)
  shipped.set(generation, patterns)
  return patterns
}

/**
 * Reads the files of a folder (not of the folders in it) in the order of their names, or one file; a name defined
 * twice means the last.
 * @param glob which files, by `*`, `?`, `[...]` and `{a,b}`; all by default.
 * @throws DiagnosticError where the path does not exist or a line is no definition.
 */
export function readPatternFolder(path: string, glob = '*'): Patterns {
  const wanted = globRegex(glob)
  const patterns = new Map<string, string>()
  const readable = <T>(read: () => T): T => {
    try {
      return read()
    } catch (error) {
      throw fail('grok.patterns_unreadable', { path, reason: reasonOf(error as NodeJS.ErrnoException) })
    }
  }
  const files = readable(() =>
    statSync(path).isDirectory()
      ? readdirSync(path, { withFileTypes: true })
          .filter((entry) => !entry.isDirectory() && wanted.test(entry.name))
          .map((entry) => join(path, entry.name))
          .sort()
      : [path],
  )
  for (const file of files) {
    const source = { name: file, text: readable(() => readFileSync(file, 'utf8')) }
    for (const [name, regex] of parsePatternFile(source)) patterns.set(name, regex)
  }
  return patterns
}

/** A definition a line: a name, white space, the regular expression; `#` begins a comment line. */
export function parsePatternFile(source: Source): Patterns {
  const patterns = new Map<string, string>()
  let start = 0
  for (const line of source.text.split('\n')) {
    const text = line.trim()
    if (text !== '' && !text.startsWith('#')) {
      const match = /^(\S+)\s+(.+)$/s.exec(text)
      if (match === null)
        throw fail(
          'grok.invalid_definition',
          { line: text.slice(0, 80) },
          { span: { source, start, end: start + line.length } },
        )
      patterns.set(match[1]!, match[2]!)
    }
    start += line.length + 1
  }
  return patterns
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return 'it does not exist'
  if (error.code === 'EACCES') return 'permission denied'
  return `${error.code ?? error.message} on ${basename(error.path ?? '')}`
}

function globRegex(glob: string): RegExp {
  let regex = ''
  let braces = 0
  for (let at = 0; at < glob.length; at++) {
    const c = glob[at]!
    const end = c === '[' ? glob.indexOf(']', at + 2) : -1
    if (c === '*') regex += '[^/]*'
    else if (c === '?') regex += '[^/]'
    else if (c === '[' && end > 0) {
      regex += `[${glob
        .slice(at + 1, end)
        .replace(/^!/, '^')
        .replaceAll('\\', '\\\\')}]`
      at = end
    } else if (c === '{') {
      regex += '(?:'
      braces++
    } else if (c === '}' && braces > 0) {
      regex += ')'
      braces--
    } else if (c === ',' && braces > 0) regex += '|'
    else regex += c.replace(/[$()+.\\^{|}[\]]/, '\\$&')
  }
  return new RegExp(`^${regex}${')'.repeat(braces)}$`)
}
