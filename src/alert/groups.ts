import type { ValueObject, Value } from '../event/index.ts'
import { isObject, toValue } from '../event/index.ts'
import { checkSearch } from '../search/dsl/index.ts'
import type { Store } from '../search/index.ts'
import { fail } from '../diagnostic/index.ts'
import { SEVERITIES } from './alert.ts'
import { textAt } from './document.ts'
import { ALERTS } from './indices.ts'

export interface AlertGroup {
  readonly key: Readonly<Record<string, string>>
  readonly count: number
  readonly severity: string
  readonly first: number
  readonly last: number
  readonly targets: number
  readonly ports: number
  /** Alerts in each of 24 equal parts from the first to the last of the list. */
  readonly sparkline: readonly number[]
  /** The newest alert of the group, and the name of its rule. */
  readonly sample: string
  readonly name: string
}

const FIELDS: Readonly<Record<string, string>> = {
  rule: 'rule.id',
  entity: 'vedetta.alert.entity.value',
  severity: 'vedetta.alert.severity',
  status: 'vedetta.alert.status',
  assignee: 'vedetta.alert.assignee',
  target: 'vedetta.alert.targets',
}
const PARTS = 24

/** Groups of alerts, the newest first, made by the Store. */
export async function groupAlerts(
  store: Store,
  query: object,
  by: readonly string[],
  size: number,
): Promise<{ total: number; groups: AlertGroup[] }> {
  for (const name of by)
    if (!Object.hasOwn(FIELDS, name))
      throw fail('alert.invalid', { name: 'by', expected: `some of ${Object.keys(FIELDS).join(', ')}`, got: name })
  const selection = { expressions: [ALERTS], ignoreUnavailable: true, allowNoIndices: true }
  const search = (body: object): ReturnType<Store['search']> =>
    store.search(selection, checkSearch(toValue({ size: 0, track_total_hits: true, query, ...body })))
  const range = await search({
    aggs: { first: { min: { field: '@timestamp' } }, last: { max: { field: '@timestamp' } } },
  })
  const total = range.hits.total?.value ?? 0
  if (total === 0) return { total, groups: [] }
  const first = numberAt(range.aggregations, 'first')
  const width = Math.max(1, Math.ceil((numberAt(range.aggregations, 'last') - first + 1) / PARTS))
  const leaf = {
    first: { min: { field: '@timestamp' } },
    last: { max: { field: '@timestamp' } },
    level: { max: { field: 'vedetta.alert.level' } },
    targets: { cardinality: { field: 'vedetta.alert.targets' } },
    ports: { cardinality: { field: 'vedetta.alert.ports' } },
    times: { histogram: { field: '@timestamp', interval: width, offset: first % width, min_doc_count: 1 } },
    sample: { top_hits: { size: 1, sort: [{ '@timestamp': 'desc' }], _source: ['rule.name'] } },
  }
  const nested = (inner: object): object =>
    by.reduceRight<object>(
      (aggs, name) => ({
        group: { terms: { field: FIELDS[name]!, size, order: { last: 'desc' } }, aggs: withLast(aggs) },
      }),
      inner,
    )
  // First which groups are shown, by their newest alert alone: all the rest is worked out for those.
  const newest: { readonly key: Readonly<Record<string, string>>; readonly last: number }[] = []
  const dated = await search({ aggs: nested({ last: leaf.last }) })
  collect(dated.aggregations, by, {}, (key, bucket) => newest.push({ key, last: numberAt(bucket, 'last') }))
  const shown = newest.sort((a, b) => b.last - a.last).slice(0, size)
  const keys = new Set(shown.map(({ key }) => JSON.stringify(key)))
  const chosen = by.map((name) => ({ terms: { [FIELDS[name]!]: [...new Set(shown.map(({ key }) => key[name]!))] } }))
  const found = await search({ query: { bool: { filter: [query, ...chosen] } }, aggs: nested(leaf) })
  const groups: AlertGroup[] = []
  collect(found.aggregations, by, {}, (key, bucket) => {
    if (!keys.has(JSON.stringify(key))) return
    const sparkline = Array.from({ length: PARTS }, () => 0)
    for (const part of bucketsOf(bucket, 'times')) {
      const at = Math.min(PARTS - 1, Math.max(0, Math.floor((Number(part['key']) - first) / width)))
      sparkline[at] = sparkline[at]! + Number(part['doc_count'])
    }
    const hits = bucket['sample']
    const inner = isObject(hits) && isObject(hits['hits']) ? hits['hits']['hits'] : undefined
    const hit = Array.isArray(inner) && isObject(inner[0]) ? inner[0] : undefined
    groups.push({
      key,
      count: Number(bucket['doc_count']),
      severity: SEVERITIES[numberAt(bucket, 'level')] ?? 'informational',
      first: numberAt(bucket, 'first'),
      last: numberAt(bucket, 'last'),
      targets: numberAt(bucket, 'targets'),
      ports: numberAt(bucket, 'ports'),
      sparkline,
      sample: String(hit?.['_id'] ?? ''),
      name: isObject(hit?.['_source']) ? (textAt(hit['_source'], 'rule.name') ?? '') : '',
    })
  })
  groups.sort((a, b) => b.last - a.last)
  return { total, groups }
}

/** Outer groups are ordered by their newest alert as well. */
function withLast(aggs: object): object {
  return 'last' in aggs ? aggs : { ...aggs, last: { max: { field: '@timestamp' } } }
}

function collect(
  holder: ValueObject | undefined,
  by: readonly string[],
  key: Record<string, string>,
  take: (key: Record<string, string>, bucket: ValueObject) => void,
): void {
  const [name, ...rest] = by
  for (const bucket of bucketsOf(holder, 'group')) {
    const inner = { ...key, [name!]: String(bucket['key']) }
    if (rest.length === 0) take(inner, bucket)
    else collect(bucket, rest, inner, take)
  }
}

function bucketsOf(holder: ValueObject | undefined, name: string): ValueObject[] {
  const aggregation = holder?.[name]
  const buckets: Value | undefined = isObject(aggregation) ? aggregation['buckets'] : undefined
  return Array.isArray(buckets) ? buckets.filter(isObject) : []
}

function numberAt(holder: ValueObject | undefined, name: string): number {
  const part = holder?.[name]
  const value = isObject(part) ? part['value'] : undefined
  return value === undefined || value === null ? 0 : Number(value)
}
