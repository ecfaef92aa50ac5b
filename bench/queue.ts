/**
 * The queue on disk: events a second into it, out of it after a restart, and through it while the outputs keep up.
 * `npm run bench -- queue [MEGABYTES]`
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../src/clock/index.ts'
import { nullLogger } from '../src/diagnostic/index.ts'
import { Event, toValue, type ValueObject } from '../src/event/index.ts'
import { PersistedQueue } from '../src/pipeline/runtime/persisted-queue.ts'

const MEGABYTES = Number(process.argv[2] ?? 1024)
const BATCH = 500
const folder = mkdtempSync(join(tmpdir(), 'vedetta-bench-queue-'))

function open(name: string): Promise<PersistedQueue> {
  return PersistedQueue.open({
    folder: join(folder, name),
    clock: systemClock,
    logger: nullLogger,
    maxBytes: 2 ** 40,
    pageBytes: 64 * 2 ** 20,
    drain: false,
  })
}

function batch(first: number): Event[] {
  return Array.from({ length: BATCH }, (_, i) => {
    const n = first + i
    const fields = {
      message: `2026-11-24 08:00:00.${n % 1_000_000} IP 192.0.2.${n % 250}.${40_000 + (n % 20_000)} > 10.0.0.5.${n % 65_536}: Flags [S], seq ${n}, win 1024, length 0`,
      type: 'tcpdump',
      host: 'web1',
    }
    return Event.at(1_795_000_000_000_000 + n, toValue(fields) as ValueObject)
  })
}

function show(what: string, events: number, bytes: number, millis: number): void {
  const number = (value: number): string => Math.round(value).toLocaleString('en')
  console.log(
    `${what.padEnd(44)}${number(events / (millis / 1000))} events/s, ${number(bytes / 1e6 / (millis / 1000))} MB/s`,
  )
}

const filling = await open('kept')
let events = 0
let began = systemClock.monotonic()
while (filling.bytes() < MEGABYTES * 2 ** 20) {
  // As many inputs would: several batches share an fsync.
  const batches = Array.from({ length: 8 }, (_, i) => batch(events + i * BATCH))
  await Promise.all(batches.map((one) => filling.put({ events: one })))
  events += batches.length * BATCH
}
const bytes = filling.bytes()
show(`in, ${MEGABYTES} MB, 8 batches at once`, events, bytes, systemClock.monotonic() - began)
await filling.close()

began = systemClock.monotonic()
const again = await open('kept')
const opened = systemClock.monotonic()
again.endInputs()
let out = 0
await again.run(async (one) => {
  out += one.events.length
  one.ack!()
})
show('out, after a restart', out, bytes, systemClock.monotonic() - opened)
console.log(`${'to open it'.padEnd(44)}${Math.round(opened - began)} ms`)
await again.close()
if (out !== events) throw new Error(`${out} events came out of ${events}`)

const through = await open('through')
began = systemClock.monotonic()
const running = through.run(async (one) => one.ack!())
for (let sent = 0; sent < events; sent += 8 * BATCH)
  await Promise.all(Array.from({ length: 8 }, (_, i) => through.put({ events: batch(sent + i * BATCH) })))
through.endInputs()
await running
show('through, outputs keep up', events, bytes, systemClock.monotonic() - began)
await through.close()
rmSync(folder, { recursive: true, force: true })
