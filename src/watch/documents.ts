import type { ValueObject } from '../event/index.ts'
import { isObject, newObject, parseJson, toValue } from '../event/index.ts'
import { checkSearch } from '../search/dsl/index.ts'
import type { SearchHit, Store } from '../search/index.ts'

export const WATCHES = '.watches'
export const TRIGGERED = '.triggered_watches'
/** Which process runs the watches of a store that several share. */
export const LEASES = '.vedetta-leases'

/** `.watcher-history-2026.11.24`, by the day of the run in UTC. */
export function historyIndex(millis: number): string {
  return `.watcher-history-${new Date(millis).toISOString().slice(0, 10).replaceAll('-', '.')}`
}

const keyword = { type: 'keyword' }
const date = { type: 'date' }
const kept = { type: 'object', enabled: false }
const step = { properties: { type: keyword, status: keyword, payload: kept, error: kept } }

/** Payloads differ from watch to watch: they are kept and shown, and only what all records have is searched by. */
const HISTORY_TEMPLATE = {
  index_patterns: ['.watcher-history-*'],
  order: 2_147_483_647,
  settings: { index: { hidden: true } },
  mappings: {
    dynamic: false,
    properties: {
      watch_id: keyword,
      node: keyword,
      state: keyword,
      status: kept,
      trigger_event: {
        dynamic: false,
        properties: {
          type: keyword,
          triggered_time: date,
          schedule: { properties: { triggered_time: date, scheduled_time: date } },
        },
      },
      input: kept,
      condition: kept,
      metadata: kept,
      missed: {
        properties: { from: date, to: date, count: { type: 'long' }, truncated: { type: 'boolean' }, met: date },
      },
      messages: { type: 'text' },
      exception: kept,
      result: {
        dynamic: false,
        properties: {
          execution_time: date,
          execution_duration: { type: 'long' },
          input: { dynamic: false, properties: step.properties },
          condition: { dynamic: false, properties: { type: keyword, status: keyword, met: { type: 'boolean' } } },
          transform: { dynamic: false, properties: step.properties },
          actions: {
            dynamic: false,
            properties: { id: keyword, type: keyword, status: keyword, reason: keyword, error: kept },
          },
        },
      },
    },
  },
}

const WATCHES_TEMPLATE = {
  index_patterns: [WATCHES, TRIGGERED, LEASES],
  order: 2_147_483_647,
  settings: { index: { hidden: true, number_of_replicas: 0, auto_expand_replicas: '0-1' } },
  mappings: { dynamic: false, properties: { file: keyword } },
}

export async function installTemplates(store: Store): Promise<void> {
  await store.putTemplate('.watch-history', toValue(HISTORY_TEMPLATE) as ValueObject, { overwrite: true })
  await store.putTemplate('.watches', toValue(WATCHES_TEMPLATE) as ValueObject, { overwrite: true })
}

export interface StoredWatch {
  readonly id: string
  readonly body: ValueObject
  readonly version: number
  readonly seqNo: number
  readonly primaryTerm: number
}

const PAGE = 1000

/** Every document of one of the small indices, or of each only its id and versions. */
export async function readAll(store: Store, index: string, { bodies = true } = {}): Promise<StoredWatch[]> {
  await store.refresh({ expressions: [index], ignoreUnavailable: true, allowNoIndices: true })
  const found: StoredWatch[] = []
  for (;;) {
    const from = found.length
    const search = checkSearch(
      toValue({ size: PAGE, from, version: true, seq_no_primary_term: true, ...(bodies ? {} : { _source: false }) }),
    )
    const { hits } = await store.search({ expressions: [index], ignoreUnavailable: true, allowNoIndices: true }, search)
    found.push(...hits.hits.map(storedWatch))
    if (hits.hits.length < PAGE) return found
  }
}

function storedWatch(hit: SearchHit): StoredWatch {
  const number = (name: string): number => (typeof hit[name] === 'number' ? hit[name] : 0)
  return {
    id: hit._id,
    body: hit._source ?? newObject(),
    version: number('_version'),
    seqNo: number('_seq_no'),
    primaryTerm: number('_primary_term'),
  }
}

export function parseDocument(text: string): ValueObject {
  const value = parseJson(text)
  return isObject(value) ? value : newObject()
}

export function isMissingIndex(error: unknown): boolean {
  return (error as { http?: { type?: string } }).http?.type === 'index_not_found_exception'
}
