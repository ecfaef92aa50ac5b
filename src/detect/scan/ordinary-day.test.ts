import { expect, test } from 'vitest'
import { toValue, type ValueObject } from '../../event/index.ts'
import type { SeenEvent } from '../detector.ts'
import { createScanDetector } from './index.ts'

/** Numbers from 0 to 1, the same in each run (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), 1 | state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32
  }
}

const DAY = Date.UTC(2026, 10, 24)

/** A day of an office in flows: browsing behind NAT, resolving, peer-to-peer, monitoring, service discovery, backup. */
function ordinaryDay(): SeenEvent[] {
  const next = random(7)
  const below = (limit: number): number => Math.floor(next() * limit)
  const events: SeenEvent[] = []
  const flow = (
    second: number,
    source: string,
    destination: string,
    port: number,
    state: string,
    transport = 'tcp',
  ): void => {
    const fields = toValue({
      source: { ip: source, port: 32_768 + below(28_000) },
      destination: { ip: destination, port },
      network: { transport },
      zeek: { connection: { state } },
    }) as ValueObject
    events.push({ fields, time: DAY + second * 1000, index: 'flows' })
  }
  const outside = (): string => `${20 + below(80)}.${below(256)}.${below(256)}.${1 + below(250)}`
  for (let second = 0; second < 86_400; second++) {
    const busy = second > 28_800 && second < 64_800
    // Browsing of sixty people behind one address, a few servers down.
    if (busy && second % 3 === 0)
      flow(second, '10.0.0.1', outside(), next() < 0.9 ? 443 : 80, next() < 0.97 ? 'SF' : 'S0')
    // A resolver asks the world.
    if (busy && second % 2 === 0) flow(second, '10.0.0.2', outside(), 53, next() < 0.95 ? 'SF' : 'S0', 'udp')
    // A peer-to-peer client: many peers, any port, half of them gone.
    if (second % 4 === 0)
      flow(
        second,
        '10.0.3.9',
        outside(),
        1024 + below(60_000),
        next() < 0.5 ? 'SF' : 'S0',
        next() < 0.5 ? 'udp' : 'tcp',
      )
    // Peers that ask in turn.
    if (second % 20 === 0) flow(second, outside(), '10.0.3.9', 51_413, next() < 0.8 ? 'SF' : 'REJ')
    // Monitoring: 60 hosts, three checks each a minute, two hosts down.
    if (second % 60 === 0)
      for (let host = 1; host <= 60; host++)
        for (const port of [22, 9100, 443]) flow(second, '10.0.0.5', `10.0.1.${host}`, port, host > 58 ? 'S0' : 'SF')
    // Service discovery by multicast and broadcast.
    if (second % 30 === 0) {
      flow(second, `10.0.2.${1 + below(100)}`, '239.255.255.250', 1900, 'S0', 'udp')
      flow(second, `10.0.2.${1 + below(100)}`, '10.0.2.255', 137, 'S0', 'udp')
    }
    // Backup at night: FTP's passive ports, all of which answer.
    if (second < 7200) flow(second, '10.0.1.7', '10.0.0.9', 40_000 + (second % 3000), 'SF')
    // What the internet always sends: one port of one host, many sources.
    if (second % 90 === 0) flow(second, outside(), '10.0.0.1', [22, 23, 445, 3389][below(4)]!, 'S0')
  }
  return events
}

/** The same day as exporters tell of it that know one direction: a record for each side that spoke. */
const ONE_WAY: { readonly [source: string]: (way: Way) => object } = {
  netflow: ({ from, to, protocol, packets, bytes, flags }) => ({
    netflow: {
      ipv4_src_addr: from.ip,
      ipv4_dst_addr: to.ip,
      l4_src_port: from.port,
      l4_dst_port: to.port,
      protocol,
      in_pkts: packets,
      in_bytes: bytes,
      tcp_flags: flags,
    },
  }),
  'VPC flow logs': ({ from, to, protocol, packets, bytes }) => ({
    srcaddr: from.ip,
    dstaddr: to.ip,
    srcport: from.port,
    dstport: to.port,
    protocol,
    packets,
    bytes,
    action: 'ACCEPT',
  }),
}

interface Way {
  readonly from: { readonly ip: string; readonly port: number }
  readonly to: { readonly ip: string; readonly port: number }
  readonly protocol: number
  readonly packets: number
  readonly bytes: number
  readonly flags: number
}

function waysOf({ fields }: SeenEvent): Way[] {
  const { source, destination, network, zeek } = fields as unknown as {
    source: Way['from']
    destination: Way['to']
    network: { transport: string }
    zeek: { connection: { state: string } }
  }
  const { state } = zeek.connection
  const tcp = network.transport === 'tcp'
  const protocol = tcp ? 6 : 17
  const way = (from: Way['from'], to: Way['to'], packets: number, bytes: number, flags: number): Way => ({
    from,
    to,
    protocol,
    packets,
    bytes,
    flags: tcp ? flags : 0,
  })
  if (state === 'S0') return [way(source, destination, 1, 60, 0x02)]
  if (state === 'REJ') return [way(source, destination, 1, 60, 0x02), way(destination, source, 1, 40, 0x14)]
  const size = tcp ? 8 : 1
  return [way(source, destination, size, size * 90, 0x1b), way(destination, source, size, size * 400, 0x1b)]
}

test.each(Object.keys(ONE_WAY))('a morning of it in records of one direction raises no alert: %s', (source) => {
  const detector = createScanDetector()
  const findings = []
  const [from, to] = [DAY + 7 * 3_600_000, DAY + 11 * 3_600_000]
  const events = ordinaryDay().filter(({ time }) => time >= from && time < to)
  expect(events.length).toBeGreaterThan(40_000)
  for (let at = 0; at < events.length; at += 500) {
    const batch = events
      .slice(at, at + 500)
      .flatMap((event) =>
        waysOf(event).map((way) => ({ ...event, fields: toValue(ONE_WAY[source]!(way)) as ValueObject })),
      )
    findings.push(...detector.see(batch), ...detector.tick(batch[0]!.time))
  }
  expect(findings.map(({ reason }) => reason)).toEqual([])
})

test('an ordinary day raises no alert', () => {
  const detector = createScanDetector()
  const events = ordinaryDay()
  const findings = []
  for (let at = 0; at < events.length; at += 500) {
    const batch = events.slice(at, at + 500)
    findings.push(...detector.see(batch), ...detector.tick(batch[0]!.time))
  }
  expect(events.length).toBeGreaterThan(250_000)
  expect(findings.map(({ reason }) => reason)).toEqual([])
  // The same day with a scan in it raises one.
  const scan = Array.from({ length: 30 }, (_, i) => ({
    ...events[0]!,
    time: DAY + 86_400_000 + i,
    fields: toValue({
      src_ip: '198.51.100.7',
      dst_ip: '10.0.0.1',
      dst_port: i,
      proto: 'tcp',
      conn_state: 'REJ',
    }) as ValueObject,
  }))
  expect(detector.see(scan).map(({ rule }) => rule.id)).toEqual(['vedetta-scan-vertical'])
})
