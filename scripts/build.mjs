// TypeScript and the console to dist/, with the shipped content beside it. Written aside and renamed, so that a failed build leaves the last one.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const fresh = join(ROOT, 'dist.new')
const dist = join(ROOT, 'dist')

rmSync(fresh, { recursive: true, force: true })
const { status } = spawnSync(
  process.execPath,
  [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json', '--outDir', fresh],
  { cwd: ROOT, stdio: 'inherit' },
)
if (status !== 0) process.exit(status ?? 1)
cpSync(join(ROOT, 'src', 'content'), join(fresh, 'content'), {
  recursive: true,
  filter: (source) => !source.endsWith('.ts'),
})
cpSync(builtConsole(), join(fresh, 'console'), { recursive: true })
chmodSync(join(fresh, 'cli', 'main.js'), 0o755)
writeFileSync(join(fresh, '.built'), '')
const old = join(ROOT, 'dist.old')
rmSync(old, { recursive: true, force: true })
if (existsSync(dist)) renameSync(dist, old)
renameSync(fresh, dist)
rmSync(old, { recursive: true, force: true })

/** The folder of the built console: built once for the same sources and packages, since that takes longer than all the rest. */
function builtConsole() {
  const cache = join(ROOT, '.cache', 'console')
  const stamp = join(cache, '.sources')
  const sources = hashOf(join(ROOT, 'console'), createHash('sha256'))
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return cache
  console.error('Building the console ...')
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js')
  const args = ['build', 'console', '--outDir', cache, '--emptyOutDir']
  const { status } = spawnSync(process.execPath, [vite, ...args], { cwd: ROOT, stdio: ['ignore', 2, 2] })
  if (status !== 0) process.exit(status ?? 1)
  writeFileSync(stamp, sources)
  return cache
}

function hashOf(folder, hash) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) hashOf(path, hash)
    else hash.update(path).update(readFileSync(path))
  }
  return hash
}
