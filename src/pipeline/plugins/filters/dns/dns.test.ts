import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { filterFixture, runFilter } from '../../../../../test/filter-fixture.ts'
import { temporaryFolder } from '../../../../../test/plugin-fixture.ts'
import { ManualClock } from '../../../../clock/index.ts'
import { systemServers } from './resolver.ts'

const TYPES = { A: 1, PTR: 12, AAAA: 28 } as const

/** What the name server knows, by `NAME TYPE`; it keeps silent for names in `silent`. */
const RECORDS = new Map<string, string>([
  ['carrera.example.net A', '199.192.228.250'],
  ['six.example.net AAAA', '2001:db8::6'],
  ['training.example.org A', '192.0.2.9'],
  ['xn--bcher-kva.example A', '192.0.2.10'],
  ['250.228.192.199.in-addr.arpa PTR', 'carrera.example.net'],
  ['10.2.0.192.in-addr.arpa PTR', 'xn--bcher-kva.example'],
])
let silent = new Set<string>()
let asked: string[] = []
let server: Socket
let address: string

function encodeName(name: string): Buffer {
  return Buffer.concat([
    ...name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0]),
  ])
}

function dataOf(type: string, value: string): Buffer {
  if (type === 'A') return Buffer.from(value.split('.').map(Number))
  if (type === 'PTR') return encodeName(value)
  return Buffer.from('20010db8000000000000000000000006', 'hex')
}

/** The answer to a query of one question (RFC 1035). */
function answerTo(query: Buffer): Buffer | undefined {
  const labels: string[] = []
  let at = 12
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += length + 1
  }
  const name = labels.join('.').toLowerCase()
  const code = query.readUInt16BE(at + 1)
  const type = Object.entries(TYPES).find(([, number]) => number === code)?.[0] ?? String(code)
  asked.push(`${name} ${type}`)
  if (silent.has(name)) return undefined
  const value = RECORDS.get(`${name} ${type}`)
  const known = [...RECORDS.keys()].some((key) => key.startsWith(`${name} `))
  const header = Buffer.alloc(12)
  query.copy(header, 0, 0, 2)
  header.writeUInt16BE(known ? 0x8180 : 0x8183, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(value === undefined ? 0 : 1, 6)
  const question = query.subarray(12, at + 5)
  if (value === undefined) return Buffer.concat([header, question])
  const data = dataOf(type, value)
  const record = Buffer.alloc(12)
  record.writeUInt16BE(0xc00c, 0)
  record.writeUInt16BE(code, 2)
  record.writeUInt16BE(1, 4)
  record.writeUInt32BE(60, 6)
  record.writeUInt16BE(data.length, 10)
  return Buffer.concat([header, question, record, data])
}

beforeAll(async () => {
  server = createSocket('udp4', (query, peer) => {
    const answer = answerTo(query)
    if (answer !== undefined) server.send(answer, peer.port, peer.address)
  }).bind(0, '127.0.0.1')
  await once(server, 'listening')
  address = `127.0.0.1:${server.address().port}`
})
beforeEach(() => {
  silent = new Set()
  asked = []
})
afterAll(() => void server.close())

const run = (config: string, event: object): Promise<object> =>
  runFilter(`dns { nameserver => "${address}" ${config} }`, event)

describe('dns', () => {
  test.each<[config: string, event: object, expected: object]>([
    ['resolve => "h"', { h: 'carrera.example.net' }, { h: ['carrera.example.net', '199.192.228.250'] }],
    ['resolve => ["h"] action => "replace"', { h: 'carrera.example.net' }, { h: '199.192.228.250' }],
    ['resolve => "h" action => "replace"', { h: ['carrera.example.net'] }, { h: ['199.192.228.250'] }],
    ['resolve => "h"', { h: ['carrera.example.net'] }, { h: ['carrera.example.net', '199.192.228.250'] }],
    ['resolve => "[a][b]" action => "replace"', { a: { b: 'six.example.net' } }, { a: { b: '2001:db8::6' } }],
    ['resolve => "h" action => "replace"', { h: 'Bücher.example' }, { h: '192.0.2.10' }],
    ['reverse => "i" action => "replace"', { i: '199.192.228.250' }, { i: 'carrera.example.net' }],
    ['reverse => "i"', { i: '199.192.228.250' }, { i: ['199.192.228.250', 'carrera.example.net'] }],
    ['reverse => "i" action => "replace"', { i: '192.0.2.10' }, { i: 'bücher.example' }],
    ['reverse => "i" add_tag => "ok"', { i: 'not.an.ip' }, { i: 'not.an.ip' }],
    ['resolve => "h" add_tag => "ok"', { h: 'does.not.exist' }, { h: 'does.not.exist' }],
    ['resolve => "h" add_tag => "ok"', { h: 'nonexistanthostname###.net' }, { h: 'nonexistanthostname###.net' }],
    ['resolve => "h" add_tag => "ok"', { h: `${'0'.repeat(64)}.com` }, { h: `${'0'.repeat(64)}.com` }],
    ['resolve => "h" add_tag => "ok"', { h: 7 }, { h: 7 }],
    ['resolve => "h" add_tag => "ok"', {}, { tags: ['ok'] }],
    [
      'resolve => ["a", "b"] action => "replace" add_tag => "ok"',
      { a: 'carrera.example.net', b: 'does.not.exist' },
      { a: '199.192.228.250', b: 'does.not.exist' },
    ],
    [
      'resolve => "a" reverse => ["b", "c"] action => "replace" add_tag => "ok"',
      { a: 'carrera.example.net', b: '199.192.228.250', c: '192.0.2.77' },
      { a: '199.192.228.250', b: 'carrera.example.net', c: '192.0.2.77' },
    ],
    [
      'resolve => ["a", "b"] action => "replace" add_tag => "ok"',
      { a: 'carrera.example.net', b: 'six.example.net' },
      { a: '199.192.228.250', b: '2001:db8::6', tags: ['ok'] },
    ],
  ])('dns { %s } of %j', async (config, event, expected) => {
    expect(await run(config, event)).toEqual(expected)
  })

  test('hosts files come first, in their order', async () => {
    using folder = temporaryFolder()
    const [one, two] = [join(folder.path, 'one'), join(folder.path, 'two')]
    writeFileSync(one, '# ours\n192.0.2.50 fileserver files # the big one\n\n192.0.2.51\n')
    writeFileSync(two, '192.0.2.60 files\n192.0.2.61 printer\n')
    const config = `hostsfile => ["${one}", "${two}"] resolve => ["a", "b"] reverse => "c" action => "replace"`
    expect(await run(config, { a: 'FILES', b: 'printer', c: '192.0.2.50' })).toEqual({
      a: '192.0.2.50',
      b: '192.0.2.61',
      c: 'fileserver',
    })
    expect(asked).toEqual([])
    await expect(run('hostsfile => "/nowhere"', {})).rejects.toThrow(/'hostsfile' names \/nowhere, which cannot/)
  })

  test('search domains: short names there first, names with dots as they are first', async () => {
    const config = (more: string): string =>
      `dns { resolve => "h" action => "replace" nameserver => { address => ["${address}"] search => "example.org" ${more} } }`
    expect(await runFilter(config(''), { h: 'training' })).toEqual({ h: '192.0.2.9' })
    expect(asked).toEqual(['training.example.org A'])
    asked = []
    await runFilter(config(''), { h: 'a.b' })
    expect(asked.filter((one) => one.endsWith(' A'))).toEqual(['a.b A', 'a.b.example.org A'])
    asked = []
    await runFilter(config('ndots => 2'), { h: 'a.b' })
    expect(asked.filter((one) => one.endsWith(' A'))).toEqual(['a.b.example.org A', 'a.b A'])
    asked = []
    expect(await runFilter(config(''), { h: 'carrera.example.net.' })).toEqual({ h: '199.192.228.250' })
  })

  test('/etc/resolv.conf gives search domains and ndots', () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'resolv.conf')
    writeFileSync(path, 'nameserver 192.0.2.1\nsearch a.example b.example # ours\noptions timeout:1 ndots:3\n')
    expect(systemServers(path)).toEqual({ addresses: [], search: ['a.example', 'b.example'], ndots: 3 })
    expect(systemServers('/nowhere')).toEqual({ addresses: [], search: [], ndots: 1 })
  })

  test('a server that keeps silent is asked again, then the event is tagged; its neighbours go on', async () => {
    silent.add('slow.example.net')
    const config = 'resolve => "h" timeout => 0.05 max_retries => 2 action => "replace" add_tag => "ok"'
    await using filter = filterFixture(`dns { nameserver => "${address}" ${config} warn_on_timeout => true }`)
    expect(await filter.run({ h: 'slow.example.net' }, { h: 'carrera.example.net' })).toEqual([
      { h: 'slow.example.net', tags: ['_dnstimeout'] },
      { h: '199.192.228.250', tags: ['ok'] },
    ])
    expect(asked.filter((one) => one === 'slow.example.net A')).toHaveLength(3)
    expect(filter.log).toEqual(['warn: dns filter: no name server answered within 0.05 s'])
  })

  test('a server that is away: the event is tagged', async () => {
    const away = createSocket('udp4').bind(0, '127.0.0.1')
    await once(away, 'listening')
    const { port } = away.address()
    away.close()
    const config = `dns { nameserver => "127.0.0.1:${port}" timeout => 0.1 resolve => "h" tag_on_timeout => ["a", "b"] }`
    expect(await runFilter(config, { h: 'carrera.example.net' })).toEqual({
      h: 'carrera.example.net',
      tags: ['a', 'b'],
    })
  })

  test('a second server is asked where the first is away', async () => {
    const config = `dns { nameserver => ["127.0.0.99", "${address}"] timeout => 0.2 resolve => "h" action => "replace" }`
    expect(await runFilter(config, { h: 'carrera.example.net' })).toEqual({ h: '199.192.228.250' })
  })

  test('answers are kept where a cache is wanted, failures too; otherwise only within a batch', async () => {
    const clock = new ManualClock()
    const event = { h: 'carrera.example.net', g: 'does.not.exist' }
    const base = `nameserver => "${address}" action => "replace"`
    await using plain = filterFixture(`dns { ${base} resolve => "h" }`, { clock })
    await plain.run(event, event, event)
    expect(asked).toEqual(['carrera.example.net A'])
    await plain.run(event)
    expect(asked).toHaveLength(2)
    asked = []
    await using kept = filterFixture(
      `dns { ${base} resolve => ["h", "g"] hit_cache_size => 10 failed_cache_size => 10 }`,
      { clock },
    )
    await kept.run(event)
    const first = asked.length
    await kept.run(event)
    expect(asked).toHaveLength(first)
    await clock.advance(6_000)
    await kept.run(event)
    expect(asked.slice(first)).not.toContain('carrera.example.net A')
    expect(asked.slice(first)).toContain('does.not.exist A')
    await clock.advance(60_000)
    await kept.run(event)
    expect(asked.slice(first)).toContain('carrera.example.net A')
  })

  test('what it leaves alone is logged', async () => {
    await using filter = filterFixture('dns { resolve => "a" reverse => "b" }')
    await filter.run({ b: ['192.0.2.1', '192.0.2.2'] })
    expect(filter.log).toEqual([
      "warn: dns filter could not resolve missing field 'a'",
      "warn: dns filter leaves 'b' alone: it has several values",
    ])
  })

  test.each([
    ['nameserver => { search => "a" }', /'nameserver' must be a hash with one or more addresses in "address"/],
    [
      'nameserver => { address => "127.0.0.1" port => 53 }',
      /must be a hash of address, search and ndots, without 'port'/,
    ],
    [
      'nameserver => { address => "127.0.0.1" search => ["a", "b", "c", "d", "e", "f", "g"] }',
      /with at most 6 domains in "search"/,
    ],
    ['nameserver => { address => "127.0.0.1" ndots => 0 }', /with a positive "ndots"/],
    ['nameserver => "dns.example.org"', /'nameserver' must be addresses of name servers, got 'dns.example.org'/],
    ['action => "add"', /'action' must be one of "append", "replace"/],
  ])('dns { %s } is refused', async (config, message) => {
    await expect(runFilter(`dns { ${config} }`, {})).rejects.toThrow(message)
  })
})
