/** Intervals of numbers and times: histogram, date_histogram. */
import { fail } from '../../diagnostic/index.ts'
import { fieldOf, formatOf } from './aggregated-field.ts'
import { ordersOf } from './aggregation-order.ts'
import type {
  AutoDateHistogramParameters,
  DateHistogramParameters,
  HistogramParameters,
  VariableWidthHistogramParameters,
} from './aggregation-tree.ts'
import { Clause, numberOf } from './clause.ts'
import { parseDuration, type CalendarUnit } from './date-math.ts'
import { parseZone } from './zone.ts'

const CALENDAR: Readonly<Record<string, CalendarUnit>> = Object.assign(
  Object.create(null) as Record<string, CalendarUnit>,
  {
    '1s': 'second',
    '1m': 'minute',
    '1h': 'hour',
    '1d': 'day',
    '1w': 'week',
    '1M': 'month',
    '1q': 'quarter',
    '1y': 'year',
    second: 'second',
    minute: 'minute',
    hour: 'hour',
    day: 'day',
    week: 'week',
    month: 'month',
    quarter: 'quarter',
    year: 'year',
  },
)

export function checkDateHistogram(clause: Clause): DateHistogramParameters {
  const field = fieldOf(clause)
  const zone = clause.string('time_zone') ?? 'UTC'
  parseZone(zone)
  const offset = clause.take('offset')
  const millis = offset === undefined ? 0 : typeof offset === 'string' ? parseDuration(offset) : numberOf(offset)
  if (millis === undefined) throw clause.wrong('offset', 'a duration such as +6h', offset ?? null)
  return {
    type: 'date_histogram',
    field,
    interval: intervalOf(clause),
    zone,
    offset: millis,
    minDocCount: clause.integer('min_doc_count') ?? 0,
    format: formatOf(clause, true),
    keyed: clause.boolean('keyed') ?? false,
    missing: clause.take('missing') ?? undefined,
    order: ordersOf(clause, [{ path: '_key', descending: false }]),
    bounds: boundsOf(clause, 'extended_bounds'),
    hardBounds: boundsOf(clause, 'hard_bounds'),
  }
}

export function intervalOf(clause: Clause): DateHistogramParameters['interval'] {
  const calendar = clause.string('calendar_interval')
  const fixed = clause.string('fixed_interval')
  const either = clause.string('interval')
  if ([calendar, fixed, either].filter((value) => value !== undefined).length > 1)
    throw fail('search.argument', {
      reason: 'Cannot use [interval] with [fixed_interval] or [calendar_interval] configuration options.',
    })
  if (calendar !== undefined) {
    const unit = CALENDAR[calendar]
    if (unit === undefined)
      throw clause.failed('calendar_interval', `[${calendar}] is no calendar interval such as 1d or month`)
    return { calendar: unit }
  }
  const text = fixed ?? either
  if (text === undefined)
    throw fail('search.argument', { reason: 'Invalid interval specified, must be non-null and non-empty' })
  if (fixed === undefined && CALENDAR[text] !== undefined) return { calendar: CALENDAR[text] }
  const millis = /^\d+$/.test(text) && fixed === undefined ? Number(text) : wholeDuration(text)
  if (millis === undefined || millis < 1)
    throw fail('search.argument', {
      reason: `failed to parse setting [date_histogram.fixedInterval] with value [${text}] as a time value: unit is missing or unrecognized`,
    })
  return { millis }
}

/** Intervals are whole numbers of their unit. */
function wholeDuration(text: string): number | undefined {
  return text.includes('.') ? undefined : parseDuration(text)
}

function boundsOf(clause: Clause, key: 'extended_bounds' | 'hard_bounds'): HistogramParameters['bounds'] {
  const object = clause.object(key)
  if (object === undefined) return undefined
  const inner = new Clause(key, object, 'object')
  const bounds = { min: inner.take('min') ?? undefined, max: inner.take('max') ?? undefined }
  inner.done()
  return bounds
}

export function checkHistogram(clause: Clause): HistogramParameters {
  const field = fieldOf(clause)
  const interval = clause.number('interval')
  if (interval === undefined || !(interval > 0))
    throw fail('search.argument', { reason: `[interval] must be >0 for histogram aggregation [${field}]` })
  return {
    type: 'histogram',
    field,
    interval,
    offset: clause.number('offset') ?? 0,
    minDocCount: clause.integer('min_doc_count') ?? 0,
    keyed: clause.boolean('keyed') ?? false,
    missing: clause.take('missing') ?? undefined,
    order: ordersOf(clause, [{ path: '_key', descending: false }]),
    bounds: boundsOf(clause, 'extended_bounds'),
    hardBounds: boundsOf(clause, 'hard_bounds'),
    format: clause.string('format'),
  }
}

const LEAST_UNITS = ['second', 'minute', 'hour', 'day', 'month', 'year'] as const

export function checkAutoDateHistogram(clause: Clause): AutoDateHistogramParameters {
  const field = fieldOf(clause)
  const buckets = clause.integer('buckets') ?? 10
  if (buckets < 1) throw fail('search.argument', { reason: 'buckets must be greater than 0 for [auto_date_histogram]' })
  // As Elasticsearch derives it from the most buckets there may be and its widest step of one unit.
  const most = Math.floor(65_536 / 30)
  if (buckets > most) throw fail('search.argument', { reason: `buckets must be less than ${most}` })
  const zone = clause.string('time_zone') ?? 'UTC'
  parseZone(zone)
  return {
    type: 'auto_date_histogram',
    field,
    buckets,
    zone,
    format: formatOf(clause, true),
    missing: clause.take('missing') ?? undefined,
    least: clause.oneOf('minimum_interval', LEAST_UNITS) ?? 'second',
  }
}

const GROUPS_PER_BUCKET = 50
/** Groups of values are compared with their neighbours again and again. */
const MOST_GROUPS = 10_000

/** @param name is the user's, for messages. */
export function checkVariableWidthHistogram(clause: Clause, name: string): VariableWidthHistogramParameters {
  const field = fieldOf(clause)
  const buckets = clause.integer('buckets') ?? 10
  if (buckets <= 0) throw clause.failed('buckets', `buckets must be greater than [0] for [${name}]`)
  const shardSize = clause.integer('shard_size') ?? Math.min(buckets * GROUPS_PER_BUCKET, MOST_GROUPS)
  if (shardSize <= 1) throw fail('search.argument', { reason: `shard_size must be greater than [1] for [${name}]` })
  if (shardSize > MOST_GROUPS)
    throw fail('search.argument', { reason: `shard_size must not be greater than [${MOST_GROUPS}] for [${name}]` })
  const groups = Math.floor((shardSize * 3) / 4)
  if (groups < buckets)
    throw fail('search.argument', {
      reason: `3/4 of shard_size must be at least buckets but was [${groups}<${buckets}] for [${name}]`,
    })
  const buffer = clause.integer('initial_buffer')
  if (buffer !== undefined && buffer <= 0)
    throw fail('search.argument', {
      reason: `initial_buffer must be greater than [0] but was [${buffer}] for [${name}]`,
    })
  return {
    type: 'variable_width_histogram',
    field,
    buckets,
    shardSize,
    missing: clause.take('missing') ?? undefined,
    format: clause.string('format'),
  }
}
