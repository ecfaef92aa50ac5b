// TypeScript to dist/, with the shipped content beside it. Written aside and renamed, so that a failed build leaves the last one.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
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
chmodSync(join(fresh, 'cli', 'main.js'), 0o755)
writeFileSync(join(fresh, '.built'), '')
const old = join(ROOT, 'dist.old')
rmSync(old, { recursive: true, force: true })
if (existsSync(dist)) renameSync(dist, old)
renameSync(fresh, dist)
rmSync(old, { recursive: true, force: true })
