// `npm run test:node24 -- ARGS`: the tests by Node 24, which an npm package carries; without ARGS all but those that start
// real engines. The checkout, its packages and its build are the ones that the Node of the caller uses.
import { checkNodeVersion } from './node-version.mjs'

checkNodeVersion()

const { prepare, ROOT } = await import('./prepare.mjs')
const { spawnSync } = await import('node:child_process')
const { existsSync, mkdirSync, writeFileSync } = await import('node:fs')
const { delimiter, join } = await import('node:path')

/** Fast enough for every run of CI: units, and the system as a process without network namespaces and kills. */
const QUICK = ['--exclude', 'test/durability/**', '--exclude', 'test/e2e/scan.test.ts']

prepare()
const bin = installNode()
const args = process.argv.slice(2)
const quick = args[0] === '--quick' ? args.splice(0, 1).length : 0
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` }
const tests = ['--exclude', 'test/conformance/**', ...(quick === 1 ? QUICK : []), ...args]
const { status } = spawnSync(join(bin, 'node'), [join(ROOT, 'scripts', 'test.mjs'), ...tests], {
  cwd: ROOT,
  stdio: 'inherit',
  env,
})
process.exit(status ?? 1)

/** The folder of the program, installed once beside the other caches of this checkout. */
function installNode() {
  const platform = `${process.platform === 'darwin' ? 'darwin' : 'linux'}-${process.arch === 'arm64' ? 'arm64' : 'x64'}`
  const folder = join(ROOT, '.cache', 'node24')
  const path = join(folder, 'node_modules', `node-${platform}`, 'bin')
  if (existsSync(join(path, 'node'))) return path
  console.error('Installing Node 24 into .cache/node24 ...')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  const npm = ['install', '--no-audit', '--no-fund', '--no-save', `node-${platform}@24`]
  const installed = spawnSync('npm', npm, { cwd: folder, stdio: ['ignore', 2, 2] })
  if (installed.status === 0) return path
  console.error('vedetta: Node 24 could not be installed; the lines above say why')
  process.exit(1)
}
