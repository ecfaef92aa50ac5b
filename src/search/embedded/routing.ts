/** Routing: which shard a document is in. There is one piece of an index here, but what is asked by a routing is answered by it. */
import { isObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import type { MappedField } from '../dsl/index.ts'
import { ROUTING } from '../dsl/mapping.ts'
import { murmur3 } from '../dsl/murmur3.ts'
import { valuesOf } from './live-segment.ts'
import type { Location, StoredIndex } from './stored-index.ts'

const LONGEST = 512
/** Shards are counted in so many parts at most, so that an index can be split. */
const MOST_PARTS = 1024

/** The fields of a document, and its routing beside them as one more. */
export function withRouting(fields: readonly MappedField[], routing: string | undefined): readonly MappedField[] {
  return routing === undefined ? fields : [...fields, { field: ROUTING, value: routing }]
}

/** The routing that a document was written with. */
export function routingOf({ segment, document }: Location): string | undefined {
  const column = segment.column(ROUTING.name)
  if (column === undefined) return undefined
  for (const value of valuesOf(column, document)) return String(value)
  return undefined
}

/** The shard of an id or a routing, as Elasticsearch counts it for so many shards. */
export function shardOf(routing: string, shards: number, parts = defaultParts(shards)): number {
  const hash = murmur3(Buffer.from(routing, 'utf16le'), 0)
  const part = ((hash % parts) + parts) % parts
  return Math.floor(part / (parts / shards))
}

function defaultParts(shards: number): number {
  let parts = shards
  while (parts * 2 <= MOST_PARTS) parts *= 2
  return parts
}

/** Whether a request that gives a routing, or none, comes to the shard that a document is in. */
export function isReached(index: StoredIndex, id: string, routing: string | undefined, found: Location): boolean {
  const { shards } = index
  if (shards === 1) return true
  const { settings } = index
  const given = isObject(settings['index']) ? Number(settings['index']['number_of_routing_shards']) : Number.NaN
  const parts = Number.isInteger(given) && given >= shards ? given : undefined
  return shardOf(routing ?? id, shards, parts) === shardOf(routingOf(found) ?? id, shards, parts)
}

/**
 * The routing of a document that is reached through an alias with one.
 * @throws illegal_argument_exception where the request gives another
 */
export function routingThrough(alias: string, routing: string, given: string | undefined): string {
  if (given === undefined || given === routing) return routing
  throw fail('bulk.argument', {
    reason: `Alias [${alias}] has index routing associated with it [${routing}], and was provided with routing value [${given}], rejecting operation`,
  })
}

/** @throws routing_missing_exception where the mapping wants one, and illegal_argument_exception for one that is too long */
export function checkRouting(index: StoredIndex, id: string, routing: string | undefined): void {
  if (routing !== undefined) {
    if (Buffer.byteLength(routing) > LONGEST)
      throw fail('bulk.argument', { reason: `routing must be no longer than ${LONGEST} bytes` })
    return
  }
  const rule = index.mapping.parameters['_routing']
  if (isObject(rule) && String(rule['required']) === 'true') throw fail('document.routing', { index: index.name, id })
}
