// Lines a second through the line codec alone and through the tcp input over a real socket, events made but not kept.
import { once } from 'node:events'
import { connect } from 'node:net'
import { makeCodec, RunningInput } from '../test/plugin-fixture.ts'
import { tcp } from '../src/pipeline/plugins/inputs/tcp.ts'
import { systemClock } from '../src/clock/index.ts'

const LINE =
  '2016-02-09 13:51:09.625253 IP 192.168.1.105.60805 > 192.168.1.1.80: Flags [S], seq 2127832187, win 29200, ' +
  'options [mss 1460,sackOK,TS val 259965981 ecr 0,nop,wscale 7], length 0\n'
const LINES = 2_000_000

function rate(what: string, lines: number, millis: number): void {
  console.log(`${what}: ${Math.round((lines / millis) * 1000).toLocaleString('en')} lines/s`)
}

function codec(): void {
  const chunk = Buffer.from(LINE.repeat(390)).subarray(0, 65_536)
  const decoder = makeCodec('line').decoder()
  let count = 0
  const start = systemClock.monotonic()
  while (count < LINES) count += decoder.decode(chunk).length
  rate('line codec', count, systemClock.monotonic() - start)
}

async function socket(): Promise<void> {
  const run = new RunningInput(tcp, { port: 15_001, host: '127.0.0.1' })
  let count = 0
  const done = new Promise<void>((resolve) => {
    void run.input.start(async ({ events }) => {
      count += events.length
      if (count >= LINES) resolve()
    })
  })
  await systemClock.sleep(100)
  const client = connect(15_001, '127.0.0.1')
  await once(client, 'connect')
  const block = Buffer.from(LINE.repeat(1000))
  const start = systemClock.monotonic()
  for (let sent = 0; sent < LINES; sent += 1000) if (!client.write(block)) await once(client, 'drain')
  client.end()
  await done
  rate('tcp input, sender in the same thread', count, systemClock.monotonic() - start)
  await run.input.stop()
}

codec()
codec()
await socket()
await socket()
