/** rate: how much of something there is for each unit of time of a date_histogram's bucket. */
import { fail } from '../../diagnostic/index.ts'
import { fieldOf } from './aggregated-field.ts'
import type { Aggregation, AggregationParameters } from './aggregation-tree.ts'
import type { Clause } from './clause.ts'
import type { CalendarUnit } from './date-math.ts'
import type { RateParameters } from './metric-tree.ts'

const UNITS = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] as const

/** Months in the units that have no fixed length. */
export const MONTHS: Partial<Record<CalendarUnit, number>> = { month: 1, quarter: 3, year: 12 }

export function checkRate(clause: Clause): RateParameters {
  const field = clause.body['field'] === undefined ? undefined : fieldOf(clause)
  const mode = clause.oneOf('mode', ['sum', 'value_count'])
  if (mode !== undefined && field === undefined)
    throw fail('search.argument', { reason: 'The mode parameter is only supported with field or script' })
  return {
    type: 'rate',
    field,
    mode: mode ?? 'sum',
    unit: clause.oneOf('unit', UNITS),
    missing: clause.take('missing') ?? undefined,
    format: clause.string('format'),
  }
}

/** @throws illegal_argument_exception for rates whose bucket has no time, or not one that their unit divides. */
export function checkRates(parent: AggregationParameters | undefined, children: readonly Aggregation[]): void {
  for (const { parameters } of children) {
    if (parameters.type !== 'rate') continue
    if (parent?.type !== 'date_histogram')
      throw fail('search.argument', {
        reason:
          'The rate aggregation can only be used inside a date histogram aggregation or composite aggregation with exactly one date histogram value source',
      })
    const { unit } = parameters
    if (unit === undefined || MONTHS[unit] === undefined) continue
    const { interval } = parent
    if (!('calendar' in interval))
      throw fail('search.argument', {
        reason: `Cannot use month-based rate unit [${unit}] with fixed interval based histogram, only week, day, hour, minute and second are supported for this histogram`,
      })
    if (MONTHS[interval.calendar] === undefined)
      throw fail('search.argument', {
        reason: `Cannot use month-based rate unit [${unit}] with non-month based calendar interval histogram [${interval.calendar}] only week, day, hour, minute and second are supported for this histogram`,
      })
  }
}
