import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, type Value, type ValueObject } from '../../event/index.ts'
import { normalSettings } from '../dsl/index.ts'
import type { Store } from '../store.ts'
import type { RestAnswer, RestRequest, Router } from './router.ts'
import { flag } from './selection.ts'
import { shownMapping, untypedBody } from './typed-mapping.ts'

const ACKNOWLEDGED = { acknowledged: true }
const READ_PARAMETERS = ['master_timeout', 'local', 'flat_settings', 'include_type_name'] as const
const WRITE_PARAMETERS = ['master_timeout', 'timeout', 'create', 'order', 'cause', 'include_type_name'] as const

/** Index templates of both generations, and component templates. */
export function registerTemplateRoutes(router: Router, store: Store): void {
  router.route({
    method: ['PUT', 'POST'],
    path: '/_template/:name',
    parameters: WRITE_PARAMETERS,
    handle: (request) => put(store, request, untypedBody(request, bodyOf(request))),
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
        const flat = flag(request, 'flat_settings') === true
        for (const template of Object.values(templates))
          if (isObject(template) && isObject(template['settings']))
            template['settings'] = flat ? flatSettings(template['settings']) : textSettings(template['settings'])
        for (const template of Object.values(templates)) {
          if (!isObject(template)) continue
          if (isObject(template['aliases'])) template['aliases'] = shownAliases(template['aliases'])
          if (isObject(template['mappings'])) template['mappings'] = shownMapping(request, template['mappings'])
        }
        return { status: missing ? 404 : 200, body: templates }
      },
    })
  registerComposable(router, store, 'index_template')
  registerComposable(router, store, 'component_template')
  router.route({
    method: 'DELETE',
    path: '/_template/:name',
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

/** Templates of the newer generation, and the components that they are made of. */
function registerComposable(router: Router, store: Store, kind: 'index_template' | 'component_template'): void {
  const words = kind === 'index_template' ? 'index template' : 'component template'
  router.route({
    method: ['PUT', 'POST'],
    path: `/_${kind}/:name`,
    parameters: WRITE_PARAMETERS,
    async handle(request) {
      const { name } = request.params as { name: string }
      if (flag(request, 'create') === true && (await store.getResources(kind, name))[name] !== undefined)
        throw fail('rest.parameter_invalid', { reason: `${words} [${name}] already exists` })
      await store.putResource(kind, name, bodyOf(request))
      return { body: ACKNOWLEDGED }
    },
  })
  for (const path of [`/_${kind}`, `/_${kind}/:name`])
    router.route({
      method: 'GET',
      path,
      parameters: READ_PARAMETERS,
      async handle(request) {
        const { name } = request.params
        const found = Object.entries(await store.getResources(kind, name))
        if (found.length === 0 && name !== undefined && !name.includes('*'))
          throw fail('rest.not_found', { reason: `${words} matching [${name}] not found` })
        const flat = flag(request, 'flat_settings') === true
        const shown = found.map(([each, body]) => ({
          name: each,
          [kind]: isObject(body) ? composableJson(body, kind, flat) : body,
        }))
        return { body: { [`${kind}s`]: shown } }
      },
    })
  router.route({
    method: 'DELETE',
    path: `/_${kind}/:name`,
    parameters: ['master_timeout', 'timeout'],
    async handle(request) {
      const name = request.params['name']!
      if (!(await store.deleteResource(kind, name)) && !name.includes('*'))
        throw fail('index.template_missing', { name })
      return { body: ACKNOWLEDGED }
    },
  })
}

/** Aliases with `routing` told apart, as they are shown. */
export function shownAliases(aliases: ValueObject): ValueObject {
  const shown = newObject()
  for (const [name, options] of Object.entries(aliases)) {
    const { routing, ...rest } = isObject(options) ? options : newObject()
    const own = Object.assign(newObject(), rest)
    if (routing !== undefined && routing !== null)
      for (const key of ['index_routing', 'search_routing']) own[key] ??= routing
    shown[name] = own
  }
  return shown
}

/** Settings as texts under `index`, patterns as a list. */
function composableJson(body: ValueObject, kind: string, flat: boolean): ValueObject {
  const shown = Object.assign(newObject(), body)
  const { template, index_patterns: patterns } = body
  if (kind === 'index_template') {
    shown['index_patterns'] = Array.isArray(patterns) ? patterns : [patterns ?? '']
    shown['composed_of'] ??= []
  }
  if (isObject(template)) {
    const inner = (shown['template'] = Object.assign(newObject(), template))
    const { settings, aliases } = template
    if (isObject(settings)) inner['settings'] = flat ? flatSettings(settings) : textSettings(normalSettings(settings))
    if (isObject(aliases)) inner['aliases'] = shownAliases(aliases)
  }
  return shown
}

/** Settings as texts, as they are shown. */
export function textSettings(value: Value): Value {
  if (Array.isArray(value)) return value.map(textSettings)
  if (!isObject(value)) return value === null ? null : String(value)
  const result = newObject()
  for (const key of Object.keys(value)) result[key] = textSettings(value[key]!)
  return result
}

function flatSettings(settings: ValueObject): ValueObject {
  const result = newObject()
  const walk = (value: Value, path: string): void => {
    if (isObject(value)) for (const key of Object.keys(value)) walk(value[key]!, path === '' ? key : `${path}.${key}`)
    else result[path] = String(value)
  }
  walk(normalSettings(settings), '')
  return result
}
