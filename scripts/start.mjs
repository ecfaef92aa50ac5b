// `npm start -- ARGS` and `npm run alarm -- ARGS`: prepares the checkout, then is `vedetta start ARGS` or `vedetta alarm ARGS`.
import { checkNodeVersion } from './node-version.mjs'

checkNodeVersion()

const { prepare, ROOT } = await import('./prepare.mjs')
const { join } = await import('node:path')
const { pathToFileURL } = await import('node:url')

const args = process.argv.slice(2)
const verb = args[0] === '--verb' ? args.splice(0, 2)[1] : 'start'

prepare()

// In this process, so that a signal has one receiver.
const main = join(ROOT, 'dist', 'cli', 'main.js')
process.argv = [process.execPath, main, verb, ...args]
await import(pathToFileURL(main).href)
