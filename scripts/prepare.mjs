// Brings a checkout to the state in which it can run: packages installed, sources built; nothing is done twice.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

export function prepare() {
  installPackages()
  build()
}

export function installPackages() {
  const lock = readFileSync(join(ROOT, 'package-lock.json'))
  const wanted = createHash('sha256').update(lock).update(process.versions.modules).digest('hex')
  const stamp = join(ROOT, 'node_modules', '.vedetta-lock')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  // Not `npm ci`: it fails where a registry lacks an optional binary of another platform, which this machine does not need.
  console.error('Installing packages (once, about a minute) ...')
  run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--include=dev'],
    'the packages could not be installed; the lines above say why',
  )
  writeFileSync(stamp, wanted)
}

export function build() {
  const stamp = join(ROOT, 'dist', '.built')
  const built = existsSync(stamp) ? statSync(stamp).mtimeMs : 0
  if (built > newest(join(ROOT, 'src')) && built > newest(join(ROOT, 'scripts'))) return
  console.error('Building ...')
  run(process.execPath, [join(ROOT, 'scripts', 'build.mjs')], 'the build failed; the lines above say why')
}

function run(command, args, problem) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 2, 2] })
  if (status === 0) return
  console.error(`vedetta: ${problem}${error === undefined ? '' : ` (${error.message})`}`)
  process.exit(1)
}

function newest(folder) {
  let latest = statSync(folder).mtimeMs
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    latest = Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs)
  }
  return latest
}
