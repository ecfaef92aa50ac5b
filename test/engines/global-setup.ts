import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endEngine } from './process.ts'
import { RUN_FOLDER, RUN_OWNER, type Sharing } from './shared.ts'

/** Gives the run a folder where test files agree on shared engines; nothing starts until a file asks. */
export default function setup(): () => Promise<void> {
  // What killed runs have left.
  for (const name of readdirSync(tmpdir())) {
    const owner = /^vedetta-run-(\d+)-/.exec(name)?.[1]
    if (owner !== undefined && !existsSync(`/proc/${owner}`))
      rmSync(join(tmpdir(), name), { recursive: true, force: true })
  }
  const folder = mkdtempSync(join(tmpdir(), `vedetta-run-${process.pid}-`))
  process.env[RUN_FOLDER] = folder
  process.env[RUN_OWNER] = String(process.pid)
  return async () => {
    for (const name of readdirSync(folder)) {
      if (!name.endsWith('.json')) continue
      const { engine } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Sharing
      if (engine !== undefined) await endEngine(engine.pid, engine.folder)
    }
    rmSync(folder, { recursive: true, force: true })
  }
}
