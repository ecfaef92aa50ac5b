import { fail } from '../diagnostic/index.ts'
import { isObject, newObject, type Value, type ValueObject } from '../event/index.ts'
import type { RestAnswer, RestRequest, Router } from '../search/index.ts'
import { object } from './status.ts'
import type { Watcher } from './watcher.ts'

const TIMEOUTS = ['master_timeout', 'timeout']

/** What is of all watches: the settings of their index, and what `_xpack/usage` counts. */
export function registerWatcherCluster(router: Router, watcher: Watcher): void {
  router.route({
    method: 'GET',
    path: '/_watcher/settings',
    parameters: TIMEOUTS,
    handle: async () => ({ body: object({ index: await watcher.indexSettings() }) }),
  })
  router.route({
    method: 'PUT',
    path: '/_watcher/settings',
    parameters: TIMEOUTS,
    handle: (request) => changeSettings(watcher, request),
  })
  router.route({ method: 'GET', path: '/_xpack/usage', parameters: TIMEOUTS, handle: async () => usage(watcher) })
}

const CHANGEABLE =
  /^index\.(?:number_of_replicas|auto_expand_replicas|routing\.allocation\.(?:include|exclude|require)\.\w+)$/

async function changeSettings(watcher: Watcher, request: RestRequest): Promise<RestAnswer> {
  const body = request.json()
  if (!isObject(body) || Object.keys(body).length === 0)
    throw fail('watch.validation', { reason: '1: settings must be given' })
  const flat = flatten(body)
  const illegal = Object.keys(flat).filter((name) => !CHANGEABLE.test(name) || name.endsWith('._tier_preference'))
  if (illegal.length > 0) throw fail('watch.validation', { reason: `1: illegal settings: [${illegal.join(', ')}]` })
  await watcher.changeIndexSettings(flat)
  return { body: { acknowledged: true } }
}

function flatten(value: ValueObject, path = ''): ValueObject {
  const flat = newObject()
  for (const [name, inner] of Object.entries(value)) {
    const at = path === '' ? name : `${path}.${name}`
    if (isObject(inner)) Object.assign(flat, flatten(inner, at))
    else flat[at] = inner
  }
  return flat
}

interface Count {
  total: number
  active: number
}

/** Counts of watches and of their parts, by type. */
function usage(watcher: Watcher): RestAnswer {
  const watches = watcher.list()
  const parts = { input: newCounts(), condition: newCounts(), action: newCounts(), transform: newCounts() }
  const schedule = newCounts()
  const all: Count = { total: 0, active: 0 }
  for (const { source, active } of watches) {
    add(all, active)
    schedule.add(namesOf(isObject(source['trigger']) ? source['trigger']['schedule'] : undefined), active)
    parts.input.add(namesOf(source['input'], 'none'), active)
    parts.condition.add(namesOf(source['condition'], 'always'), active)
    parts.transform.add(namesOf(source['transform']), active)
    const actions = isObject(source['actions']) ? Object.values(source['actions']) : []
    for (const action of actions)
      parts.action.add(
        namesOf(action).filter((name) => !BESIDE.includes(name)),
        active,
      )
  }
  const trigger = object({ _all: countOf(all), schedule: schedule.value() })
  const watch = object({ ...mapValues(parts), trigger })
  return { body: object({ watcher: object({ available: true, enabled: true, count: countOf(all), watch }) }) }
}

const BESIDE = ['condition', 'transform', 'throttle_period', 'throttle_period_in_millis', 'throttle', 'when', 'foreach', 'max_iterations'] // prettier-ignore

function namesOf(value: Value | undefined, absent?: string): string[] {
  if (Array.isArray(value)) return value.flatMap((inner) => namesOf(inner))
  if (isObject(value)) return Object.keys(value).filter((name) => name !== 'timezone')
  return absent === undefined ? [] : [absent]
}

interface Counts {
  add(names: readonly string[], active: boolean): void
  value(): ValueObject
}

function newCounts(): Counts {
  const byName = new Map<string, Count>([['_all', { total: 0, active: 0 }]])
  return {
    add(names, active) {
      for (const name of names) {
        const count = byName.get(name) ?? { total: 0, active: 0 }
        byName.set(name, count)
        add(count, active)
        add(byName.get('_all')!, active)
      }
    },
    value: () => object(Object.fromEntries([...byName].map(([name, count]) => [name, countOf(count)]))),
  }
}

function mapValues(counts: Readonly<Record<string, Counts>>): Record<string, ValueObject> {
  return Object.fromEntries(Object.entries(counts).map(([name, one]) => [name, one.value()]))
}

function add(count: Count, active: boolean): void {
  count.total++
  if (active) count.active++
}

function countOf({ total, active }: Count): ValueObject {
  return object({ total, active })
}
