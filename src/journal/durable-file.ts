import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Makes names in a folder durable: a file that was created, renamed or unlinked. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes a folder that only its owner can enter, with all above it, durably. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 })
  if (first !== undefined) await syncFolder(dirname(first))
}

/**
 * Replaces a file in one step: after a crash at any moment there is the old content or the new, never a mixture.
 * The file is written aside (`PATH.new`), flushed, renamed, and the folder flushed. On an error the old file stays.
 */
export async function replaceFile(path: string, content: string | readonly Uint8Array[]): Promise<void> {
  const aside = `${path}.new`
  try {
    const handle = await open(aside, 'w', 0o600)
    try {
      if (typeof content === 'string') await handle.writeFile(content)
      else for (const part of content) await handle.writeFile(part)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(aside, path)
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined)
    throw error
  }
  await syncFolder(dirname(path))
}

/** The content of a file, or undefined where there is none. */
export async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
