import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'
import { checkShown } from '../embedded/index-blocks.ts'
import type { IndexSelection, Store } from '../store.ts'
import type { RestAnswer, RestRequest, Router } from './router.ts'
import { bodyObject, flag, selectionOf, SELECTION_PARAMETERS } from './selection.ts'
import { everyState } from './settings-routes.ts'
import { upgradedMapping } from './string-fields.ts'
import { matchesType, named, otherType, shownMapping, typeOfMapping, typesOf, untypedMapping } from './typed-mapping.ts'
import { ANY_TYPE, deprecation, INDEX, TYPE } from './typed-routes.ts'

const REFUSAL =
  'Types cannot be provided in put mapping requests, unless the include_type_name parameter is set to true.'
const READ_PARAMETERS = [...SELECTION_PARAMETERS, 'master_timeout', 'local', 'include_type_name'] as const
const WRITE_PARAMETERS = [
  ...SELECTION_PARAMETERS,
  'master_timeout',
  'timeout',
  'write_index_only',
  'include_type_name',
] as const
const TYPED_PATHS = ['_mapping', '_mappings'].flatMap((name) => [
  `/${INDEX}/${TYPE}/${name}`,
  `/${INDEX}/${name}/${ANY_TYPE}`,
  `/${name}/${ANY_TYPE}`,
])

/** `_mapping`, and as it was before Elasticsearch 7: by types. */
export function registerMappings(router: Router, store: Store): void {
  for (const path of ['/_mapping', '/:index/_mapping', '/:index/_mappings'])
    router.route({
      method: 'GET',
      path,
      parameters: READ_PARAMETERS,
      async handle(request) {
        const body = newObject()
        for (const [index, mapping] of await mappingsOf(store, everyState(request, ['open', 'closed'])))
          body[index] = Object.assign(newObject(), { mappings: shownMapping(request, mapping) })
        return { body }
      },
    })
  for (const path of ['/:index/_mapping', '/:index/_mappings'])
    router.route({
      method: ['PUT', 'POST'],
      path,
      parameters: WRITE_PARAMETERS,
      async handle(request) {
        const body = bodyObject(request)
        if (body === undefined) throw fail('rest.body_missing')
        return put(store, request, untypedMapping(request, body, REFUSAL) as ValueObject)
      },
    })
  for (const path of TYPED_PATHS) {
    router.route({
      method: 'GET',
      path,
      parameters: READ_PARAMETERS,
      handle: (request) => getByType(store, request),
    })
    router.route({
      method: ['PUT', 'POST'],
      path,
      means: '/:index/_mapping',
      parameters: WRITE_PARAMETERS,
      async handle(request) {
        const { type } = request.params as { type: string }
        const body = bodyObject(request)
        if (body === undefined) throw fail('rest.body_missing')
        if (flag(request, 'include_type_name') === false) throw fail('rest.parameter_invalid', { reason: REFUSAL })
        // The type may stand around the mapping once more.
        const inner = isObject(body[type]) ? body[type] : body
        const answer = await put(store, request, upgradedMapping(inner), type)
        const warning = 'Specifying types in put mapping request is deprecated. Use typeless api instead'
        return { ...answer, headers: deprecation(warning) }
      },
    })
  }
}

async function put(store: Store, request: RestRequest, mapping: ValueObject, given?: string): Promise<RestAnswer> {
  const selection = selectionOf(request)
  const type = given ?? typeOfMapping(mapping)
  // A new `_meta` takes the place of the one that keeps the type.
  const affected = type !== undefined || mapping['_meta'] !== undefined
  const types = affected ? await typesOf(store, selection) : new Map<string, string>()
  if (type !== undefined)
    for (const [index, has] of types)
      if (has !== type) throw fail('rest.parameter_invalid', { reason: otherType(index, has, type) })
  const [kept = type] = types.values()
  await store.putMapping(selection, kept === undefined ? mapping : named(mapping, kept))
  return { body: { acknowledged: true } }
}

async function mappingsOf(store: Store, selection: IndexSelection): Promise<[string, Value | undefined][]> {
  const found = await store.getIndices(selection)
  checkShown(found)
  return Object.entries(found).map(([index, description]) => [
    index,
    isObject(description) ? description['mappings'] : undefined,
  ])
}

/** @throws type_missing_exception where no index has one of the types */
async function getByType(store: Store, request: RestRequest): Promise<RestAnswer> {
  const asked = request.params['type']!.split(',')
  const body = newObject()
  const shown = new Set<string>()
  for (const [index, mapping] of await mappingsOf(store, everyState(request, ['open', 'closed']))) {
    const type = typeShown(asked, mapping)
    if (type === undefined) continue
    shown.add(type)
    body[index] = Object.assign(newObject(), {
      mappings: Object.assign(newObject(), { [type]: shownMapping(request, mapping, false) }),
    })
  }
  if (shown.size === 0) throw fail('index.type_missing', { types: asked.join(',') })
  const missing = asked.filter((pattern) => ![...shown].some((type) => matchesType([pattern], type))).sort()
  const headers = deprecation('Specifying types in get mapping request is deprecated. Use typeless api instead')
  if (missing.length === 0) return { body, headers }
  const error = `${missing.length === 1 ? 'type' : 'types'} [${missing.join(',')}] missing`
  return { status: 404, body: Object.assign(newObject(), { error, status: 404 }, body), headers }
}

/** An index without a type has the one that is asked for. */
export function typeShown(asked: readonly string[], mapping: Value | undefined): string | undefined {
  const type = typeOfMapping(mapping)
  if (type !== undefined) return matchesType(asked, type) ? type : undefined
  return asked.find((name) => !name.includes('*') && name !== '_all') ?? '_doc'
}
