/**
 * The seed query and a few others over a million events, in memory: median and 99th percentile in milliseconds.
 * `npm run bench -- seed-query [EVENTS] [RUNS]`
 */
import { parseJson, toValue, type ValueObject } from '../src/event/index.ts'
import { systemClock } from '../src/clock/index.ts'
import {
  applyTemplates,
  checkSearch,
  mapDocument,
  mergeMapping,
  EMPTY_MAPPING,
  parseTemplate,
} from '../src/search/dsl/index.ts'
import { executeSearch, type SearchedIndex } from '../src/search/embedded/evaluator/index.ts'
import { shippedTemplates } from '../src/search/index.ts'
import { memoryIndex } from '../test/memory-segments.ts'

const EVENTS = Number(process.argv[2] ?? 1_000_000)
const RUNS = Number(process.argv[3] ?? 60)
const SEGMENT = 131_072
/** Events are spread evenly over so many seconds, the last one now. */
const SECONDS = 60
const NOW = Date.UTC(2026, 1, 8, 12)

let seed = 42
function random(below: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((seed / 2 ** 32) * below)
}

/** Ordinary traffic from 5,000 hosts to 50, and one scan among it. */
function event(i: number): ValueObject {
  const scan = i % 1000 === 0
  return toValue({
    '@timestamp': new Date(NOW - SECONDS * 1000 * (1 - i / EVENTS)).toISOString(),
    type: 'tcpdump',
    tags: ['network', 'tcp_connection_started'],
    src_ip: scan ? '203.0.113.9' : `10.1.${random(20)}.${random(250)}`,
    src_port: String(1024 + random(64_000)),
    dst_ip: `192.168.1.${scan ? 7 : random(50)}`,
    dst_port: String(scan ? (i / 1000) % 500 : [80, 443, 22, 53, 8080][random(5)]!),
  }) as ValueObject
}

const templates = shippedTemplates().map(({ name, body }) => parseTemplate(name, body))
const { mappings } = applyTemplates('logstash-tcpdump-2026.02.08', templates)
const segments: SearchedIndex['segments'][number][] = []
let mapping = mergeMapping(EMPTY_MAPPING, mappings)
for (let start = 0; start < EVENTS; start += SEGMENT) {
  const documents = Array.from({ length: Math.min(SEGMENT, EVENTS - start) }, (_, i) => event(start + i))
  const index = memoryIndex('logstash-tcpdump-2026.02.08', mappings, documents, SEGMENT, start)
  mapping = index.mapping
  segments.push(...index.segments)
}
const index: SearchedIndex = { name: 'logstash-tcpdump-2026.02.08', mapping, segments }

const seedAggregations = {
  by_src_ip: {
    terms: { field: 'src_ip' },
    aggs: {
      by_target_ip: {
        terms: { field: 'dst_ip', order: { unique_port_count: 'desc' } },
        aggs: { unique_port_count: { cardinality: { field: 'dst_port' } } },
      },
    },
  },
}
const seedQuery = (window: string): object => ({
  size: 0,
  query: {
    bool: { must: [{ match: { tags: 'tcp_connection_started' } }, { range: { '@timestamp': { gte: window } } }] },
  },
  aggs: seedAggregations,
})

const SEARCHES: Record<string, object> = {
  'seed query, window of a second': seedQuery('now-1s'),
  'seed query, window of half the events': seedQuery('now-30s'),
  'seed query, all events': seedQuery('now-1h'),
  'date_histogram by second, all': {
    size: 0,
    aggs: { t: { date_histogram: { field: '@timestamp', fixed_interval: '1s' } } },
  },
  'terms of 5,000 values': { size: 0, aggs: { t: { terms: { field: 'src_ip' } } } },
  'terms of 64,000 values': { size: 0, aggs: { t: { terms: { field: 'src_port' } } } },
  'terms of few values': { size: 0, aggs: { t: { terms: { field: 'dst_port' } } } },
  'filter and histogram': {
    size: 0,
    query: { term: { dst_port: '22' } },
    aggs: { t: { date_histogram: { field: '@timestamp', fixed_interval: '1s' } } },
  },
  'newest ten': { sort: [{ '@timestamp': 'desc' }] },
}

for (const [name, body] of Object.entries(SEARCHES)) {
  const search = checkSearch(toValue(body))
  const times: number[] = []
  for (let i = 0; i < RUNS + 5; i++) {
    const start = performance.now()
    await executeSearch([index], search, { now: NOW, clock: systemClock })
    if (i >= 5) times.push(performance.now() - start)
  }
  times.sort((a, b) => a - b)
  const at = (part: number): string => times[Math.min(times.length - 1, Math.floor(times.length * part))]!.toFixed(1)
  console.log(`${name.padEnd(40)} median ${at(0.5).padStart(7)} ms   p99 ${at(0.99).padStart(7)} ms`)
}

const texts = Array.from({ length: 20_000 }, (_, i) => parseJson(JSON.stringify(event(i))))
let best = 0
for (let round = 0; round < 10; round++) {
  const start = performance.now()
  for (const document of texts) mapDocument(mapping, document)
  best = Math.max(best, texts.length / (performance.now() - start))
}
console.log(`mapDocument${' '.repeat(29)} ${Math.round(best * 1000)} documents/s`)
console.log(
  `resident ${Math.round(process.memoryUsage().rss / 1e6)} MB, ${EVENTS} events in ${segments.length} segments`,
)
