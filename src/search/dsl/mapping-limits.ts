/** How large a mapping and its documents may become: the settings under `index.mapping`. */
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
}

/** Deeper objects would cost the stack, whatever an index allows. */
export const MOST_DEPTH = 100

export const DEFAULT_LIMITS: MappingLimits = {
  fields: 1000,
  ignoreBeyond: false,
  depth: 20,
  nestedFields: 100,
  nestedObjects: 10_000,
}

/** Of a mapping that is not an index's yet. */
export const UNLIMITED: MappingLimits = {
  fields: Infinity,
  ignoreBeyond: false,
  depth: MOST_DEPTH,
  nestedFields: Infinity,
  nestedObjects: Infinity,
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
  const beyond = String(at('total_fields.ignore_dynamic_beyond_limit') ?? false)
  if (beyond !== 'true' && beyond !== 'false') throw invalid('total_fields.ignore_dynamic_beyond_limit')
  return {
    fields: count('total_fields.limit', DEFAULT_LIMITS.fields),
    ignoreBeyond: beyond === 'true',
    depth: Math.min(count('depth.limit', DEFAULT_LIMITS.depth, 1), MOST_DEPTH),
    nestedFields: count('nested_fields.limit', DEFAULT_LIMITS.nestedFields),
    nestedObjects: count('nested_objects.limit', DEFAULT_LIMITS.nestedObjects),
  }
}
