/** How fast the embedded store takes the seed's events, what they cost on disk, and how much memory that takes. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../src/clock/index.ts'
import { nullLogger } from '../src/diagnostic/index.ts'
import { toValue, type ValueObject } from '../src/event/index.ts'
import { openEmbeddedStore, type BulkOperation } from '../src/search/index.ts'

const DOCUMENTS = Number(process.argv[2] ?? 1_000_000)
const BATCH = 500
const CONNECTIONS = 4

const day = Date.UTC(2016, 1, 8)
let state = 12345
function random(below: number): number {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0
  return (state >>> 8) % below
}

function event(i: number): string {
  const millis = day + i * 3
  const iso = new Date(millis).toISOString()
  const micros = String(random(1000)).padStart(3, '0')
  return JSON.stringify({
    '@version': '1',
    '@timestamp': iso,
    host: '127.0.0.1',
    port: 41433,
    type: 'tcpdump',
    timestamp: `${iso.slice(0, 10)} ${iso.slice(11, 23)}${micros}`,
    src_ip: `10.0.${random(8)}.${random(256)}`,
    src_port: String(1024 + random(64_000)),
    dst_ip: `192.168.1.${random(256)}`,
    dst_port: String(random(10) < 8 ? [80, 443, 22, 53, 25][random(5)]! : random(65_536)),
    tags: ['portscan'],
  })
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }))
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size
  return bytes
}

function cpuSeconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1e6
}

const keyword = { type: 'keyword' }
const TEMPLATE = {
  index_patterns: ['logstash-tcpdump-*'],
  mappings: {
    properties: {
      '@timestamp': { type: 'date' },
      '@version': keyword,
      host: keyword,
      port: { type: 'long' },
      type: keyword,
      timestamp: keyword,
      src_ip: { type: 'ip', ignore_malformed: true },
      src_port: keyword,
      dst_ip: { type: 'ip', ignore_malformed: true },
      dst_port: keyword,
      tags: keyword,
    },
  },
}

const folder = await mkdtemp(join(tmpdir(), 'vedetta-bench-'))
try {
  const store = await openEmbeddedStore({ path: folder, clock: systemClock, logger: nullLogger })
  await store.putTemplate('tcpdump', toValue(TEMPLATE) as ValueObject)
  // The texts are made in runs, so that making them is not measured and they do not fill the memory.
  let next = 0
  let spent = 0
  let cpu = 0
  let raw = 0
  while (next < DOCUMENTS) {
    const run: BulkOperation[][] = []
    for (let b = 0; b < 200 && next < DOCUMENTS; b++) {
      const batch: BulkOperation[] = []
      for (let i = 0; i < BATCH && next < DOCUMENTS; i++) {
        const source = event(next++)
        raw += source.length
        batch.push({ action: 'index', index: 'logstash-tcpdump-2016.02.08', source })
      }
      run.push(batch)
    }
    const start = performance.now()
    const used = process.cpuUsage()
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        for (let batch = run.pop(); batch !== undefined; batch = run.pop()) {
          const items = await store.bulk(batch)
          if (items.some(({ status }) => status !== 201))
            throw new Error(JSON.stringify(items.find(({ status }) => status !== 201)))
        }
      }),
    )
    spent += performance.now() - start
    cpu += cpuSeconds(used)
  }
  const closing = performance.now()
  const used = process.cpuUsage()
  await store.close()
  spent += performance.now() - closing
  cpu += cpuSeconds(used)
  const bytes = await sizeOf(folder)
  const perSecond = Math.round(DOCUMENTS / (spent / 1000))
  console.log(`ingest: ${DOCUMENTS.toLocaleString('en')} documents of ${Math.round(raw / DOCUMENTS)} bytes`)
  console.log(`  ${perSecond.toLocaleString('en')} documents/s until all is sealed and the store closed`)
  console.log(`  ${((cpu / DOCUMENTS) * 1e6).toFixed(1)} µs of processor time a document, all threads`)
  console.log(`  ${(bytes / DOCUMENTS).toFixed(1)} bytes a document on disk`)
  console.log(`  ${Math.round(process.resourceUsage().maxRSS / 1024)} MB peak resident`)
  const opening = performance.now()
  const again = await openEmbeddedStore({ path: folder, clock: systemClock, logger: nullLogger })
  console.log(`  opened again in ${Math.round(performance.now() - opening)} ms`)
  await again.close()
} finally {
  await rm(folder, { recursive: true, force: true })
}
