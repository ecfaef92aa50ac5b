import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { EngineUnavailable, enginesFolder } from './artifacts.ts'

/** Where a program is found, on its path or in the folders where Debian has servers. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin', ...postgresFolders()]
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

function postgresFolders(): string[] {
  const root = '/usr/lib/postgresql'
  return existsSync(root) ? readdirSync(root).map((version) => join(root, version, 'bin')) : []
}

/**
 * The files of Debian packages, unpacked into a folder of their own without being installed; fetched once.
 * @returns the folder, below which the packages' paths begin.
 * @throws EngineUnavailable without apt, or where a package cannot be fetched.
 */
export async function unpackDebian(name: string, packages: readonly string[]): Promise<string> {
  const folder = join(enginesFolder(), `debian-${name}`)
  if (existsSync(folder)) return folder
  const making = `${folder}.${process.pid}.making`
  rmSync(making, { recursive: true, force: true })
  mkdirSync(making, { recursive: true })
  try {
    await run('apt-get', ['download', '-qq', ...packages], making)
    for (const file of readdirSync(making).filter((one) => one.endsWith('.deb'))) {
      await run('dpkg-deb', ['-x', file, '.'], making)
      rmSync(join(making, file))
    }
    renameSync(making, folder)
  } catch (error) {
    rmSync(making, { recursive: true, force: true })
    if (existsSync(folder)) return folder
    throw error
  }
  return folder
}

async function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null))
    child.on('close', resolve)
  })
  if (code !== 0) throw new EngineUnavailable(`${command} ${args.join(' ')}: ${said.trim().slice(0, 300)}`)
}

/** Where the shared libraries of unpacked packages are. */
export function librariesOf(folder: string): string {
  const names = ['x86_64-linux-gnu', 'aarch64-linux-gnu']
  return names.flatMap((one) => [join(folder, 'usr/lib', one), join(folder, 'lib', one)]).join(delimiter)
}
