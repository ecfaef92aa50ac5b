import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Finding } from '../../alert/index.ts'
import { toValue, type ValueObject } from '../../event/index.ts'
import { packetsOf, RECORDED } from '../../../test/scan-records.ts'
import { parseTcpdumpLine, type Packet } from '../../packet/index.ts'
import { createScanDetector } from './index.ts'

const START = Date.UTC(2026, 10, 24, 8)
const STATES = new URL('../../../test/fixtures/states/', import.meta.url)
const LINES = new URL('../../content/captures/nmap-p1-500.tcpdump.txt', import.meta.url)

function event(seconds: number, fields: Record<string, unknown>): { fields: ValueObject; time: number; index: string } {
  return { fields: toValue(fields) as ValueObject, time: START + seconds * 1000, index: 'vedetta-flows' }
}

function flow(seconds: number, source: string, destination: string, port: number, state: string, proto = 'tcp') {
  return event(seconds, {
    source: { ip: source, port: 40_000 },
    destination: { ip: destination, port },
    network: { transport: proto },
    zeek: { connection: { state } },
  })
}

function shape({ rule, phase, count }: Finding): string {
  return `${rule.id} ${phase} ${count}`
}

describe('events with outcomes', () => {
  test('the 15th failed port within a minute, not the 14th; then growing steps, and an end', () => {
    const detector = createScanDetector()
    const probes = Array.from({ length: 60 }, (_, i) => flow(i * 0.1, '198.51.100.7', '10.0.0.5', i + 1, 'REJ'))
    expect(detector.see(probes.slice(0, 14))).toEqual([])
    const findings = detector.see(probes.slice(14))
    expect(findings.map(shape)).toEqual(['vedetta-scan-vertical open 15', 'vedetta-scan-vertical update 50'])
    expect(findings[0]).toMatchObject({
      severity: 'medium',
      culprits: ['198.51.100.7'],
      targets: ['10.0.0.5'],
      threshold: 15,
      fields: { network: { direction: 'inbound' }, vedetta: { scan: { type: 'vertical', ports: { ranges: '1-15' } } } },
    })
    const [end] = detector.tick(START + 2 * 3_600_000)
    expect([end!.phase, end!.count, end!.episodeStart]).toEqual(['end', 60, findings[0]!.episodeStart])
    expect(detector.see([flow(7300, '198.51.100.7', '10.0.0.5', 443, 'SF')])).toEqual([])
  })

  test('a connection to an open port that follows is told at once', () => {
    const detector = createScanDetector()
    detector.see(Array.from({ length: 30 }, (_, i) => flow(i, '198.51.100.7', '10.0.0.5', i + 1, 'S0')))
    const followed = event(60, {
      source: { ip: '198.51.100.7' },
      destination: { ip: '10.0.0.5', port: 22, bytes: 4000 },
      network: { transport: 'tcp' },
      zeek: { connection: { state: 'SF' } },
    })
    expect(detector.see([followed]).map(({ severity, urgent }) => [severity, urgent])).toEqual([['critical', true]])
    expect(detector.see([followed])).toEqual([])
  })

  test.each([
    ['15 s between probes (nmap -T1)', 15],
    ['300 s between probes (nmap -T0)', 300],
  ])('slow: %s', (_, delay) => {
    const detector = createScanDetector()
    const findings = Array.from({ length: 30 }, (_, i) =>
      flow(i * delay, '198.51.100.7', '10.0.0.5', i + 1, 'REJ'),
    ).flatMap((probe) => [...detector.see([probe]), ...detector.tick(probe.time)])
    expect(findings.map(({ rule, phase }) => `${rule.id} ${phase}`)).toEqual(['vedetta-scan-vertical open'])
    expect(findings[0]!.fields['vedetta']).toMatchObject({ scan: { pace: 'slow' } })
  })

  test('horizontal, block and distributed', () => {
    const sweep = Array.from({ length: 25 }, (_, i) => flow(i, '10.0.9.7', `10.0.0.${i + 1}`, 22, 'S0'))
    expect(createScanDetector().see(sweep).map(shape)).toEqual(['vedetta-scan-horizontal open 25'])
    const block = Array.from({ length: 60 }, (_, i) =>
      flow(i / 2, '198.51.100.7', `10.0.0.${(i % 10) + 1}`, 20 + ((i * 7) % 60), 'S0'),
    )
    expect(
      createScanDetector()
        .see(block)
        .map(({ rule }) => rule.id)[0],
    ).toBe('vedetta-scan-block')
    const many = Array.from({ length: 80 }, (_, i) =>
      flow(i / 2, `198.51.100.${(i % 20) + 1}`, '10.0.0.5', 1000 + i, 'S0'),
    )
    const [found] = createScanDetector().see(many)
    expect([found!.rule.id, found!.culprits.length]).toEqual(['vedetta-scan-distributed-target', 20])
  })

  describe('first contacts with hosts', () => {
    const contacts = (states: string, source = '198.51.100.7', port = (i: number): number => 22 + (i % 2)) =>
      [...states].map((state, i) => flow(i * 600, source, `10.0.0.${i + 1}`, port(i), state === '-' ? 'REJ' : 'SF'))

    test.each([
      ['ten that fail', '----------', ['vedetta-scan-horizontal open 5']],
      ['nine that fail', '---------', []],
      ['good ones before buy no credit', `${'+'.repeat(50)}----------`, ['vedetta-scan-horizontal open 5']],
      ['a good one takes back nearly two failures', `-----+-----`, []],
      ['as likely good as not', '-+'.repeat(40), []],
    ])('from outside: %s', (_, states, expected) => {
      expect(createScanDetector().see(contacts(states)).map(shape)).toEqual(expected)
    })

    test('of many ports: a block', () => {
      const [found] = createScanDetector().see(contacts('-'.repeat(12), '198.51.100.7', (i) => 20 + i))
      expect([found!.rule.id, found!.targets.length, found!.ports!.length]).toEqual(['vedetta-scan-block', 10, 10])
      expect(found!.reason).toContain('failed at 10 more hosts than it fared well at')
      expect(found!.fields['vedetta']).toMatchObject({ scan: { pace: 'slow', likelihood: 59_049 } })
    })

    test('the own networks are allowed ten times as many', () => {
      const states = '-'.repeat(95)
      const slow = contacts(states, '10.0.9.7', (i) => 20 + (i % 40)).map((each) => ({
        ...each,
        time: each.time * 2 - START,
      }))
      expect(createScanDetector({ hosts: 1000, ports: 1000 }).see(slow)).toEqual([])
      expect(createScanDetector().see(slow.slice(0, 80))).toEqual([])
    })

    test('packets: refusals count as they come back', () => {
      const lines = Array.from({ length: 10 }, (_, i) => {
        const at = `2026-11-24 08:0${i}:00.000000`
        const ends = ['198.51.100.7.40000', `10.0.0.${i + 1}.22`]
        return [
          `${at} IP ${ends[0]} > ${ends[1]}: Flags [S], seq 1, win 64240, options [mss 1460,sackOK], length 0`,
          `${at} IP ${ends[1]} > ${ends[0]}: Flags [R.], seq 0, ack 2, win 0, length 0`,
        ]
      })
      const packets = lines.flat().map((line) => parseTcpdumpLine(line)!)
      expect(createScanDetector().seePackets(packets).map(shape)).toEqual(['vedetta-scan-horizontal open 10'])
    })

    test('what is known of a source outlives a restart', () => {
      const before = createScanDetector()
      const states = contacts('-'.repeat(10), '2001:db8::7')
      expect(before.see(states.slice(0, 9))).toEqual([])
      const after = createScanDetector()
      after.restore(before.snapshot())
      expect(after.see(states.slice(9))).toHaveLength(1)
    })
  })

  test('a monitor of many hosts, of which one in twenty is down, sweeps nothing', () => {
    const checks = Array.from({ length: 800 }, (_, i) =>
      flow(i / 20, '10.0.0.5', `10.1.${i >> 8}.${(i & 127) + 1}`, 9100, i % 20 === 0 ? 'S0' : 'SF'),
    )
    expect(createScanDetector().see(checks)).toEqual([])
  })

  test('allowed sources raise nothing and are counted', () => {
    const detector = createScanDetector({ allowed: ['198.51.100.0/24'] })
    expect(
      detector.see(Array.from({ length: 100 }, (_, i) => flow(i, '198.51.100.7', '10.0.0.5', i + 1, 'REJ'))),
    ).toEqual([])
    expect(detector.stats['allowed']).toBe(100)
  })

  test.each([
    ['the seed', { src_ip: '198.51.100.7', dst_ip: '10.0.0.5', tags: ['tcp_connection_started'] }, 'dst_port', 51],
    [
      'Suricata',
      { src_ip: '198.51.100.7', dest_ip: '10.0.0.5', proto: 'TCP', event_type: 'flow', flow: { pkts_toclient: 0 } },
      'dest_port',
      15,
    ],
    ['VPC flow logs', { srcaddr: '198.51.100.7', dstaddr: '10.0.0.5', protocol: 6, action: 'REJECT' }, 'dstport', 15],
    ['iptables', { SRC: '198.51.100.7', DST: '10.0.0.5', PROTO: 'TCP' }, 'DPT', 15],
    ['Zeek', { 'id.orig_h': '198.51.100.7', 'id.resp_h': '10.0.0.5', proto: 'tcp', conn_state: 'S0' }, 'id.resp_p', 15],
  ])('the names of %s', (_, fields, port, threshold) => {
    const detector = createScanDetector()
    const findings = detector.see(Array.from({ length: 200 }, (_, i) => event(i * 0.1, { ...fields, [port]: i + 1 })))
    expect([findings[0]?.rule.id, findings[0]?.count]).toEqual(['vedetta-scan-vertical', threshold])
  })

  test('a state that is restored goes on with its episode', () => {
    const probes = Array.from({ length: 60 }, (_, i) => flow(i * 0.1, '198.51.100.7', '10.0.0.5', i + 1, 'REJ'))
    const first = createScanDetector()
    const [open] = first.see(probes.slice(0, 30))
    const second = createScanDetector()
    second.restore(first.snapshot())
    const findings = second.see(probes.slice(30))
    expect(findings.map(shape)).toEqual(['vedetta-scan-vertical update 50'])
    expect(findings[0]!.episodeStart).toBe(open!.episodeStart)
    for (const other of [{ version: 99 }, new Uint8Array(0), Buffer.from('\xff\xff\xff\xff{}', 'latin1')])
      expect(() => second.restore(other)).toThrow('unknown form')
  })

  test('a state of version 2 as it lies on disk is taken up', () => {
    const detector = createScanDetector()
    detector.restore(readFileSync(new URL('scan.v2.state', STATES)))
    expect(detector.stats).toMatchObject({ tracked: 6, episodes: 1 })
    const next = detector.see([
      flow(4, '2001:db8::7', '2001:db8::5', 15, 'REJ'),
      flow(4, '203.0.113.9', '10.0.1.25', 22, 'REJ'),
    ])
    expect(next.map(shape)).toEqual(['vedetta-scan-vertical open 15', 'vedetta-scan-horizontal open 25'])
    expect(next[0]).toMatchObject({ culprits: ['2001:db8::7'], targets: ['2001:db8::5'] })
    expect(next[1]!.targets).toContain('10.0.1.1')
    const [end] = detector.tick(START + 2 * 3_600_000)
    expect([end!.phase, end!.count, end!.culprits]).toEqual(['end', 30, ['198.51.100.7']])
  })
})

test('the recorded scan in lines of tcpdump names shape, technique and tool', () => {
  const detector = createScanDetector()
  const packets = readFileSync(LINES, 'utf8')
    .split('\n')
    .map(parseTcpdumpLine)
    .filter((packet) => packet !== undefined)
  const findings = detector.seePackets(packets)
  expect(findings.map(shape)).toEqual([
    'vedetta-scan-vertical open 51',
    'vedetta-scan-vertical update 100',
    'vedetta-scan-vertical update 250',
    'vedetta-scan-vertical update 500',
  ])
  expect(findings[0]!.fields['vedetta']).toMatchObject({ scan: { technique: 'syn', tool: 'nmap' } })
})

test('a server whose packets look like those of nmap answers many clients behind one address', () => {
  const line = (i: number, from: string, to: string, rest: string): Packet =>
    parseTcpdumpLine(
      `2026-11-24 08:00:${String(Math.floor(i)).padStart(2, '0')}.000000 IP ${from} > ${to}: Flags ${rest}`,
    )!
  const packets = Array.from({ length: 300 }, (_, i) => i).flatMap((i) => {
    const [client, server] = [`198.51.100.7.${20_000 + i}`, '10.0.0.5.8443']
    return [
      line(i / 10, client, server, '[S], seq 1, win 64240, options [mss 1460,nop,wscale 8,nop,nop,sackOK], length 0'),
      line(i / 10, server, client, '[S.], seq 1, ack 2, win 64240, options [mss 1460,nop,wscale 8], length 0'),
      line(i / 10, client, server, '[.], ack 1, win 1024, length 0'),
      line(i / 10, server, client, '[.], ack 100, win 1024, length 0'),
      line(i / 10, server, client, '[F.], seq 1, ack 100, win 1024, length 0'),
      // The capture began in the middle of others.
      line(i / 10, '10.0.0.6.443', client, '[.], ack 100, win 1024, length 0'),
    ]
  })
  expect(createScanDetector().seePackets(packets)).toEqual([])
})

test('port scans of host after host become one alert, and those of single hosts end', () => {
  const detector = createScanDetector()
  const probes = Array.from({ length: 400 }, (_, i) =>
    flow(i / 100, '10.0.9.7', `10.0.0.${1 + Math.floor(i / 20)}`, 1 + (i % 20), 'REJ'),
  )
  const findings = detector.see(probes)
  const active = new Map<string, string>()
  for (const { rule, entity, phase } of findings) active.set(`${rule.id} ${entity.value}`, phase)
  const open = [...active].filter(([, phase]) => phase !== 'end').map(([name]) => name)
  expect(open).toEqual(['vedetta-scan-block 10.0.9.7'])
  expect(active.size).toBe(6)
  const [end] = detector.tick(START + 2 * 3_600_000)
  expect(end).toMatchObject({ phase: 'end', culprits: ['10.0.9.7'], fields: { vedetta: { scan: { attempts: 400 } } } })
  expect([end!.targets.length, end!.ports!.length]).toEqual([20, 20])
})

test('more scans at once than are kept: what gives way ends', () => {
  const detector = createScanDetector()
  const phases = { open: 0, update: 0, end: 0 }
  for (let scanner = 0; scanner < 10_050; scanner++) {
    const source = `198.18.${scanner >> 7}.${1 + (scanner & 127)}`
    const probes = Array.from({ length: 15 }, (_, i) =>
      flow(scanner / 100, source, `10.1.${scanner % 200}.9`, 1 + ((scanner * 15 + i) % 60_000), 'REJ'),
    )
    for (const { phase } of detector.see(probes)) phases[phase]++
  }
  expect(detector.stats['episodes']).toBeLessThanOrEqual(10_000)
  expect(phases.open - phases.end).toBe(detector.stats['episodes'])
})

test('spoofed sources stay within the bound, and a known scanner is kept', () => {
  const detector = createScanDetector({ tracked: 1000 })
  detector.see(Array.from({ length: 20 }, (_, i) => flow(i * 0.1, '198.51.100.7', '10.0.0.5', i + 1, 'REJ')))
  for (let i = 0; i < 20_000; i++)
    detector.see([flow(3 + i / 1000, `203.${i >> 16}.${(i >> 8) & 255}.${i & 127}`, '10.0.0.5', 443, 'S0')])
  expect(detector.stats['tracked']).toBeLessThanOrEqual(3000)
  expect(detector.stats['evicted']).toBeGreaterThan(0)
  const more = detector.see(
    Array.from({ length: 40 }, (_, i) => flow(30 + i * 0.1, '198.51.100.7', '10.0.0.5', 100 + i, 'REJ')),
  )
  expect(more.map(shape)).toEqual(['vedetta-scan-vertical update 50'])
})

test('decoys that come later belong to the scan, a flood of made-up ones is not listed whole', () => {
  const sample = packetsOf('nmap-decoys').find(({ flags }) => flags === 2)!
  const detector = createScanDetector()
  const probe = (source: number, port: number, seconds: number): Packet => ({
    ...sample,
    time: START + seconds * 1000,
    source: `198.18.${source >> 8}.${source & 255}`,
    destinationPort: port,
  })
  const three = Array.from({ length: 30 }, (_, i) => probe(1 + (i % 3), 1 + Math.floor(i / 3), i / 100))
  expect(detector.seePackets(three).map(({ culprits }) => culprits.length)).toEqual([3])
  const flood = Array.from({ length: 12_000 }, (_, i) => probe(10 + Math.floor(i / 4), 100 + (i % 4), 1 + i / 1000))
  expect(detector.seePackets(flood)).toEqual([])
  const [end] = detector.tick(START + 2 * 3_600_000)
  expect([end!.rule.id, end!.culprits.length]).toEqual(['vedetta-scan-decoy', 1000])
  expect(detector.stats).toMatchObject({ episodes: 0 })
})

const CAPTURES = new URL('../../../test/fixtures/scans/', import.meta.url)

describe('real scans, recorded between two network namespaces', () => {
  const files = readdirSync(CAPTURES).filter((name) => name.endsWith('.pcap') && name !== 'backscatter.pcap')
  test('every technique and tool is recorded', () => {
    expect(files.map((name) => name.slice(0, -5)).sort()).toEqual(Object.keys(RECORDED).sort())
  })
  test.each(files)('%s', (file) => {
    const [type, technique, tool] = RECORDED[file.slice(0, -5)]!
    const packets = packetsOf(file.slice(0, -5))
    const findings = createScanDetector().seePackets(packets)
    const scans = findings.map(({ fields, culprits }) => ({
      scan: (fields['vedetta'] as ValueObject)['scan'],
      culprits,
    }))
    expect(scans[0]).toMatchObject({ scan: { type, technique, ...(tool === undefined ? {} : { tool }) } })
    expect(new Set(scans.map(({ scan }) => (scan as ValueObject)['type'])).size).toBe(1)
    expect(scans[0]!.culprits).toContain(file.includes('ipv6') ? 'fd77::2' : '10.77.0.2')
  })
})
