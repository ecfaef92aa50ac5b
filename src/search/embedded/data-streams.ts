/** Data streams: a name under which events are appended, and the hidden indices behind it, of which the last is written. */
import { isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { parseDuration } from '../dsl/index.ts'
import type { BulkOperation } from '../store.ts'

export interface DataStream {
  readonly name: string
  /** Of the backing indices, the oldest first; the last one is written. */
  readonly indices: readonly string[]
  readonly generation: number
  /** The index template it was made by. */
  readonly template: string
  readonly hidden: boolean
  readonly allowCustomRouting: boolean
  /** As `PUT _data_stream/NAME/_lifecycle` or the template gave it. */
  readonly lifecycle: ValueObject | undefined
}

export const TIMESTAMP = '@timestamp'
const FORBIDDEN = /[\\/*?"<>| ,#:]/

/** `.ds-NAME-2026.11.24-000001` */
export function backingName(stream: string, generation: number, now: number): string {
  const day = new Date(now).toISOString().slice(0, 10).replaceAll('-', '.')
  return `.ds-${stream}-${day}-${String(generation).padStart(6, '0')}`
}

/** @throws illegal_argument_exception by Elasticsearch's rules for the names of data streams. */
export function checkStreamName(name: string): void {
  const refuse = (reason: string): never => {
    throw fail('index.setting', { reason: `data_stream [${name}] ${reason}` })
  }
  if (name === '') refuse('must not be empty')
  if (FORBIDDEN.test(name))
    refuse(`must not contain the following characters ['\\','/','*','?','"','<','>','|',' ',',','#',':']`)
  if (/^[-_+]/.test(name)) refuse("must not start with '_', '-', or '+'")
  if (name === '.' || name === '..') refuse("must not be '.' or '..'")
  if (name.startsWith('.ds-')) refuse("must not start with '.ds-'")
  if (name !== name.toLowerCase()) refuse('must be lowercase')
  // What is put before and after it for the backing indices counts.
  if (Buffer.byteLength(name) > 255 - '.ds--0000.00.00-000000'.length) refuse('is too long')
}

/** What a backing index has beside its templates: a date under `@timestamp`, and it is hidden. */
export function backingBody(mappings: ValueObject): ValueObject {
  const properties = mappings['properties']
  const body = newObject()
  const mapped = isObject(properties) ? properties[TIMESTAMP] : undefined
  const own = (body['mappings'] = nested('_data_stream_timestamp', nested('enabled', true)))
  if (mapped === undefined) own['properties'] = nested(TIMESTAMP, nested('type', 'date'))
  else if (!isObject(mapped) || !['date', 'date_nanos', undefined].includes(mapped['type'] as string))
    throw fail('index.setting', {
      reason: `data stream timestamp field [${TIMESTAMP}] is of type [${isObject(mapped) ? String(mapped['type']) : 'object'}], but [date,date_nanos] is expected`,
    })
  body['settings'] = nested('index.hidden', true)
  return body
}

function nested(key: string, value: Value): ValueObject {
  return Object.assign(newObject(), { [key]: value })
}

/**
 * Whether an operation may go to a data stream, or to one of its indices by name.
 * @param byStream the operation names the stream, not the index.
 * @throws illegal_argument_exception
 */
export function checkStreamOperation(operation: BulkOperation, byStream: boolean, customRouting: boolean): void {
  const { action, index, ifSeqNo } = operation
  if (byStream) {
    if (action !== 'create')
      throw fail('bulk.argument', { reason: 'only write ops with an op_type of create are allowed in data streams' })
    if (operation.routing !== undefined && !customRouting)
      throw fail('bulk.argument', {
        reason: `index request targeting data stream [${index}] specifies a custom routing but the [allow_custom_routing] setting was not enabled in the data stream's template.`,
      })
  } else if (action === 'create') {
    throw fail('bulk.argument', {
      reason: `index request with op_type=create targeting backing indices is disallowed, target corresponding data stream instead`,
    })
  } else if (action === 'index' && ifSeqNo === undefined) {
    throw fail('bulk.argument', {
      reason: `index request with op_type=index and no if_primary_term and if_seq_no set targeting backing indices is disallowed, target corresponding data stream instead`,
    })
  }
}

/** @throws document_parsing_exception for a document without exactly one `@timestamp`. */
export function checkTimestamp(document: Value): void {
  const value = isObject(document) ? document[TIMESTAMP] : undefined
  const several = Array.isArray(value)
  if (!several && value !== undefined && value !== null) return
  if (several && value.length === 1 && value[0] !== null) return
  throw fail('document.timestamp', {
    problem: several && value.length > 1 ? 'encountered multiple values' : 'is missing',
  })
}

/** @throws illegal_argument_exception for what is neither `enabled` nor `data_retention` */
export function checkLifecycle(body: ValueObject): ValueObject {
  const result = newObject()
  for (const key of Object.keys(body)) {
    const value = body[key]!
    if (key === 'enabled') {
      if (typeof value !== 'boolean')
        throw fail('index.setting', { reason: `[lifecycle] 'enabled' must be true or false, got '${String(value)}'` })
      result['enabled'] = value
    } else if (key === 'data_retention') {
      if (value === null) continue
      const millis = parseDuration(String(value))
      if (millis === undefined || millis <= 0)
        throw fail('index.setting', {
          reason: `failed to parse setting [data_retention] with value [${String(value)}] as a time value`,
        })
      result['data_retention'] = String(value)
    } else throw fail('index.setting', { reason: `[lifecycle] unknown field [${key}]` })
  }
  result['enabled'] ??= true
  return result
}

/** How long a stream's documents are kept, in milliseconds; undefined where nothing says. */
export function retentionOf({ lifecycle }: DataStream): number | undefined {
  if (lifecycle === undefined || lifecycle['enabled'] === false) return undefined
  const text = lifecycle['data_retention']
  return text === undefined ? undefined : parseDuration(String(text))
}
