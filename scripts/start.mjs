// `npm start -- ARGS` and `npm run alarm -- ARGS`: prepares the checkout, then runs `vedetta start ARGS` or `vedetta alarm ARGS`.
import { checkNodeVersion } from './node-version.mjs'

checkNodeVersion()

const { prepare, ROOT } = await import('./prepare.mjs')
const { spawn } = await import('node:child_process')
const { join } = await import('node:path')

const args = process.argv.slice(2)
const verb = args[0] === '--verb' ? args.splice(0, 2)[1] : 'start'

prepare()

const child = spawn(process.execPath, [join(ROOT, 'dist', 'cli', 'main.js'), verb, ...args], { stdio: 'inherit' })
// The terminal signals the whole group; a supervisor signals this process alone, so it passes the signal on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143)
})
