/**
 * The seed query over HTTP in the system as built, a third of the events within its window of 30 seconds.
 * `npm run bench -- stored-query [EVENTS] [QUERIES]`
 */
import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { quantile, SEED_QUERY, System } from './system/server.ts'

const EVENTS = Number(process.argv[2] ?? 1_000_000)
const QUERIES = Number(process.argv[3] ?? 100)
/** Time for the events to be stored: the last one's lies so far ahead. */
const AHEAD_MILLIS = 60_000

await using system = await System.start()
const last = Date.now() + AHEAD_MILLIS
const sender = fork(fileURLToPath(new URL('system/sender.js', import.meta.url)), [
  String(system.tcpPort),
  String(EVENTS),
  String((last - 90_000) * 1000),
  String(last * 1000),
])
await once(sender, 'message')
sender.send('go')
while ((await system.count()) < EVENTS) await sleep(100)
await sleep(Math.max(0, last - Date.now()))

const [load] = loadavg()
const times: number[] = []
let first = NaN
const found: number[] = []
for (let i = 0; i < QUERIES; i++) {
  const asked = performance.now()
  const { status, body } = await system.request('POST', '/logstash-tcpdump-*/_search?track_total_hits=true', SEED_QUERY)
  const took = performance.now() - asked
  if (status !== 200) throw new Error(JSON.stringify(body))
  found.push((body['hits'] as { total: { value: number } }).total.value)
  if (i === 0) first = took
  else times.push(took)
}
const ms = (value: number): string => `${value.toFixed(1)} ms`
console.log(`seed query over HTTP, ${EVENTS.toLocaleString('en')} events stored, load before ${load!.toFixed(1)}`)
console.log(`  events in its window   ${quantile(found, 1)} at first, ${quantile(found, 0)} at last`)
console.log(`  first                  ${ms(first)}`)
console.log(`  median of ${String(times.length).padEnd(12)} ${ms(quantile(times, 0.5))}`)
console.log(`  p99                    ${ms(quantile(times, 0.99))}`)
console.log(`  MB resident at most    ${Math.round(await system.peakMegabytes())}`)
