import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fail, type Logger } from '../../diagnostic/index.ts'

/** The right to write in a data folder. */
export interface FolderLock {
  release(): Promise<void>
}

interface Owner {
  readonly pid: number
  /** When the process started, in the kernel's ticks since boot, where that can be known: pids are used again. */
  readonly started: string | undefined
}

/**
 * Takes the lock of a data folder, held by a file `lock` with the owner's process number.
 * The lock of a process that is no more (kill -9, power cut) is taken over.
 * @throws store.locked where a live process holds it, this one included.
 */
export async function lockFolder(folder: string, logger: Logger): Promise<FolderLock> {
  const path = join(folder, 'lock')
  const own = JSON.stringify({ pid: process.pid, started: await startOf(process.pid) } satisfies Owner)
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      const handle = await open(path, 'wx', 0o600)
      await handle.writeFile(own)
      await handle.close()
      return held(path, own)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const owner = await readOwner(path)
    if (owner === 'gone') continue
    if (owner !== undefined && (await isAlive(owner))) throw fail('store.locked', { path: folder, pid: owner.pid })
    if (await takeOver(path, own, owner)) {
      logger.warn(
        { path, pid: owner?.pid },
        'store: took over the lock of a process that ended without closing the store',
      )
      return held(path, own)
    }
  }
  throw fail('store.locked', { path: folder, pid: 'unknown' })
}

function held(path: string, own: string): FolderLock {
  return {
    async release() {
      const content = await readFile(path, 'utf8').catch(() => '')
      if (content === own) await rm(path, { force: true })
    },
  }
}

/** @returns undefined where the file says nothing (a crash while it was written), `gone` where there is none. */
async function readOwner(path: string): Promise<Owner | undefined | 'gone'> {
  try {
    // A lock that is just being written by another process is not a stale one: that takes no longer than this.
    for (let attempt = 0; attempt < 50; attempt++) {
      const owner = parseOwner(await readFile(path, 'utf8'))
      if (owner !== undefined) return owner
      await stat(path)
    }
    return undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'gone'
    throw error
  }
}

function parseOwner(content: string): Owner | undefined {
  try {
    const owner = JSON.parse(content) as Owner
    return Number.isInteger(owner.pid) && owner.pid > 0 ? owner : undefined
  } catch {
    return undefined
  }
}

async function isAlive({ pid, started }: Owner): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const now = await startOf(pid)
  return started === undefined || now === undefined || started === now
}

/** The 22nd field of /proc/PID/stat; undefined where there is no such file system. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

/** One process at a time replaces a stale lock: who makes the folder `lock.claim` may. */
async function takeOver(path: string, own: string, stale: Owner | undefined): Promise<boolean> {
  const claim = `${path}.claim`
  try {
    await mkdir(claim, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    // Left behind by a crash, or somebody is at it right now: that takes milliseconds.
    const made = await stat(claim).catch(() => undefined)
    if (made !== undefined && made.mtimeMs < (await newestTime(claim)) - 10_000)
      await rm(claim, { recursive: true, force: true })
    await new Promise((resolve) => setImmediate(resolve))
    return false
  }
  try {
    const owner = await readOwner(path)
    if (owner === 'gone' || owner?.pid !== stale?.pid || owner?.started !== stale?.started) return false
    await writeFile(join(claim, 'lock'), own, { mode: 0o600 })
    await rename(join(claim, 'lock'), path)
    return true
  } finally {
    await rm(claim, { recursive: true, force: true })
  }
}

/** The file system's own idea of now, since its clock need not be ours. */
async function newestTime(claim: string): Promise<number> {
  const probe = `${claim}.probe-${process.pid}`
  await writeFile(probe, '')
  try {
    return (await stat(probe)).mtimeMs
  } finally {
    await rm(probe, { force: true })
  }
}
