/** rate: what a bucket holds, divided by how long it is. */
import { double, newObject, type ValueObject } from '../../../event/index.ts'
import { MONTHS } from '../../dsl/rate.ts'
import type { DateHistogramParameters } from '../../dsl/aggregation-tree.ts'
import type { RateParameters } from '../../dsl/metric-tree.ts'
import type { SegmentView } from '../evaluator/segment-view.ts'
import type { AggregationContext, Collector, NamedCollector } from './collector.ts'
import { valueJson } from './bucket-paths.ts'
import { MetricCollector } from './metrics.ts'
import { Totals } from './pair-table.ts'

/** The amount; the histogram around it, which knows its buckets' lengths, makes rates of it by {@link divideRates}. */
export class RateCollector implements Collector {
  private readonly counts = new Totals()
  private readonly metric: MetricCollector | undefined

  constructor({ field, mode, missing, format }: RateParameters, context: AggregationContext) {
    this.metric = field === undefined ? undefined : new MetricCollector({ type: mode, field, missing, format }, context)
  }

  segment(view: SegmentView): void {
    this.metric?.segment(view)
  }

  collect(documents: Int32Array, owners: Int32Array, length: number): void {
    if (this.metric !== undefined) return this.metric.collect(documents, owners, length)
    for (let i = 0; i < length; i++) {
      this.counts.reserve(owners[i]!)
      this.counts.values[owners[i]!]!++
    }
  }

  value(owner: number): number {
    return this.metric === undefined ? this.counts.get(owner) : this.metric.value(owner, undefined)
  }

  result(owner: number): ValueObject {
    const json = newObject()
    json['value'] = double(this.value(owner))
    return json
  }
}

const MILLIS = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 }

/** @param length of the bucket, in milliseconds. */
export function divideRates(
  body: ValueObject,
  children: readonly NamedCollector[],
  bucket: number,
  { interval }: Pick<DateHistogramParameters, 'interval'>,
  length: number,
): void {
  for (const { aggregation, collector } of children) {
    const { parameters } = aggregation
    if (parameters.type !== 'rate') continue
    const { unit, format } = parameters
    const months = unit === undefined ? undefined : MONTHS[unit]
    const units =
      unit === undefined
        ? 1
        : months === undefined
          ? length / MILLIS[unit as keyof typeof MILLIS]
          : 'calendar' in interval
            ? MONTHS[interval.calendar]! / months
            : Number.NaN
    Object.assign(body[aggregation.name] as ValueObject, valueJson(collector.value(bucket, undefined) / units, format))
  }
}
