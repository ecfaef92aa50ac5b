/** What an index says of its mapping and documents as a whole: the settings under `index.mapping`. */
import { isObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'

export interface MappingLimits {
  /** `total_fields.limit` */
  readonly fields: number
  /** `total_fields.ignore_dynamic_beyond_limit`: what a document brings beyond is ignored, not refused. */
  readonly ignoreBeyond: boolean
  /** `depth.limit` */
  readonly depth: number
  /** `nested_fields.limit`: objects of type nested. */
  readonly nestedFields: number
  /** `nested_objects.limit`: of one document, over all its nested fields. */
  readonly nestedObjects: number
  /** `ignore_malformed`, for fields that do not say it themselves. */
  readonly ignoreMalformed: boolean
}

/** Deeper objects would cost the stack, whatever an index allows. */
export const MOST_DEPTH = 100

export const DEFAULT_LIMITS: MappingLimits = {
  fields: 1000,
  ignoreBeyond: false,
  depth: 20,
  nestedFields: 100,
  nestedObjects: 10_000,
  ignoreMalformed: false,
}

/** Of a mapping that is not an index's yet. */
export const UNLIMITED: MappingLimits = {
  fields: Infinity,
  ignoreBeyond: false,
  depth: MOST_DEPTH,
  nestedFields: Infinity,
  nestedObjects: Infinity,
  ignoreMalformed: false,
}

/** @throws illegal_argument_exception for a setting that is no number, or not true or false */
export function mappingLimits(settings: ValueObject): MappingLimits {
  const at = (path: string): Value | undefined => {
    let value: Value | undefined = settings
    for (const key of ['index', 'mapping', ...path.split('.')]) value = isObject(value) ? value[key] : undefined
    return value
  }
  const invalid = (path: string): Error =>
    fail('index.setting', {
      reason: `Failed to parse value [${String(at(path))}] for setting [index.mapping.${path}]`,
    })
  const count = (path: string, otherwise: number, least = 0): number => {
    const number = Number(at(path) ?? otherwise)
    if (!Number.isInteger(number) || number < least) throw invalid(path)
    return number
  }
  const truth = (path: string, otherwise = false): boolean => {
    const text = String(at(path) ?? otherwise)
    if (text !== 'true' && text !== 'false') throw invalid(path)
    return text === 'true'
  }
  if (!truth('coerce', true))
    throw fail('index.setting', {
      reason: 'setting [index.mapping.coerce] must be true: say [coerce] of each field that is not to be coerced',
    })
  return {
    fields: count('total_fields.limit', DEFAULT_LIMITS.fields),
    ignoreBeyond: truth('total_fields.ignore_dynamic_beyond_limit'),
    depth: Math.min(count('depth.limit', DEFAULT_LIMITS.depth, 1), MOST_DEPTH),
    nestedFields: count('nested_fields.limit', DEFAULT_LIMITS.nestedFields),
    nestedObjects: count('nested_objects.limit', DEFAULT_LIMITS.nestedObjects),
    ignoreMalformed: truth('ignore_malformed'),
  }
}
