import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '../../diagnostic/index.ts'

/** Definitions by name. */
export type PatternLibrary = ReadonlyMap<string, string>

/** Reads the lines of a pattern file: a name, white space, a regular expression; `#` begins a comment line. */
export function parsePatterns(text: string): Map<string, string> {
  const patterns = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([\w.-]+)\s+(.*)$/.exec(line)
    if (match !== null && !line.trimStart().startsWith('#')) patterns.set(match[1]!, match[2]!.trimEnd())
  }
  return patterns
}

/**
 * Every pattern of the given files and folders; a later one replaces an earlier of the same name.
 * @param glob names of files that count in a folder, with `*` and `?`
 * @throws DiagnosticError where a path cannot be read.
 */
export function loadPatterns(paths: readonly string[], glob = '*'): Map<string, string> {
  const patterns = new Map<string, string>()
  const names = new RegExp(
    `^${glob
      .replace(/[.+^$()|[\]\\{}]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  )
  for (const path of paths) {
    try {
      const files = statSync(path).isDirectory()
        ? readdirSync(path)
            .filter((name) => names.test(name) && !name.endsWith('~'))
            .sort()
            .map((name) => join(path, name))
        : [path]
      for (const file of files) {
        if (statSync(file).isDirectory()) continue
        for (const [name, definition] of parsePatterns(readFileSync(file, 'utf8'))) patterns.set(name, definition)
      }
    } catch (error) {
      throw fail('grok.unreadable', { path, reason: (error as Error).message })
    }
  }
  return patterns
}
