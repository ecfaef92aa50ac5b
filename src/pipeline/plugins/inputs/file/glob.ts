import { promises as fs, type Dirent } from 'node:fs'
import { join } from 'node:path'

/** A pattern of a file's name: `*`, `?`, `[a-z]`, `[!a]`, `{a,b}`; a leading dot must be written. */
export function nameMatcher(pattern: string): RegExp {
  let source = ''
  let depth = 0
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!
    if (c === '*') {
      while (pattern[i + 1] === '*') i++
      source += '[^/]*'
    } else if (c === '?') source += '[^/]'
    else if (c === '[' && pattern.indexOf(']', i + 2) > 0) {
      const end = pattern.indexOf(']', i + 2)
      const body = pattern.slice(i + 1, end).replace(/^[!^]/, '')
      source += `[${/^[!^]/.test(pattern[i + 1]!) ? '^' : ''}${body.replace(/[\\\]^]/g, '\\$&')}]`
      i = end
    } else if (c === '{') {
      depth++
      source += '(?:'
    } else if (c === '}' && depth > 0) {
      depth--
      source += ')'
    } else if (c === ',' && depth > 0) source += '|'
    else if (c === '\\' && i + 1 < pattern.length) source += escape(pattern[++i]!)
    else source += escape(c)
  }
  source += ')'.repeat(depth)
  return new RegExp(`^${/^[*?[{]/.test(pattern) ? '(?!\\.)' : ''}${source}$`, 's')
}

function escape(c: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(c) ? `\\${c}` : c
}

/** The files that an absolute pattern means, sorted; `**` stands for any number of folders. */
export async function expandGlob(pattern: string): Promise<string[]> {
  const found = new Set<string>()
  await walk('/', pattern.split('/').filter(Boolean), found)
  return [...found].sort()
}

async function walk(folder: string, parts: readonly string[], found: Set<string>): Promise<void> {
  const [part, ...rest] = parts
  if (part === undefined) return
  if (part === '**') {
    await walk(folder, rest, found)
    for (const entry of await list(folder))
      if (entry.isDirectory() && !entry.name.startsWith('.')) await walk(join(folder, entry.name), parts, found)
    return
  }
  if (!/[*?[{\\]/.test(part)) {
    const path = join(folder, part)
    if (rest.length > 0) await walk(path, rest, found)
    else if (await isFile(path)) found.add(path)
    return
  }
  const matcher = nameMatcher(part)
  for (const entry of await list(folder)) {
    if (!matcher.test(entry.name)) continue
    const path = join(folder, entry.name)
    if (rest.length > 0) await walk(path, rest, found)
    else if (entry.isFile() || (entry.isSymbolicLink() && (await isFile(path)))) found.add(path)
  }
}

async function list(folder: string): Promise<Dirent[]> {
  try {
    return await fs.readdir(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await fs.stat(path)).isFile()
  } catch {
    return false
  }
}
