/**
 * The seed's rule as a value_count, judged by Vedetta and, where it is installed, by rsigma over the same file:
 * `cargo install rsigma --version 0.23.0 --locked`; `npm run bench -- correlation [PAIRS]`.
 *
 * - many pairs: each event is of another pair; one pair: it holds 1,800 distinct ports at any time.
 * - The processor time is of all threads, the collector's among them: it tells more than the clock where others use the machine.
 */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { newObject, type ValueObject } from '../src/event/index.ts'
import { createSigmaDetector, parseRules } from '../src/detect/sigma/index.ts'

const PAIRS = Number(process.argv[2] ?? 1_000_000)
const BATCH = 500
const START = Date.UTC(2026, 10, 24, 8)
// rsigma finds only rules that have an id.
const RULES = `title: connection
id: 6f3c0b1e-55d3-4b6e-9d57-3c1f7a1f0a01
name: connection
logsource: {category: firewall}
detection:
  selection:
    dst_port|exists: true
  condition: selection
---
title: scan
id: 6f3c0b1e-55d3-4b6e-9d57-3c1f7a1f0a02
correlation: {type: value_count, rules: [connection], group-by: [src_ip, dst_ip], timespan: 30s, condition: {gt: 50, field: dst_port}}
`

type Connection = readonly [pair: number, port: number, millis: number]

function fieldsOf([pair, port, millis]: Connection): ValueObject {
  return Object.assign(newObject(), {
    '@timestamp': new Date(START + millis).toISOString(),
    src_ip: `10.${(pair >> 16) & 255}.${(pair >> 8) & 255}.${pair & 255}`,
    dst_ip: '192.0.2.1',
    dst_port: port,
  })
}

function judge(name: string, count: number, connection: (n: number) => Connection): void {
  const detector = createSigmaDetector(parseRules({ name: 'scan.yml', text: RULES }).rules)
  let spent = 0
  let took = 0
  let findings = 0
  for (let first = 0; first < count; first += BATCH) {
    const events = Array.from({ length: Math.min(BATCH, count - first) }, (_, n) => {
      const one = connection(first + n)
      return { fields: fieldsOf(one), time: START + one[2], index: 'bench' }
    })
    const cpu = process.cpuUsage()
    const began = performance.now()
    findings += detector.see(events).length
    took += performance.now() - began
    const { user, system } = process.cpuUsage(cpu)
    spent += user + system
  }
  globalThis.gc?.()
  console.log(
    `${name}: ${Math.round(count / (took / 1000)).toLocaleString('en')} events/s, ${(spent / count).toFixed(2)} µs of processor time an event, ` +
      `${Math.round(process.memoryUsage().rss / 1e6)} MB resident, ${detector.stats['groups']} pairs, ${findings} findings`,
  )
}

async function peer(name: string, count: number, connection: (n: number) => Connection): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'vedetta-bench-'))
  try {
    writeFileSync(join(folder, 'scan.yml'), RULES)
    const file = createWriteStream(join(folder, 'events.ndjson'))
    for (let n = 0; n < count; n += BATCH) {
      const lines = Array.from({ length: Math.min(BATCH, count - n) }, (_, i) =>
        JSON.stringify(fieldsOf(connection(n + i))),
      )
      if (!file.write(`${lines.join('\n')}\n`)) await once(file, 'drain')
    }
    file.end()
    await finished(file)
    const began = performance.now()
    const parameters = [
      'engine',
      'eval',
      '--no-detections',
      '-r',
      join(folder, 'scan.yml'),
      '-e',
      `@${join(folder, 'events.ndjson')}`,
    ]
    const { status, error } = spawnSync('rsigma', parameters, { stdio: ['ignore', 'ignore', 'inherit'] })
    const seconds = (performance.now() - began) / 1000
    const rate = `${Math.round(count / seconds).toLocaleString('en')} events/s with reading the file`
    const said = error === undefined ? (status === 0 ? rate : `exit code ${status}`) : 'not installed'
    console.log(`rsigma, ${name}: ${said}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const many = (n: number): Connection => [n, n % 1000, n / 100]
/** A port a hundredth of a second: 1,800 within the window of 30 s, each seen again and again. */
const one = (n: number): Connection => [1, n % 1800, n * 10]
judge(`${PAIRS.toLocaleString('en')} pairs`, PAIRS, many)
judge('one pair, 1,800 ports', PAIRS / 2, one)
await peer(`${PAIRS.toLocaleString('en')} pairs`, PAIRS, many)
// It goes over the whole window at each event: few are enough to see how fast it is.
await peer('one pair, 1,800 ports', 20_000, one)
