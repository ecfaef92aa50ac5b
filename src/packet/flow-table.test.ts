import { expect, test } from 'vitest'
import { FlowTable, stateOf, type Flow } from './flow-table.ts'
import { parseTcpdumpLine } from './tcpdump-line.ts'
import type { Packet } from './packet.ts'

/** `>` is from the client 192.0.2.7:40000 to the server 10.0.0.5:22, `<` the other way; seconds, flags and length follow. */
function packets(text: string): Packet[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [seconds, direction, flags, length] = line.trim().split(' ') as [string, string, string, string]
      const [client, server] = ['192.0.2.7.40000', '10.0.0.5.22']
      const [from, to] = direction === '>' ? [client, server] : [server, client]
      const time = new Date(Date.UTC(2026, 10, 24, 8) + Number(seconds) * 1000)
        .toISOString()
        .replace('T', ' ')
        .slice(0, -1)
      return parseTcpdumpLine(`${time}000 IP ${from} > ${to}: Flags [${flags}], seq 1, win 1024, length ${length}`)!
    })
}

function run(text: string, options: Partial<ConstructorParameters<typeof FlowTable>[0]> = {}): Flow[] {
  const table = new FlowTable({ idleMillis: 60_000, activeMillis: 300_000, capacity: 10, ...options })
  const all = packets(text)
  return [...all.flatMap((packet) => table.add(packet)), ...table.drain()]
}

// The states are those of Zeek's documentation of conn.log.
test.each([
  ['asked and not answered', '0 > S 0', 'S0', 'S'],
  ['refused', '0 > S 0\n0.1 < R. 0', 'REJ', 'Sr'],
  ['open', '0 > S 0\n0.1 < S. 0\n0.2 > . 0\n0.3 > P. 20', 'S1', 'ShAD'],
  [
    'ended by both',
    '0 > S 0\n0.1 < S. 0\n0.2 > . 0\n0.3 > P. 20\n0.4 < P. 40\n0.5 > F. 0\n0.6 < F. 0\n0.7 > . 0',
    'SF',
    'ShADdFf',
  ],
  ['ended by the source alone', '0 > S 0\n0.1 < S. 0\n0.2 > . 0\n0.5 > F. 0', 'S2', 'ShAF'],
  ['ended by the destination alone', '0 > S 0\n0.1 < S. 0\n0.2 > . 0\n0.5 < F. 0', 'S3', 'ShAf'],
  ['cut off by the source', '0 > S 0\n0.1 < S. 0\n0.2 > . 0\n0.3 > R 0', 'RSTO', 'ShAR'],
  ['cut off by the destination', '0 > S 0\n0.1 < S. 0\n0.2 > . 0\n0.3 < R. 0', 'RSTR', 'ShAr'],
  ['a half-open scan', '0 > S 0\n0.1 < S. 0\n0.2 > R 0', 'RSTO', 'ShR'],
  ['given up unanswered', '0 > S 0\n0.1 > R 0', 'RSTOS0', 'SR'],
  ['ended unanswered', '0 > S 0\n0.1 > F 0', 'SH', 'SF'],
  ['an answer to nobody, cut off', '0 < S. 0\n0.1 < R 0', 'RSTRH', 'hr'],
  ['in the middle', '0 > . 0\n0.1 < P. 10', 'OTH', 'Ad'],
])('%s', (_what, text, state, history) => {
  const [flow, ...more] = run(text)
  expect(more).toEqual([])
  expect([stateOf(flow!), flow!.history]).toEqual([state, history])
  expect([flow!.source, flow!.sourcePort, flow!.destination, flow!.destinationPort]).toEqual([
    '192.0.2.7',
    40_000,
    '10.0.0.5',
    22,
  ])
})

test('both directions are counted, with the times of the first and last packet', () => {
  const [flow] = run('0 > S 0\n0.1 < S. 0\n0.2 > . 0\n2.5 < P. 10')
  expect(flow).toMatchObject({ sent: { packets: 2 }, received: { packets: 2 }, ended: 'end' })
  expect(flow!.last - flow!.first).toBe(2500)
})

test('a service that is heard first is the destination all the same', () => {
  const [flow] = run('0 < P. 10\n1 > . 0')
  expect([flow!.source, flow!.sent.packets, flow!.received.packets]).toEqual(['192.0.2.7', 1, 1])
})

test('a flow ends after silence, is told while it goes on, and ports that are used again are another', () => {
  expect(run('0 > S 0\n61 > S 0').map(({ ended }) => ended)).toEqual(['idle', 'end'])
  const long = run(Array.from({ length: 11 }, (_, i) => `${i * 50} > P. 10`).join('\n'))
  expect(long.map(({ ended, sent }) => [ended, sent.packets])).toEqual([
    ['active', 7],
    ['end', 4],
  ])
  const again = run('0 > S 0\n0.1 < R. 0\n0.2 > S 0\n0.3 < R. 0')
  expect(again.map((flow) => [flow.ended, stateOf(flow)])).toEqual([
    ['closed', 'REJ'],
    ['end', 'REJ'],
  ])
})

test('closed flows are told after their last packets, silent ones after their time', () => {
  const table = new FlowTable({ idleMillis: 60_000, activeMillis: 300_000, capacity: 10 })
  const all = packets('0 > S 0\n0.1 < R. 0')
  for (const packet of all) table.add(packet)
  const last = all[1]!.time
  expect(table.expire(last + 900)).toEqual([])
  expect(table.expire(last + 1000).map(({ ended }) => ended)).toEqual(['closed'])
  table.add(packets('5 > S 0')[0]!)
  expect(table.expire(all[0]!.time + 65_000)).toEqual([])
  expect(table.expire(all[0]!.time + 65_001).map(({ ended }) => ended)).toEqual(['idle'])
  expect(table.size).toBe(0)
})

test('a full table tells the one that was silent longest', () => {
  const table = new FlowTable({ idleMillis: 60_000, activeMillis: 300_000, capacity: 100 })
  const [packet] = packets('0 > S 0')
  const told: Flow[] = []
  for (let port = 1; port <= 1000; port++) {
    told.push(...table.add({ ...packet!, sourcePort: port, time: packet!.time + port }))
    // The first is never silent for long.
    told.push(...table.add({ ...packet!, sourcePort: 1, time: packet!.time + port }))
  }
  expect([table.size, told.length]).toEqual([100, 900])
  expect(told.every(({ ended, sourcePort }) => ended === 'full' && sourcePort !== 1)).toBe(true)
})
