import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, type ValueObject } from '../../event/index.ts'
import { wildcardMatch } from '../dsl/index.ts'
import type { Store } from '../store.ts'
import type { RestRequest, RestAnswer, Router } from './router.ts'
import { bodyObject, SELECTION_PARAMETERS } from './selection.ts'
import { everyState } from './settings-routes.ts'

const ACKNOWLEDGED = { acknowledged: true }
const TIMEOUTS = ['master_timeout', 'timeout'] as const

/** Aliases: made, shown and removed. */
export function registerAliases(router: Router, store: Store): void {
  router.route({
    method: 'POST',
    path: '/_aliases',
    parameters: TIMEOUTS,
    async handle(request) {
      const actions = bodyObject(request)?.['actions']
      if (!Array.isArray(actions) || actions.length === 0 || !actions.every(isObject))
        throw fail('rest.parameter_invalid', { reason: 'No action specified' })
      await store.updateAliases(actions)
      return { body: ACKNOWLEDGED }
    },
  })
  for (const path of ['/_alias', '/_alias/:name', '/:index/_alias', '/:index/_alias/:name'])
    router.route({
      method: 'GET',
      path,
      parameters: [...SELECTION_PARAMETERS, 'master_timeout', 'local'],
      handle: (request) => show(store, request),
    })
  for (const path of ['/_alias/:name', '/:index/_alias/:name', '/:index/_aliases/:name', '/_alias', '/:index/_alias'])
    router.route({
      method: path === '/_alias' || path === '/:index/_alias' ? 'PUT' : ['PUT', 'POST'],
      path,
      parameters: TIMEOUTS,
      async handle(request) {
        const body = bodyObject(request) ?? newObject()
        const { index, name } = request.params
        const indices = (index ?? text(body, 'index') ?? '_all').split(',')
        const alias = name ?? text(body, 'alias')
        if (alias === undefined) throw fail('rest.parameter_invalid', { reason: 'alias is missing' })
        const { index: _, alias: __, ...options } = body
        const add = Object.assign(newObject(), options, { indices, alias })
        await store.updateAliases([Object.assign(newObject(), { add })])
        return { body: ACKNOWLEDGED }
      },
    })
  for (const path of ['/:index/_alias/:name', '/:index/_aliases/:name'])
    router.route({
      method: 'DELETE',
      path,
      parameters: TIMEOUTS,
      async handle(request) {
        const { index, name } = request.params as { index: string; name: string }
        const remove = Object.assign(newObject(), {
          indices: index.split(','),
          aliases: name.split(','),
          must_exist: true,
        })
        await store.updateAliases([Object.assign(newObject(), { remove })])
        return { body: ACKNOWLEDGED }
      },
    })
}

function text(body: ValueObject, key: string): string | undefined {
  const value = body[key]
  return value === undefined || value === null ? undefined : String(value)
}

async function show(store: Store, request: RestRequest): Promise<RestAnswer> {
  const indices = await store.getIndices(everyState(request, ['open', 'closed']))
  const names = request.params['name']?.split(',')
  const found = newObject()
  const existing = new Set<string>()
  for (const [index, description] of Object.entries(indices)) {
    const all = ((description as ValueObject)['aliases'] ?? newObject()) as ValueObject
    const aliases = newObject()
    for (const [alias, options] of Object.entries(all)) {
      existing.add(alias)
      if (names === undefined || chosen(names, alias)) aliases[alias] = options
    }
    if (names === undefined || Object.keys(aliases).length > 0) found[index] = { aliases }
  }
  const wanted = request.params['index']?.split(',')
  for (const stream of (await store.dataStreams?.list()) ?? []) {
    if (wanted !== undefined && !chosen(wanted, stream.name)) continue
    const aliases = newObject()
    for (const [alias, options] of Object.entries(stream.aliases)) {
      existing.add(alias)
      if (names === undefined || chosen(names, alias)) aliases[alias] = options!
    }
    if (Object.keys(aliases).length > 0) found[stream.name] = { aliases }
  }
  const missing = (names ?? []).filter((name, i) => isMissing(names!, name, i, existing))
  if (missing.length === 0) return { body: found }
  const error = `${missing.length === 1 ? 'alias' : 'aliases'} [${missing.sort().join(',')}] missing`
  return { status: 404, body: { error, status: 404, ...found } }
}

/** Whether an alias that is named is not there, and no exclusion behind it takes it away anyhow. */
function isMissing(names: readonly string[], name: string, i: number, existing: ReadonlySet<string>): boolean {
  if (name.includes('*') || name === '_all' || existing.has(name)) return false
  const wildcard = names.findIndex((each) => each.includes('*'))
  // Before the first wildcard a minus is part of a name.
  if (name.startsWith('-') && wildcard >= 0 && i > wildcard) return false
  return !names
    .slice(Math.max(i + 1, wildcard < 0 ? names.length : wildcard))
    .some((each) => each.startsWith('-') && wildcardMatch(each.slice(1), name))
}

function chosen(names: readonly string[], alias: string): boolean {
  let included = false
  for (const name of names) {
    const excludes = name.startsWith('-')
    if (name === '_all' || wildcardMatch(excludes ? name.slice(1) : name, alias)) included = !excludes
  }
  return included
}
