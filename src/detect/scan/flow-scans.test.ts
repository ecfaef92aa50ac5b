import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { CaptureReader, flowFields, FlowTable } from '../../packet/index.ts'
import { createScanDetector } from './index.ts'

const SCANS = new URL('../../../test/fixtures/scans/', import.meta.url)

// The same captures as packets are judged in scan-detector.test.ts.
test.each([
  ['nmap-syn.pcap', 'vedetta-scan-vertical'],
  ['nmap-connect.pcap', 'vedetta-scan-vertical'],
  ['nmap-ipv6.pcap', 'vedetta-scan-vertical'],
  ['nmap-sweep.pcap', 'vedetta-scan-horizontal'],
  ['masscan-block.pcap', 'vedetta-scan-block'],
])('a scan of real tools is seen in its flows: %s', (name, rule) => {
  const table = new FlowTable({ idleMillis: 60_000, activeMillis: 300_000, capacity: 100_000 })
  const packets = new CaptureReader().push(readFileSync(new URL(name, SCANS)))
  const flows = [...packets.flatMap((packet) => table.add(packet)), ...table.drain()]
  const seen = flows.map((flow) => ({ fields: flowFields(flow), time: Math.floor(flow.first), index: 'vedetta-flows' }))
  const findings = createScanDetector().see(seen.sort((a, b) => a.time - b.time))
  expect(findings.map((finding) => finding.rule.id)).toContain(rule)
})
