import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'
import { parseDuration } from '../dsl/index.ts'
import type { IndexSummary, Store } from '../store.ts'
import type { RestAnswer, RestRequest, Router } from './router.ts'
import type { SearchRoutesOptions } from './routes-options.ts'
import { bodyObject, flag } from './selection.ts'

const PARAMETERS = ['dry_run', 'timeout', 'master_timeout', 'wait_for_active_shards'] as const
const UNITS: Readonly<Record<string, number>> = { b: 0, kb: 1, mb: 2, gb: 3, tb: 4, pb: 5 }

/** POST ALIAS/_rollover: a new index behind an alias, once its write index is old or large enough. */
export function registerRollover(router: Router, store: Store, options: SearchRoutesOptions): void {
  for (const path of ['/:index/_rollover', '/:index/_rollover/:new'])
    router.route({
      method: 'POST',
      path,
      parameters: PARAMETERS,
      handle: (request) => rollOver(store, request, options.clock.now()),
    })
}

async function rollOver(store: Store, request: RestRequest, now: number): Promise<RestAnswer> {
  const alias = request.params['index']!
  const { conditions = newObject(), ...creation } = bodyObject(request) ?? newObject()
  if (!isObject(conditions)) throw fail('rest.parameter_invalid', { reason: '[conditions] must be an object' })
  const { name: old, flagged } = await writeIndex(store, alias)
  const next = request.params['new'] ?? following(old)
  const [summary] = await store.describeIndices({ expressions: [old] })
  const met = newObject()
  for (const [condition, limit] of Object.entries(conditions))
    met[`[${condition}: ${String(limit)}]`] = holds(condition, limit, summary!, now)
  const due = Object.keys(met).length === 0 || Object.values(met).includes(true)
  const dryRun = flag(request, 'dry_run') === true
  const rolledOver = due && !dryRun
  if ((await store.resolveIndices({ expressions: [next], ignoreUnavailable: true })).length > 0)
    throw fail('index.exists', { index: next, uuid: '_na_' })
  if (rolledOver) {
    await store.createIndex(next, creation)
    const actions: Value[] = flagged
      ? [add(next, alias, true), add(old, alias, false)]
      : [
          add(next, alias, undefined),
          Object.assign(newObject(), { remove: Object.assign(newObject(), { index: old, alias }) }),
        ]
    await store.updateAliases(actions as ValueObject[])
  }
  return {
    body: {
      acknowledged: rolledOver,
      shards_acknowledged: rolledOver,
      old_index: old,
      new_index: next,
      rolled_over: rolledOver,
      dry_run: dryRun,
      conditions: met,
    },
  }
}

function add(index: string, alias: string, writes: boolean | undefined): Value {
  const body = Object.assign(newObject(), { index, alias }, writes === undefined ? {} : { is_write_index: writes })
  return Object.assign(newObject(), { add: body })
}

/** The index that an alias writes to, and whether it is marked as such. */
async function writeIndex(store: Store, alias: string): Promise<{ name: string; flagged: boolean }> {
  const behind: [string, boolean][] = []
  for (const [index, description] of Object.entries(await store.getIndices({ expressions: [alias] }))) {
    const aliases = isObject(description) ? description['aliases'] : undefined
    const options = isObject(aliases) ? aliases[alias] : undefined
    if (isObject(options)) behind.push([index, options['is_write_index'] === true])
  }
  if (behind.length === 0)
    throw fail('rest.parameter_invalid', {
      reason: `rollover target is a [concrete index] but one of [alias,data_stream] was expected`,
    })
  const marked = behind.find(([, writes]) => writes)
  if (marked === undefined && behind.length > 1)
    throw fail('rest.parameter_invalid', { reason: `rollover target [${alias}] does not point to a write index` })
  return { name: (marked ?? behind[0]!)[0], flagged: marked !== undefined }
}

/** `logs-1` is followed by `logs-000002`. */
function following(name: string): string {
  const match = /^(.*)-(\d+)$/.exec(name)
  if (match === null)
    throw fail('rest.parameter_invalid', {
      reason: `index name [${name}] does not match pattern '^.*-\\d+$'`,
    })
  return `${match[1]}-${String(Number(match[2]) + 1).padStart(6, '0')}`
}

function holds(condition: string, limit: Value, index: IndexSummary, now: number): boolean {
  switch (condition) {
    case 'max_age':
      return now - index.createdMillis >= (parseDuration(String(limit)) ?? Number.POSITIVE_INFINITY)
    case 'max_docs':
      return index.documents >= Number(limit)
    case 'max_size':
    case 'max_primary_shard_size':
      return index.bytes >= bytesOf(condition, String(limit))
    default:
      throw fail('search.parsing', { reason: `[conditions] unknown field [${condition}]` })
  }
}

function bytesOf(condition: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)([kmgtp]?b)$/i.exec(text)
  if (match === null)
    throw fail('search.parsing', {
      reason: `failed to parse setting [${condition}] with value [${text}] as a size in bytes`,
    })
  return Number(match[1]) * 1024 ** UNITS[match[2]!.toLowerCase()]!
}
