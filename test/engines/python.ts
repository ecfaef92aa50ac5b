import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { EngineUnavailable, enginesFolder } from './artifacts.ts'

const INSTALL_LIMIT = 110_000

/**
 * A Python environment with packages of PyPI, kept between runs under its name.
 * @returns the folder of its programs.
 * @throws EngineUnavailable without Python, or where the packages cannot be had.
 */
export function pythonEnvironment(name: string, packages: readonly string[]): string {
  const folder = join(enginesFolder(), `python-${name}`)
  const ready = join(folder, 'ready')
  if (existsSync(ready)) return join(folder, 'bin')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(enginesFolder(), { recursive: true })
  // Its programs know their own path: it is made where it stays.
  run('python3', ['-m', 'venv', folder])
  run(join(folder, 'bin', 'pip'), ['install', '-q', ...packages])
  mkdirSync(`${ready}.making`, { recursive: true })
  renameSync(`${ready}.making`, ready)
  return join(folder, 'bin')
}

function run(program: string, args: readonly string[]): void {
  const result = spawnSync(program, args, { encoding: 'utf8', timeout: INSTALL_LIMIT })
  if (result.status !== 0)
    throw new EngineUnavailable(
      `a Python environment cannot be made: ${(result.error?.message ?? result.stderr).trim().split('\n').at(-1)}`,
    )
}
