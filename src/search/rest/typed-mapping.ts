import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'
import type { RestRequest } from './router.ts'
import { flag } from './selection.ts'

/**
 * The mapping of a request that may still be written within its type, as before Elasticsearch 7, where
 * `include_type_name` says so.
 * @throws illegal_argument_exception for a type that it does not say
 */
export function untypedMapping(
  request: RestRequest,
  mapping: Value | undefined,
  refusal = 'The mapping definition cannot be nested under a type [_doc] unless include_type_name is set to true.',
): Value | undefined {
  if (!isObject(mapping)) return mapping
  const [type, ...others] = Object.keys(mapping)
  const inner = type === undefined ? undefined : mapping[type]
  if (type === undefined || others.length > 0 || !isObject(inner)) return mapping
  if (flag(request, 'include_type_name') === true && type !== 'properties') return inner
  if (type !== '_doc') return mapping
  throw fail('rest.parameter_invalid', { reason: refusal })
}

/** A body with `mappings`, of an index or a template. */
export function untypedBody(request: RestRequest, body: ValueObject): ValueObject {
  const mappings = untypedMapping(request, body['mappings'])
  return mappings === body['mappings'] ? body : Object.assign(newObject(), body, { mappings })
}
