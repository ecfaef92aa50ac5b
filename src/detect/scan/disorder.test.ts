import fc from 'fast-check'
import { expect, test } from 'vitest'
import { packetsOf } from '../../../test/scan-records.ts'
import type { Finding } from '../../alert/index.ts'
import type { Packet } from '../../packet/index.ts'
import { createScanDetector, type ScanDetector } from './index.ts'

const HOUR = 3_600_000

/** Of each alert how often it opened and ended; what grew in between depends on the order. */
function told(findings: readonly Finding[]): Record<string, string> {
  const phases: Record<string, string> = {}
  for (const { rule, entity, phase } of findings) {
    const alert = `${rule.id} ${entity.value}`
    if (phase !== 'update') phases[alert] = `${phases[alert] ?? ''}${phase} `
  }
  return phases
}

function judge(packets: readonly Packet[], restartAt = -1): Finding[] {
  let detector: ScanDetector = createScanDetector()
  const findings: Finding[] = []
  packets.forEach((packet, n) => {
    if (n === restartAt) {
      const state = detector.snapshot()
      detector = createScanDetector()
      detector.restore(state)
    }
    findings.push(...detector.seePackets([packet]))
  })
  return [...findings, ...detector.tick(Math.max(...packets.map(({ time }) => time)) + 2 * HOUR)]
}

test.each(['nmap-syn', 'nmap-fin', 'nmap-sweep', 'nmap-udp', 'masscan', 'hping3'])(
  'one scan is one alert, whatever comes late, twice or around a restart: %s',
  (name) => {
    const packets = packetsOf(name).slice(0, 600)
    const expected = told(judge(packets))
    expect(Object.values(expected)).toEqual(['open end '])
    const some = fc.array(fc.nat({ max: packets.length - 1 }), { maxLength: 40 })
    fc.assert(
      fc.property(some, some, fc.nat({ max: packets.length - 1 }), (late, twice, restart) => {
        const order = packets.map((packet, at) => ({ packet, at }))
        for (const at of late) order[at]!.at += 8
        for (const at of twice) order.push({ packet: packets[at]!, at: at + 20 })
        order.sort((one, other) => one.at - other.at)
        expect(
          told(
            judge(
              order.map(({ packet }) => packet),
              restart,
            ),
          ),
        ).toEqual(expected)
      }),
      { numRuns: 8 },
    )
  },
)

test.each([
  ['back by a day', -24 * HOUR],
  ['back by a minute', -60_000],
  ['forth by a minute', 60_000],
])('a clock that jumps %s in the middle of a scan opens no second alert', (_, jump) => {
  const packets = packetsOf('nmap-syn').slice(0, 600)
  const jumped = packets.map((packet, n) => (n < 300 ? packet : { ...packet, time: packet.time + jump }))
  expect(Object.values(told(judge(jumped)))).toEqual(['open end '])
})
