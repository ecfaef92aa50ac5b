import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { nullLogger, type Logger } from '../diagnostic/index.ts'
import { openJournal, type Journal, type JournalOptions } from './index.ts'

let folder: string
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'vedetta-journal-')), 'journal')
})
afterEach(async () => {
  await rm(join(folder, '..'), { recursive: true, force: true })
})

function listening(): { logger: Logger; said: string[] } {
  const said: string[] = []
  const note = (_fields: object, message: string): void => void said.push(message)
  return { said, logger: { ...nullLogger, error: note, warn: note } }
}

function opened(options: Partial<JournalOptions> = {}): Promise<Journal> {
  return openJournal(folder, { logger: nullLogger, ...options })
}

async function texts(journal: Journal, from?: number): Promise<string[]> {
  const list: string[] = []
  for await (const { sequence, record } of journal.read(from)) list.push(`${sequence} ${record.toString()}`)
  return list
}

describe('a journal', () => {
  test('numbers records from 1, reads them back after it was opened again, and goes on counting', async () => {
    const first = await opened()
    expect(first.next).toBe(1)
    expect(await Promise.all(['a', '', 'c'].map((text) => first.append(Buffer.from(text))))).toEqual([1, 2, 3])
    await first.close()
    const second = await opened()
    expect(await second.append(Buffer.from('d'))).toBe(4)
    expect(await texts(second)).toEqual(['1 a', '2 ', '3 c', '4 d'])
    expect(await texts(second, 3)).toEqual(['3 c', '4 d'])
    await second.close()
  })

  test('lets only its owner read', async () => {
    const journal = await opened()
    await journal.append(Buffer.from('a'))
    const [name] = await readdir(folder)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    expect((await stat(join(folder, name!))).mode & 0o777).toBe(0o600)
    await journal.close()
  })

  test('refuses records after it was closed', async () => {
    const journal = await opened()
    const before = journal.append(Buffer.from('a'))
    await journal.close()
    expect(await before).toBe(1)
    await expect(journal.append(Buffer.from('b'))).rejects.toThrow('the journal is closed')
  })

  test('starts a new file at its size and gives space back by whole files', async () => {
    const journal = await opened({ fileBytes: 100 })
    for (let i = 1; i <= 10; i++) await journal.append(Buffer.alloc(50, 97))
    const files = (await readdir(folder)).length
    expect(files).toBe(5)
    await journal.trim(6)
    expect((await readdir(folder)).length).toBe(3)
    expect((await texts(journal)).length).toBe(6)
    await journal.trim(journal.next)
    expect(await texts(journal)).toEqual([])
    expect(journal.bytes()).toBe(24)
    await journal.close()
    const again = await opened()
    expect(again.next).toBe(11)
    await again.close()
  })

  test('skips no file while those that were read are trimmed', async () => {
    const journal = await opened({ fileBytes: 64 })
    for (let n = 1; n <= 50; n++) await journal.append(Buffer.from('a record that fills its file, nearly: 64 bytes'))
    const seen: number[] = []
    for await (const { sequence } of journal.read()) {
      seen.push(sequence)
      await journal.trim(sequence)
    }
    expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
    await journal.close()
  })

  test('goes on from a given number where its files are gone', async () => {
    const journal = await opened({ first: 500 })
    expect(await journal.append(Buffer.from('a'))).toBe(500)
    await journal.close()
  })

  test('shares an fsync among what arrives together', async () => {
    const journal = await opened({ groupRecords: 3 })
    const all = await Promise.all(Array.from({ length: 100 }, (_, i) => journal.append(Buffer.from(String(i)))))
    expect(all).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
    expect((await texts(journal)).length).toBe(100)
    await journal.close()
  })

  test('answers only after the fsync', async () => {
    const journal = await opened()
    await journal.append(Buffer.from('a'))
    const { handle } = journal as unknown as { handle: { datasync(): Promise<void> } }
    let synced = false
    handle.datasync = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      synced = true
    }
    await journal.append(Buffer.from('b'))
    expect(synced).toBe(true)
    await journal.close()
  })

  test('names damage in the middle and keeps the records behind it', async () => {
    const journal = await opened()
    for (const text of ['first', 'second', 'third']) await journal.append(Buffer.from(text))
    await journal.close()
    const path = join(folder, (await readdir(folder))[0]!)
    const content = await readFile(path)
    content[24 + 25 + 20]! ^= 1
    await writeFile(path, content)
    const { logger, said } = listening()
    const again = await opened({ logger })
    expect(await texts(again)).toEqual(['1 first', '3 third'])
    expect(said).toEqual([
      `journal: 26 damaged bytes in ${path} at 49; the records in them are lost, those behind are kept`,
    ])
    expect(again.next).toBe(4)
    await again.close()
  })

  test('refuses files of a newer version and says so', async () => {
    const journal = await opened()
    await journal.append(Buffer.from('a'))
    await journal.close()
    const path = join(folder, (await readdir(folder))[0]!)
    const { fileHeader } = await import('./record.ts')
    const { crc32 } = await import('node:zlib')
    const header = fileHeader(1)
    header.writeUInt32LE(2, 8)
    header.writeUInt32LE(crc32(header.subarray(16), crc32(header.subarray(0, 12))), 12)
    await writeFile(path, header)
    await expect(opened()).rejects.toThrow(/has format version 2, this version of vedetta reads 1/)
  })

  test('takes an append refused for lack of space, cuts the file back and goes on', async () => {
    // The handle fails half-way, as a full disk does.
    const journal = await opened()
    await journal.append(Buffer.from('good'))
    const inside = journal as unknown as { handle: { write: unknown; datasync: unknown } }
    const { handle } = inside
    const write = handle.write
    handle.write = async (buffer: Buffer, offset: number, length: number, position: number): Promise<never> => {
      await (write as (...args: unknown[]) => Promise<unknown>).call(handle, buffer, offset, length >> 1, position)
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
    }
    await expect(journal.append(Buffer.from('lost'))).rejects.toThrow(/no space left on the disk/)
    expect(await journal.append(Buffer.from('after'))).toBe(3)
    expect(await texts(journal)).toEqual(['1 good', '3 after'])
    await journal.close()
    const { logger, said } = listening()
    const again = await opened({ logger })
    expect(await texts(again)).toEqual(['1 good', '3 after'])
    expect(said).toEqual([])
    await again.close()
  })
})

describe('recovery', () => {
  test('at any cut byte keeps exactly the records before the cut, and can be written again', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 8 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (records, share) => {
          await rm(folder, { recursive: true, force: true })
          const journal = await opened()
          for (const record of records) await journal.append(Buffer.from(record))
          await journal.close()
          const path = join(folder, (await readdir(folder))[0]!)
          const size = (await stat(path)).size
          const cut = Math.floor(share * size)
          await truncate(path, cut)
          let end = 24
          const kept: string[] = []
          for (const [i, record] of records.entries()) {
            end += 20 + record.length
            if (end <= cut) kept.push(`${i + 1} ${Buffer.from(record).toString()}`)
          }
          const again = await opened()
          expect(await texts(again)).toEqual(kept)
          expect(await again.append(Buffer.from('x'))).toBe(kept.length + 1)
          await again.close()
          const third = await opened()
          expect((await texts(third)).at(-1)).toBe(`${kept.length + 1} x`)
          await third.close()
        },
      ),
      { numRuns: 60 },
    )
  })

  test('at any flipped bit loses at most the record it lies in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(7), async (share, bit) => {
        await rm(folder, { recursive: true, force: true })
        const journal = await opened()
        for (let i = 0; i < 6; i++) await journal.append(Buffer.from(`record ${i}`))
        await journal.close()
        const path = join(folder, (await readdir(folder))[0]!)
        const content = await readFile(path)
        content[Math.min(content.length - 1, Math.floor(share * content.length))]! ^= 1 << bit
        await writeFile(path, content)
        const again = await opened()
        expect((await texts(again)).length).toBeGreaterThanOrEqual(5)
        await again.close()
      }),
      { numRuns: 100 },
    )
  })

  test('cuts garbage off the end', async () => {
    const journal = await opened()
    await journal.append(Buffer.from('a'))
    await journal.close()
    const path = join(folder, (await readdir(folder))[0]!)
    await appendFile(path, Buffer.from([0xff, 0x56, 0xff, 0x4a, 255, 255, 255, 127]))
    const { logger, said } = listening()
    const again = await opened({ logger })
    expect(said).toEqual([`journal: cut 8 bytes of a torn record off the end of ${path}`])
    expect(await texts(again)).toEqual(['1 a'])
    await again.close()
  })
})
