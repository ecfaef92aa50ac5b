/**
 * The whole path: lines of tcpdump over TCP through the shipped pipeline into the store, until all are stored and
 * found, in the system as built (`npm run build`), with its shipped watch running.
 * `npm run bench -- whole-path [EVENTS] [RUNS]`
 *
 * The lines' times are the last 90 seconds; `searched` runs ask the seed query over HTTP four times a second meanwhile.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { quantile, SEED_QUERY, System } from './system/server.ts'

const EVENTS = Number(process.argv[2] ?? 1_000_000)
const RUNS = Number(process.argv[3] ?? 5)

interface Outcome {
  readonly perSecond: number
  readonly cpuMicros: number
  readonly peak: number
  readonly bytes: number
  /** Milliseconds of the seed query while lines came in. */
  readonly searches: readonly number[]
}

async function run(searched: boolean): Promise<Outcome> {
  await using system = await System.start()
  const now = Date.now() * 1000
  const sender = fork(fileURLToPath(new URL('system/sender.js', import.meta.url)), [
    String(system.tcpPort),
    String(EVENTS),
    String(now - 90_000_000),
    String(now),
  ])
  await once(sender, 'message')
  const cpu = await system.cpuSeconds()
  sender.send('go')
  const [{ at: began }] = (await once(sender, 'message')) as [{ at: number }]
  const found = new AbortController()
  const searching = searched ? searchUntil(system, found.signal) : Promise.resolve([])
  for (let last = -1, still = 0; ;) {
    const count = await system.count()
    if (count === EVENTS) break
    still = count === last ? still + 1 : 0
    last = count
    if (count > EVENTS || still > 600) throw new Error(`${count} documents were found of ${EVENTS}`)
    await sleep(50)
  }
  const spent = performance.timeOrigin + performance.now() - began
  found.abort()
  const searches = await searching
  const cpuMicros = (((await system.cpuSeconds()) - cpu) / EVENTS) * 1e6
  const peak = await system.peakMegabytes()
  await system.stop()
  return {
    perSecond: EVENTS / (spent / 1000),
    cpuMicros,
    peak,
    bytes: (await system.bytesOnDisk()) / EVENTS,
    searches,
  }
}

async function searchUntil(system: System, over: AbortSignal): Promise<number[]> {
  const times: number[] = []
  while (!over.aborted) {
    const asked = performance.now()
    const { status, body } = await system.request('POST', '/logstash-tcpdump-*/_search', SEED_QUERY)
    if (status !== 200) throw new Error(JSON.stringify(body))
    times.push(performance.now() - asked)
    await sleep(Math.max(0, 250 - times.at(-1)!))
  }
  return times
}

function show(name: string, outcomes: readonly Outcome[], load: number): void {
  const median = (of: (outcome: Outcome) => number): number => quantile(outcomes.map(of), 0.5)
  const rates = outcomes.map(({ perSecond }) => perSecond)
  const searches = outcomes.flatMap((outcome) => outcome.searches)
  const number = (value: number): string => Math.round(value).toLocaleString('en')
  console.log(`${name}: ${number(EVENTS)} events, medians of ${outcomes.length} runs, load before ${load.toFixed(1)}`)
  console.log(`  events/s, first line sent to all found    ${number(median(({ perSecond }) => perSecond))}`)
  console.log(
    `    slowest and fastest run                 ${number(Math.min(...rates))}, ${number(Math.max(...rates))}`,
  )
  console.log(`  µs of processor time an event             ${median(({ cpuMicros }) => cpuMicros).toFixed(1)}`)
  console.log(`  MB resident at most (VmHWM)               ${number(median(({ peak }) => peak))}`)
  console.log(`  bytes an event on disk, after a clean end ${median(({ bytes }) => bytes).toFixed(1)}`)
  if (searches.length > 0)
    console.log(
      `  ms of the seed query meanwhile            median ${number(quantile(searches, 0.5))}, p99 ${number(quantile(searches, 0.99))}, of ${searches.length}`,
    )
}

for (const searched of [false, true]) {
  const [load] = loadavg()
  const outcomes: Outcome[] = []
  for (let i = 0; i < RUNS; i++) outcomes.push(await run(searched))
  show(searched ? 'searched' : 'not searched', outcomes, load!)
}
