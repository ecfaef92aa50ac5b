import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fail } from '../../diagnostic/index.ts'

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
 * Reads the files of a folder (not of the folders in it) in the order of their names, one file, or the files that a path with
 * `*`, `?`, `[...]` or `{a,b}` in its last part means; a name defined twice means the last.
 * @param glob which files of a folder; all by default.
 * @param absent is told where there is nothing at the path; without it that is an error.
 * @throws DiagnosticError where a file cannot be read.
 */
export function readPatternFolder(path: string, glob = '*', absent?: (path: string) => void): Patterns {
  const patterns = new Map<string, string>()
  try {
    for (const file of filesAt(path, glob))
      for (const [name, regex] of parsePatternFile(readFileSync(file, 'utf8'))) patterns.set(name, regex)
  } catch (error) {
    const known = error as NodeJS.ErrnoException
    if (known.code === 'ENOENT' && absent !== undefined) absent(path)
    else throw fail('grok.patterns_unreadable', { path, reason: reasonOf(known) })
  }
  return patterns
}

function filesAt(path: string, glob: string): string[] {
  if (/[*?[{]/.test(basename(path)) && !existsSync(path)) return filesIn(dirname(path), basename(path))
  return statSync(path).isDirectory() ? filesIn(path, glob) : [path]
}

function filesIn(folder: string, glob: string): string[] {
  const wanted = globRegex(glob)
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && wanted.test(entry.name))
    .map((entry) => join(folder, entry.name))
    .sort()
}

/** A definition a line: a name, white space, the regular expression, which may be empty; `#` begins a comment line. */
function parsePatternFile(text: string): Patterns {
  const patterns = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [name, regex] = line.trim().split(/\s+(.*)/s)
    if (name !== undefined && name !== '' && !name.startsWith('#')) patterns.set(name, regex ?? '')
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
