import { isObject, newObject, type ValueObject } from '../../event/index.ts'

/** As the settings say, with Elasticsearch's defaults but for copies, of which there are none unless asked for. */
export function shardsOf(settings: ValueObject): { shards: number; replicas: number } {
  const index = isObject(settings['index']) ? settings['index'] : newObject()
  const count = (name: string, otherwise: number): number => Number(index[name] ?? otherwise)
  // `0-1`: as many as there is room for.
  const expanding = /^\d+-(\d+|all)$/.test(String(index['auto_expand_replicas']))
  return { shards: count('number_of_shards', 1), replicas: expanding ? 0 : count('number_of_replicas', 0) }
}
