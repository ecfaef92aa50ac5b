import { AsyncLocalStorage } from 'node:async_hooks'
import { fail } from '../diagnostic/index.ts'
import { isObject, parseJson, type Value, type ValueObject } from '../event/index.ts'
import { resolveAggregations, resolveLookups, type CheckedSearch } from '../search/dsl/index.ts'
import type { BulkOperation, ForwardedRequest, IndexSelection, Store } from '../search/index.ts'
import type { Identity } from './access.ts'

/** On whose behalf a route runs; nobody in particular where there are no users, and for the house's own work. */
export const asking = new AsyncLocalStorage<Identity | undefined>()

/**
 * A store in which only an administrator reaches indices that start with a dot (watches, alerts, the audit log), however
 * they are named: in the path, in the body of _msearch, _mget or _bulk, by date mathematics, wildcards or aliases, or as
 * the document of a terms lookup. A shipper adds and updates events; it does not delete them, and runs no script over
 * them, which could delete and read.
 *
 * @param asks who asks; unless given, the one on whose behalf the route runs
 * @throws DiagnosticError (403) from every method that is given such an index
 */
export function guardStore(store: Store, asks: () => Identity | undefined = () => asking.getStore()): Store {
  const { openReader, forward, dataStreams } = store
  const restricted = (): Identity | undefined => {
    const who = asks()
    return who?.role === 'administrator' ? undefined : who
  }
  const checkNames = (names: readonly string[]): void => {
    const who = restricted()
    if (who === undefined) return
    for (const name of names.flatMap((list) => list.split(','))) if (isHidden(name)) throw refusal(who, name)
  }
  /** Those that are hidden of what the selection means, aliases resolved. */
  const hiddenOf = async (selection: IndexSelection): Promise<string[]> => {
    const found = await store.resolveIndices({ ...selection, ignoreUnavailable: true, allowNoIndices: true })
    return found.filter(isHidden)
  }
  const checkTargets = async (names: readonly string[], method?: string): Promise<void> => {
    const who = restricted()
    if (who === undefined) return
    checkNames(names)
    if (names.length > 0 && (await hiddenOf({ expressions: names })).length > 0)
      throw refusal(who, names.join(','), method)
  }
  /** The selection as the one who asks may use it: wildcards find nothing hidden, nor an alias of it. */
  const narrowed = async (given: IndexSelection): Promise<IndexSelection> => {
    const who = restricted()
    if (who === undefined) return given
    checkNames(given.expressions)
    const selection = withoutHiddenStates(given)
    const hidden = await hiddenOf(selection)
    if (hidden.length === 0) return selection
    const expressions = selection.expressions.length === 0 ? ['*'] : selection.expressions
    const rest = { ...selection, expressions: [...expressions, ...hidden.map((name) => `-${name}`)] }
    const wild = expressions.some((name) => name === '_all' || name.includes('*'))
    if (!wild || (await hiddenOf(rest)).length > 0) throw refusal(who, expressions.join(','))
    return rest
  }
  const checkLookups = async (search: CheckedSearch): Promise<void> => {
    if (restricted() === undefined) return
    // Only asked which documents it would fetch.
    const check = async (index: string): Promise<undefined> => {
      await checkTargets([index])
    }
    await resolveLookups(search.query, check)
    if (search.postFilter !== undefined) await resolveLookups(search.postFilter, check)
    await resolveAggregations(search.aggregations, check)
  }
  const checkTemplate = (name: string, body: ValueObject): void => {
    const who = restricted()
    if (who !== undefined && concernsHidden(body)) throw refusal(who, name, 'write')
  }
  return Object.assign(Object.create(store) as Store, {
    async search(selection, search, options) {
      await checkLookups(search)
      return store.search(await narrowed(selection), search, options)
    },
    async count(selection, search) {
      await checkLookups(search)
      return store.count(await narrowed(selection), search)
    },
    resolveIndices: async (selection) => store.resolveIndices(await narrowed(selection)),
    describeIndices: async (selection) => store.describeIndices(await narrowed(selection)),
    getIndices: async (selection) => store.getIndices(await narrowed(selection)),
    async get(index, id, routing) {
      await checkTargets([index])
      return store.get(index, id, routing)
    },
    async bulk(operations) {
      const who = restricted()
      if (who === undefined) return store.bulk(operations)
      for (const operation of operations)
        if (operation.action === 'delete' || hasScript(operation)) throw refusal(who, operation.index, operation.action)
      await checkTargets([...new Set(operations.map(({ index }) => index))], 'write')
      return store.bulk(operations)
    },
    async putTemplate(name, body, options) {
      checkTemplate(name, body)
      return store.putTemplate(name, body, options)
    },
    async putResource(kind, name, body) {
      checkTemplate(name, body)
      return store.putResource(kind, name, body)
    },
    ...(dataStreams === undefined
      ? {}
      : {
          // Whoever may change them otherwise is an administrator.
          dataStreams: {
            ...dataStreams,
            async create(name: string) {
              checkNames([name])
              return dataStreams.create(name)
            },
            async list(pattern?: string) {
              checkNames(pattern === undefined ? [] : [pattern])
              const found = await dataStreams.list(pattern)
              return restricted() === undefined ? found : found.filter(({ name }) => !isHidden(name))
            },
          },
        }),
    ...(openReader === undefined
      ? {}
      : {
          async openReader(selection: IndexSelection) {
            const reader = await openReader.call(store, await narrowed(selection))
            return {
              async page(...[search, signal, cursor]: Parameters<typeof reader.page>) {
                await checkLookups(search)
                return reader.page(search, signal, cursor)
              },
            }
          },
        }),
    ...(forward === undefined
      ? {}
      : {
          async forward(request: ForwardedRequest) {
            checkNames(request.path.split('/').map((part) => decodeURIComponent(part)))
            return forward.call(store, request)
          },
        }),
  } satisfies Partial<Store>)
}

function withoutHiddenStates(selection: IndexSelection): IndexSelection {
  const { expandWildcards } = selection
  if (expandWildcards === undefined) return selection
  const states = new Set(
    expandWildcards.flatMap((state) => (state === 'all' ? (['open', 'closed'] as const) : [state])),
  )
  states.delete('hidden')
  return { ...selection, expandWildcards: states.size === 0 ? ['open'] : [...states] }
}

/** Date mathematics can write a dot by its format, so a braced part may only hold what a date needs. */
function isHidden(name: string): boolean {
  if (name.startsWith('.ds-')) return name.includes('*') || name.startsWith('.ds-.')
  return /(^|:)[-+]?<?\./.test(name) || /(^|:)[-+]?<\{/.test(name)
}

function hasScript({ action, source }: BulkOperation): boolean {
  if (action !== 'update' || source === undefined) return false
  let body: Value
  try {
    body = parseJson(source)
  } catch {
    // The store says what is wrong with it.
    return false
  }
  return isObject(body) && body['script'] !== undefined
}

/** Whether a template of either generation would shape hidden indices, or give an index the name of one. */
function concernsHidden(body: ValueObject): boolean {
  const { index_patterns: patterns, aliases, template } = body
  const names = (Array.isArray(patterns) ? patterns : [patterns]).flatMap((pattern) => String(pattern ?? '').split(','))
  if (typeof template === 'string') names.push(template)
  const inner = isObject(template) ? template['aliases'] : undefined
  for (const given of [aliases, inner]) if (isObject(given)) names.push(...Object.keys(given))
  return names.some((name) => isHidden(name.trim()) || /^\*./.test(name.trim()))
}

function refusal({ name, role }: Identity, index: string, method = 'read'): Error {
  return fail('server.forbidden', { name, role, method, path: index.slice(0, 200) })
}
