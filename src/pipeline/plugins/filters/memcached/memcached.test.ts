import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { spawnSync } from 'node:child_process'
import { deflateSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EngineUnavailable, startMemcached, type Memcached } from '../../../../../test/engines/index.ts'
import { filterFixture, runFilter } from '../../../../../test/filter-fixture.ts'
import { ManualClock } from '../../../../clock/index.ts'
import { Double, stringifyJson, toValue, type Value } from '../../../../event/index.ts'
import { MemcachedClient, parseServer } from './client.ts'
import { dump, load } from './marshal.ts'

let server: Memcached | undefined
let unavailable = ''
beforeAll(async () => {
  try {
    server = await startMemcached()
  } catch (error) {
    if (!(error instanceof EngineUnavailable)) throw error
    unavailable = error.message
  }
}, 60_000)
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
})

const store = (key: string, value: string, flags = 0): Promise<string> =>
  server!.say(`set ${key} ${flags} 0 ${Buffer.byteLength(value)}`, value)
const run = (config: string, event: object): Promise<object> =>
  runFilter(`memcached { hosts => "127.0.0.1:${server!.port}" ${config} }`, event)

describe('memcached', () => {
  test('reads into fields, by keys with references', async ({ skip }) => {
    skip(server === undefined, unavailable)
    await store('success/true/answer', '42')
    await store('threats:host:evil.example', 'botnet — ü')
    const config = 'get => { "success/%{success}/answer" => "[ultimate][answer]" } add_tag => "hit"'
    expect(await run(config, { success: 'true' })).toEqual({
      success: 'true',
      ultimate: { answer: '42' },
      tags: ['hit'],
    })
    expect(await run(config, { success: 'no' })).toEqual({ success: 'no' })
    expect(await run('namespace => "threats" get => { "host:%{h}" => "t" }', { h: 'evil.example' })).toEqual({
      h: 'evil.example',
      t: 'botnet — ü',
    })
  })

  test('writes fields, before it reads; what is not there is not written', async ({ skip }) => {
    skip(server === undefined, unavailable)
    const config = 'namespace => "w" set => { "[a][b]" => "k:%{id}" } get => { "k:%{id}" => "back" } add_tag => "ok"'
    expect(await run(config, { id: 1, a: { b: 'text' } })).toEqual({
      id: 1,
      a: { b: 'text' },
      back: 'text',
      tags: ['ok'],
    })
    expect(await server!.say('get w:k:1')).toMatch(/^VALUE w:k:1 0 4\r\ntext\r\n/)
    expect(await run(config, { id: 2 })).toEqual({ id: 2 })
  })

  test('a batch keeps the order of its events', async ({ skip }) => {
    skip(server === undefined, unavailable)
    await using filter = filterFixture(
      `memcached { hosts => "127.0.0.1:${server!.port}" get => { "last" => "before" } }
       memcached { hosts => "127.0.0.1:${server!.port}" set => { "n" => "ordered" } get => { "ordered" => "now" } }`,
    )
    const events = Array.from({ length: 300 }, (_, n) => ({ n }))
    expect((await filter.run(...events)).map(({ now }) => now)).toEqual(events.map(({ n }) => n))
  })

  test('what is no text comes back as it was, as Logstash would find it', async ({ skip }) => {
    skip(server === undefined, unavailable)
    const value = { n: 7, f: 1.5, list: ['a', null, true], deep: { ü: -3 } }
    const config = 'set => { "v" => "%{key}" } get => { "%{key}" => "back" }'
    expect(await run(config, { key: 'hash', v: value })).toMatchObject({ back: value })
    expect(await server!.say('get hash')).toMatch(/^VALUE hash 1 /)
    const packed = deflateSync('packed text'.repeat(20)).toString('latin1')
    const client = new MemcachedClient([{ host: '127.0.0.1', port: server!.port }], '', new ManualClock())
    await client.set('packed', { value: Buffer.from(packed, 'latin1'), flags: 2 }, 0)
    await client.set('bad', { value: Buffer.from('no marshal'), flags: 1 }, 0)
    client.close()
    expect(await run('get => { "packed" => "back" }', {})).toEqual({ back: 'packed text'.repeat(20) })
    expect(await run('get => { "bad" => "back" }', {})).toEqual({ tags: ['_memcached_failure'] })
  })

  test('a time to live; keys with spaces, and ones that are too long', async ({ skip }) => {
    skip(server === undefined, unavailable)
    await run('set => { "v" => "short" } ttl => 1', { v: 'x' })
    await run('set => { "v" => "month" } ttl => 5000000', { v: 'x' })
    expect(await server!.say('get short')).toContain('VALUE short')
    // The clock of the filter stands in the past, so that a moment in time is over.
    expect(await server!.say('get month')).toBe('END\r\n')
    const config = 'set => { "v" => "%{k}" } get => { "%{k}" => "back" }'
    expect(await run(config, { k: 'my key', v: 'x' })).toMatchObject({ back: 'x' })
    expect(await run(config, { k: 'ü'.repeat(300), v: 'long' })).toMatchObject({ back: 'long' })
    expect(await run(config, { k: '', v: 'x' })).toMatchObject({ tags: ['_memcached_failure'] })
  })

  test('answers are kept where a cache is wanted, absence too', async ({ skip }) => {
    skip(server === undefined, unavailable)
    const clock = new ManualClock()
    await store('cached', 'one')
    await using filter = filterFixture(
      `memcached { hosts => "127.0.0.1:${server!.port}" get => { "cached" => "c" "absent" => "a" } lru_cache_ttl => 10 }`,
      { clock },
    )
    expect(await filter.run({})).toEqual([{ c: 'one' }])
    await store('cached', 'two')
    await store('absent', 'now')
    expect(await filter.run({})).toEqual([{ c: 'one' }])
    await clock.advance(10_000)
    expect(await filter.run({})).toEqual([{ c: 'two', a: 'now' }])
  })

  test('several servers: each key has its own', async ({ skip }) => {
    skip(server === undefined, unavailable)
    await using second = await startMemcached()
    const hosts = `hosts => ["127.0.0.1:${server!.port}", "127.0.0.1:${second.port}"]`
    await using filter = filterFixture(`memcached { ${hosts} set => { "n" => "s%{n}" } get => { "s%{n}" => "back" } }`)
    const events = await filter.run(...Array.from({ length: 40 }, (_, n) => ({ n: `${n}` })))
    expect(events.every(({ n, back }) => n === back)).toBe(true)
    const counts = await Promise.all(
      [server!, second].map(async ({ say }) => Number(/curr_items (\d+)/.exec(await say('stats'))![1])),
    )
    expect(Math.min(...counts)).toBeGreaterThan(5)
  })

  test('a server that goes away: events are tagged at once, and it is found again', async ({ skip }) => {
    skip(server === undefined, unavailable)
    const clock = new ManualClock()
    const first = await startMemcached()
    const config = 'set => { "v" => "k" } get => { "k" => "back" } tag_on_failure => "away"'
    await using filter = filterFixture(`memcached { hosts => "127.0.0.1:${first.port}" ${config} }`, { clock })
    expect(await filter.run({ v: 'x' })).toEqual([{ v: 'x', back: 'x' }])
    await first[Symbol.asyncDispose]()
    expect(await filter.run({ v: 'x' }, { v: 'y' })).toEqual([
      { v: 'x', tags: ['away'] },
      { v: 'y', tags: ['away'] },
    ])
    await using again = await startMemcached(first.port)
    expect(await filter.run({ v: 'x' })).toEqual([{ v: 'x', tags: ['away'] }])
    await clock.advance(1_000)
    expect(await filter.run({ v: 'x' })).toEqual([{ v: 'x', back: 'x' }])
    expect(filter.log).toEqual([
      expect.stringMatching(/^error: memcached: 127\.0\.0\.1:\d+: .*; events are tagged until it answers$/),
      'info: memcached answers again',
    ])
    expect(again.port).toBe(first.port)
  })

  test.each<[what: string, answer: Buffer | undefined]>([
    ['keeps silent', undefined],
    ['speaks another protocol', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    [
      'announces without end',
      Buffer.concat([Buffer.from([0x81, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255]), Buffer.alloc(12)]),
    ],
  ])('a server that %s: the event is tagged', async (_what, answer) => {
    const fake = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', () => answer !== undefined && socket.write(answer))
    }).listen(0, '127.0.0.1')
    await once(fake, 'listening')
    const { port } = fake.address() as AddressInfo
    const config = `memcached { hosts => "127.0.0.1:${port}" get => { "k" => "v" } }`
    expect(await runFilter(config, {})).toEqual({ tags: ['_memcached_failure'] })
    fake.close()
  })

  test.each([
    ['localhost', { host: 'localhost', port: 11_211 }],
    ['10.0.0.1:11212', { host: '10.0.0.1', port: 11_212 }],
    ['::1', { host: '::1', port: 11_211 }],
    ['[::1]:11212', { host: '::1', port: 11_212 }],
    ['/run/memcached.sock', { host: '', port: 0, path: '/run/memcached.sock' }],
    ['host:port', undefined],
    ['host:70000', undefined],
    ['', undefined],
  ])('%s as a server', (text, expected) => {
    expect(parseServer(text)).toEqual(expected)
  })

  test.each([
    ['hosts => []', /'hosts' must be one or more addresses/],
    ['hosts => "a:b"', /'hosts' must be a list in which each value is an address such as "host:11211"/],
    ['ttl => -1', /'ttl' must be an integer of at least 0/],
  ])('memcached { %s } is refused', async (config, message) => {
    await expect(runFilter(`memcached { ${config} }`, {})).rejects.toThrow(message)
  })
})

const VALUES: readonly Value[] = [
  null,
  true,
  0,
  1,
  122,
  123,
  255,
  256,
  -1,
  -123,
  -124,
  -256,
  -257,
  70_000,
  2 ** 30 - 1,
  2 ** 30,
  -(2 ** 30),
  -(2 ** 31),
  2 ** 52,
  12_345_678_901_234_567_890n,
  1.5,
  -0.25,
  new Double(3),
  'text ü',
  '',
  toValue([1, ['a'], {}]),
  toValue({ a: { b: [null, false] } }),
]

test.each(VALUES.map((value) => [stringifyJson(value), value] as const))('%s as Ruby keeps it', (_text, value) => {
  expect(load(dump(value))).toEqual(value)
})

test('references and symbols, as Ruby writes them', () => {
  // Marshal.dump([s = "ab", s, :sym, :sym]) and Marshal.dump({ k: 1 })
  expect(load(Buffer.from('\x04\b[\tI"\x07ab\x06:\x06ET@\x06:\bsym;\x06', 'latin1'))).toEqual([
    'ab',
    'ab',
    'sym',
    'sym',
  ])
  expect(load(Buffer.from('\x04\b{\x06:\x06ki\x06', 'latin1'))).toEqual(toValue({ k: 1 }))
})

test.each(['', '\x04', '\x04\b', '\x04\b"\x10a', '\x04\bo:\x06A\x00', '\x04\b@\x06', `\x04\b${'[\x06'.repeat(5000)}0`])(
  'bytes that are no value are refused',
  (text) => {
    expect(() => load(Buffer.from(text, 'latin1'))).toThrow(Error)
  },
)

test.skipIf(spawnSync('ruby', ['-v']).status !== 0)('a real Ruby reads what is written and is read', () => {
  for (const value of VALUES) {
    const { stdout } = spawnSync(
      'ruby',
      ['-e', '$stdout.binmode; print Marshal.dump(Marshal.load(STDIN.binmode.read))'],
      {
        input: dump(value),
      },
    )
    expect(load(stdout)).toEqual(value)
  }
})
