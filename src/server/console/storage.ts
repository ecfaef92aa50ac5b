import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, toValue, type Value, type ValueObject } from '../../event/index.ts'
import { checkSearch } from '../../search/dsl/index.ts'
import type { IndexSummary, Router, Store } from '../../search/index.ts'
import type { Settings } from '../../settings/index.ts'
import { objectOf, textsOf } from './body.ts'

const ALL = { expressions: ['*'], ignoreUnavailable: true, allowNoIndices: true } as const
const MOST_INDICES = 1_000
const MOST_DELETED = 10_000

/**
 * What the store holds and lets go: `GET /_vedetta/store` by index and day, `POST /_vedetta/store/_delete` with
 * `indices` and `dry_run`. The bytes of a day are its share of the documents of each index.
 */
export function registerStorageRoutes(router: Router, store: Store, { values }: Settings): void {
  router.route({
    method: 'GET',
    path: '/_vedetta/store',
    async handle() {
      const summaries = await store.describeIndices({ ...ALL, expandWildcards: ['open', 'closed', 'hidden'] })
      const times = await timesOf(store)
      return {
        body: {
          type: values['store.type'],
          retention: { age: values['store.retention.age'], disk: values['store.retention.disk'] },
          ...(await store.health()),
          indices: summaries.map((summary) => ({ ...summary, ...times.spans.get(summary.name) })),
          days: daysOf(times.days, summaries),
        },
      }
    },
  })
  router.route({
    method: 'POST',
    path: '/_vedetta/store/_delete',
    async handle(request) {
      const body = objectOf(request, ['indices', 'dry_run'])
      const names = textsOf(body, 'indices', MOST_DELETED)
      for (const name of names)
        if (name === '' || /^[.<_+-]|[*,]/.test(name))
          throw fail('rest.validation', {
            reason: `'indices' must be names of indices of events, got '${name.slice(0, 200)}'`,
          })
      const found = names.length === 0 ? [] : await store.describeIndices({ expressions: names, aliases: false })
      const dryRun = body['dry_run'] !== false
      if (!dryRun && found.length > 0) await store.deleteIndices({ expressions: found.map(({ name }) => name) })
      return {
        body: {
          dry_run: dryRun,
          indices: found.map(({ name, documents, bytes }) => ({ name, documents, bytes })),
          documents: found.reduce((sum, { documents }) => sum + documents, 0),
          bytes: found.reduce((sum, { bytes }) => sum + bytes, 0),
        },
      }
    },
  })
}

interface Times {
  readonly spans: ReadonlyMap<string, { readonly oldest: number; readonly newest: number }>
  readonly days: readonly { readonly index: string; readonly day: number; readonly documents: number }[]
}

/** First and last event of each index, and its events by day. */
async function timesOf(store: Store): Promise<Times> {
  const body = toValue({
    size: 0,
    query: { exists: { field: '@timestamp' } },
    aggs: {
      indices: {
        terms: { field: '_index', size: MOST_INDICES },
        aggs: {
          oldest: { min: { field: '@timestamp' } },
          newest: { max: { field: '@timestamp' } },
          days: { date_histogram: { field: '@timestamp', calendar_interval: 'day', min_doc_count: 1 } },
        },
      },
    },
  })
  const { aggregations = newObject() } = await store.search(ALL, checkSearch(body))
  const spans = new Map<string, { oldest: number; newest: number }>()
  const days: { index: string; day: number; documents: number }[] = []
  for (const bucket of bucketsOf(aggregations['indices'])) {
    const index = String(bucket['key'])
    spans.set(index, { oldest: valueOf(bucket['oldest']), newest: valueOf(bucket['newest']) })
    for (const day of bucketsOf(bucket['days']))
      days.push({ index, day: Number(day['key']), documents: Number(day['doc_count']) })
  }
  return { spans, days }
}

function daysOf(days: Times['days'], summaries: readonly IndexSummary[]): object[] {
  const each = new Map(summaries.map(({ name, documents, bytes }) => [name, documents === 0 ? 0 : bytes / documents]))
  const sums = new Map<number, { documents: number; bytes: number }>()
  for (const { index, day, documents } of days) {
    const sum = sums.get(day) ?? { documents: 0, bytes: 0 }
    sum.documents += documents
    sum.bytes += documents * (each.get(index) ?? 0)
    sums.set(day, sum)
  }
  return [...sums]
    .sort(([a], [b]) => b - a)
    .map(([day, { documents, bytes }]) => ({ day, documents, bytes: Math.round(bytes) }))
}

function bucketsOf(aggregation: Value | undefined): ValueObject[] {
  const buckets = isObject(aggregation) ? aggregation['buckets'] : undefined
  return Array.isArray(buckets) ? buckets.filter(isObject) : []
}

function valueOf(aggregation: Value | undefined): number {
  return isObject(aggregation) ? Number(aggregation['value']) : Number.NaN
}
