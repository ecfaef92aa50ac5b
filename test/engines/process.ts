import { spawn, spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { EngineUnavailable } from './artifacts.ts'

/** A running engine. `stop` ends it and removes its folder; calling it twice is harmless. */
export interface Engine extends AsyncDisposable {
  readonly url: string
  /** PEM of the authority that signed its certificate, where it speaks TLS. */
  readonly ca?: string
  readonly folder: string
  readonly pid: number
  stop(): Promise<void>
}

// Both engines refuse to run as root.
const NOBODY = { uid: 65_534, gid: 65_534 }
const IS_ROOT = process.getuid?.() === 0

export function engineUser(): { uid?: number; gid?: number } {
  return IS_ROOT ? NOBODY : {}
}

/** An unpacked distribution in a folder of its own: engines write into their home. */
export function unpack(zip: string, name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `vedetta-${name}-`))
  const result = spawnSync('unzip', ['-q', zip, '-d', folder], { encoding: 'utf8' })
  if (result.status !== 0) {
    rmSync(folder, { recursive: true, force: true })
    throw new EngineUnavailable(`unzip is needed to unpack real engines: ${result.error?.message ?? result.stderr}`)
  }
  return folder
}

export function giveToEngineUser(folder: string): void {
  if (!IS_ROOT) return
  chownSync(folder, NOBODY.uid, NOBODY.gid)
  spawnSync('chown', ['-R', `${NOBODY.uid}:${NOBODY.gid}`, folder])
}

export interface Launch {
  readonly name: string
  readonly folder: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly url: string
  readonly ca?: string
  /** Resolves when the engine serves; called again and again until it does. */
  ready(): Promise<boolean>
  /** The process it ends with; this one unless given (the shared engine of a test run belongs to the run). */
  owner?: number
}

const START_LIMIT = 120_000

export async function launch(options: Launch): Promise<Engine> {
  const log = join(options.folder, 'output.log')
  writeFileSync(log, '')
  giveToEngineUser(options.folder)
  // The shell outlives a TERM, so that the group is gone only when the engine is. Where its owner was killed it ends
  // the engine and clears up.
  const keep =
    'trap : TERM; "$@" >>"$ENGINE_LOG" 2>&1 & e=$!; ' +
    'while [ -d /proc/$ENGINE_OWNER ] && kill -0 $e 2>/dev/null; do sleep 1; done; kill $e 2>/dev/null; wait $e; ' +
    '[ -d /proc/$ENGINE_OWNER ] || rm -rf "$HOME"'
  const child = spawn('sh', ['-c', keep, 'sh', options.command, ...options.args], {
    cwd: options.folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: options.folder,
      ENGINE_LOG: log,
      ENGINE_OWNER: String(options.owner ?? process.pid),
      ...options.env,
    },
    stdio: 'ignore',
    detached: true,
    ...engineUser(),
  })
  child.unref()
  const stop = once(() => endEngine(child.pid!, options.folder))
  const deadline = performance.now() + START_LIMIT
  while (!(await options.ready().catch(() => false))) {
    if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadline) {
      const tail = readFileSync(log, 'utf8').slice(-2000)
      await stop()
      throw new Error(`${options.name} did not start:\n${tail}`)
    }
    await wait(250)
  }
  return {
    url: options.url,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    folder: options.folder,
    pid: child.pid!,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** Ends an engine by its process group, kindly first, and removes its folder. */
export async function endEngine(pid: number, folder: string): Promise<void> {
  for (const [signal, millis] of [
    ['SIGTERM', 15_000],
    ['SIGKILL', 5_000],
  ] as const) {
    if (!signalGroup(pid, signal)) break
    const deadline = performance.now() + millis
    while (signalGroup(pid, 0) && performance.now() < deadline) await wait(50)
  }
  rmSync(folder, { recursive: true, force: true })
}

function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal)
  } catch {
    return false
  }
}

function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => (running ??= action())
}
