import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/plugin-fixture.ts'
import { createGrok, readPatternFolder } from './index.ts'

const libraries = { legacy: createGrok(), ecs: createGrok({ ecs: 'v1' }) }

const ASA_DENY =
  'Deny tcp src outside:203.0.113.7/51812 dst inside:192.0.2.20/22 by access-group "outside_in" [0x5063b82f, 0x0]'
const ASA_TEARDOWN =
  'Teardown TCP connection 88 for outside:203.0.113.7/51812 to dmz:192.0.2.20/443 duration 0:00:30 bytes 4711 TCP FINs (ann)'
const IPTABLES =
  'IN=eth0 OUT= MAC=52:54:00:12:34:56:52:54:00:65:43:21:08:00 SRC=203.0.113.7 DST=192.0.2.20 LEN=44 TOS=0x00 PREC=0x00 TTL=54 ID=4711 PROTO=TCP SPT=40122 DPT=23 WINDOW=1024 RES=0x00 SYN URGP=0 '
const HAPROXY =
  '203.0.113.7:40122 [23/Nov/2026:10:11:12.345] web~ app/app1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET /index.html?a=1 HTTP/1.1"'
const SQUID =
  '1790000000.123    240 192.0.2.7 TCP_MISS/200 5120 GET http://example.org/ ann HIER_DIRECT/203.0.113.9 text/html'

test.each<[keyof typeof libraries, string, string, object]>([
  [
    'legacy',
    'CISCOFW106023',
    ASA_DENY,
    {
      action: 'Deny',
      protocol: 'tcp',
      src_interface: 'outside',
      src_ip: '203.0.113.7',
      src_port: '51812',
      dst_port: '22',
      policy_id: 'outside_in',
      hashcode2: '0x0',
    },
  ],
  [
    'legacy',
    'CISCOFW302013_302014_302015_302016',
    ASA_TEARDOWN,
    { action: 'Teardown', connection_id: '88', duration: '0:00:30', bytes: '4711', reason: 'TCP FINs', user: 'ann' },
  ],
  [
    'legacy',
    'CISCO_TAGGED_SYSLOG',
    '<166>Nov 23 2026 10:11:12 fw1 : %ASA-4-106023:',
    { syslog_pri: '166', sysloghost: 'fw1', ciscotag: 'ASA-4-106023' },
  ],
  [
    'legacy',
    'HAPROXYHTTPBASE',
    HAPROXY,
    {
      client_ip: '203.0.113.7',
      backend_name: 'app',
      server_name: 'app1',
      http_status_code: '200',
      http_verb: 'GET',
      http_request: '/index.html?a=1',
    },
  ],
  ['legacy', 'SQUID3', SQUID, { cache_result: 'TCP_MISS', status_code: '200', user: 'ann', server: '203.0.113.9' }],
  [
    'legacy',
    'BIND9',
    '23-Nov-2026 10:11:12.345 queries: info: client 192.0.2.7#53211 (example.org): query: example.org IN AAAA +E (192.0.2.1)',
    { clientip: '192.0.2.7', clientport: '53211', querytype: 'AAAA +E', dns: '192.0.2.1' },
  ],
  [
    'legacy',
    'REDISMONLOG',
    '1790000000.5 [0 192.0.2.7:52412] "SET" "a" "b"',
    { database: '0', client: '192.0.2.7', command: 'SET', params: '"a" "b"' },
  ],
  [
    'legacy',
    'RT_FLOW3',
    'RT_FLOW_SESSION_DENY: session denied 203.0.113.7/40122->192.0.2.20/23 junos-telnet 6(0) deny-all untrust trust rest',
    { 'src-ip': '203.0.113.7', 'dst-port': '23', 'protocol-id': '6', 'policy-name': 'deny-all' },
  ],
  [
    'ecs',
    'IPTABLES',
    IPTABLES,
    {
      source: { ip: '203.0.113.7', port: 40122, mac: '52:54:00:65:43:21' },
      destination: { ip: '192.0.2.20', port: 23 },
      network: { transport: 'TCP' },
      iptables: { ttl: 54, tcp: { flags: 'SYN ', window: 1024 } },
    },
  ],
  [
    'ecs',
    'SQUID3',
    SQUID,
    {
      source: { ip: '192.0.2.7' },
      http: { response: { status_code: 200 } },
      squid: { request: { duration: 240 } },
      user: { name: 'ann' },
    },
  ],
  [
    'ecs',
    'HAPROXYHTTPBASE',
    HAPROXY,
    {
      source: { port: 40122, bytes: 2750 },
      http: { request: { method: 'GET' } },
      url: { path: '/index.html', query: 'a=1' },
      haproxy: { server_name: 'app1', total_time_ms: '109' },
    },
  ],
  [
    'ecs',
    'ZEEK_CONN',
    '1790000000.1\tCx1\t203.0.113.7\t40122\t192.0.2.20\t22\ttcp\t-\t-\t-\t-\tS0\tF\tT\t0\tS\t1\t60\t0\t0\t-',
    {
      source: { ip: '203.0.113.7', packets: 1, bytes: 60 },
      destination: { port: 22 },
      zeek: { connection: { state: 'S0', history: 'S', local_resp: 'T' } },
    },
  ],
])('%s %s reads its line', (library, name, text, expected) => {
  const match = libraries[library].compile(`^%{${name}}`).match(text)
  expect(JSON.parse(JSON.stringify(match))).toMatchObject(expected)
})

test('a hostile reason of an ASA message does not hold the pattern up', () => {
  const pattern = libraries.legacy.compile('%{CISCOFW419002}')
  expect(pattern.match(`${'a '.repeat(20_000)}!`)).toBeNull()
})

test('a file of patterns: comments, a name alone, the last of two; by folder, file and glob', () => {
  using temporary = temporaryFolder()
  const folder = temporary.path
  writeFileSync(join(folder, 'a.grok'), '# A a\nA  a b \r\n\nEMPTY\nB b\n')
  writeFileSync(join(folder, 'b.txt'), 'B c')
  const a = { A: 'a b', EMPTY: '', B: 'b' }
  for (const [path, glob] of [[join(folder, 'a.grok')], [folder, '*.grok'], [join(folder, '*.grok')]] as const)
    expect(Object.fromEntries(readPatternFolder(path, glob))).toEqual(a)
  expect(readPatternFolder(folder).get('B')).toBe('c')
})

test('a folder of patterns that is not there', () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'none')
  expect(() => readPatternFolder(path)).toThrow(`patterns in '${path}' cannot be read: it does not exist`)
  const absent: string[] = []
  expect(readPatternFolder(path, '*', (gone) => absent.push(gone)).size).toBe(0)
  expect(absent).toEqual([path])
})
