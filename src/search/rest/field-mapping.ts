import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, type ValueObject } from '../../event/index.ts'
import { wildcardMatch } from '../dsl/index.ts'
import type { Store } from '../store.ts'
import { typeShown } from './mapping-routes.ts'
import type { Router } from './router.ts'
import { flag, SELECTION_PARAMETERS } from './selection.ts'
import { everyState } from './settings-routes.ts'
import { ANY_TYPE, INDEX } from './typed-routes.ts'

/** GET _mapping/field/NAMES: the mapping of single fields, by full name or wildcard. */
export function registerFieldMapping(router: Router, store: Store): void {
  for (const path of [
    '/_mapping/field/:fields',
    '/:index/_mapping/field/:fields',
    `/_mapping/${ANY_TYPE}/field/:fields`,
    `/${INDEX}/_mapping/${ANY_TYPE}/field/:fields`,
  ])
    router.route({
      method: 'GET',
      path,
      parameters: [...SELECTION_PARAMETERS, 'include_defaults', 'local', 'include_type_name'],
      async handle(request) {
        const indices = await store.getIndices(everyState(request, ['open']))
        const patterns = request.params['fields']!.split(',')
        const defaults = flag(request, 'include_defaults') === true
        const asked = request.params['type']?.split(',')
        const within = asked !== undefined || flag(request, 'include_type_name') === true
        const body = newObject()
        let known = false
        for (const [index, description] of Object.entries(indices)) {
          const found =
            isObject(description) && isObject(description['mappings']) ? description['mappings'] : newObject()
          const type = typeShown(asked ?? ['*'], found)
          if (type === undefined) continue
          const mappings = newObject()
          for (const [name, definition] of fieldsOf(found)) {
            if (!patterns.some((pattern) => wildcardMatch(pattern, name))) continue
            const shown = Object.assign(newObject(), definition)
            if (defaults && shown['type'] === 'text') shown['analyzer'] ??= 'default'
            const inner = newObject()
            inner[name.slice(name.lastIndexOf('.') + 1)] = shown
            mappings[name] = Object.assign(newObject(), { full_name: name, mapping: inner })
          }
          known = true
          const empty = Object.keys(mappings).length === 0
          if (asked !== undefined && empty) continue
          const shown = within && !empty ? { [type]: mappings } : mappings
          body[index] = Object.assign(newObject(), { mappings: Object.assign(newObject(), shown) })
        }
        if (asked !== undefined && !known) throw fail('index.type_missing', { types: asked.join(',') })
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
