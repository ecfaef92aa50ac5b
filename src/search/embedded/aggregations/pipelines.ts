/** Pipeline aggregations: worked out from the finished results, level by level, the inner ones first. */
import { Double, double, isObject, newObject, type Value, type ValueObject } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import { isPipeline, isSibling, type Aggregation } from '../../dsl/index.ts'
import type { PipelineParameters } from '../../dsl/pipeline-tree.ts'
import { pathsOf, splitPath } from '../../dsl/buckets-path.ts'
import { bucketsOf, numberIn, read, valueJson, withGap } from './bucket-paths.ts'
import { decimalFormat } from './decimal-format.ts'
import { addMoving, addNormalized } from './windows.ts'
import { extendedStatsJson, percentilesJson } from './distribution.ts'

/** Adds to `results`, which hold what the aggregations gave by their names, what the pipelines among them give. */
export function runPipelines(aggregations: readonly Aggregation[], results: ValueObject): void {
  for (const aggregation of aggregations) {
    const result = results[aggregation.name]
    if (!isObject(result) || aggregation.children.length === 0) continue
    const list = bucketsOf(result)
    if (list === undefined) runPipelines(aggregation.children, result)
    else {
      for (const bucket of list) runPipelines(aggregation.children, bucket)
      result['buckets'] = runParents(aggregation, result['buckets']!, list)
    }
  }
  for (const { name, parameters, meta } of inOrder(aggregations))
    if (isPipeline(parameters) && isSibling(parameters)) {
      const made = sibling(name, parameters as Sibling, aggregations, results)
      results[name] = meta === undefined ? made : { meta, ...made }
    }
}

/** Pipelines after those whose results they read. */
function inOrder(aggregations: readonly Aggregation[]): Aggregation[] {
  const done = new Set(aggregations.filter(({ parameters }) => !isPipeline(parameters)).map(({ name }) => name))
  const names = new Set(aggregations.map(({ name }) => name))
  let waiting = aggregations.filter(({ name }) => !done.has(name))
  const ordered: Aggregation[] = []
  while (waiting.length > 0) {
    const ready = waiting.filter(({ parameters }) =>
      pathsOf(parameters as PipelineParameters).every((path) => {
        const [first] = splitPath(path)
        return !names.has(first!.name) || done.has(first!.name)
      }),
    )
    // A circle reads what is not there.
    for (const one of ready.length > 0 ? ready : waiting) {
      done.add(one.name)
      ordered.push(one)
    }
    waiting = waiting.filter(({ name }) => !done.has(name))
  }
  return ordered
}

function runParents(aggregation: Aggregation, buckets: Value, list: readonly ValueObject[]): Value {
  let kept = [...list]
  for (const { name, parameters } of inOrder(aggregation.children)) {
    if (!isPipeline(parameters) || isSibling(parameters)) continue
    kept = parent(name, parameters, kept)
  }
  if (Array.isArray(buckets)) return kept
  const object = newObject()
  for (const key of Object.keys(buckets as ValueObject))
    if (kept.includes((buckets as ValueObject)[key] as ValueObject)) object[key] = (buckets as ValueObject)[key]!
  return object
}

function parent(name: string, parameters: PipelineParameters, buckets: ValueObject[]): ValueObject[] {
  switch (parameters.type) {
    case 'cumulative_sum': {
      let sum = 0
      for (const bucket of buckets) {
        const value = read(parameters.path, bucket)
        if (value !== undefined && Number.isFinite(value)) sum += value
        bucket[name] = valueJson(sum, parameters.format)
      }
      return buckets
    }
    case 'derivative': {
      let before: { value: number; key: number } | undefined
      for (const bucket of buckets) {
        const value = withGap(read(parameters.path, bucket), bucket, parameters.gapPolicy, parameters.path)
        const key = numberIn(bucket['key']) ?? NaN
        if (before !== undefined) {
          const made = valueJson(value - before.value, parameters.format)
          if (parameters.unit !== undefined) {
            const normalized = (value - before.value) / ((key - before.key) / parameters.unit)
            made['normalized_value'] = Number.isFinite(normalized) ? double(normalized) : null
          }
          bucket[name] = made
        }
        before = { value, key }
      }
      return buckets
    }
    case 'serial_diff': {
      const values = buckets.map((bucket) =>
        withGap(read(parameters.path, bucket), bucket, parameters.gapPolicy, parameters.path),
      )
      for (const [i, bucket] of buckets.entries()) {
        const earlier = values[i - parameters.lag]
        if (earlier === undefined || Number.isNaN(earlier) || Number.isNaN(values[i]!)) continue
        bucket[name] = valueJson(values[i]! - earlier, parameters.format)
      }
      return buckets
    }
    case 'moving_fn':
      addMoving(name, parameters, buckets)
      return buckets
    case 'normalize':
      addNormalized(name, parameters, buckets)
      return buckets
    case 'bucket_script':
    case 'bucket_selector':
      return byScript(name, parameters, buckets)
    case 'bucket_sort':
      return sorted(parameters, buckets)
    default:
      return buckets
  }
}

function byScript(
  name: string,
  parameters: Extract<PipelineParameters, { paths: unknown }>,
  buckets: ValueObject[],
): ValueObject[] {
  const selected: ValueObject[] = []
  for (const bucket of buckets) {
    const params = Object.assign(newObject(), parameters.params)
    let skip = false
    for (const variable of Object.keys(parameters.paths)) {
      const value = withGap(
        read(parameters.paths[variable]!, bucket),
        bucket,
        parameters.gapPolicy,
        parameters.paths[variable]!,
      )
      if (Number.isNaN(value)) skip = true
      params[variable] = new Double(value)
    }
    if (parameters.type === 'bucket_selector') {
      const keep = parameters.script.run({ params })
      if (typeof keep !== 'boolean')
        throw fail('search.argument', {
          reason: `Expected return type boolean from [bucket_selector] but got [${String(keep)}]`,
        })
      if (keep) selected.push(bucket)
      continue
    }
    selected.push(bucket)
    if (skip && parameters.gapPolicy !== 'keep_values') continue
    const value = parameters.script.run({ params })
    if (value === null) continue
    const number = numberIn(value)
    if (number === undefined)
      throw fail('search.aggregation_execution', {
        reason: `series_arithmetic script for reducer [${name}] must return a Number`,
      })
    bucket[name] = valueJson(number, parameters.format)
  }
  return selected
}

function sorted(
  parameters: Extract<PipelineParameters, { type: 'bucket_sort' }>,
  buckets: ValueObject[],
): ValueObject[] {
  const { order, from, size } = parameters
  let list = buckets
  if (order.length > 0) {
    const keyed = list.map((bucket) => ({
      bucket,
      keys: order.map(({ path }) =>
        path === '_key' ? keyOf(bucket) : withGap(read(path, bucket), bucket, parameters.gapPolicy, path),
      ),
    }))
    list = keyed
      .filter(({ keys }) => parameters.gapPolicy !== 'skip' || !keys.every((key) => Number.isNaN(key)))
      .sort((a, b) => {
        for (const [i, { descending }] of order.entries()) {
          const [x, y] = [a.keys[i]!, b.keys[i]!]
          if (Number.isNaN(x) || Number.isNaN(y)) {
            if (Number.isNaN(x) && Number.isNaN(y)) continue
            return Number.isNaN(x) ? 1 : -1
          }
          if (x !== y) return (x < y ? -1 : 1) * (descending ? -1 : 1)
        }
        return 0
      })
      .map(({ bucket }) => bucket)
  }
  return list.slice(from, size === undefined ? undefined : from + size)
}

function keyOf(bucket: ValueObject): string | number {
  return numberIn(bucket['key']) ?? String(bucket['key'])
}

type Sibling = Extract<PipelineParameters, { percents: unknown }>

function sibling(
  name: string,
  parameters: Sibling,
  aggregations: readonly Aggregation[],
  results: ValueObject,
): ValueObject {
  const steps = splitPath(parameters.path)
  const first = aggregations.find((aggregation) => aggregation.name === steps[0]!.name)!
  let at = results[first.name] as ValueObject
  let depth = 1
  while (bucketsOf(at) === undefined && depth < steps.length && isObject(at[steps[depth]!.name]))
    at = at[steps[depth++]!.name] as ValueObject
  const list = bucketsOf(at)
  if (list === undefined)
    throw fail('search.argument', {
      reason: `Validation Failed: 1: The first aggregation in buckets_path must be a multi-bucket aggregation for aggregation [${name}] found :${first.parameters.type} for buckets path: ${parameters.path};`,
    })
  // `range.metric` is the same as `range>metric`.
  const dotted = steps[depth - 1]!.property
  const rest =
    [...(dotted === undefined ? [] : [dotted]), ...parameters.path.split('>').slice(depth)].join('>') || '_count'
  const values: number[] = []
  const keys: string[] = []
  for (const bucket of list) {
    refusePath(rest, bucket)
    const value = withGap(read(rest, bucket), bucket, parameters.gapPolicy, rest)
    if (Number.isNaN(value)) continue
    values.push(value)
    keys.push(String(bucket['key_as_string'] ?? bucket['key']))
  }
  return summed(parameters, values, keys)
}

/** @throws aggregation_execution_exception where a path ends at what is no single number. */
function refusePath(path: string, bucket: ValueObject): void {
  const wrong = (what: string): Error =>
    fail('search.aggregation_execution', {
      reason: `buckets_path must reference either a number value or a single value numeric metric aggregation, ${what}`,
    })
  let at: ValueObject = bucket
  const steps = splitPath(path)
  for (const [i, { name, property }] of steps.entries()) {
    const result = at[name]
    if (!isObject(result)) return
    const last = i === steps.length - 1
    const { buckets, values } = result as { buckets?: Value; values?: Value }
    if (Array.isArray(buckets) && property === undefined)
      throw wrong(`got: [${last ? className(buckets as ValueObject[]) : 'Object[]'}] at aggregation [${name}]`)
    if (last && values !== undefined && property === undefined)
      throw wrong(`but [${name}] contains multiple values. Please specify which to use.`)
    at = result
  }
}

/** As messages of Elasticsearch call the result of a terms aggregation. */
function className(buckets: readonly ValueObject[]): string {
  const key = buckets[0]?.['key']
  return key instanceof Double ? 'DoubleTerms' : typeof key === 'string' ? 'StringTerms' : 'LongTerms'
}

function summed(parameters: Sibling, values: readonly number[], keys: readonly string[]): ValueObject {
  const sum = values.reduce((a, b) => a + b, 0)
  const { format } = parameters
  const text = (value: number): string | undefined => (format === undefined ? undefined : decimalFormat(format, value))
  switch (parameters.type) {
    case 'avg_bucket':
      return valueJson(values.length === 0 ? NaN : sum / values.length, format)
    case 'sum_bucket':
      return valueJson(sum, format)
    case 'max_bucket':
    case 'min_bucket': {
      const best = parameters.type === 'max_bucket' ? Math.max(...values) : Math.min(...values)
      const json = valueJson(best, format)
      json['keys'] = keys.filter((_, i) => values[i] === best)
      return json
    }
    case 'percentiles_bucket': {
      const sortedValues = [...values].sort((a, b) => a - b)
      const points = parameters.percents.map((point) => {
        const at = Math.round((point / 100) * (sortedValues.length - 1))
        const value = sortedValues[at] ?? NaN
        return { point, value, text: Number.isFinite(value) ? text(value) : undefined }
      })
      const json = newObject()
      json['values'] = percentilesJson(points, parameters.keyed)
      return json
    }
    default: {
      const show = (json: ValueObject, key: string, value: number): void => {
        json[key] = Number.isFinite(value) ? double(value) : null
        const shown = Number.isFinite(value) ? text(value) : undefined
        if (shown !== undefined) json[`${key}_as_string`] = shown
      }
      const moments = {
        count: values.length,
        sum,
        squares: values.reduce((a, b) => a + b * b, 0),
        min: Math.min(...values),
        max: Math.max(...values),
      }
      if (parameters.type === 'extended_stats_bucket') return extendedStatsJson(moments, parameters.sigma, show)
      const json = newObject()
      json['count'] = values.length
      show(json, 'min', moments.min)
      show(json, 'max', moments.max)
      show(json, 'avg', values.length === 0 ? NaN : sum / values.length)
      show(json, 'sum', sum)
      return json
    }
  }
}
