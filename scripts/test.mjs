// `npm test -- ARGS`: sets up what the tests need (packages, build, and where this is root on Debian the network tools), then runs them.
import { checkNodeVersion } from './node-version.mjs'

checkNodeVersion()

const { prepare, ROOT } = await import('./prepare.mjs')
const { spawnSync } = await import('node:child_process')
const { join } = await import('node:path')

/** The Debian package of each program the end-to-end tests run; without it those tests say what is missing. */
const PROGRAMS = {
  tcpdump: 'tcpdump',
  nmap: 'nmap',
  nc: 'netcat-openbsd',
  curl: 'curl',
  ip: 'iproute2',
  openssl: 'openssl',
  mvn: 'maven',
  chromium: 'chromium',
  rsyslogd: 'rsyslog rsyslog-openssl',
}

prepare()
installPrograms()
const { status } = spawnSync(
  process.execPath,
  [join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...process.argv.slice(2)],
  {
    cwd: ROOT,
    stdio: 'inherit',
  },
)
process.exit(status ?? 1)

function installPrograms() {
  const missing = Object.keys(PROGRAMS).filter((program) => !found(program))
  if (missing.length === 0) return
  const packages = missing.flatMap((program) => PROGRAMS[program].split(' '))
  if (process.getuid?.() !== 0 || !found('apt-get')) {
    console.error(
      `Some tests will be skipped without ${missing.join(', ')}: sudo apt-get install ${packages.join(' ')}`,
    )
    return
  }
  console.error(`Installing ${packages.join(', ')} for the end-to-end tests ...`)
  const quiet = { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
  spawnSync('apt-get', ['update', '-q'], quiet)
  spawnSync('apt-get', ['install', '-y', '-q', ...packages], quiet)
}

function found(program) {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0
}
