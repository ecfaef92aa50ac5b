import { cloneValue, Double, isObject, newObject, Timestamp, type Value, type ValueObject } from '../../event/index.ts'
import { didYouMean, fail } from '../../diagnostic/index.ts'

/** The body of an update, checked. */
export interface UpdateBody {
  readonly doc: ValueObject | undefined
  /** As in the request; it stands in place of `doc`. */
  readonly script: Value | undefined
  /** The script also makes the document, from `upsert`. */
  readonly scriptedUpsert: boolean
  readonly upsert: ValueObject | undefined
  readonly detectNoop: boolean
}

const KEYS = ['doc', 'upsert', 'doc_as_upsert', 'detect_noop', 'script', 'scripted_upsert', '_source']

/** @throws action_request_validation_exception or illegal_argument_exception naming what is wrong. */
export function checkUpdate(body: Value): UpdateBody {
  if (!isObject(body)) throw fail('bulk.argument', { reason: 'an update must be a JSON object' })
  for (const key of Object.keys(body))
    if (!KEYS.includes(key)) {
      const near = didYouMean(key, KEYS)
      throw fail('bulk.argument', {
        reason: `[UpdateRequest] unknown field [${key}]${near === undefined ? '' : ` did you mean [${near}]?`}`,
      })
    }
  const doc = objectOf(body, 'doc')
  const asUpsert = flag(body, 'doc_as_upsert', false)
  const script = body['script'] ?? undefined
  if (script !== undefined) {
    if (doc !== undefined) throw fail('bulk.validation', { reason: "can't provide both script and doc" })
    const scriptedUpsert = flag(body, 'scripted_upsert', false)
    const upsert = objectOf(body, 'upsert') ?? (scriptedUpsert ? newObject() : undefined)
    return { doc, script, scriptedUpsert, upsert, detectNoop: true }
  }
  if (doc === undefined) {
    if (asUpsert) throw fail('bulk.validation', { reason: 'doc must be specified if doc_as_upsert is enabled' })
    throw fail('bulk.validation', { reason: 'script or doc is missing' })
  }
  return {
    doc,
    script,
    scriptedUpsert: false,
    upsert: asUpsert ? doc : objectOf(body, 'upsert'),
    detectNoop: flag(body, 'detect_noop', true),
  }
}

function objectOf(body: ValueObject, key: string): ValueObject | undefined {
  const value = body[key]
  if (value === undefined || value === null) return undefined
  if (!isObject(value)) throw fail('bulk.argument', { reason: `[${key}] of an update must be an object` })
  return value
}

function flag(body: ValueObject, key: string, byDefault: boolean): boolean {
  const value = body[key]
  if (value === undefined) return byDefault
  if (value === true || value === 'true') return true
  if (value === false || value === 'false') return false
  throw fail('bulk.argument', {
    reason: `Failed to parse value [${String(value)}] of [${key}] as only [true] or [false] are allowed.`,
  })
}

/** The document with the changes: objects are merged, all else is replaced. `changed` is false where it is the same. */
export function mergeDocument(document: ValueObject, changes: ValueObject): { merged: ValueObject; changed: boolean } {
  const merged = Object.assign(newObject(), document)
  let changed = false
  for (const key of Object.keys(changes)) {
    const [old, value] = [merged[key], changes[key]!]
    if (isObject(old) && isObject(value)) {
      const inner = mergeDocument(old, value)
      merged[key] = inner.merged
      changed ||= inner.changed
    } else if (old === undefined || !sameValue(old, value)) {
      merged[key] = cloneValue(value)
      changed = true
    }
  }
  return { merged, changed }
}

function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true
  if (a instanceof Double || b instanceof Double)
    return a instanceof Double && b instanceof Double && Object.is(a.value, b.value)
  if (a instanceof Timestamp || b instanceof Timestamp) return String(a) === String(b)
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => sameValue(item, b[i]!))
  if (!isObject(a) || !isObject(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length && keys.every((key) => b[key] !== undefined && sameValue(a[key]!, b[key]))
  )
}
