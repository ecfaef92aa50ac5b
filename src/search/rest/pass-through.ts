import type { Store } from '../store.ts'
import type { RestAnswer, RestRequest, Router } from './router.ts'
import { bodyObject } from './selection.ts'

/** A router for routes that a cluster answers itself, where the store is one. */
export function passThrough(router: Router, store: Store): Router {
  if (store.forward === undefined) return router
  return { route: (route) => router.route({ ...route, handle: (request) => forward(store, request) }) }
}

/** Sends a request on to the cluster as it came. */
export async function forward(store: Store, request: RestRequest): Promise<RestAnswer> {
  const { method, path, query } = request
  return store.forward!({ method, path, query: Object.fromEntries(query), body: bodyObject(request) })
}
