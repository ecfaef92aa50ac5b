import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { diagnose, type Diagnostic, type Source } from '../diagnostic/index.ts'
import type { ScriptCompiler, Watch } from './model.ts'
import { readWatchText } from './read-watch.ts'
import { watchScripts } from './script.ts'

export interface WatchFile {
  readonly id: string
  readonly path: string
  /** Undefined where a problem is an error. */
  readonly watch: Watch | undefined
  readonly diagnostics: readonly Diagnostic[]
}

/** The files of a folder that hold watches, in the order of their names. */
export function watchPaths(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && entry.name.endsWith('.json') && !entry.name.startsWith('.'))
    .map((entry) => join(folder, entry.name))
    .sort()
}

/** Reads one file; its name without `.json` is the id of the watch. */
export function readWatchFile(path: string, scripts: ScriptCompiler): WatchFile {
  const id = basename(path, '.json')
  let source: Source
  try {
    source = { name: path, text: readFileSync(path, 'utf8') }
  } catch (error) {
    const reason = (error as Error).message
    return { id, path, watch: undefined, diagnostics: [diagnose('watch.unreadable', { path, reason })] }
  }
  if (!isWatchId(id)) return { id, path, watch: undefined, diagnostics: [diagnose('watch.id', { got: `'${id}'` })] }
  return { id, path, ...readWatchText(id, source, scripts) }
}

/** Every problem of a file, and notices such as the language that a script was taken for. */
export function checkWatchFile(path: string, scripts: ScriptCompiler = watchScripts()): readonly Diagnostic[] {
  return readWatchFile(path, scripts).diagnostics
}

export function isWatchId(id: string): boolean {
  return id.length > 0 && id.length <= 512 && !/\s/.test(id)
}
