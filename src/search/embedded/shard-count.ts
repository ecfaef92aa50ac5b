import { isObject, newObject, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'

const MOST_SHARDS = 1024
/** Copies that an index may ask for, though here it gets none. */
const MOST_REPLICAS = 1000

/** As the settings say, with Elasticsearch's defaults but for copies, of which there are none unless asked for. */
export function shardsOf(settings: ValueObject): { shards: number; replicas: number } {
  const index = isObject(settings['index']) ? settings['index'] : newObject()
  const count = (name: string, otherwise: number): number => Number(index[name] ?? otherwise)
  // `0-1`: as many as there is room for.
  const expanding = /^\d+-(\d+|all)$/.test(String(index['auto_expand_replicas']))
  return { shards: count('number_of_shards', 1), replicas: expanding ? 0 : count('number_of_replicas', 0) }
}

/** @throws illegal_argument_exception for counts that are none, or that no cluster has */
export function checkShardCount(settings: ValueObject): void {
  const index = isObject(settings['index']) ? settings['index'] : newObject()
  for (const [name, least, most] of [
    ['number_of_shards', 1, MOST_SHARDS],
    ['number_of_replicas', 0, MOST_REPLICAS],
  ] as const) {
    const value = index[name]
    if (value === undefined || value === null) continue
    const count = Number(value)
    const reason = (limit: string): string =>
      `Failed to parse value [${String(value)}] for setting [index.${name}] must be ${limit}`
    if (!Number.isInteger(count) || count < least) throw fail('index.setting', { reason: reason(`>= ${least}`) })
    if (count > most) throw fail('index.setting', { reason: reason(`<= ${most}`) })
  }
}
