import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { fail } from '../diagnostic/index.ts'
import { readIfThere, replaceFile } from '../journal/index.ts'

const FORMAT = 1

/**
 * The id of a data folder, 22 characters, made at its first start: clients tell two systems apart by it.
 * @throws DiagnosticError where the file is not one of ours.
 */
export async function identityOf(dataPath: string): Promise<string> {
  const path = join(dataPath, 'identity.json')
  const text = (await readIfThere(path))?.toString('utf8')
  if (text === undefined) {
    const id = randomBytes(16).toString('base64url')
    await replaceFile(path, JSON.stringify({ version: FORMAT, id }))
    return id
  }
  try {
    const { version, id } = JSON.parse(text) as { version: unknown; id: unknown }
    if (version === FORMAT && typeof id === 'string') return id
  } catch {
    // Said below, with the other ways of not being ours.
  }
  throw fail('server.identity', { path })
}
