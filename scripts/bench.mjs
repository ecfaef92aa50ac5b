// `npm run bench -- NAME ARGS`: builds bench/NAME.ts with the sources and runs it.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { installPackages, ROOT } from './prepare.mjs'

const [name, ...args] = process.argv.slice(2)
if (name === undefined || !existsSync(join(ROOT, 'bench', `${name}.ts`))) {
  const names = readdirSync(join(ROOT, 'bench')).filter((file) => file.endsWith('.ts'))
  console.error(
    `usage: npm run bench -- NAME, where NAME is one of ${names.map((file) => file.slice(0, -3)).join(', ')}`,
  )
  process.exit(2)
}
installPackages()
const out = join(ROOT, '.cache', 'bench')
const tsc = spawnSync(
  process.execPath,
  [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', join(ROOT, 'tsconfig.bench.json')],
  { stdio: 'inherit' },
)
if (tsc.status !== 0) process.exit(1)
cpSync(join(ROOT, 'src', 'content'), join(out, 'src', 'content'), { recursive: true })
cpSync(join(ROOT, 'package.json'), join(out, 'package.json'))
process.exit(
  spawnSync(process.execPath, ['--expose-gc', join(out, 'bench', `${name}.js`), ...args], { stdio: 'inherit' })
    .status ?? 1,
)
