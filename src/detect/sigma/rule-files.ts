import { readFile, readdir, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { diagnose, type Diagnostic, type Source } from '../../diagnostic/index.ts'

/** What a text holds: what is well in it, and what is wrong with the rest. */
interface Parsed<T> {
  readonly items: readonly T[]
  readonly problems: readonly Diagnostic[]
}

interface File<T> extends Parsed<T> {
  /** Changes with the content: time, size and number of the file. */
  readonly stamp: string
}

/**
 * The YAML files of some paths, read again where they change. A file that breaks keeps what it held before, and says so
 * with its problems until it is well.
 */
export class RuleFiles<T> {
  private readonly paths: readonly string[]
  private readonly parse: (source: Source) => Parsed<T>
  private files = new Map<string, File<T>>()
  private unreadable: Diagnostic[] = []

  constructor(paths: readonly string[], parse: (source: Source) => Parsed<T>) {
    this.paths = paths
    this.parse = parse
  }

  get items(): T[] {
    return [...this.files.values()].flatMap(({ items }) => items)
  }

  get problems(): Diagnostic[] {
    return [...this.unreadable, ...[...this.files.values()].flatMap(({ problems }) => problems)]
  }

  /** Reads what is new or changed and forgets what is gone; answers whether there was something, with its problems. */
  async refresh(): Promise<{ readonly changed: boolean; readonly problems: readonly Diagnostic[] }> {
    const before = this.files
    const said: Diagnostic[] = []
    const unreadable: Diagnostic[] = []
    const files = new Map<string, File<T>>()
    let changed = false
    for (const path of await this.list(unreadable)) {
      const known = before.get(path)
      try {
        const { mtimeMs, size, ino } = await stat(path)
        const stamp = `${mtimeMs}:${size}:${ino}`
        if (known?.stamp === stamp) {
          files.set(path, known)
          continue
        }
        const file = this.read(path, await readFile(path, 'utf8'), known)
        files.set(path, { stamp, ...file })
        said.push(...file.problems)
        changed = true
      } catch (error) {
        const problem = unreadableFile(path, error)
        unreadable.push(problem)
        if (known !== undefined) files.set(path, known)
      }
    }
    changed ||= [...before.keys()].some((path) => !files.has(path))
    const news = unreadable.filter(({ message }) => !this.unreadable.some((old) => old.message === message))
    this.files = files
    this.unreadable = unreadable
    return { changed, problems: [...said, ...news] }
  }

  private read(path: string, text: string, known: File<T> | undefined): Parsed<T> {
    const parsed = this.parse({ name: path, text })
    const broken = parsed.problems.some(({ severity }) => severity === 'error')
    if (!broken || known === undefined || known.items.length === 0) return parsed
    const kept = diagnose('sigma.kept', { path, count: known.items.length }, { severity: 'warning' })
    return { items: known.items, problems: [...parsed.problems, kept] }
  }

  private async list(problems: Diagnostic[]): Promise<string[]> {
    const lists = await Promise.all(
      this.paths.map(async (path) => {
        try {
          if (!(await stat(path)).isDirectory()) return [path]
          const names = await readdir(path, { recursive: true, withFileTypes: true })
          return names
            .filter((entry) => !entry.isDirectory() && isRuleFile(entry.name))
            .map((entry) => join(entry.parentPath, entry.name))
            .filter(
              (file) =>
                !file
                  .slice(path.length)
                  .split(sep)
                  .some((part) => part.startsWith('.')),
            )
            .sort()
        } catch (error) {
          problems.push(unreadableFile(path, error))
          // What was there stays until the folder says otherwise.
          return [...this.files.keys()].filter((file) => file === path || file.startsWith(path + sep))
        }
      }),
    )
    return lists.flat()
  }
}

export function isRuleFile(name: string): boolean {
  return /\.ya?ml$/.test(name)
}

export function unreadableFile(path: string, error: unknown): Diagnostic {
  return diagnose('sigma.unreadable', { path, reason: error instanceof Error ? error.message : String(error) })
}
