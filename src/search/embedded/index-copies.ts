/** A new index from the documents of another: clone, shrink and split. Shards are but a number here. */
import { isObject, newObject, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { normalSettings } from '../dsl/index.ts'
import { checkShardCount } from './shard-count.ts'
import type { StoredIndex } from './stored-index.ts'

export type CopyKind = 'clone' | 'shrink' | 'split'

/** Of the source, not of the copy. */
const NOT_COPIED = ['uuid', 'creation_date', 'provided_name', 'version', 'resize', 'lifecycle']

/**
 * The settings of the copy, checked by Elasticsearch's rules for each kind.
 * @throws illegal_argument_exception, illegal_state_exception where the source may still be written
 */
export function copySettings(kind: CopyKind, source: StoredIndex, body: ValueObject): ValueObject {
  for (const key of Object.keys(body)) {
    if (key === 'mappings')
      throw fail('index.setting', { reason: 'mappings are not allowed when resizing indices, all mappings are copied' })
    if (!['settings', 'aliases', 'max_primary_shard_size'].includes(key))
      throw fail('index.body', { reason: `unknown key [${key}] for ${kind} index` })
  }
  if (body['max_primary_shard_size'] !== undefined)
    throw fail('index.setting', { reason: `[max_primary_shard_size] is not supported: give index.number_of_shards` })
  const old = indexSettings(source.settings)
  const given = indexSettings(normalSettings(isObject(body['settings']) ? body['settings'] : newObject()))
  if (given['number_of_routing_shards'] !== undefined)
    throw fail('index.setting', { reason: 'cannot provide index.number_of_routing_shards on resize' })
  const from = Number(old['number_of_shards'] ?? 1)
  checkShards(kind, from, shardsFor(kind, from, given), Number(old['number_of_routing_shards'] ?? 0))
  if (!source.blocks.has('write'))
    throw fail('index.state', {
      reason: `index ${source.name} must block write operations to resize index. use "index.blocks.write=true"`,
    })
  const copied = newObject()
  for (const key of Object.keys(old)) if (!NOT_COPIED.includes(key)) copied[key] = old[key]!
  const merged = normalSettings(Object.assign(newObject(), { index: merge(copied, given) }))
  const index = merged['index'] as ValueObject
  index['number_of_shards'] = String(shardsFor(kind, from, given))
  checkShardCount(merged)
  // A null takes away what the source has.
  for (const key of Object.keys(index)) if (index[key] === null) delete index[key]
  return merged
}

function indexSettings(settings: ValueObject): ValueObject {
  return isObject(settings['index']) ? settings['index'] : newObject()
}

function shardsFor(kind: CopyKind, from: number, given: ValueObject): number {
  const text = given['number_of_shards']
  if (text !== undefined) return Number(text)
  if (kind === 'split')
    throw fail('index.setting', { reason: 'index.number_of_shards is required for split operations' })
  return kind === 'shrink' ? 1 : from
}

function checkShards(kind: CopyKind, from: number, to: number, routing: number): void {
  const refuse = (reason: string): never => {
    throw fail('index.setting', { reason })
  }
  if (!Number.isInteger(to) || to < 1)
    refuse(`Failed to parse value [${to}] for setting [index.number_of_shards] must be >= 1`)
  switch (kind) {
    case 'clone':
      if (to !== from)
        refuse(`the number of source shards [${from}] must be equal to the number of target shards [${to}]`)
      return
    case 'shrink':
      if (to > from)
        refuse(`the number of target shards [${to}] must be less that the number of source shards [${from}]`)
      if (from % to !== 0) refuse(`the number of source shards [${from}] must be a multiple of [${to}]`)
      return
    case 'split':
      if (to <= from)
        refuse(`the number of source shards [${from}] must be less that the number of target shards [${to}]`)
      if (routing > 0 && routing % to !== 0)
        throw fail('index.state', {
          reason: `the number of routing shards [${routing}] must be a multiple of the target shards [${to}]`,
        })
      if (to % from !== 0) refuse(`the number of source shards [${from}] must be a factor of [${to}]`)
  }
}

function merge(target: ValueObject, from: ValueObject): ValueObject {
  const result = Object.assign(newObject(), target)
  for (const key of Object.keys(from)) {
    const [old, value] = [result[key], from[key]!]
    result[key] = isObject(old) && isObject(value) ? merge(old, value) : value
  }
  return result
}
