import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, type ValueObject } from '../../event/index.ts'
import type { Store } from '../store.ts'
import type { RestAnswer, RestRequest, Router } from './router.ts'
import { flag } from './selection.ts'

const ACKNOWLEDGED = { acknowledged: true }
const READ_PARAMETERS = ['master_timeout', 'local', 'flat_settings', 'include_type_name'] as const
const WRITE_PARAMETERS = ['master_timeout', 'timeout', 'create', 'order', 'cause', 'include_type_name'] as const

/**
 * Index templates in both shapes. A store knows one kind, which merges by `order`; a template put as
 * `_index_template` is kept with its `priority` as order, and each shape shows all templates.
 */
export function registerTemplateRoutes(router: Router, store: Store): void {
  router.route({
    method: ['PUT', 'POST'],
    path: '/_template/:name',
    parameters: WRITE_PARAMETERS,
    handle: (request) => put(store, request, bodyOf(request)),
  })
  for (const path of ['/_template', '/_template/:name'])
    router.route({
      method: 'GET',
      path,
      parameters: READ_PARAMETERS,
      async handle(request) {
        const templates = await find(store, request.params['name'])
        // As in Elasticsearch: an unknown name is 404 with an empty object.
        const missing = request.params['name'] !== undefined && Object.keys(templates).length === 0
        return { status: missing ? 404 : 200, body: templates }
      },
    })
  router.route({
    method: ['PUT', 'POST'],
    path: '/_index_template/:name',
    parameters: WRITE_PARAMETERS,
    handle: (request) => put(store, request, fromComposable(bodyOf(request))),
  })
  for (const path of ['/_index_template', '/_index_template/:name'])
    router.route({
      method: 'GET',
      path,
      parameters: READ_PARAMETERS,
      async handle(request) {
        const { name } = request.params
        const found = await find(store, name)
        const entries = Object.entries(found).map(([name, template]) => ({
          name,
          index_template: toComposable(template as ValueObject),
        }))
        if (entries.length === 0 && name !== undefined && !name.includes('*'))
          throw fail('rest.not_found', { reason: `index template matching [${name}] not found` })
        return { body: { index_templates: entries } }
      },
    })
  for (const kind of ['_template', '_index_template'])
    router.route({
      method: 'DELETE',
      path: `/${kind}/:name`,
      parameters: ['master_timeout', 'timeout'],
      async handle(request) {
        const name = request.params['name']!
        const names = name.includes('*') ? Object.keys(await find(store, name)) : [name]
        let deleted = names.length === 0 && name === '*'
        for (const each of names) deleted = (await store.deleteTemplate(each)) || deleted
        if (!deleted) throw fail('index.template_missing', { name })
        return { body: ACKNOWLEDGED }
      },
    })
}

async function find(store: Store, names: string | undefined): Promise<ValueObject> {
  if (names === undefined) return store.getTemplates()
  const found = newObject()
  for (const name of names.split(',')) Object.assign(found, await store.getTemplates(name))
  return found
}

async function put(store: Store, request: RestRequest, body: ValueObject): Promise<RestAnswer> {
  const name = request.params['name']!
  if (flag(request, 'create') === true && Object.keys(await store.getTemplates(name)).length > 0)
    throw fail('index.template_exists', { name })
  const order = request.query.get('order')
  const given = order === undefined ? body : Object.assign(newObject(), body, { order: Number(order) })
  await store.putTemplate(name, given, { overwrite: true })
  return { body: ACKNOWLEDGED }
}

function bodyOf(request: RestRequest): ValueObject {
  const body = request.json()
  if (!isObject(body)) throw fail('rest.body_missing')
  return body
}

const COMPOSABLE = ['index_patterns', 'template', 'priority', 'version', '_meta', 'composed_of']

function fromComposable(body: ValueObject): ValueObject {
  for (const key of Object.keys(body)) {
    if (key === 'composed_of' && Array.isArray(body[key]) && body[key].length === 0) continue
    if (!COMPOSABLE.includes(key) || key === 'composed_of')
      throw fail('template.invalid', { reason: `[${key}] of an index template is not supported` })
  }
  const inner = body['template'] ?? newObject()
  if (!isObject(inner)) throw fail('template.invalid', { reason: '[template] must be an object' })
  for (const key of Object.keys(inner))
    if (!['settings', 'mappings', 'aliases'].includes(key))
      throw fail('template.invalid', { reason: `[template.${key}] of an index template is not supported` })
  const legacy = Object.assign(newObject(), inner)
  legacy['index_patterns'] = body['index_patterns'] ?? []
  if (body['priority'] !== undefined) legacy['order'] = body['priority']
  if (body['version'] !== undefined) legacy['version'] = body['version']
  return legacy
}

function toComposable(template: ValueObject): ValueObject {
  const { index_patterns, order, version, settings, mappings, aliases } = template
  const inner = newObject()
  for (const [key, value] of Object.entries({ settings, mappings, aliases }))
    if (value !== undefined && isObject(value) && Object.keys(value).length > 0) inner[key] = value
  const shown = newObject()
  shown['index_patterns'] = index_patterns ?? []
  shown['template'] = inner
  shown['composed_of'] = []
  if (order !== undefined) shown['priority'] = order
  if (version !== undefined) shown['version'] = version
  return shown
}
