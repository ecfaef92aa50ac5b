import { spawnSync } from 'node:child_process'
import { mkdir, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..', '..')

/**
 * Compiles a program beside these tests into a folder, as Node 20 does not take TypeScript: the one that is killed runs alone.
 * @returns the path of its script
 */
export async function compileProgram(folder: string, name: string): Promise<string> {
  const out = join(folder, 'program')
  await mkdir(out)
  await symlink(join(ROOT, 'node_modules'), join(out, 'node_modules'))
  const config = join(folder, 'tsconfig.json')
  const compilerOptions = {
    noEmit: false,
    rootDir: ROOT,
    outDir: out,
    typeRoots: [join(ROOT, 'node_modules', '@types')],
  }
  const files = [join(ROOT, 'test', 'durability', `${name}.ts`)]
  await writeFile(config, JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: [], files }))
  await writeFile(join(out, 'package.json'), '{"type":"module"}')
  const tsc = spawnSync(process.execPath, [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', config])
  const program = join(out, 'test', 'durability', `${name}.js`)
  if (!(await stat(program).catch(() => undefined))) throw new Error(`${tsc.stdout}${tsc.stderr}`)
  return program
}
