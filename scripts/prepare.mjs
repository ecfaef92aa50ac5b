// Brings a checkout to the state in which it can run: packages installed, sources built; nothing is done twice.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

export function prepare() {
  if (packagesAreCurrent() && buildIsCurrent()) return
  alone(() => {
    installPackages()
    build()
  })
}

export function installPackages() {
  if (packagesAreCurrent()) return
  // Not `npm ci`: it fails where a registry lacks an optional binary of another platform, which this machine does not need.
  console.error('Installing packages (once, about a minute) ...')
  const args = ['install', '--no-audit', '--no-fund', '--include=dev']
  const problem = 'the packages could not be installed; the lines above say why'
  // The npm that runs this, by this Node: an npm on PATH may belong to an older one.
  const npm = process.env['npm_execpath']
  if (npm?.endsWith('.js')) run(process.execPath, [npm, ...args], problem)
  else run('npm', args, problem)
  writeFileSync(packagesStamp(), wantedPackages())
}

function packagesStamp() {
  return join(ROOT, 'node_modules', '.vedetta-lock')
}

function wantedPackages() {
  const lock = readFileSync(join(ROOT, 'package-lock.json'))
  // Native packages here are the same for every Node, by Node-API.
  return createHash('sha256').update(lock).update(`${process.platform}-${process.arch}`).digest('hex')
}

function packagesAreCurrent() {
  const stamp = packagesStamp()
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wantedPackages()
}

function build() {
  if (buildIsCurrent()) return
  console.error('Building ...')
  run(process.execPath, [join(ROOT, 'scripts', 'build.mjs')], 'the build failed; the lines above say why')
}

function buildIsCurrent() {
  const stamp = join(ROOT, 'dist', '.built')
  const built = existsSync(stamp) ? statSync(stamp).mtimeMs : 0
  return ['src', 'scripts', 'console'].every((folder) => built > newest(join(ROOT, folder)))
}

/** Two commands at the same time (`npm start`, and `npm run alarm` in a second terminal) prepare one after the other. */
function alone(work) {
  const lock = join(ROOT, '.cache', 'preparing')
  let told = false
  while (!take(lock)) {
    if (isLeftOver(lock)) {
      rmSync(lock, { force: true })
      continue
    }
    if (!told) console.error('Another command is preparing this checkout; waiting for it ...')
    told = true
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  }
  const release = () => rmSync(lock, { force: true })
  process.on('exit', release)
  work()
  release()
  process.removeListener('exit', release)
}

function take(lock) {
  try {
    mkdirSync(join(ROOT, '.cache'), { recursive: true })
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    console.error(`vedetta: this checkout must be a folder that you may write: ${error.message}`)
    process.exit(1)
  }
}

/** Whether the command that took the lock is gone. */
function isLeftOver(lock) {
  try {
    const owner = Number(readFileSync(lock, 'utf8'))
    return owner > 0 ? !isAlive(owner) : Date.now() - statSync(lock).mtimeMs > 5000
  } catch {
    return false
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function run(command, args, problem) {
  const { status, signal, error } = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 2, 2] })
  if (status === 0) return
  // Interrupted by the user: they know.
  if (signal !== null) process.exit(128 + constants.signals[signal])
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

// `prepack`, and the first step of CI.
if (process.argv[1] === fileURLToPath(import.meta.url)) prepare()
