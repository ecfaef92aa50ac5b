/** Runtime fields: the `runtime` section of a mapping and `runtime_mappings` of a search. */
import { cloneValue, isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import type { CompiledScript } from '../../script/index.ts'
import { isLeafType, type LeafType } from './field-types.ts'
import { scriptOf } from './script-clause.ts'

/** What makes the values of a field that has no column, for each document that is asked for. */
export type Computed =
  /** A script that calls `emit`; without one the source's value of the field's name is read. */
  | {
      readonly kind: 'runtime'
      readonly script: CompiledScript | undefined
      /** Of a composite: the name by which its script emits the values of this field. */
      readonly part: string | undefined
      /** A script that fails gives the document no value, instead of failing the search. */
      readonly lenient: boolean
    }
  /** The script of an aggregation: what it returns, once a document or, as `_value`, for each value of a field. */
  | { readonly kind: 'aggregation'; readonly script: CompiledScript; readonly field: string | undefined }

/** A field with a type of its own, before it is bound to a mapping. */
export interface RuntimeField {
  readonly name: string
  readonly type: LeafType
  /** Its parameters as a mapped field of the type would have them: `format` of a date. */
  readonly parameters: ValueObject
  readonly computed: Computed
}

const TYPES = ['boolean', 'composite', 'date', 'double', 'geo_point', 'ip', 'keyword', 'long']

const read = new WeakMap<ValueObject, readonly RuntimeField[]>()

/**
 * Reads definitions by the names of the fields. The scripts of one object are compiled once.
 * @throws mapper_parsing_exception naming the field.
 */
export function readRuntimeFields(body: ValueObject): readonly RuntimeField[] {
  let fields = read.get(body)
  if (fields === undefined) read.set(body, (fields = Object.keys(body).flatMap((name) => readField(name, body[name]!))))
  return fields
}

function readField(name: string, body: Value): RuntimeField[] {
  if (name.trim() === '' || name.startsWith('.') || name.endsWith('.'))
    throw fail('mapping.invalid', { reason: `field name cannot be empty or begin or end with a dot, got [${name}]` })
  if (!isObject(body))
    throw fail('mapping.invalid', {
      reason: `Expected map for runtime field [${name}] definition but got a different type`,
    })
  if (body['type'] === undefined || body['type'] === null)
    throw fail('mapping.invalid', { reason: `No type specified for runtime field [${name}]` })
  const type = String(body['type'])
  if (!TYPES.includes(type))
    throw fail('mapping.invalid', {
      reason: `No handler for type [${type}] declared on runtime field [${name}]`,
    })
  const allowed = [
    'type',
    'script',
    'meta',
    'on_script_error',
    ...(type === 'date' ? ['format', 'locale'] : type === 'composite' ? ['fields'] : []),
  ]
  for (const parameter of Object.keys(body))
    if (!allowed.includes(parameter))
      throw fail('mapping.invalid', {
        reason: `unknown parameter [${parameter}] on runtime field [${name}] of type [${type}]`,
      })
  const script = isGiven(body['script'])
    ? scriptOf(body['script'], 'runtime_field', `runtime field ${name}`)
    : undefined
  const lenient = readOnError(name, body['on_script_error'])
  if (type === 'composite') return readComposite(name, body, script, lenient)
  return [fieldOf(name, type, body, { kind: 'runtime', script, part: undefined, lenient })]
}

function isGiven(value: Value | undefined): value is Value {
  return value !== undefined && value !== null
}

function readOnError(name: string, value: Value | undefined): boolean {
  const text = String(value ?? 'fail')
  if (text !== 'fail' && text !== 'continue')
    throw fail('mapping.invalid', {
      reason: `Unknown value [${text}] for field [on_script_error] of runtime field [${name}] - accepted values are [fail, continue]`,
    })
  return text === 'continue'
}

function readComposite(
  name: string,
  body: ValueObject,
  script: CompiledScript | undefined,
  lenient: boolean,
): RuntimeField[] {
  const { fields } = body as { fields?: Value }
  if (script === undefined)
    throw fail('mapping.invalid', { reason: `composite runtime field [${name}] must declare a [script]` })
  if (!isObject(fields ?? null) || Object.keys(fields as ValueObject).length === 0)
    throw fail('mapping.invalid', { reason: `composite runtime field [${name}] must declare its [fields]` })
  return Object.keys(fields as ValueObject).map((part) => {
    const inner = (fields as ValueObject)[part]!
    const full = `${name}.${part}`
    if (!isObject(inner))
      throw fail('mapping.invalid', {
        reason: `Expected map for runtime field [${full}] definition but got a different type`,
      })
    if (isGiven(inner['script']))
      throw fail('mapping.invalid', {
        reason: `Cannot use [script] parameter on sub-field [${part}] of composite field [${name}]`,
      })
    const type = String(inner['type'])
    if (type === 'composite' || !TYPES.includes(type))
      throw fail('mapping.invalid', {
        reason: `The type [${type}] of sub-field [${part}] of composite field [${name}] must be one of ${TYPES.filter((known) => known !== 'composite').join(', ')}`,
      })
    return fieldOf(full, type, inner, { kind: 'runtime', script, part, lenient })
  })
}

function fieldOf(name: string, type: string, body: ValueObject, computed: Computed): RuntimeField {
  if (!isLeafType(type)) throw new Error(`this is a bug: no field has the type ${type}`)
  const parameters = newObject()
  for (const parameter of ['format', 'locale', 'meta'])
    if (body[parameter] !== undefined) parameters[parameter] = cloneValue(body[parameter])
  return { name, type, parameters, computed }
}

/** The definitions of a mapping with others put into them; null takes one out. */
export function mergeRuntime(before: Value | undefined, change: Value): ValueObject {
  if (!isObject(change))
    throw fail('mapping.invalid', { reason: 'Expected map for property [runtime] but got a different type' })
  const merged = Object.assign(newObject(), before)
  for (const name of Object.keys(change))
    if (change[name] === null) delete merged[name]
    else merged[name] = cloneValue(change[name]!)
  readRuntimeFields(merged)
  return merged
}
