import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Finding } from '../../alert/index.ts'
import { createSigmaDetector, parseRules } from '../../detect/sigma/index.ts'
import { shippedPipelines } from '../../../test/e2e/running.ts'
import { nullLogger } from '../../diagnostic/index.ts'
import { startVedetta } from '../../server/index.ts'
import { loadSettings } from '../../settings/index.ts'
import { ServerClient } from '../server-client.ts'
import { timeGiven } from './replay-events.ts'
import { createJudge, findingLine, replay, replayIndices } from './replay.ts'
import { tunedLines, Tuning } from './replay-tune.ts'

const SCANS = new URL('../../../test/fixtures/scans/', import.meta.url)
const LINES = new URL('../../content/captures/nmap-p1-500.tcpdump.txt', import.meta.url)

async function replayed(bytes: Buffer, size = bytes.length): Promise<{ findings: Finding[]; unread: number }> {
  const findings: Finding[] = []
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  const { unread } = await replay(chunks(), [createJudge({ scan: {} }, (finding) => findings.push(finding))])
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

test.each([
  ['rsyslog', (second: string) => `Nov 24 08:00:${second} gate kernel: [12.5] `],
  ['ISO 8601', (second: string) => `2026-11-24T08:00:${second}.5+00:00 gate kernel: `],
])('lines of a packet filter with times of %s', async (_, head) => {
  const lines = Array.from({ length: 20 }, (_unused, i) => {
    const packet = `SRC=198.51.100.7 DST=10.0.0.1 LEN=44 TOS=0x00 PREC=0x00 TTL=50 ID=${i} PROTO=TCP SPT=40000 DPT=${i + 1}`
    return `${head(String(i).padStart(2, '0'))}[UFW BLOCK] IN=eth0 OUT= ${packet} WINDOW=1024 RES=0x00 SYN URGP=0`
  })
  const { findings, unread } = await replayed(Buffer.from(['Nov 24 08:00:00 gate sshd[1]: hello', ...lines].join('\n')))
  expect([unread, findings.map(({ phase, count }) => [phase, count])]).toEqual([1, [['open', 15], ['end', 20]]]) // prettier-ignore
  expect(findings[0]!.fields['vedetta']).toMatchObject({ scan: { technique: 'syn', tool: 'nmap' } })
})

test('thresholds are tuned against the alerts that they would have raised', async () => {
  const { rules } = parseRules({
    name: 'r.yml',
    text: `title: Refused
name: refused
logsource: {category: network_connection}
detection: {s: {conn_state: REJ}, condition: s}
---
title: Many refusals
id: many
correlation: {type: event_count, rules: [refused], group-by: [src_ip], timespan: 1m, condition: {gte: 6}}
`,
  })
  /** Two sources a day, one after the other, that are refused at 20 and at 8 ports. */
  const lines = [0, 1].flatMap((day) =>
    [20, 8].flatMap((ports, source) =>
      Array.from({ length: ports }, (_, i) =>
        JSON.stringify({
          '@timestamp': new Date(Date.UTC(2026, 0, 1 + 2 * day) + (i + source * 100) * 1000).toISOString(),
          src_ip: `192.0.2.${source}`,
          dst_ip: '10.0.0.1',
          dst_port: i,
          proto: 'tcp',
          conn_state: 'REJ',
        }),
      ),
    ),
  )
  async function* input(): AsyncGenerator<Buffer> {
    yield Buffer.from(lines.join('\n'))
  }
  const tuning = new Tuning({}, rules, [])
  const counted = await replay(input(), tuning.judges)
  expect(counted).toMatchObject({ events: 56, first: Date.UTC(2026, 0, 1), last: Date.UTC(2026, 0, 3) + 107_000 })
  expect(tunedLines(tuning.rows(counted)).map((line) => line.replace(/ {2,}/g, ' | '))).toEqual([
    'RULE | THRESHOLD | ALERTS | PER DAY',
    'Many refusals | gte 2 | 4 | 2.0',
    'Many refusals | gte 4 | 4 | 2.0',
    'Many refusals | gte 6 * | 4 | 2.0',
    'Many refusals | gte 9 | 2 | 1.0',
    'Many refusals | gte 12 | 2 | 1.0',
    'Many refusals | gte 24 | 0 | 0.0',
    'Many refusals | gte 48 | 0 | 0.0',
    'Port scan | ports 5, hosts 8 | 4 | 2.0',
    'Port scan | ports 10, hosts 17 | 2 | 1.0',
    'Port scan | ports 15, hosts 25 * | 2 | 1.0',
    'Port scan | ports 23, hosts 38 | 0 | 0.0',
    'Port scan | ports 30, hosts 50 | 0 | 0.0',
    'Port scan | ports 60, hosts 100 | 0 | 0.0',
    'Port scan | ports 120, hosts 200 | 0 | 0.0',
  ])
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
  const { events, unread } = await replay(input(), [
    createJudge({ scan: {} }, (finding) => findings.push(finding), [createSigmaDetector(rules)]),
  ])
  expect([events, unread]).toEqual([2, 0])
  expect(findings.map(({ phase, entity, count }) => [phase, entity.value, count])).toEqual([
    ['open', 'pc1', 1],
    ['update', 'pc1', 2],
    ['end', 'pc1', 2],
  ])
  expect(new Date(findings[0]!.time).toISOString()).toBe('2026-08-12T17:57:52.764Z')
})

test.each([
  ['2026-11-24T08:00:00Z', Date.UTC(2026, 10, 24, 8)],
  ['now', 1000 * 86_400_000],
  ['now-7d', 993 * 86_400_000],
  ['now-90m', 1000 * 86_400_000 - 5_400_000],
  ['now-', undefined],
  ['nowadays', undefined],
  ['yesterday', undefined],
])('the time %s', (text, expected) => {
  expect(timeGiven(text, 1000 * 86_400_000)).toBe(expected)
})

test('a range of times of a stored index, whatever the order in which it was stored', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vedetta-replay-'))
  const { path } = await shippedPipelines(folder)
  const overrides = ['http.port=0', `path.data=${folder}/data`, `path.pipelines=${path}`]
  const vedetta = await startVedetta({ settings: loadSettings({ overrides }), logger: nullLogger, version: '0.0.0' })
  try {
    const start = Date.UTC(2026, 0, 1)
    const lines = Array.from({ length: 60 }, (_, i) => {
      const document = {
        '@timestamp': new Date(start + i * 1000).toISOString(),
        source: { ip: '192.0.2.1' },
        destination: { ip: '10.0.0.1', port: i },
        network: { transport: 'tcp' },
        zeek: { connection: { state: 'REJ' } },
      }
      return `{"index":{"_index":"flows-test","_id":"${(i * 7) % 60}"}}\n${JSON.stringify(document)}\n`
    })
    const headers = { 'content-type': 'application/x-ndjson' }
    await fetch(`${vedetta.url}/_bulk?refresh=true`, { method: 'POST', headers, body: lines.toReversed().join('') })
    const findings: Finding[] = []
    const range = { from: start + 10_000, to: start + 40_000 }
    const judge = createJudge({ scan: {} }, (finding) => findings.push(finding))
    const counted = await replayIndices(new ServerClient(vedetta.url), 'flows-*', [judge], range)
    expect(counted).toMatchObject({ events: 30, unread: 0 })
    expect(findings.map(({ phase, count }) => [phase, count])).toEqual([
      ['open', 15],
      ['end', 30],
    ])
    expect(findings[0]!.ports).toEqual(Array.from({ length: 15 }, (_, i) => 10 + i))
    expect(findings[0]!.evidence).toContainEqual({ index: 'flows-test', id: String((24 * 7) % 60) })
  } finally {
    await vedetta.stop()
    rmSync(folder, { recursive: true, force: true })
  }
})
