import { describe, expect, test } from 'vitest'
import type { ValueObject } from '../../event/index.ts'
import { RECORDED, SOURCES } from '../../../test/scan-records.ts'
import { createScanDetector } from './index.ts'

/** What a source can tell of a technique: all of it, what the flags of TCP show, what a history shows, or the protocol alone. */
const SHOWS: { readonly [source: string]: 'packets' | 'flags' | 'history' | 'protocol' } = {
  pcap: 'packets',
  tcpdump: 'packets',
  netfilter: 'packets',
  flows: 'flags',
  suricata: 'flags',
  netflow: 'flags',
  ipfix: 'flags',
  zeek: 'history',
  vpc: 'protocol',
}

/** Where a source tells less than that; nothing where it says nothing of such a scan. */
const LESS: { readonly [cell: string]: string | undefined } = {
  // Connection tracking puts fragments together before a rule can log them.
  'nmap-fragments netfilter': undefined,
  // The last fragment that an exporter saw has no flags.
  'nmap-fragments suricata': 'vertical null',
  'nmap-custom zeek': 'vertical syn',
  ...Object.fromEntries(
    Object.keys(SHOWS)
      .filter((source) => !['pcap', 'tcpdump', 'flows'].includes(source))
      .map((source) => [`nmap-arp ${source}`, undefined]),
  ),
  // Of decoys the sequence numbers tell, which no flow and no log has.
  ...Object.fromEntries(
    Object.keys(SHOWS)
      .filter((source) => source !== 'pcap' && source !== 'tcpdump')
      .map((source) => [`nmap-decoys ${source}`, 'vertical syn']),
  ),
}

const BY_FLAGS = new Set(['fin', 'null', 'xmas', 'maimon', 'ack'])
const BY_PROTOCOL = new Set(['udp', 'sctp', 'ip-protocol', 'discovery'])

function expected(scan: string, source: string): string | undefined {
  const cell = `${scan} ${source}`
  if (cell in LESS) return LESS[cell]
  const [type, technique] = RECORDED[scan]!
  const shows = SHOWS[source]!
  if (shows === 'packets' || BY_PROTOCOL.has(technique)) return `${type} ${technique}`
  if (shows === 'flags' && BY_FLAGS.has(technique)) return `${type} ${technique}`
  // FIN and Xmas begin alike in a history, and in none there is NULL.
  if (shows === 'history' && (technique === 'ack' || technique === 'fin')) return `${type} ${technique}`
  if (shows === 'history' && (technique === 'xmas' || technique === 'maimon')) return `${type} fin`
  // A refused connection looks the same whatever asked for it.
  return `${type} syn`
}

describe.each(Object.keys(SOURCES))('scans of real tools in the records of %s', (source) => {
  test.each(Object.keys(RECORDED))('%s', (scan) => {
    const findings = createScanDetector().see(SOURCES[source]!(scan))
    const scans = findings.map(({ fields }) => (fields['vedetta'] as ValueObject)['scan'] as ValueObject)
    const found = scans[0] === undefined ? undefined : `${String(scans[0]['type'])} ${String(scans[0]['technique'])}`
    expect(found).toBe(expected(scan, source))
    // One scan is one alert, of whoever scans.
    const sources = new Set(findings.flatMap(({ culprits }) => culprits))
    const scanners = scan === 'nmap-decoys' ? ['10.77.0.2', '10.77.0.3', '10.77.0.4'] : ['10.77.0.2', 'fd77::2']
    expect(scanners).toEqual(expect.arrayContaining([...sources]))
    const opened = findings.filter(({ phase }) => phase === 'open')
    expect(opened).toHaveLength(found === undefined ? 0 : found === 'vertical syn' && scan === 'nmap-decoys' ? 3 : 1)
    const tool = SHOWS[source] === 'packets' && found !== undefined ? RECORDED[scan]![2] : undefined
    expect(scans[0]?.['tool']).toBe(tool)
  })
})

test.each(Object.keys(SOURCES))('backscatter in the records of %s is no scan', (source) => {
  expect(createScanDetector().see(SOURCES[source]!('backscatter'))).toEqual([])
})
