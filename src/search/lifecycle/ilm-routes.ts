import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, type ValueObject } from '../../event/index.ts'
import { passThrough } from '../rest/pass-through.ts'
import { formatTime } from '../rest/cat-table.ts'
import type { RestRequest, Router } from '../rest/router.ts'
import type { Store } from '../store.ts'
import { lifecycleDate, policyName, type Lifecycle, type Managed } from './lifecycle.ts'
import { readPolicy, type Phase } from './policy.ts'
import { registerStateRoutes } from './ism-routes.ts'

const TIMEOUTS = ['master_timeout', 'timeout'] as const
const ACKNOWLEDGED = { acknowledged: true }

/** `_ilm`: policies, and where indices are in them; and the same of `_plugins/_ism`. */
export function registerLifecycleRoutes(outer: Router, store: Store, lifecycle: Lifecycle): void {
  const router = passThrough(outer, store)
  registerStateRoutes(router, store, lifecycle)
  router.route({
    method: 'PUT',
    path: '/_ilm/policy/:name',
    parameters: TIMEOUTS,
    async handle(request) {
      const { name } = request.params as { name: string }
      const body = request.json()
      if (!isObject(body)) throw fail('rest.body_missing')
      for (const key of Object.keys(body))
        if (key !== 'policy') throw fail('search.content', { reason: `[put_lifecycle_request] unknown field [${key}]` })
      checkName(name)
      readPolicy(body['policy'])
      const before = (await store.getResources('lifecycle_policy', name))[name]
      const version = isObject(before) ? Number(before['version']) + 1 : 1
      const kept = Object.assign(newObject(), {
        version,
        modified_date: new Date(lifecycle.clock.now()).toISOString(),
        policy: body['policy']!,
      })
      await store.putResource('lifecycle_policy', name, kept)
      return { body: ACKNOWLEDGED }
    },
  })
  for (const path of ['/_ilm/policy', '/_ilm/policy/:name'])
    router.route({
      method: 'GET',
      path,
      parameters: TIMEOUTS,
      async handle(request) {
        const { name } = request.params
        const found = await store.getResources('lifecycle_policy', name)
        if (name !== undefined && !name.includes('*') && Object.keys(found).length === 0)
          throw fail('lifecycle.missing', { name })
        const body = newObject()
        for (const [each, policy] of Object.entries(found))
          body[each] = Object.assign(newObject(), policy, { in_use_by: await usersOf(store, lifecycle, each) })
        return { body }
      },
    })
  router.route({
    method: 'DELETE',
    path: '/_ilm/policy/:name',
    parameters: TIMEOUTS,
    async handle(request) {
      const { name } = request.params as { name: string }
      const { indices } = await usersOf(store, lifecycle, name)
      if (indices.length > 0)
        throw fail('rest.parameter_invalid', {
          reason: `Cannot delete policy [${name}]. It is in use by one or more indices: [${indices.join(', ')}]`,
        })
      if (name.includes('*') || !(await store.deleteResource('lifecycle_policy', name)))
        throw fail('lifecycle.missing', { name })
      return { body: ACKNOWLEDGED }
    },
  })
  router.route({
    method: 'GET',
    path: '/_ilm/status',
    parameters: TIMEOUTS,
    handle: async () => ({ body: { operation_mode: await lifecycle.mode() } }),
  })
  for (const [path, mode] of [
    ['/_ilm/start', 'RUNNING'],
    ['/_ilm/stop', 'STOPPED'],
  ] as const)
    router.route({
      method: 'POST',
      path,
      parameters: TIMEOUTS,
      async handle() {
        await lifecycle.setMode(mode)
        return { body: ACKNOWLEDGED }
      },
    })
  registerIndexRoutes(router, store, lifecycle)
}

function registerIndexRoutes(router: Router, store: Store, lifecycle: Lifecycle): void {
  const indicesOf = (request: RestRequest): Promise<Managed[]> =>
    lifecycle.reached(store, (request.params['index'] ?? '').split(','))
  router.route({
    method: 'GET',
    path: '/:index/_ilm/explain',
    parameters: ['only_managed', 'only_errors', 'master_timeout'],
    async handle(request) {
      const policies = await store.getResources('lifecycle_policy')
      const is = (name: string): boolean => request.query.get(name) === 'true' || request.query.get(name) === ''
      const [onlyErrors, onlyManaged] = [is('only_errors'), is('only_managed') || is('only_errors')]
      const indices = newObject()
      for (const index of await indicesOf(request)) {
        const name = policyName(index.settings)
        if (name === undefined ? onlyManaged : onlyErrors && index.state?.error === undefined) continue
        indices[index.summary.name] = explain(index, name, name === undefined ? undefined : policies[name], lifecycle)
      }
      return { body: { indices } }
    },
  })
  router.route({
    method: 'POST',
    path: '/:index/_ilm/remove',
    parameters: TIMEOUTS,
    async handle(request) {
      for (const { summary } of await indicesOf(request)) {
        await lifecycle.set(summary.name, { 'index.lifecycle.*': null })
        await store.deleteResource('lifecycle_state', summary.uuid)
      }
      return { body: { has_failures: false, failed_indexes: [] } }
    },
  })
  router.route({
    method: 'POST',
    path: '/:index/_ilm/retry',
    parameters: TIMEOUTS,
    async handle(request) {
      const failed = (await indicesOf(request)).filter(({ state }) => state?.error !== undefined)
      if (failed.length === 0)
        throw fail('rest.parameter_invalid', {
          reason: `cannot retry an action for an index [${request.params['index']}] that has not encountered an error when running a Lifecycle Policy`,
        })
      await lifecycle.tick()
      return { body: ACKNOWLEDGED }
    },
  })
}

function checkName(name: string): void {
  if (/[, ]/.test(name) || name.startsWith('_') || Buffer.byteLength(name) > 255)
    throw fail('rest.parameter_invalid', {
      reason: `invalid policy name [${name}]: must not contain ',' or ' ', start with '_', or be longer than 255 bytes`,
    })
}

async function usersOf(
  store: Store,
  lifecycle: Lifecycle,
  policy: string,
): Promise<{ indices: string[]; data_streams: string[]; composable_templates: string[] }> {
  const indices = (await lifecycle.managed())
    .filter(({ settings }) => policyName(settings) === policy)
    .map(({ summary }) => summary.name)
  const streams = ((await store.dataStreams?.list()) ?? [])
    .filter((stream) => stream.indices.some(({ name }) => indices.includes(name)))
    .map(({ name }) => name)
  const templates = Object.entries(await store.getResources('index_template'))
    .filter(([, template]) => named(template as ValueObject) === policy)
    .map(([name]) => name)
  return { indices, data_streams: streams, composable_templates: templates }
}

/** The policy that an index template gives, in whichever way its settings are written. */
function named(template: ValueObject): string | undefined {
  const inner = template['template']
  const settings = isObject(inner) && isObject(inner['settings']) ? inner['settings'] : newObject()
  for (const key of ['index.lifecycle.name', 'lifecycle.name'])
    if (settings[key] !== undefined) return String(settings[key])
  const index = isObject(settings['index']) ? settings['index'] : settings
  return policyName(index) ?? (index['lifecycle.name'] === undefined ? undefined : String(index['lifecycle.name']))
}

function explain(index: Managed, name: string | undefined, policy: unknown, lifecycle: Lifecycle): ValueObject {
  const { summary, settings, state } = index
  if (name === undefined) return Object.assign(newObject(), { index: summary.name, managed: false })
  const now = lifecycle.clock.now()
  const kept = isObject(policy as never) ? (policy as ValueObject) : undefined
  const phases: Phase[] = kept === undefined ? [] : readPolicy(kept['policy'])
  const phase = phases.find((each) => each.name === state?.phase)
  const action = phase?.actions[state!.done]?.kind ?? 'complete'
  const date = lifecycleDate(summary, settings, state)
  const step = state?.error !== undefined ? 'ERROR' : action === 'rollover' ? 'check-rollover-ready' : action
  const body = {
    index: summary.name,
    managed: true,
    policy: name,
    index_creation_date_millis: summary.createdMillis,
    time_since_index_creation: formatTime(now - summary.createdMillis, undefined),
    lifecycle_date_millis: date,
    age: formatTime(Math.max(0, now - date), undefined),
    phase: state?.phase ?? 'new',
    phase_time_millis: state?.phaseMillis ?? summary.createdMillis,
    action,
    action_time_millis: state?.phaseMillis ?? summary.createdMillis,
    step,
    step_time_millis: state?.phaseMillis ?? summary.createdMillis,
    ...(state?.error === undefined ? {} : { failed_step: action, step_info: { ...state.error } }),
    ...(phase === undefined || kept === undefined
      ? {}
      : {
          phase_execution: {
            policy: name,
            phase_definition: phase.definition,
            version: kept['version'],
            modified_date_in_millis: Date.parse(String(kept['modified_date'])),
          },
        }),
  }
  return Object.assign(newObject(), body) as ValueObject
}
