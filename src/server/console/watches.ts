import { isObject, newObject, Timestamp, toValue, type Value, type ValueObject } from '../../event/index.ts'
import { checkSearch } from '../../search/dsl/index.ts'
import type { Router, Store } from '../../search/index.ts'
import type { Watcher, WatchInfo } from '../../watch/index.ts'

const HISTORY = { expressions: ['.watcher-history-*'], ignoreUnavailable: true, allowNoIndices: true }
const MOST_RUNS = 200
const DAY_MILLIS = 86_400_000

/** Runs of a watch within a day, by their state. */
interface Runs {
  readonly runs: number
  readonly states: Readonly<Record<string, number>>
}

/** A watch as lists show it. */
export interface ListedWatch extends Runs {
  readonly id: string
  readonly name: string
  readonly active: boolean
  readonly trigger: unknown
  readonly lastChecked: string | null
  readonly lastMet: string | null
  readonly state: string | null
  readonly actions: readonly { readonly id: string; readonly ack: string | null }[]
  /** Epoch milliseconds. */
  readonly next?: number
  readonly file?: string
}

/** What Watcher's API does not say of watches: when each runs next, and how its runs of the last day went. */
export function registerWatchRoutes(router: Router, watcher: Watcher, store: Store, now: () => number): void {
  router.route({
    method: 'GET',
    path: '/_vedetta/watches',
    async handle() {
      const day = await runsSince(store, now() - DAY_MILLIS)
      const none = { runs: 0, states: {} }
      return {
        body: {
          running: watcher.running,
          watches: watcher.list().map((info) => listed(info, day.get(info.id) ?? none)),
        },
      }
    },
  })
  router.route({
    method: 'GET',
    path: '/_vedetta/watches/:id/history',
    parameters: ['size'],
    async handle({ params, query }) {
      const size = Math.min(MOST_RUNS, Math.max(1, Number(query.get('size') ?? 50) || 50))
      // The definition of the input may hold a password, and is shown elsewhere.
      const records = (await watcher.history(params['id']!, size)).map(({ input: _input, ...record }) => record)
      return { body: { records } }
    },
  })
}

function listed({ id, source, status, active, file, next }: WatchInfo, day: Runs): ListedWatch {
  const metadata = source['metadata']
  const actions = status['actions']
  return {
    id,
    name: isObject(metadata) && typeof metadata['name'] === 'string' ? metadata['name'] : id,
    active,
    trigger: source['trigger'] ?? null,
    lastChecked: textAt(status, 'last_checked'),
    lastMet: textAt(status, 'last_met_condition'),
    state: textAt(status, 'execution_state'),
    actions: isObject(actions)
      ? Object.entries(actions).map(([name, action]) => ({ id: name, ack: textAt(action, 'ack', 'state') }))
      : [],
    ...day,
    ...(next === undefined ? {} : { next }),
    ...(file === undefined ? {} : { file }),
  }
}

async function runsSince(store: Store, from: number): Promise<Map<string, Runs>> {
  const search = toValue({
    size: 0,
    query: { range: { 'trigger_event.triggered_time': { gte: from, format: 'epoch_millis' } } },
    aggs: { watches: { terms: { field: 'watch_id', size: 1000 }, aggs: { states: { terms: { field: 'state' } } } } },
  })
  const { aggregations = newObject() } = await store.search(HISTORY, checkSearch(search))
  const found = new Map<string, Runs>()
  for (const bucket of bucketsOf(aggregations['watches']))
    found.set(String(bucket['key']), {
      runs: Number(bucket['doc_count']),
      states: Object.fromEntries(
        bucketsOf(bucket['states']).map((state) => [String(state['key']), Number(state['doc_count'])]),
      ),
    })
  return found
}

function bucketsOf(aggregation: Value | undefined): ValueObject[] {
  const buckets = isObject(aggregation) ? aggregation['buckets'] : undefined
  return Array.isArray(buckets) ? buckets.filter(isObject) : []
}

function textAt(value: Value | undefined, ...path: string[]): string | null {
  const found = path.reduce<Value | undefined>((inner, name) => (isObject(inner) ? inner[name] : undefined), value)
  return typeof found === 'string' || found instanceof Timestamp ? String(found) : null
}
