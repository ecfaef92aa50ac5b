import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, type ValueObject } from '../../event/index.ts'
import type { RestAnswer, RestRequest, Router } from '../rest/router.ts'
import type { Store } from '../store.ts'
import type { Lifecycle, Managed } from './lifecycle.ts'
import { readStatePolicy } from './state-policy.ts'

const PREFIXES = ['/_plugins/_ism', '/_opendistro/_ism']

/** OpenSearch's index state management: policies by states, and the indices that have one. */
export function registerStateRoutes(router: Router, store: Store, lifecycle: Lifecycle): void {
  for (const prefix of PREFIXES) {
    router.route({
      method: 'PUT',
      path: `${prefix}/policies/:id`,
      parameters: ['if_seq_no', 'if_primary_term', 'refresh'],
      handle: (request) => put(store, lifecycle, request),
    })
    for (const path of [`${prefix}/policies`, `${prefix}/policies/:id`])
      router.route({ method: 'GET', path, parameters: ['size', 'from'], handle: (request) => show(store, request) })
    router.route({
      method: 'DELETE',
      path: `${prefix}/policies/:id`,
      parameters: ['refresh'],
      async handle(request) {
        const { id } = request.params as { id: string }
        if (id.includes('*') || !(await store.deleteResource('state_policy', id)))
          throw fail('rest.not_found', { reason: 'Policy not found' })
        return { body: { _index: '.opendistro-ism-config', _id: id, result: 'deleted' } }
      },
    })
    router.route({
      method: 'POST',
      path: `${prefix}/add/:index`,
      parameters: ['index_type'],
      async handle(request) {
        const body = request.json()
        const id = isObject(body) ? body['policy_id'] : undefined
        if (typeof id !== 'string') throw fail('rest.parameter_invalid', { reason: 'Missing policy_id' })
        if ((await store.getResources('state_policy', id))[id] === undefined)
          throw fail('rest.not_found', { reason: `Could not find policy=${id}` })
        return change(store, lifecycle, request, async ({ summary, state }) => {
          if (state?.policy !== undefined)
            return 'This index already has a policy, use the update policy API to update index policies'
          await store.putResource(
            'lifecycle_state',
            summary.uuid,
            Object.assign(newObject(), {
              index: summary.name,
              policy: id,
              phase: '',
              phaseMillis: 0,
              done: 0,
              failures: 0,
            }),
          )
          return undefined
        })
      },
    })
    router.route({
      method: 'POST',
      path: `${prefix}/remove/:index`,
      parameters: ['index_type'],
      handle: (request) =>
        change(store, lifecycle, request, async ({ summary, state }) => {
          if (state?.policy === undefined) return 'This index does not have a policy to remove'
          await store.deleteResource('lifecycle_state', summary.uuid)
          return undefined
        }),
    })
    router.route({
      method: 'POST',
      path: `${prefix}/retry/:index`,
      parameters: ['index_type'],
      handle: (request) =>
        change(store, lifecycle, request, async ({ summary, state }) => {
          if (state?.error === undefined) return 'This index is not in failed state.'
          const kept = (await store.getResources('lifecycle_state', summary.uuid))[summary.uuid]
          const { error: _, ...rest } = isObject(kept) ? kept : newObject()
          await store.putResource('lifecycle_state', summary.uuid, Object.assign(newObject(), rest, { failures: 0 }))
          return undefined
        }),
    })
    for (const path of [`${prefix}/explain`, `${prefix}/explain/:index`])
      router.route({
        method: ['GET', 'POST'],
        path,
        parameters: ['show_policy', 'index_type', 'size', 'from'],
        handle: (request) => explain(store, lifecycle, request),
      })
  }
}

async function put(store: Store, lifecycle: Lifecycle, request: RestRequest): Promise<RestAnswer> {
  const { id } = request.params as { id: string }
  const body = request.json()
  const policy = isObject(body) ? body['policy'] : undefined
  readStatePolicy(policy)
  const before = (await store.getResources('state_policy', id))[id]
  const seqNo = request.query.get('if_seq_no')
  const version = isObject(before) ? Number(before['version']) : 0
  if (isObject(before) && seqNo === undefined)
    throw fail('rest.conflict', {
      reason: `[${id}]: version conflict, document already exists (current version [${version}])`,
    })
  if (seqNo !== undefined && Number(seqNo) !== version - 1)
    throw fail('rest.conflict', {
      reason: `[${id}]: version conflict, required seqNo [${seqNo}]. current document has seqNo [${version - 1}]`,
    })
  const updated = Math.floor(lifecycle.clock.now())
  await store.putResource(
    'state_policy',
    id,
    Object.assign(newObject(), { version: version + 1, updated, policy: policy! }),
  )
  const answer = { ...head(id, version + 1), policy: { policy: shownPolicy(id, policy as ValueObject, updated) } }
  return { status: version === 0 ? 201 : 200, body: answer }
}

function head(id: string, version: number): object {
  return { _id: id, _version: version, _primary_term: 1, _seq_no: version - 1 }
}

function shownPolicy(id: string, policy: ValueObject, updated: number): object {
  return { policy_id: id, last_updated_time: updated, schema_version: 21, error_notification: null, ...policy }
}

async function show(store: Store, request: RestRequest): Promise<RestAnswer> {
  const { id } = request.params
  const found = Object.entries(await store.getResources('state_policy', id)).map(([name, body]) => {
    const { version, updated, policy } = body as ValueObject
    return { ...head(name, Number(version)), policy: shownPolicy(name, policy as ValueObject, Number(updated)) }
  })
  if (id !== undefined) {
    if (found[0] === undefined) throw fail('rest.not_found', { reason: 'Policy not found' })
    return { body: found[0] }
  }
  const from = Number(request.query.get('from') ?? 0)
  const page = found.slice(from, from + Number(request.query.get('size') ?? 20))
  return { body: { policies: page, total_policies: found.length } }
}

/** Does something to each index; what it says is why it could not. */
async function change(
  store: Store,
  lifecycle: Lifecycle,
  request: RestRequest,
  each: (index: Managed) => Promise<string | undefined>,
): Promise<RestAnswer> {
  if (request.query.has('index_type') && request.query.get('index_type') !== '_default')
    throw fail('rest.parameter_invalid', { reason: '[index_type] must be _default' })
  const failed: object[] = []
  let updated = 0
  for (const index of await lifecycle.reached(store, (request.params['index'] ?? '').split(','))) {
    const reason = await each(index)
    if (reason === undefined) updated++
    else failed.push({ index_name: index.summary.name, index_uuid: index.summary.uuid, reason })
  }
  return { body: { updated_indices: updated, failures: failed.length > 0, failed_indices: failed } }
}

async function explain(store: Store, lifecycle: Lifecycle, request: RestRequest): Promise<RestAnswer> {
  const policies = await store.getResources('state_policy')
  const showPolicy = request.query.get('show_policy') === 'true'
  const body = newObject()
  let total = 0
  for (const { summary, state } of await lifecycle.reached(store, (request.params['index'] ?? '*').split(','))) {
    const id = state?.policy
    if (id === undefined) {
      if (request.params['index'] === undefined) continue
      body[summary.name] = Object.assign(newObject(), {
        'index.plugins.index_state_management.policy_id': null,
        'index.opendistro.index_state_management.policy_id': null,
        enabled: null,
      })
      continue
    }
    total++
    const policy = policies[id]
    body[summary.name] = Object.assign(newObject(), {
      'index.plugins.index_state_management.policy_id': id,
      'index.opendistro.index_state_management.policy_id': id,
      index: summary.name,
      index_uuid: summary.uuid,
      policy_id: id,
      enabled: true,
      index_creation_date: summary.createdMillis,
      rolled_over: state!.rolledOverMillis !== undefined,
      state: Object.assign(newObject(), { name: state!.phase, start_time: state!.phaseMillis }),
      action: Object.assign(newObject(), {
        index: state!.done,
        failed: state!.error !== undefined,
        consumed_retries: state!.failures,
      }),
      info: Object.assign(newObject(), { message: state!.error?.reason ?? 'the policy is carried out' }),
      ...(showPolicy && isObject(policy) ? { policy: policy['policy'] } : {}),
    }) as ValueObject
  }
  return { body: { ...body, total_managed_indices: total } }
}
