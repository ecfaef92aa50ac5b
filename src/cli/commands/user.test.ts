import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Users } from '../../server/index.ts'
import { registerUser, usersPath } from './user.ts'

let data: string
const printed: string[] = []

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'vedetta-user-'))
  printed.length = 0
  vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line))
  vi.spyOn(console, 'error').mockImplementation(() => {})
})

afterEach(() => {
  vi.restoreAllMocks()
  rmSync(data, { recursive: true, force: true })
})

async function vedetta(...args: string[]): Promise<void> {
  const program = new Command().option('-E <key=value>', '', (value: string, all: string[]) => [...all, value], [])
  registerUser(program, () => Promise.resolve('correct horse'))
  await program.parseAsync(['-E', `path.data=${data}`, ...args], { from: 'user' })
}

const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`

test('a user is added, listed, let in and deleted', async () => {
  await vedetta('user', 'add', 'ana')
  await vedetta('user', 'list')
  expect(printed).toEqual(['ana'])
  const users = new Users(usersPath(data))
  expect(await users.authenticate(basic('ana:correct horse'))).toBe('ana')
  await vedetta('user', 'delete', 'ana')
  expect(await users.authenticate(basic('ana:correct horse'))).toBeUndefined()
  await expect(vedetta('user', 'delete', 'ana')).rejects.toThrow("there is no user 'ana'")
})

test('a token is printed once, listed without it and deleted', async () => {
  await vedetta('token', 'add', 'shipper')
  const token = printed[0]!
  expect(await new Users(usersPath(data)).authenticate(`Bearer ${token}`)).toBe('shipper')
  await vedetta('token', 'list')
  expect(printed[1]).toMatch(/^\S+ {2}\S+ {2}shipper$/)
  expect(printed[1]).not.toContain(token)
  await vedetta('token', 'delete', printed[1]!.split(' ')[0]!)
  expect(await new Users(usersPath(data)).authenticate(`Bearer ${token}`)).toBeUndefined()
})
