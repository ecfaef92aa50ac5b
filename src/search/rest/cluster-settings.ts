import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'
import type { Store } from '../store.ts'
import type { Router } from './router.ts'
import { bodyObject, flag } from './selection.ts'

/** The store's resources that keep what PUT _cluster/settings has set, in one of the name `all`. */
export const CLUSTER_SETTINGS = 'cluster_settings'

export const ALLOW_EXPENSIVE_QUERIES = 'search.allow_expensive_queries'
export const MAX_BUCKETS = 'search.max_buckets'
/** What the store itself allows. */
const MOST_BUCKETS = 65_536

/** A setting of the cluster as it was set: what is transient counts before what is persistent. */
export async function clusterSetting(store: Store, name: string): Promise<string | undefined> {
  const all = (await store.getResources(CLUSTER_SETTINGS))['all']
  for (const kind of ['transient', 'persistent']) {
    const settings = isObject(all) ? all[kind] : undefined
    const value = isObject(settings) ? settings[name] : undefined
    if (value !== undefined) return String(value)
  }
  return undefined
}

/** Settings of a cluster as a client gave them: they are kept and shown; transient ones are as lasting as others. */
export function registerClusterSettings(router: Router, store: Store): void {
  const stored = async (): Promise<ValueObject> => {
    const found = (await store.getResources(CLUSTER_SETTINGS))['all']
    return isObject(found) ? found : newObject()
  }
  const shape = (settings: Value | undefined, flat: boolean): ValueObject => {
    const result = newObject()
    for (const [name, value] of Object.entries(isObject(settings) ? settings : newObject())) {
      if (flat) {
        result[name] = value
        continue
      }
      let at = result
      const keys = name.split('.')
      for (const key of keys.slice(0, -1)) at = (isObject(at[key]) ? at[key] : (at[key] = newObject())) as ValueObject
      at[keys.at(-1)!] = value
    }
    return result
  }
  router.route({
    method: 'GET',
    path: '/_cluster/settings',
    parameters: ['flat_settings', 'include_defaults', 'master_timeout', 'timeout'],
    async handle(request) {
      const settings = await stored()
      const flat = flag(request, 'flat_settings') === true
      const body = newObject()
      for (const kind of ['persistent', 'transient']) body[kind] = shape(settings[kind], flat)
      if (flag(request, 'include_defaults') === true)
        body['defaults'] = shape(
          Object.assign(newObject(), {
            [MAX_BUCKETS]: String(MOST_BUCKETS),
            'node.attr.testattr': 'test',
            'action.auto_create_index': 'true',
          }),
          flat,
        )
      return { body }
    },
  })
  router.route({
    method: 'PUT',
    path: '/_cluster/settings',
    parameters: ['flat_settings', 'master_timeout', 'timeout'],
    async handle(request) {
      const body = bodyObject(request)
      if (body === undefined) throw fail('rest.body_missing')
      const settings = await stored()
      const flat = flag(request, 'flat_settings') === true
      const answer = Object.assign(newObject(), { acknowledged: true })
      const after = newObject()
      for (const kind of ['persistent', 'transient']) {
        const merged = Object.assign(newObject(), settings[kind])
        const set = newObject()
        for (const [name, value] of flattened(body[kind])) {
          if (value === null) {
            const prefix = name.endsWith('*') ? name.slice(0, -1) : undefined
            for (const known of Object.keys(merged))
              if (known === name || (prefix !== undefined && known.startsWith(prefix))) delete merged[known]
          } else {
            if (name === MAX_BUCKETS) checkMaxBuckets(value)
            if (name === ALLOW_EXPENSIVE_QUERIES) checkFlag(value)
            set[name] = merged[name] = String(value)
          }
        }
        after[kind] = merged
        answer[kind] = shape(set, flat)
      }
      await store.putResource(CLUSTER_SETTINGS, 'all', after)
      return { body: answer }
    },
  })
}

function checkFlag(value: Value): void {
  if (!/^(true|false)$/.test(String(value)))
    throw fail('rest.parameter_invalid', {
      reason: `Failed to parse value [${String(value)}] as only [true] or [false] are allowed.`,
    })
}

function checkMaxBuckets(value: Value): void {
  const given = String(value)
  const refuse = (reason: string): never => {
    throw fail('rest.parameter_invalid', {
      reason: `Failed to parse value [${given}] for setting [${MAX_BUCKETS}]${reason}`,
    })
  }
  if (!/^-?\d{1,10}$/.test(given)) refuse('')
  if (Number(given) < 0) refuse(' must be >= 0')
  if (Number(given) > MOST_BUCKETS) refuse(` must be <= ${MOST_BUCKETS}`)
}

function flattened(value: Value | undefined, path = ''): [string, Value][] {
  if (!isObject(value)) return value === undefined ? [] : [[path, value]]
  return Object.keys(value).flatMap((key) => flattened(value[key], path === '' ? key : `${path}.${key}`))
}
