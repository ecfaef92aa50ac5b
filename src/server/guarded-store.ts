import { AsyncLocalStorage } from 'node:async_hooks'
import { fail } from '../diagnostic/index.ts'
import type { BulkOperation, ForwardedRequest, IndexSelection, Store } from '../search/index.ts'
import type { Identity } from './access.ts'

/** On whose behalf a route runs; nobody in particular where there are no users, and for the house's own work. */
export const asking = new AsyncLocalStorage<Identity | undefined>()

/**
 * A store in which only an administrator reaches indices that start with a dot (watches, alerts, the audit log), however
 * they are named: in the path, in the body of _msearch, _mget or _bulk, by date mathematics or by wildcards.
 * A shipper adds and updates events and does not delete them.
 *
 * @throws DiagnosticError (403) from every method that is given such an index
 */
export function guardStore(store: Store): Store {
  const { openReader, forward } = store
  return Object.assign(Object.create(store) as Store, {
    search: async (selection, ...rest) => store.search(narrowed(selection), ...rest),
    count: async (selection, search) => store.count(narrowed(selection), search),
    resolveIndices: async (selection) => store.resolveIndices(narrowed(selection)),
    describeIndices: async (selection) => store.describeIndices(narrowed(selection)),
    getIndices: async (selection) => store.getIndices(narrowed(selection)),
    async get(index, id) {
      checkNames([index])
      return store.get(index, id)
    },
    async bulk(operations) {
      checkWrites(operations)
      return store.bulk(operations)
    },
    ...(openReader === undefined
      ? {}
      : { openReader: async (selection: IndexSelection) => openReader.call(store, narrowed(selection)) }),
    ...(forward === undefined
      ? {}
      : {
          async forward(request: ForwardedRequest) {
            checkNames(request.path.split('/').flatMap((part) => decodeURIComponent(part).split(',')))
            return forward.call(store, request)
          },
        }),
  } satisfies Partial<Store>)
}

/** The selection as the one who asks may use it: wildcards find nothing hidden. @throws DiagnosticError (403) */
export function narrowed(selection: IndexSelection, who = asking.getStore()): IndexSelection {
  if (who === undefined || who.role === 'administrator') return selection
  checkNames(selection.expressions, who)
  const { expandWildcards } = selection
  if (expandWildcards === undefined) return selection
  const states = new Set(
    expandWildcards.flatMap((state) => (state === 'all' ? (['open', 'closed'] as const) : [state])),
  )
  states.delete('hidden')
  return { ...selection, expandWildcards: states.size === 0 ? ['open'] : [...states] }
}

function checkNames(names: readonly string[], who = asking.getStore()): void {
  if (who === undefined || who.role === 'administrator') return
  for (const name of names) if (isHidden(name)) throw refusal(who, name)
}

function checkWrites(operations: readonly BulkOperation[]): void {
  const who = asking.getStore()
  if (who === undefined || who.role === 'administrator') return
  for (const { action, index } of operations)
    if (isHidden(index) || action === 'delete') throw refusal(who, index, action)
}

/** Date mathematics can write a dot by its format, so a braced part may only hold what a date needs. */
function isHidden(name: string): boolean {
  if (name.startsWith('.ds-')) return name.includes('*')
  return /(^|:)[-+]?<?\./.test(name) || /(^|:)[-+]?<\{/.test(name)
}

function refusal({ name, role }: Identity, index: string, method = 'read'): Error {
  return fail('server.forbidden', { name, role, method, path: index.slice(0, 200) })
}
