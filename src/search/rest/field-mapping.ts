import { isObject, newObject, type ValueObject } from '../../event/index.ts'
import { wildcardMatch } from '../dsl/index.ts'
import type { Store } from '../store.ts'
import type { Router } from './router.ts'
import { flag, SELECTION_PARAMETERS } from './selection.ts'
import { everyState } from './settings-routes.ts'

/** GET _mapping/field/NAMES: the mapping of single fields, by full name or wildcard. */
export function registerFieldMapping(router: Router, store: Store): void {
  for (const path of ['/_mapping/field/:fields', '/:index/_mapping/field/:fields'])
    router.route({
      method: 'GET',
      path,
      parameters: [...SELECTION_PARAMETERS, 'include_defaults', 'local'],
      async handle(request) {
        const indices = await store.getIndices(everyState(request, ['open']))
        const patterns = request.params['fields']!.split(',')
        const defaults = flag(request, 'include_defaults') === true
        const body = newObject()
        for (const [index, description] of Object.entries(indices)) {
          const mappings = newObject()
          const found =
            isObject(description) && isObject(description['mappings']) ? description['mappings'] : newObject()
          for (const [name, definition] of fieldsOf(found)) {
            if (!patterns.some((pattern) => wildcardMatch(pattern, name))) continue
            const shown = Object.assign(newObject(), definition)
            if (defaults && shown['type'] === 'text') shown['analyzer'] ??= 'default'
            const inner = newObject()
            inner[name.slice(name.lastIndexOf('.') + 1)] = shown
            mappings[name] = Object.assign(newObject(), { full_name: name, mapping: inner })
          }
          body[index] = Object.assign(newObject(), { mappings })
        }
        return { body }
      },
    })
}

/** Leaf fields with their full names, those within `fields` too. */
function* fieldsOf(mapping: ValueObject, prefix = ''): Generator<[string, ValueObject]> {
  for (const group of ['properties', 'fields']) {
    const fields = mapping[group]
    if (!isObject(fields)) continue
    for (const [name, definition] of Object.entries(fields)) {
      if (!isObject(definition)) continue
      const path = prefix + name
      if (definition['properties'] === undefined && definition['type'] !== 'nested' && definition['type'] !== 'object')
        yield [path, definition]
      yield* fieldsOf(definition, `${path}.`)
    }
  }
}
