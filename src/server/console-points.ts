import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { fail } from '../diagnostic/index.ts'
import { isObject, toValue, type Value, type ValueObject } from '../event/index.ts'
import { checkSearch } from '../search/dsl/index.ts'
import type { IndexSelection, SearchHit, Store } from '../search/index.ts'
import { guardStore } from './guarded-store.ts'
import { bodyStream, bodyText, readJson } from './request-body.ts'
import { requestIdentity } from './server.ts'

const PAGE = 5_000
/** Into which a stretch of time is divided that has more events than a page. */
const PARTS = 500
/** As far as a search may be paged by position. */
const MOST_SKIPPED = 10_000
const MOST = 2_000_000

/**
 * `POST /_vedetta/_points` with `{ index, query, field, size }`: the time and one field of every event of a query, for the
 * scan view, as NDJSON of `{ t: epoch millis[], y: values[] }`. It reads a stretch of time after the other, so that a
 * million events need no memory and the first are drawn at once.
 */
export function registerPoints(app: FastifyInstance, store: Store): void {
  app.post('/_vedetta/_points', async (request, reply) => {
    const body = readJson(await bodyText(bodyStream(request.raw, 1024 * 1024)))
    if (!isObject(body)) throw fail('rest.body_missing')
    const { index, query, field, size } = body
    if (typeof index !== 'string' || typeof field !== 'string' || !isObject(query))
      throw fail('rest.validation', { reason: "'index' and 'field' must be strings, 'query' an object" })
    const most = Math.min(MOST, typeof size === 'number' && size > 0 ? size : MOST)
    const selection = { expressions: index.split(','), ignoreUnavailable: true, allowNoIndices: true }
    const who = requestIdentity(request)
    const guarded = guardStore(store, () => who)
    // Refused before the answer begins.
    await guarded.resolveIndices(selection)
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort())
    const lines = Readable.from(pointLines(guarded, selection, query, field, most, gone.signal))
    return reply.type('application/x-ndjson').header('cache-control', 'no-store').send(lines)
  })
}

async function* pointLines(
  store: Store,
  selection: IndexSelection,
  query: ValueObject,
  field: string,
  most: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const present = { exists: { field } }
  const search = (body: object): ReturnType<Store['search']> =>
    store.search(selection, checkSearch(toValue(body)), { signal })
  const within = ({ from, to }: Stretch): object => ({
    bool: { filter: [query, present, { range: { '@timestamp': { gte: from, lt: to, format: 'epoch_millis' } } }] },
  })
  /** Counts of equal parts of a stretch, those without events left out. */
  const parts = async (stretch: Stretch): Promise<Stretch[]> => {
    const interval = Math.max(1, Math.ceil((stretch.to - stretch.from) / PARTS))
    const times = { date_histogram: { field: '@timestamp', fixed_interval: `${interval}ms`, min_doc_count: 1 } }
    const { aggregations } = await search({ size: 0, query: within(stretch), aggs: { times } })
    const buckets = isObject(aggregations?.['times']) ? aggregations['times']['buckets'] : undefined
    return (Array.isArray(buckets) ? buckets.filter(isObject) : []).map((bucket) => ({
      from: Math.max(stretch.from, Number(bucket['key'])),
      to: Math.min(stretch.to, Number(bucket['key']) + interval),
      count: Number(bucket['doc_count']),
    }))
  }
  const head = await search({
    size: 0,
    track_total_hits: true,
    query: { bool: { filter: [query, present] } },
    aggs: { first: { min: { field: '@timestamp' } }, last: { max: { field: '@timestamp' } } },
  })
  const first = valueOf(head.aggregations, 'first')
  const last = valueOf(head.aggregations, 'last')
  if (first === undefined || last === undefined) return
  let left = Math.min(most, head.hits.total?.value ?? 0)
  const whole = { from: Math.floor(first), to: Math.floor(last) + 1, count: head.hits.total?.value ?? 0 }
  for await (const stretch of smallStretches(whole, parts)) {
    for (let skip = 0; left > 0 && skip < Math.min(stretch.count, MOST_SKIPPED); skip += PAGE) {
      const { hits } = await search({
        size: Math.min(PAGE, left),
        from: skip,
        track_total_hits: false,
        _source: false,
        query: within(stretch),
        docvalue_fields: [{ field: '@timestamp', format: 'epoch_millis' }, field],
        sort: [{ '@timestamp': 'asc' }],
      })
      if (hits.hits.length === 0) break
      yield lineOf(hits.hits, field)
      left -= hits.hits.length
    }
    if (left <= 0) return
  }
}

/** From a moment up to another, and how many events are in it. */
interface Stretch {
  readonly from: number
  readonly to: number
  readonly count: number
}

/**
 * A stretch of time in pieces of a page each, in order, so that no search sorts more than it shows. Only where a single
 * millisecond has more is a piece larger.
 */
async function* smallStretches(
  whole: Stretch,
  partsOf: (stretch: Stretch) => Promise<Stretch[]>,
): AsyncGenerator<Stretch> {
  if (whole.count <= PAGE || whole.to - whole.from <= 1) {
    yield whole
    return
  }
  let joined: Stretch | undefined
  for (const part of await partsOf(whole)) {
    if (joined !== undefined && joined.count + part.count <= PAGE) {
      joined = { from: joined.from, to: part.to, count: joined.count + part.count }
      continue
    }
    if (joined !== undefined) yield* smallStretches(joined, partsOf)
    joined = part
  }
  if (joined !== undefined) yield* smallStretches(joined, partsOf)
}

function lineOf(hits: readonly SearchHit[], field: string): string {
  const times: number[] = []
  const values: Value[] = []
  for (const hit of hits) {
    const fields = hit['fields'] as Record<string, Value[] | undefined> | undefined
    const time = Number(fields?.['@timestamp']?.[0])
    for (const value of fields?.[field] ?? []) {
      times.push(time)
      values.push(value)
    }
  }
  return `${JSON.stringify({ t: times, y: values })}\n`
}

function valueOf(aggregations: ValueObject | undefined, name: string): number | undefined {
  const part = aggregations?.[name]
  const value = isObject(part) ? part['value'] : undefined
  return value === undefined || value === null ? undefined : Number(value)
}
