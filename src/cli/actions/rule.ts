import { formatDiagnostic } from '../../diagnostic/index.ts'
import { loadRules, runSamples, type LoadedRules } from '../../detect/sigma/index.ts'
import { EXIT } from '../exit.ts'
import { printable } from '../printable.ts'
import { fileURLToPath } from 'node:url'

const SHIPPED = fileURLToPath(new URL('../../content/rules', import.meta.url))

function load(paths: readonly string[]): LoadedRules {
  const loaded = loadRules(paths.length === 0 ? [SHIPPED] : paths)
  for (const problem of loaded.problems) console.error(printable(formatDiagnostic(problem)))
  return loaded
}

function failing({ problems }: LoadedRules): boolean {
  return problems.some(({ severity }) => severity === 'error')
}

export function checkRules(paths: readonly string[]): number {
  const loaded = load(paths)
  if (failing(loaded)) return EXIT.failed
  console.log(`${loaded.rules.length} rules OK`)
  return EXIT.done
}

export function listRules(paths: readonly string[]): number {
  const loaded = load(paths)
  for (const { level, kind, id, title } of loaded.rules) console.log(printable(`${level}\t${kind}\t${id}\t${title}`))
  return failing(loaded) ? EXIT.failed : EXIT.done
}

export function testRules(paths: readonly string[]): number {
  const loaded = load(paths)
  const problems = runSamples(loaded.rules)
  for (const problem of problems) console.error(printable(formatDiagnostic(problem)))
  const samples = loaded.rules.reduce((sum, rule) => sum + rule.samples.length, 0)
  console.log(`${samples - problems.length} of ${samples} samples as expected`)
  return failing(loaded) || problems.length > 0 ? EXIT.failed : EXIT.done
}

export function coverRules(paths: readonly string[]): number {
  const loaded = load(paths)
  const counts = new Map<string, number>()
  for (const { tags } of loaded.rules)
    for (const tag of tags)
      if (/^attack\.t\d/i.test(tag))
        counts.set(tag.slice(7).toUpperCase(), (counts.get(tag.slice(7).toUpperCase()) ?? 0) + 1)
  for (const [technique, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`${technique}\t${count}`)
  return failing(loaded) ? EXIT.failed : EXIT.done
}
