import type { BulkItem, BulkOperation, Store } from '../search/index.ts'

/** A Store whose bulks somebody looks at once they are durable; everything else goes straight through. */
export function tapStore(
  store: Store,
  seen: (operations: readonly BulkOperation[], items: readonly BulkItem[]) => void,
): Store {
  const bulk = async (operations: readonly BulkOperation[]): Promise<BulkItem[]> => {
    const items = await store.bulk(operations)
    seen(operations, items)
    return items
  }
  return new Proxy(store, {
    get(target, name) {
      if (name === 'bulk') return bulk
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}
