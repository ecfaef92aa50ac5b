import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { RunningInput } from '../../../../test/plugin-fixture.ts'
import { CaptureReader, communityId, packetOfFields } from '../../../packet/index.ts'
import { pcap } from './pcap.ts'

const SCANS = new URL('../../../../test/fixtures/scans/', import.meta.url)

test.each(['nmap-udp', 'nmap-ipv6', 'nmap-fragments', 'nmap-sctp'])(
  'the packets of %s, each an event from which the packet can be had again',
  async (name) => {
    const path = fileURLToPath(new URL(`${name}.pcap`, SCANS))
    await using run = new RunningInput(pcap, { path })
    await run.start()
    await run.input.ended
    const packets = new CaptureReader().push(readFileSync(path))
    expect(packets.length).toBeGreaterThan(20)
    expect(run.events.map(({ data }, i) => packetOfFields(data, packets[i]!.time))).toEqual(packets)
  },
)

test('a capture that is not there is refused at the start', async () => {
  const run = new RunningInput(pcap, { path: '/nowhere/x.pcap' })
  await expect(run.start()).rejects.toThrow('ENOENT')
})

test.each([
  // Of the specification's baseline of TCP.
  [
    { source: '128.232.110.120', destination: '66.35.250.204', sourcePort: 34_855, destinationPort: 80 },
    '1:LQU9qZlK+B5F3KDmev6m5PMibrg=',
  ],
  [
    { source: '66.35.250.204', destination: '128.232.110.120', sourcePort: 80, destinationPort: 34_855 },
    '1:LQU9qZlK+B5F3KDmev6m5PMibrg=',
  ],
])('community id of %o', (ends, id) => {
  expect(communityId({ ...ends, transport: 'tcp', protocol: 6 })).toBe(id)
})
