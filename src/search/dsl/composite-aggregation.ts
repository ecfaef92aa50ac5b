/** A bucket for each combination of values: composite, multi_terms. */
import { isObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { fieldOf, formatOf } from './aggregated-field.ts'
import { ordersOf } from './aggregation-order.ts'
import type { AggregationParameters, CompositeSource } from './aggregation-tree.ts'
import { Clause, numberOf } from './clause.ts'
import { parseDuration } from './date-math.ts'
import { precisionOf } from './geo-aggregation.ts'
import { intervalOf } from './histogram-aggregation.ts'
import { parseZone } from './zone.ts'

const MAX_SOURCES_SIZE = 65_536

/** @param name is the user's, for messages. */
export function checkComposite(clause: Clause, name: string): AggregationParameters {
  const list = clause.list('sources')
  if (list === undefined) throw fail('search.argument', { reason: 'Required [sources]' })
  if (list.length === 0) throw fail('search.argument', { reason: 'Composite [sources] cannot be null or empty' })
  const size = clause.integer('size') ?? 10
  if (size <= 0)
    throw fail('search.argument', { reason: `[size] must be greater than 0. Found [${size}] in [${name}]` })
  if (size > MAX_SOURCES_SIZE) throw fail('search.too_many_buckets', { limit: MAX_SOURCES_SIZE, count: size })
  const sources = list.map((item) => compositeSource(clause, item))
  const names = new Set<string>()
  for (const { name } of sources) {
    if (names.has(name))
      throw fail('search.argument', { reason: `Composite source names must be unique, found duplicates: [${name}]` })
    names.add(name)
  }
  return { type: 'composite', sources, size, after: clause.object('after') }
}

function compositeSource(outer: Clause, item: Value): CompositeSource {
  if (!isObject(item) || Object.keys(item).length !== 1)
    throw outer.wrong('sources', 'a list of objects with one name each', item)
  const name = Object.keys(item)[0]!
  const body = item[name]!
  const kind = isObject(body) ? Object.keys(body)[0] : undefined
  if (kind !== 'terms' && kind !== 'histogram' && kind !== 'date_histogram' && kind !== 'geotile_grid')
    throw fail('search.parsing', { reason: `invalid source type: ${String(kind)}` })
  const inner = (body as ValueObject)[kind]!
  if (!isObject(inner)) throw outer.wrong('sources', 'objects', inner)
  const clause = new Clause(kind, inner, 'object')
  const field = fieldOf(clause)
  const order = clause.oneOf('order', ['asc', 'desc']) ?? 'asc'
  const missingOrder = clause.oneOf('missing_order', ['first', 'last', 'default']) ?? 'default'
  const offset = clause.take('offset')
  const number = kind === 'histogram' ? clause.number('interval') : undefined
  if (kind === 'histogram' && !(number! > 0))
    throw fail('search.argument', { reason: '[interval] must be greater than 0 for [histogram] source' })
  const zone = clause.string('time_zone') ?? 'UTC'
  parseZone(zone)
  const source: CompositeSource = {
    name,
    field,
    kind,
    descending: order === 'desc',
    missingBucket: clause.boolean('missing_bucket') ?? false,
    missingFirst: missingOrder === 'default' ? undefined : missingOrder === 'first',
    missing: undefined,
    format: formatOf(clause, kind === 'date_histogram'),
    interval: kind === 'histogram' ? { number: number! } : kind === 'date_histogram' ? intervalOf(clause) : undefined,
    zone,
    zoom: kind === 'geotile_grid' ? precisionOf(clause, kind) : undefined,
    offset: offset === undefined ? 0 : ((typeof offset === 'string' ? parseDuration(offset) : numberOf(offset)) ?? 0),
  }
  clause.done()
  return source
}

export function checkMultiTerms(clause: Clause): AggregationParameters {
  const list = clause.list('terms') ?? []
  if (list.length < 2)
    throw fail('search.argument', {
      reason:
        'The [terms] parameter in the aggregation [multi_terms] must be present and have at least 2 fields or scripts.',
    })
  const sources = list.map((item): CompositeSource => {
    if (!isObject(item)) throw clause.wrong('terms', 'a list of objects', item)
    const inner = new Clause('terms', item, 'object')
    const field = fieldOf(inner)
    const missing = inner.take('missing') ?? undefined
    const format = inner.string('format')
    inner.done()
    return {
      name: field,
      field,
      kind: 'terms',
      descending: false,
      missingBucket: false,
      missingFirst: undefined,
      missing,
      format,
      interval: undefined,
      zone: 'UTC',
      offset: 0,
    }
  })
  clause.integer('shard_size')
  clause.integer('shard_min_doc_count')
  clause.boolean('show_term_doc_count_error')
  clause.string('collect_mode')
  const order = ordersOf(clause, [{ path: '_count', descending: true }])
  return {
    type: 'multi_terms',
    sources,
    size: clause.integer('size') ?? 10,
    minDocCount: clause.integer('min_doc_count') ?? 1,
    order: order.some(({ path }) => path === '_key') ? order : [...order, { path: '_key', descending: false }],
  }
}
