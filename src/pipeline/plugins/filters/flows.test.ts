import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ManualClock } from '../../../clock/index.ts'
import { Event } from '../../../event/index.ts'
import { CaptureReader, packetFields } from '../../../packet/index.ts'
import { runFilters } from '../../runtime/run-pipeline.ts'

const SCANS = new URL('../../../../test/fixtures/scans/', import.meta.url)
const clock = new ManualClock(Date.UTC(2026, 10, 24, 8))

function run(options: string, events: readonly Event[]): Promise<Event[]> {
  const text = `filter { flows { ${options} } }`
  return runFilters({ id: 'flows', sources: [{ name: 'flows.conf', text }] }, events, { clock })
}

function captured(name: string): Event[] {
  return new CaptureReader()
    .push(readFileSync(new URL(name, SCANS)))
    .map((packet) => Event.at(Math.round(packet.time * 1000), packetFields(packet)))
}

test('the packets of a capture become flows, and none is counted twice or lost', async () => {
  const packets = captured('nmap-syn.pcap')
  const flows = await run('', packets)
  const numbers = flows.map(({ data }) => data['network'] as { packets: number; bytes: number })
  expect(numbers.reduce((sum, network) => sum + network.packets, 0)).toBe(packets.length)
  const bytes = packets.map(({ data }) => (data['network'] as { bytes: number }).bytes)
  expect(numbers.reduce((sum, network) => sum + network.bytes, 0)).toBe(bytes.reduce((sum, one) => sum + one, 0))
  expect(new Set(flows.map(({ data }) => (data['event'] as { dataset: string }).dataset))).toEqual(
    new Set(['vedetta.flow']),
  )
})

test('packets go on where they are asked for, and other events always', async () => {
  const packets = captured('nmap-syn.pcap')
  const other = Event.at(clock.now() * 1000)
  const kept = await run('keep_packets => true', [...packets, other])
  expect(kept.filter((event) => packets.includes(event))).toEqual(packets)
  expect(kept).toContain(other)
  expect(await run('', [other])).toEqual([other])
})

test('a bound that is none is refused', async () => {
  await expect(run('max_flows => 0', [])).rejects.toThrow("'max_flows' must be an integer of at least 1, got 0")
})
