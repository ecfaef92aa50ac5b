import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Finding } from '../../alert/index.ts'
import { createSigmaDetector, parseRules } from '../../detect/sigma/index.ts'
import { findingLine, replay } from './replay.ts'

const SCANS = new URL('../../../test/fixtures/scans/', import.meta.url)
const LINES = new URL('../../content/captures/nmap-p1-500.tcpdump.txt', import.meta.url)

async function replayed(bytes: Buffer, size = bytes.length): Promise<{ findings: Finding[]; unread: number }> {
  const findings: Finding[] = []
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  const { unread } = await replay(chunks(), {}, (finding) => findings.push(finding))
  return { findings, unread }
}

test.each([
  ['lines of tcpdump', LINES, 500],
  ['a capture', new URL('nmap-fin.pcap', SCANS), 61],
])('%s, in chunks of any size, open an alert, let it grow and end it', async (_, file, ports) => {
  const bytes = readFileSync(file)
  const { findings } = await replayed(bytes)
  expect(findings.map(({ phase }) => phase)).toEqual(['open', ...findings.slice(2).map(() => 'update'), 'end'])
  expect(findings.at(-1)!.count).toBe(ports)
  const again = await replayed(bytes, 97)
  expect(again.findings.at(-1)).toEqual(findings.at(-1))
})

test('events as NDJSON, and what cannot be read is counted', async () => {
  const lines = Array.from({ length: 20 }, (_, i) =>
    JSON.stringify({
      '@timestamp': new Date(Date.UTC(2026, 0, 1) + i * 1000).toISOString(),
      src_ip: '192.0.2.1',
      dst_ip: '10.0.0.1',
      dst_port: i,
      proto: 'tcp',
      conn_state: 'REJ',
    }),
  )
  const { findings, unread } = await replayed(Buffer.from(['{broken', ...lines, 'neither'].join('\n')))
  expect(unread).toBe(2)
  expect(findings.map(({ phase, count }) => [phase, count])).toEqual([
    ['open', 15],
    ['end', 20],
  ])
  const line = JSON.parse(findingLine(findings[0]!)) as Record<string, unknown>
  expect(line).toMatchObject({
    '@timestamp': '2026-01-01T00:00:14.000Z',
    culprits: ['192.0.2.1'],
    phase: 'open',
    source: { ip: '192.0.2.1' },
  })
})

test('a damaged capture is refused', async () => {
  const bytes = Buffer.from(readFileSync(new URL('nmap-fin.pcap', SCANS)))
  bytes.writeUInt32LE(0xffffffff, 32)
  await expect(replayed(bytes)).rejects.toThrow('damaged')
})

test('events over many lines, as evtx files are printed, are judged by Sigma rules in their own time', async () => {
  const rule = `title: Tools
id: tools
logsource: {product: windows, category: process_creation}
detection: {s: {Image|endswith: '\\tool.exe'}, condition: s}
`
  const event = {
    Event: {
      System: {
        EventID: { '#text': 1 },
        Channel: 'Microsoft-Windows-Sysmon/Operational',
        Computer: 'pc1',
        TimeCreated: { '#attributes': { SystemTime: '2026-08-12T17:57:52.7644224Z' } },
      },
      EventData: { Image: 'C:\\tool.exe' },
    },
  }
  const { rules } = parseRules({ name: 'r.yml', text: rule })
  const findings: Finding[] = []
  async function* input(): AsyncGenerator<Buffer> {
    yield Buffer.from(JSON.stringify(event, undefined, 2))
    yield Buffer.from(`\n${JSON.stringify([event], undefined, 2)}\n`)
  }
  const { events, unread } = await replay(input(), {}, (finding) => findings.push(finding), [
    createSigmaDetector(rules),
  ])
  expect([events, unread]).toEqual([2, 0])
  expect(findings.map(({ phase, entity, count }) => [phase, entity.value, count])).toEqual([
    ['open', 'pc1', 1],
    ['update', 'pc1', 2],
    ['end', 'pc1', 2],
  ])
  expect(new Date(findings[0]!.time).toISOString()).toBe('2026-08-12T17:57:52.764Z')
})
