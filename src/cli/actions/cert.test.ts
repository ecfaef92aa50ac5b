import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createCertificate, type CertFiles } from './cert.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vedetta-cert-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const create = (names: readonly string[], force = false): Promise<CertFiles> =>
  createCertificate({ names, folder, days: 30, force, now: Date.now() })

/** What a client gets that trusts the authority alone, and calls the server by a name. */
function ask(files: CertFiles, servername: string): Promise<string> {
  const server = createServer({ cert: readFileSync(files.certificate), key: readFileSync(files.key) }, (_, answer) =>
    answer.end('hello'),
  )
  return new Promise<string>((resolve, reject) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      const options = { host: '127.0.0.1', port, servername, ca: readFileSync(files.ca), headers: { host: servername } }
      request(options, (answer) => answer.on('data', (data: Buffer) => resolve(data.toString())))
        .on('error', reject)
        .end()
    })
  }).finally(() => server.close())
}

test('a client that trusts the authority believes the server, under its names alone', async () => {
  const files = await create(['siem.example.org', '127.0.0.1', '::1'])
  await expect(ask(files, 'siem.example.org')).resolves.toBe('hello')
  await expect(ask(files, 'other.example.org')).rejects.toThrow(/altnames/)
  const certificate = new X509Certificate(readFileSync(files.certificate))
  expect(certificate.subjectAltName).toBe('DNS:siem.example.org, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1')
  expect(certificate.ca).toBe(false)
  expect(new X509Certificate(readFileSync(files.ca)).ca).toBe(true)
  for (const key of ['ca.key', 'server.key']) expect(statSync(join(folder, key)).mode & 0o777).toBe(0o600)
})

test('the authority stays, so that its clients trust what is made later', async () => {
  const first = await create(['one.example.org'])
  const trusted = readFileSync(first.ca, 'utf8')
  await expect(create(['two.example.org'])).rejects.toThrow(/is there already; --force replaces it/)
  const second = await create(['two.example.org'], true)
  expect(second.knownAuthority).toBe(true)
  expect(readFileSync(second.ca, 'utf8')).toBe(trusted)
  await expect(ask(second, 'two.example.org')).resolves.toBe('hello')
})

test.each(['a b', 'x;y', '', '-a', 'https://a'])('%j is no name', async (name) => {
  await expect(create([name])).rejects.toThrow(/must be a host name or an address/)
})
