import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { fail, type Source, type Span } from '../../diagnostic/index.ts'
import { nameMatcher } from '../plugins/inputs/file/glob.ts'

/**
 * Reads what a path means: a file, a folder (its `*.conf`) or a glob (`*`, `?`, `[a-z]`, `{a,b}`, `**`), in the order of
 * names, without editors' backups (`~`), as Logstash does. Relative paths are resolved against `folder`.
 * @throws DiagnosticError where nothing is found, or a file cannot be read or is not UTF-8.
 */
export function readSources(pattern: string, folder: string, span?: Span): Source[] {
  const absolute = resolve(folder, pattern)
  const files = expand(absolute)
  if (files.length === 0) throw fail('pipeline.no_files', { path: pattern }, { span })
  // Messages name a file the way it was named.
  const shown = (file: string): string => (isAbsolute(pattern) ? file : relative(process.cwd(), file))
  return files.map((file) => ({ name: shown(file), text: readText(file, shown(file), span) }))
}

/** @throws DiagnosticError where the file cannot be read or is not UTF-8. */
export function readText(path: string, name = path, span?: Span): string {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (error) {
    throw fail('pipeline.unreadable', { path: name, reason: (error as Error).message }, { span })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw fail('pipeline.unreadable', { path: name, reason: 'it is not UTF-8 text' }, { span })
  }
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function isRealFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

export function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

function expand(path: string): string[] {
  if (isFolder(path)) return expand(join(path, '*.conf'))
  // A name that is there is meant as it is, even with a `[` in it.
  if (exists(path)) return [path]
  const found = new Set<string>()
  walk(sep, path.split(sep).filter(Boolean), found)
  return [...found].filter((file) => !file.endsWith('~')).sort()
}

function walk(folder: string, parts: readonly string[], found: Set<string>): void {
  const [part, ...rest] = parts
  if (part === undefined) return
  if (part === '**') {
    walk(folder, rest, found)
    // Links to folders are not followed, as in Ruby's globs: they may lead around in circles.
    for (const name of list(folder)) if (isRealFolder(join(folder, name))) walk(join(folder, name), parts, found)
    return
  }
  const names = /[*?[{\\]/.test(part) ? list(folder).filter((name) => nameMatcher(part).test(name)) : [part]
  for (const name of names) {
    const path = join(folder, name)
    if (rest.length > 0) walk(path, rest, found)
    else if (exists(path) && !isFolder(path)) found.add(path)
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
