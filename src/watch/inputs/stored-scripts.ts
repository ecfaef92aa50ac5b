import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'
import type { Store } from '../../search/index.ts'

/** A script that a search names by its id: `{ "script": { "id": ..., "params": ... } }`, or `stored` before 6. */
function storedId(name: string, value: Value): string | undefined {
  if (!name.endsWith('script') || !isObject(value) || value['source'] !== undefined || value['inline'] !== undefined)
    return undefined
  const id = value['id'] ?? value['stored']
  return typeof id === 'string' ? id : undefined
}

export function namesStoredScripts(body: Value): boolean {
  if (Array.isArray(body)) return body.some(namesStoredScripts)
  if (!isObject(body)) return false
  return Object.entries(body).some(([name, inner]) => storedId(name, inner) !== undefined || namesStoredScripts(inner))
}

/**
 * The body with the text of each stored script in its place.
 * @throws DiagnosticError where the store has no script of an id
 */
export async function inlineStoredScripts(body: Value, store: Store): Promise<Value> {
  return namesStoredScripts(body) ? inlined(body, store) : body
}

async function inlined(body: Value, store: Store): Promise<Value> {
  if (Array.isArray(body)) return Promise.all(body.map((inner) => inlined(inner, store)))
  if (!isObject(body)) return body
  const copy = newObject()
  for (const [name, inner] of Object.entries(body)) {
    const id = storedId(name, inner)
    copy[name] = id === undefined ? await inlined(inner, store) : await textOf(id, inner as ValueObject, store)
  }
  return copy
}

async function textOf(id: string, given: ValueObject, store: Store): Promise<ValueObject> {
  const script = (await store.getResources('script', id))[id]
  if (!isObject(script)) throw fail('watch.run', { reason: `unable to find script [${id}] in cluster state` })
  const { id: _id, stored: _stored, ...rest } = given
  return Object.assign(newObject(), rest, { lang: script['lang'], source: script['source'] })
}
