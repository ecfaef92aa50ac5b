import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makeCodec } from '../../../../../test/plugin-fixture.ts'
import type { Codec } from '../../define.ts'

type Fields = Record<string, unknown>

function read(codec: Codec, ...chunks: (string | Buffer)[]): Fields[] {
  const decoder = codec.decoder()
  return [...chunks.flatMap((chunk) => decoder.decode(Buffer.from(chunk as string))), ...decoder.flush()].map(
    (event) => JSON.parse(event.toJson()) as Fields,
  )
}

const SCAN = `<?xml version="1.0"?>
<!DOCTYPE nmaprun>
<!-- a comment -->
<nmaprun scanner="nmap" args="nmap -A &quot;x&quot;" start="1466372704" version="7.12" xmloutputversion="1.04">
<host starttime="1466372705" endtime="1466372800"><status state="up" reason="syn-ack" reason_ttl="0"/>
<address addr="192.0.2.7" addrtype="ipv4"/><address addr="00:11:22:33:44:55" addrtype="mac" vendor="Acme"/>
<hostnames><hostname name="www.example.com" type="PTR"/></hostnames>
<ports><extraports state="closed" count="998"/>
<port protocol="tcp" portid="22"><state state="open" reason="syn-ack"/><service name="ssh" product="OpenSSH" version="9.2" method="probed" conf="10"/><script id="ssh-hostkey" output="&#xa;  256 aa:bb"/><script id="banner" output="SSH-2.0"/></port>
<port protocol="tcp" portid="443"><state state="filtered" reason="no-response"/><service name="http" tunnel="ssl" method="table" conf="3"/></port></ports>
<os><portused state="open" proto="tcp" portid="22"/><osmatch name="Linux 5" accuracy="95"><osclass type="general purpose" vendor="Linux" osfamily="Linux" osgen="5.X" accuracy="95"/></osmatch></os>
<uptime seconds="100" lastboot="Sun Jun 19 21:45:04 2016"/>
<trace port="80" proto="tcp"><hop ttl="1" ipaddr="10.0.0.1" rtt="1.50" host="gw"/><hop ttl="2" ipaddr="192.0.2.7" rtt="12.10"/></trace>
<times srtt="1500" rttvar="700" to="100000"/>
</host>
<host><status state="up" reason="arp-response"/><address addr="2001:db8::1" addrtype="ipv6"/></host>
<runstats><finished time="1466372804" timestr="x" elapsed="100.10" summary="Nmap done" exit="success"/><hosts up="2" down="1" total="3"/></runstats>
</nmaprun>
`

describe('a scan', () => {
  const events = read(makeCodec('nmap'), SCAN)
  const byType = (type: string): Fields[] => events.filter((event) => event['type'] === type)

  test('each kind of event', () => {
    expect(events.map(({ type }) => type)).toEqual([
      'nmap_scan_metadata',
      'nmap_port',
      'nmap_port',
      'nmap_traceroute_link',
      'nmap_traceroute_link',
      'nmap_host',
      'nmap_host',
    ])
  })

  test('the scan as a whole', () => {
    expect(byType('nmap_scan_metadata')[0]).toMatchObject({
      arguments: 'nmap -A "x"',
      version: '7.12',
      scan_id: expect.stringMatching(/^[\da-f-]{36}$/),
      host_stats: { up: 2, down: 1, total: 3 },
      start_time: '2016-06-19T21:45:04.000Z',
      end_time: '2016-06-19T21:46:44.000Z',
      run_stats: {
        end_time: '2016-06-19T21:46:44.000Z',
        elapsed: 100.1,
        summary: 'Nmap done',
        exit_status: 'success',
      },
    })
  })

  test('each event has an ID of its own', () => {
    const ids = events.map(({ id }) => id)
    expect(ids).not.toContain(undefined)
    expect(new Set(ids).size).toBe(events.length)
    expect(ids[0]).toBe(events[0]!['scan_id'])
  })

  test('a host', () => {
    const [host, second] = byType('nmap_host')
    expect(host).toMatchObject({
      start_time: '2016-06-19T21:45:05.000Z',
      address: '192.0.2.7',
      ip: '192.0.2.7',
      ipv4: '192.0.2.7',
      ipv6: null,
      mac: '00:11:22:33:44:55',
      addresses: [
        { type: 'ipv4', addr: '192.0.2.7', vendor: null },
        { type: 'mac', addr: '00:11:22:33:44:55', vendor: 'Acme' },
      ],
      status: { state: 'up', reason: 'syn-ack' },
      hostname: { name: 'www.example.com', type: 'PTR' },
      uptime: { seconds: 100 },
      times: { srtt: 1500, rttvar: 700, to: 100000 },
      os: {
        ports_used: [22],
        matches: [{ name: 'Linux 5', accuracy: 95 }],
        classes: [{ type: 'general purpose', vendor: 'Linux', family: 'Linux', gen: '5.X', accuracy: 95 }],
      },
      traceroute: { port: 80, protocol: 'tcp' },
      id: `${String(host!['scan_id'])}-h0`,
    })
    expect(host!['ports']).toHaveLength(2)
    expect(second).toMatchObject({
      ip: '2001:db8::1',
      ipv6: '2001:db8::1',
      start_time: '2016-06-19T21:45:04.000Z',
      os: null,
      traceroute: null,
      ports: [],
    })
  })

  test('ports and links', () => {
    const [ssh, https] = byType('nmap_port')
    expect(ssh).toMatchObject({
      ip: '192.0.2.7',
      port: {
        number: 22,
        protocol: 'tcp',
        state: 'open',
        reason: 'syn-ack',
        service: { name: 'ssh', ssl: false, product: 'OpenSSH', fingerprint_method: 'probed', confidence: 10 },
        script: { 'ssh-hostkey': '\n  256 aa:bb', banner: 'SSH-2.0' },
      },
      scan_host_id: `${String(ssh!['scan_id'])}-h0`,
      id: `${String(ssh!['scan_id'])}-h0-p0`,
    })
    expect(https).toMatchObject({ port: { number: 443, state: 'filtered', service: { ssl: true }, script: {} } })
    const [first, last] = byType('nmap_traceroute_link')
    expect(first).toMatchObject({
      from: { address: '10.0.0.1', hostname: 'gw', ttl: 1, rtt: 1, index: 0 },
      to: { address: '192.0.2.7', hostname: null, ttl: 2, rtt: 12, index: 1 },
      rtt_diff: 11,
    })
    expect(last).toMatchObject({ to: null, rtt_diff: null })
  })
})

test.each([
  ['emit_scan_metadata', 6],
  ['emit_hosts', 5],
  ['emit_ports', 5],
  ['emit_traceroute_links', 5],
])('without %s', (option, count) => {
  expect(read(makeCodec('nmap', { [option]: false }), SCAN)).toHaveLength(count)
})

test('events of one host do not share their values', () => {
  const [first, second] = makeCodec('nmap', { emit_scan_metadata: false }).decoder().decode(Buffer.from(SCAN))
  first!.data['status'] = null
  ;(first!.data['hostname'] as unknown as Fields)['name'] = 'changed'
  expect(second!.toJson()).toContain('www.example.com')
})

test('on a stream, in pieces, one scan after the other, the last one interrupted', () => {
  const codec = makeCodec('nmap', { emit_ports: false, emit_traceroute_links: false }).streaming!()
  const interrupted = SCAN.slice(0, SCAN.indexOf('<host><status'))
  const stream = Buffer.from(SCAN + SCAN + interrupted)
  const chunks: Buffer[] = []
  for (let at = 0; at < stream.length; at += 100) chunks.push(stream.subarray(at, at + 100))
  const whole = 'nmap_scan_metadata nmap_host nmap_host'
  const types = read(codec, ...chunks).map(({ type }) => type)
  expect(types.join(' ')).toBe(`${whole} ${whole} nmap_scan_metadata nmap_host`)
})

test('what is no scan is a failure, and any text is read or fails', () => {
  expect(read(makeCodec('nmap'), 'hello')[0]).toMatchObject({ message: 'hello', tags: ['_nmapparsefailure'] })
  fc.assert(
    fc.property(fc.nat(SCAN.length), fc.nat(SCAN.length), fc.string(), (from, to, noise) => {
      expect(read(makeCodec('nmap'), SCAN.slice(0, from) + noise + SCAN.slice(to)).length).toBeGreaterThan(0)
    }),
  )
})

const hasNmap = spawnSync('nmap', ['--version']).status === 0
test.skipIf(!hasNmap)('the output of the nmap of this machine', () => {
  const { stdout } = spawnSync('nmap', ['-oX', '-', '-Pn', '-n', '-p', '1,65535', '127.0.0.1'])
  const events = read(makeCodec('nmap'), stdout)
  expect(events.map(({ type }) => type)).toEqual(['nmap_scan_metadata', 'nmap_port', 'nmap_port', 'nmap_host'])
  expect(events[3]).toMatchObject({
    ip: '127.0.0.1',
    status: { state: 'up' },
    ports: [{ number: 1 }, { number: 65_535 }],
  })
})
