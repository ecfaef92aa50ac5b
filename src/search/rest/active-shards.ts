import { fail } from '../../diagnostic/index.ts'
import type { ErrorCause, IndexSelection, Store } from '../store.ts'
import type { RestRequest } from './router.ts'

/** Of an index there is one copy in this process: who waits for more waits in vain, and is told so at once. */
const ACTIVE = 1

/** `wait_for_active_shards`; undefined where the request says nothing, or a cluster's own copies count. */
export function awaitedShards(request: RestRequest, store: Store): number | 'all' | undefined {
  const text = request.query.get('wait_for_active_shards')
  if (text === undefined) return undefined
  const all = text === 'all' || text === '-1'
  if (!all && !/^-?\d{1,9}$/.test(text))
    throw fail('rest.parameter_invalid', { reason: `cannot parse ActiveShardCount[${text}]` })
  if (!all && Number(text) < 0)
    throw fail('rest.parameter_invalid', { reason: 'shard count cannot be a negative value' })
  if (store.forward !== undefined) return undefined
  return all ? 'all' : Number(text)
}

/** @throws illegal_argument_exception where an index about to be made will not have as many copies */
export function checkCopies(awaited: number | 'all' | undefined, replicas: number): void {
  if (typeof awaited === 'number' && awaited > replicas + 1)
    throw fail('rest.parameter_invalid', {
      reason: `invalid wait_for_active_shards[${awaited}]: cannot be greater than number of shard copies [${replicas + 1}]`,
    })
}

/** `shards_acknowledged` of an answer: whether as many copies as the request waits for are there. */
export async function shardsAcknowledged(
  request: RestRequest,
  store: Store,
  selection: IndexSelection,
): Promise<boolean> {
  const awaited = awaitedShards(request, store)
  return awaited === undefined || (await neededCopies(store, selection, awaited)) <= ACTIVE
}

/** Why nothing can be written before as many copies are there as the request waits for; undefined where they are. */
export async function missingCopies(
  request: RestRequest,
  store: Store,
  index: string,
): Promise<ErrorCause | undefined> {
  const awaited = awaitedShards(request, store)
  const needed = awaited === undefined ? ACTIVE : await neededCopies(store, { expressions: [index] }, awaited)
  if (needed <= ACTIVE) return undefined
  const count = awaited === 'all' ? 'ALL' : awaited
  const timeout = request.query.get('timeout') ?? '1m'
  return {
    type: 'unavailable_shards_exception',
    reason: `[${index}][0] Not enough active copies to meet shard count of [${count}] (have ${ACTIVE}, needed ${needed}). Timeout: [${timeout}]`,
  }
}

/** @throws unavailable_shards_exception where one of the indices has fewer copies than the request waits for */
export async function requireCopies(request: RestRequest, store: Store, indices: readonly string[]): Promise<void> {
  for (const index of indices) {
    const missing = await missingCopies(request, store, index)
    if (missing !== undefined) throw fail('index.copies_missing', { reason: missing.reason })
  }
}

async function neededCopies(store: Store, selection: IndexSelection, awaited: number | 'all'): Promise<number> {
  if (awaited !== 'all') return awaited
  const rows = await store.describeIndices({ ...selection, ignoreUnavailable: true, allowNoIndices: true })
  return Math.max(0, ...rows.map(({ replicas }) => replicas)) + 1
}
