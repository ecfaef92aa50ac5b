/**
 * Many watches at once on the embedded store: how late they run, what a run costs, and what stays in memory; then what
 * a Painless condition over a thousand buckets costs.
 * `npm run bench -- watches [WATCHES] [SECONDS] [EVENTS]`
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../src/clock/index.ts'
import { nullLogger } from '../src/diagnostic/index.ts'
import { isObject, Timestamp, toValue, type Value, type ValueObject } from '../src/event/index.ts'
import { openNotifier } from '../src/notify/index.ts'
import { compileScript } from '../src/script/index.ts'
import { openEmbeddedStore, type Store } from '../src/search/index.ts'
import { createWatcher, watchScripts } from '../src/watch/index.ts'

const [WATCHES = 1000, SECONDS = 60, EVENTS = 1_000_000] = process.argv.slice(2).map(Number)
const INTERVAL = 10
const BATCH = 2000

async function fill(store: Store): Promise<void> {
  const now = Date.now()
  for (let at = 0; at < EVENTS; at += BATCH) {
    const operations = Array.from({ length: Math.min(BATCH, EVENTS - at) }, (_, i) => {
      const n = at + i
      // An hour of events, the last of them now.
      const time = new Date(now - 3_600_000 + (3_600_000 * n) / EVENTS).toISOString()
      const source = `{"@timestamp":"${time}","src_ip":"10.0.${n % 50}.${n % 200}","dst_port":${n % 1000},"bytes":${n % 1500}}`
      return { action: 'index' as const, index: 'events', source }
    })
    await store.bulk(operations)
  }
}

/** A search of the last five minutes by host, and a condition that looks at every bucket. */
function watch(i: number): Value {
  return toValue({
    trigger: { schedule: { interval: `${INTERVAL}s` } },
    input: {
      search: {
        request: {
          indices: ['events'],
          body: {
            size: 0,
            query: {
              bool: {
                filter: [{ range: { '@timestamp': { gte: 'now-5m' } } }, { range: { dst_port: { lte: i % 1000 } } }],
              },
            },
            aggs: {
              hosts: { terms: { field: 'src_ip.keyword', size: 20 }, aggs: { bytes: { sum: { field: 'bytes' } } } },
            },
          },
        },
      },
    },
    condition: {
      script: {
        lang: 'painless',
        source: 'return ctx.payload.aggregations.hosts.buckets.stream().anyMatch(b -> b.bytes.value > params.limit)',
        params: { limit: 1e12 },
      },
    },
    actions: { log: { logging: { text: 'never' } } },
  })
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

const folder = mkdtempSync(join(tmpdir(), 'vedetta-bench-watches-'))
const options = { clock: systemClock, logger: nullLogger }
const store = await openEmbeddedStore({ path: join(folder, 'store'), ...options })
const notifier = await openNotifier({ dataPath: folder, settings: new Map(), ...options })
const watcherOptions = { store, scripts: watchScripts(), notifier, dataPath: folder, ...options }
try {
  await fill(store)
  const first = createWatcher(watcherOptions)
  for (let i = 0; i < WATCHES; i++) await first.put(`w${i}`, watch(i))
  // As a start finds them: stored, to be spread over the interval.
  const watcher = createWatcher(watcherOptions)
  await watcher.start()
  const cpu = process.cpuUsage()
  await systemClock.sleep(SECONDS * 500)
  globalThis.gc?.()
  const halfway = process.memoryUsage().rss
  await systemClock.sleep(SECONDS * 500)
  globalThis.gc?.()
  const { rss } = process.memoryUsage()
  await watcher.stop()
  const { user, system } = process.cpuUsage(cpu)
  const records = await watcher.history(undefined, 10_000)
  const lags = records.flatMap(lagOf).sort((a, b) => a - b)
  const states = new Set(records.map(({ state }) => String(state)))
  console.log(
    `${WATCHES} watches every ${INTERVAL} s over ${EVENTS} events for ${SECONDS} s: ${lags.length} runs (${[...states].join(', ')}), ` +
      `late by ${quantile(lags, 0.5)} ms at the median, ${quantile(lags, 0.99)} ms at p99, ${lags.at(-1)} ms at most; ` +
      `${((user + system) / 1000 / lags.length).toFixed(1)} ms of processor time a run, ` +
      `${(rss / 2 ** 20).toFixed(0)} MB resident (${(halfway / 2 ** 20).toFixed(0)} at half the time)`,
  )
} finally {
  await notifier.close()
  await store.close()
  rmSync(folder, { recursive: true, force: true })
}

/** From when a run was due to when it began, in milliseconds. */
function lagOf({ trigger_event, result }: ValueObject): number[] {
  const schedule = isObject(trigger_event) ? trigger_event['schedule'] : undefined
  const due = isObject(schedule) ? millis(schedule['scheduled_time']) : undefined
  const began = isObject(result) ? millis(result['execution_time']) : undefined
  return due === undefined || began === undefined ? [] : [began - due]
}

function millis(value: Value | undefined): number | undefined {
  return value instanceof Timestamp ? value.millis : typeof value === 'string' ? Date.parse(value) : undefined
}

const buckets = Array.from({ length: 1000 }, (_, i) => ({ key: `10.0.0.${i}`, doc_count: i, ports: { value: i } }))
const variables = toValue({ ctx: { payload: { buckets } } }) as ValueObject
const script = compileScript(
  {
    source: 'return ctx.payload.buckets.stream().filter(b -> b.ports.value > 990 && b.doc_count > 5).count() > 3',
    lang: 'painless',
  },
  { context: 'watcher_condition' },
)
for (let i = 0; i < 200; i++) script.run(variables)
const began = performance.now()
for (let i = 0; i < 200; i++) script.run(variables)
console.log(`a condition over 1,000 buckets: ${((performance.now() - began) / 200).toFixed(2)} ms`)
