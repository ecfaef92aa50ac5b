/**
 * What detection costs an event on its way into the store: documents as the shipped tcpdump pipeline stores them
 * (5,000 hosts, one of which scans) through each detector alone, then through all.
 * `npm run bench -- detect [EVENTS]`
 */
import { systemClock } from '../src/clock/index.ts'
import { createLoginDetector, createScanDetector, createSilenceDetector, type Detector } from '../src/detect/index.ts'
import { newObject } from '../src/event/index.ts'
import { tcpdumpLines } from './system/traffic.ts'

const EVENTS = Number(process.argv[2] ?? 500_000)
const BATCH = 500

type Seen = Parameters<Detector['see']>[0]

const ADDRESSES = / IP (\S+)\.(\d+) > (\S+)\.(\d+): /

function batches(): Seen[] {
  const now = Date.now()
  const all: Seen[number][] = []
  let i = 0
  for (const line of tcpdumpLines(EVENTS, (now - 90_000) * 1000, now * 1000)) {
    const [, src_ip, src_port, dst_ip, dst_port] = ADDRESSES.exec(line)!
    const time = now - 90_000 + (90_000 * i) / EVENTS
    const fields = Object.assign(newObject(), {
      '@timestamp': new Date(time).toISOString(),
      type: 'tcpdump',
      host: 'sensor',
      tags: ['tcp_connection_started'],
      src_ip,
      src_port,
      dst_ip,
      dst_port,
    })
    all.push({ fields, time, index: 'logstash-tcpdump', id: `id${i++}` })
  }
  return Array.from({ length: Math.ceil(all.length / BATCH) }, (_, batch) =>
    all.slice(batch * BATCH, (batch + 1) * BATCH),
  )
}

function measure(name: string, detectors: readonly Detector[], events: readonly Seen[]): void {
  globalThis.gc?.()
  const before = process.memoryUsage()
  const cpu = process.cpuUsage()
  let findings = 0
  for (const batch of events) for (const detector of detectors) findings += detector.see(batch).length
  const { user, system } = process.cpuUsage(cpu)
  globalThis.gc?.()
  const after = process.memoryUsage()
  const began = process.cpuUsage()
  for (const detector of detectors) detector.snapshot()
  const saved = process.cpuUsage(began)
  const megabytes = (after.heapUsed + after.external - before.heapUsed - before.external) / 2 ** 20
  console.log(
    `${name.padEnd(8)} ${((user + system) / EVENTS).toFixed(2)} µs of processor time an event, ${megabytes.toFixed(0)} MB kept, ` +
      `${(saved.user / 1000).toFixed(0)} ms for its state, ${findings} findings`,
  )
}

const events = batches()
measure('login', [createLoginDetector({})], events)
measure('silence', [createSilenceDetector({ clock: systemClock })], events)
measure('scan', [createScanDetector()], events)
measure('all', [createLoginDetector({}), createSilenceDetector({ clock: systemClock }), createScanDetector()], events)
