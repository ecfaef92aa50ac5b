// What the pages are written from: the built sources, and the cases of the conformance suites.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from '../prepare.mjs'

export function fromDist(path) {
  return import(join(ROOT, 'dist', path))
}

/** Compiles test/conformance/*-cases.ts, which are data alone, and answers all that they export. */
export async function conformanceCases() {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  const { status } = spawnSync(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.cases.json')], { stdio: 'inherit' })
  if (status !== 0) process.exit(1)
  const names = [
    'search',
    'search-relevance',
    'search-field',
    'search-special',
    'script',
    'script-api',
    'script-language',
    'grok',
    'rest',
    'ingest',
  ]
  const modules = await Promise.all(
    names.map((name) => import(join(ROOT, '.cache', 'cases', 'conformance', `${name}-cases.js`))),
  )
  return Object.assign({}, ...modules)
}
