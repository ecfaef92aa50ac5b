import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '../journal/index.ts'
import type { ComposedMail } from './mail.ts'

/**
 * Writes a mail whole into a folder, named by its time and id: the same mail gives the same file.
 * The file has mode 0600 and appears under its name only when it is complete and on disk.
 * @returns the path
 */
export async function writeMail(folder: string, mail: ComposedMail, nowMillis: number): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const time = new Date(nowMillis).toISOString().replace(/[-:]/g, '').replace('.', '-')
  const id = mail.messageId.slice(1, mail.messageId.lastIndexOf('@')).replace(/[^\w.-]/g, '_')
  const path = join(folder, `${time}-${id.replace(/^\.+/, '_').slice(0, 100)}.eml`)
  await replaceFile(path, [mail.raw])
  return path
}
