/**
 * From packet to alert: documents arrive at a steady rate at a store that detection taps, one of them in so many is the last
 * probe of a port scan; how long until its alert is stored and told. `npm run bench -- latency [EVENTS A SECOND] [SECONDS]`
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openAlerts, textAt } from '../src/alert/index.ts'
import { systemClock } from '../src/clock/index.ts'
import { createDetection, createScanDetector } from '../src/detect/index.ts'
import { nullLogger } from '../src/diagnostic/index.ts'
import { openEmbeddedStore, type BulkOperation } from '../src/search/index.ts'
import { quantile } from './system/server.ts'

const RATE = Number(process.argv[2] ?? 50_000)
const SECONDS = Number(process.argv[3] ?? 20)
const BATCH = 500
/** A scan of which nothing tells how its probes went is told at the 51st. */
const PROBES = 51

const folder = mkdtempSync(join(tmpdir(), 'vedetta-bench-'))
const store = await openEmbeddedStore({ path: join(folder, 'store'), clock: systemClock, logger: nullLogger })
const alerts = await openAlerts({ store, clock: systemClock, logger: nullLogger })
const detection = createDetection({
  detectors: [createScanDetector()],
  alerts,
  clock: systemClock,
  logger: nullLogger,
  dataPath: folder,
})
const tapped = detection.tap(store)
await detection.start(tapped)

const sent = new Map<string, number>()
const latencies: number[] = []
alerts.subscribe(({ change, alert }) => {
  if (change !== 'opened') return
  const source = textAt(alert.document, 'vedetta.alert.culprits')!
  const at = sent.get(source)
  if (at !== undefined) latencies.push(performance.now() - at)
})

function document(source: string, target: string, port: number): BulkOperation {
  const fields = {
    '@timestamp': new Date().toISOString(),
    type: 'tcpdump',
    tags: ['tcp_connection_started'],
    src_ip: source,
    src_port: 40_000,
    dst_ip: target,
    dst_port: port,
  }
  return { action: 'index', index: 'logstash-tcpdump-bench', source: JSON.stringify(fields) }
}

let batches = 0
let late = 0
const began = performance.now()
const under: Promise<unknown>[] = []
while (performance.now() - began < SECONDS * 1000) {
  const due = began + (batches * BATCH * 1000) / RATE
  const wait = due - performance.now()
  if (wait > 1) await sleep(wait)
  else if (wait < -100) late++
  const operations = Array.from({ length: BATCH }, (_, i) => {
    const client = (batches * BATCH + i) % 5000
    return document(`10.1.${client >> 8}.${client & 255}`, `192.168.1.${i % 50}`, [80, 443, 22, 53][i % 4]!)
  })
  // Every batch ends with a probe of the scan that is under way.
  const scan = Math.floor(batches / PROBES)
  const source = `203.0.${scan >> 8}.${scan & 255}`
  operations[BATCH - 1] = document(source, '192.168.1.7', (batches % PROBES) + 1)
  if (batches % PROBES === PROBES - 1) sent.set(source, performance.now())
  under.push(tapped.bulk(operations))
  batches++
  if (under.length > 16) await under.shift()
}
await Promise.all(under)
await alerts.flush()
const seconds = (performance.now() - began) / 1000
console.log(
  `${Math.round((batches * BATCH) / seconds).toLocaleString('en')} events/s asked ${RATE.toLocaleString('en')}, ${late} batches late; ` +
    `${latencies.length} of ${sent.size} scans told: median ${quantile(latencies, 0.5).toFixed(0)} ms, p99 ${quantile(latencies, 0.99).toFixed(0)} ms`,
)
await detection.stop()
await alerts.close()
await store.close()
rmSync(folder, { recursive: true, force: true })
