/** What the paths of pipeline aggregations name in finished results. */
import { Double, double, isObject, newObject, type Value, type ValueObject } from '../../../event/index.ts'
import type { GapPolicy } from '../../dsl/pipeline-tree.ts'
import { splitPath } from '../../dsl/buckets-path.ts'
import { decimalFormat } from './decimal-format.ts'

export function bucketsOf(result: ValueObject): ValueObject[] | undefined {
  const { buckets } = result as { buckets?: Value }
  if (Array.isArray(buckets)) return buckets as ValueObject[]
  return isObject(buckets) ? (Object.values(buckets) as ValueObject[]) : undefined
}

/** The number that a path names in a bucket; undefined where it is not there, NaN where it is empty. */
export function read(path: string, bucket: ValueObject): number | undefined {
  if (path === '_count' || path === '_bucket_count') return numberIn(bucket['doc_count'])
  if (path === '_key') return numberIn(bucket['key'])
  let at: ValueObject = bucket
  const steps = splitPath(path)
  for (const [i, { name, property }] of steps.entries()) {
    if (i > 0 && i === steps.length - 1 && name === '_count') return numberIn(at['doc_count'])
    const result = at[name]
    if (!isObject(result)) return undefined
    at = result
    const list = at['buckets']
    if (property === '_bucket_count') return bucketsOf(at)?.length
    if (list !== undefined && property !== undefined) {
      const found = Array.isArray(list)
        ? (list as ValueObject[]).find((one) => String(one['key_as_string'] ?? one['key']) === property)
        : (list as ValueObject)[property]
      if (!isObject(found)) return undefined
      at = found
    } else if (i === steps.length - 1) return metric(at, property)
  }
  return numberIn(at['doc_count'])
}

function metric(result: ValueObject, property: string | undefined): number | undefined {
  const { values } = result as { values?: Value }
  if (isObject(values) && property !== undefined)
    return numberIn(values[property] ?? values[String(double(Number(property)))])
  if (property === '_count' || (property === undefined && result['value'] === undefined))
    return numberIn(result['doc_count'])
  return numberIn(result[property ?? 'value'])
}

export function numberIn(value: Value | undefined): number | undefined {
  if (value === undefined) return undefined
  if (value === null) return NaN
  if (value instanceof Double) return value.value
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined
}

/** Where a value is missing, or its bucket has no documents, the policy says what stands for it. */
export function withGap(value: number | undefined, bucket: ValueObject, policy: GapPolicy, path: string): number {
  const empty = bucket['doc_count'] === 0 && path !== '_count' && path !== '_key'
  if (value === undefined || !Number.isFinite(value) || (empty && policy !== 'keep_values'))
    return policy === 'insert_zeros' ? 0 : NaN
  return value
}

export function valueJson(value: number, format: string | undefined): ValueObject {
  const json = newObject()
  json['value'] = Number.isFinite(value) ? double(value) : null
  if (format !== undefined && Number.isFinite(value)) json['value_as_string'] = decimalFormat(format, value)
  return json
}
