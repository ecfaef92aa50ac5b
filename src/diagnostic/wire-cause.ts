import { newObject, type ValueObject } from '../event/index.ts'

/** `type` and `reason` of an error as Elasticsearch's clients read them, with the index where it is one that is not there. */
export function wireCause(type: string, reason: string): ValueObject {
  const cause = newObject()
  cause['type'] = type
  cause['reason'] = reason
  const index = type === 'index_not_found_exception' ? /no such index \[([^\]]*)\]/.exec(reason)?.[1] : undefined
  if (index === undefined) return cause
  cause['resource.type'] = 'index_or_alias'
  cause['resource.id'] = index
  cause['index_uuid'] = '_na_'
  cause['index'] = index
  return cause
}
