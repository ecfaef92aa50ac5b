import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { fail } from '../diagnostic/index.ts'
import { isObject, parseJson, toValue, type Value, type ValueObject } from '../event/index.ts'
import { checkSearch } from '../search/dsl/index.ts'
import type { IndexSelection, Store } from '../search/index.ts'
import { guardStore } from './guarded-store.ts'
import { bodyStream, bodyText } from './request-body.ts'
import { requestIdentity } from './server.ts'

const PAGE = 10_000
const MOST = 2_000_000

/**
 * `POST /_vedetta/_points` with `{ index, query, field, size }`: the time and one field of every event of a query, for the
 * scan view, as NDJSON of `{ t: epoch millis[], y: values[] }`. It reads a stretch of time after the other, so that a
 * million events need no memory and the first are drawn at once.
 */
export function registerPoints(app: FastifyInstance, store: Store): void {
  app.post('/_vedetta/_points', async (request, reply) => {
    const body = parseJson(await bodyText(bodyStream(request.raw, 1024 * 1024)))
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
  const head = await search({
    size: 0,
    track_total_hits: true,
    query: { bool: { filter: [query, present] } },
    aggs: { first: { min: { field: '@timestamp' } }, last: { max: { field: '@timestamp' } } },
  })
  let left = Math.min(most, head.hits.total?.value ?? 0)
  const last = valueOf(head.aggregations, 'last')
  let from = valueOf(head.aggregations, 'first')
  let after: readonly unknown[] | undefined
  if (last === undefined) return
  while (left > 0 && from !== undefined) {
    const range = { range: { '@timestamp': { gte: from, lte: last, format: 'epoch_millis' } } }
    const { hits } = await search({
      size: Math.min(PAGE, left),
      track_total_hits: false,
      _source: false,
      query: { bool: { filter: [query, present, range] } },
      docvalue_fields: [{ field: '@timestamp', format: 'epoch_millis' }, field],
      sort: [{ '@timestamp': 'asc' }],
      ...(after === undefined ? {} : { search_after: after }),
    })
    const times: number[] = []
    const values: Value[] = []
    for (const hit of hits.hits) {
      const fields = hit['fields'] as Record<string, Value[] | undefined> | undefined
      const time = Number(fields?.['@timestamp']?.[0])
      for (const value of fields?.[field] ?? []) {
        times.push(time)
        values.push(value)
      }
    }
    if (hits.hits.length === 0) return
    yield `${JSON.stringify({ t: times, y: values })}\n`
    left -= hits.hits.length
    after = hits.hits.at(-1)!.sort
    from = Math.floor(Number(after?.[0] ?? last))
  }
}

function valueOf(aggregations: ValueObject | undefined, name: string): number | undefined {
  const part = aggregations?.[name]
  const value = isObject(part) ? part['value'] : undefined
  return value === undefined || value === null ? undefined : Number(value)
}
