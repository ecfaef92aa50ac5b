import { fail } from '../../../../diagnostic/index.ts'
import { hostname } from 'node:os'
import {
  compileSprintf,
  double,
  Event,
  newObject,
  parseFieldPath,
  type Value,
  type ValueObject,
} from '../../../../event/index.ts'
import { option, type } from '../../../../settings/index.ts'
import { defineFilter } from '../../define.ts'
import { Meter } from './meter.ts'
import { Sample } from './sample.ts'

/** What the runtime calls `flush` after. */
const FLUSH_SECONDS = 5
/** Names come from events; more than so many are not counted. */
const MOST_NAMES = 100_000

interface Metric {
  readonly meter: Meter
  readonly sample: Sample | undefined
}

export const metrics = defineFilter({
  name: 'metrics',
  summary: 'Counts events, and sums up numbers in them, in an event of its own every few seconds.',
  options: {
    meter: option(type.list(type.string), {
      default: [],
      describe: 'Names with `%{field}`; the events of each are counted.',
    }),
    timer: option(type.hash(type.string), {
      default: new Map<string, string>(),
      describe: 'Names, and numbers such as `%{duration}`, both with `%{field}`, that are summed up for each.',
    }),
    rates: option(type.list(type.number({ integer: true })), {
      default: [1, 5, 15],
      describe: 'Over how many minutes rates are told: 1, 5 and 15.',
    }),
    percentiles: option(type.list(type.number({ min: 0, max: 100 })), {
      default: [1, 5, 10, 90, 95, 99, 100],
      describe: 'Which percentiles are told of the numbers of `timer`.',
    }),
    flush_interval: option(type.number({ min: 0 }), {
      default: 5,
      describe: 'Seconds between its events, in steps of 5.',
    }),
    clear_interval: option(type.number(), {
      default: -1,
      describe: 'Seconds after which it begins anew, in steps of 5; -1 is never.',
    }),
    ignore_older_than: option(type.number({ min: 0 }), {
      default: 0,
      describe: 'Events that are so many seconds old are not counted; 0 counts all.',
    }),
  },
  examples: [
    {
      title: 'how many events of each response come in',
      needs: 'five seconds',
      config: 'meter => "http_%{response}" add_tag => "metric"',
      in: { response: 404 },
      out: [
        { response: 404 },
        { message: 'host', http_404: { count: 1, rate_1m: 0.2, rate_5m: 0.2, rate_15m: 0.2 }, tags: ['metric'] },
      ],
    },
    {
      title: 'how long requests take',
      needs: 'five seconds',
      config: 'timer => { "request" => "%{ms}" } rates => [1] percentiles => [50, 99]',
      in: { ms: 20 },
      out: [
        { ms: 20 },
        {
          message: 'host',
          request: { count: 1, rate_1m: 0.2, min: 20, max: 20, stddev: 0, mean: 20, p50: 20, p99: 20 },
        },
      ],
    },
  ],
  create(options, context) {
    const { clock } = context
    const wrong = options.rates.find((minutes) => ![1, 5, 15].includes(minutes))
    if (wrong !== undefined)
      throw fail('plugin.option_invalid', { option: 'rates', expected: 'a list of 1, 5 and 15', value: String(wrong) })
    const meters = options.meter.map(compileSprintf)
    const timers = [...options.timer].map(([name, value]) => [compileSprintf(name), compileSprintf(value)] as const)
    const fractions = options.percentiles.map((percentile) => percentile / 100)
    const counted = new Map<string, Metric>()
    const timed = new Map<string, Metric>()
    let sinceFlush = 0
    let sinceClear = 0
    let told = false

    function metricOf(metrics: Map<string, Metric>, name: string, now: number): Metric | undefined {
      let metric = metrics.get(name)
      if (metric !== undefined) return metric
      if (metrics.size >= MOST_NAMES) {
        if (!told) context.logger.warn({}, `metrics: more than ${MOST_NAMES} names; further ones are not counted`)
        told = true
        return undefined
      }
      metric = { meter: new Meter(now), sample: metrics === timed ? new Sample(now) : undefined }
      metrics.set(name, metric)
      return metric
    }

    function count(event: Event): void {
      const age = clock.now() - (event.timestamp?.millis ?? clock.now())
      if (options.ignore_older_than > 0 && age > options.ignore_older_than * 1000) return
      const now = clock.monotonic()
      for (const name of meters) metricOf(counted, name(event), now)?.meter.mark(now)
      for (const [name, text] of timers) {
        const value = numberOf(text(event))
        if (value < 0) continue
        const metric = metricOf(timed, name(event), now)
        metric?.meter.mark(now)
        metric?.sample!.add(value, now)
      }
    }

    function fieldsOf(metric: Metric, now: number): ValueObject {
      const fields = newObject()
      const { meter, sample } = metric
      fields['count'] = meter.count
      const rates = meter.ratesAt(now)
      for (const minutes of options.rates) fields[`rate_${minutes}m`] = double(rates[[1, 5, 15].indexOf(minutes)]!)
      if (sample === undefined) return fields
      fields['min'] = double(sample.min)
      fields['max'] = double(sample.max)
      // Logstash takes the root of what is the standard deviation already, and what was built on it expects that.
      fields['stddev'] = double(Math.sqrt(sample.standardDeviation))
      fields['mean'] = double(sample.mean)
      const values = sample.quantiles(fractions)
      options.percentiles.forEach((percentile, i) => (fields[`p${percentile}`] = double(values[i]!)))
      return fields
    }

    return {
      periodic: true,
      filter(batch) {
        for (const event of batch) count(event)
        return batch
      },
      flush() {
        sinceFlush += FLUSH_SECONDS
        sinceClear += FLUSH_SECONDS
        if (sinceFlush < options.flush_interval || counted.size + timed.size === 0) return []
        sinceFlush = 0
        const now = clock.monotonic()
        const event = Event.at(clock.now() * 1000)
        event.data['message'] = hostname()
        for (const [name, metric] of [...counted, ...timed]) write(event, name, fieldsOf(metric, now))
        if (options.clear_interval > 0 && sinceClear >= options.clear_interval) {
          sinceClear = 0
          counted.clear()
          timed.clear()
        }
        context.matched(event)
        return [event]
      },
    }
  },
})

/** As Ruby reads the beginning of a text. */
function numberOf(text: string): number {
  return Number(/^\s*([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)/i.exec(text)?.[1] ?? 0)
}

function write(event: Event, name: string, fields: Value): void {
  const path = parseFieldPath(`[${name}]`)
  if (path === undefined) event.data[name] = fields
  else event.set(path, fields)
}
