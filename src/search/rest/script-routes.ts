import { fail } from '../../diagnostic/index.ts'
import { isObject, newObject, type ValueObject } from '../../event/index.ts'
import { compileScript, isScriptContext, type ScriptContext } from '../../script/index.ts'
import type { Store } from '../store.ts'
import { registerExecuteScript } from './execute-script.ts'
import type { RestRequest, Router } from './router.ts'
import { bodyObject } from './selection.ts'

const TIMEOUTS = ['master_timeout', 'timeout'] as const
const LANGUAGES = ['painless', 'groovy', 'mustache', 'expression']

/** Scripts and search templates that are kept under an id. */
export function registerScripts(router: Router, store: Store): void {
  registerExecuteScript(router, store)
  for (const path of ['/_scripts/:id', '/_scripts/:id/:context'])
    router.route({
      method: ['PUT', 'POST'],
      path,
      parameters: [...TIMEOUTS, 'context'],
      async handle(request) {
        const { id, script, context } = readStored(request)
        const { lang, source } = script
        if (typeof lang !== 'string')
          throw fail('rest.parameter_invalid', { reason: 'must specify lang for stored script' })
        if (!LANGUAGES.includes(lang))
          throw fail('rest.parameter_invalid', {
            reason: `unable to put stored script with unsupported lang [${lang}]`,
          })
        if (typeof source !== 'string' && !(lang === 'mustache' && isObject(source)))
          throw fail('rest.parameter_invalid', { reason: 'must specify source for stored script' })
        // Without a context it is read when it is used, as by Elasticsearch: what it may name shows only then.
        if (context !== undefined && (lang === 'painless' || lang === 'groovy'))
          compileScript({ source: String(source), lang }, { context: contextOf(context, id) })
        await store.putResource('script', id, script)
        return { body: { acknowledged: true } }
      },
    })
  // As before 6: the language stands in the path.
  for (const method of ['GET', 'DELETE'] as const)
    router.route({
      method,
      path: '/_scripts/:lang/:id',
      parameters: TIMEOUTS,
      async handle({ params }) {
        const { id } = params as { id: string }
        if (method === 'DELETE') return { body: { found: await store.deleteResource('script', id), _id: id } }
        const script = (await store.getResources('script', id))[id]
        const source = isObject(script) ? script['source'] : undefined
        return source === undefined
          ? { status: 404, body: { _id: id, found: false } }
          : { body: { _id: id, found: true, lang: params['lang'], script: source } }
      },
    })
  router.route({
    method: 'GET',
    path: '/_scripts/:id',
    parameters: TIMEOUTS,
    async handle(request) {
      const { id } = request.params as { id: string }
      const script = (await store.getResources('script', id))[id]
      return script === undefined
        ? { status: 404, body: { _id: id, found: false } }
        : { body: { _id: id, found: true, script } }
    },
  })
  router.route({
    method: 'DELETE',
    path: '/_scripts/:id',
    parameters: TIMEOUTS,
    async handle(request) {
      const { id } = request.params as { id: string }
      if (id.includes('*') || !(await store.deleteResource('script', id)))
        throw fail('rest.not_found', { reason: `stored script [${id}] does not exist and cannot be deleted` })
      return { body: { acknowledged: true } }
    },
  })
}

/**
 * A stored script in each form there has been: `{ script: { lang, source } }`, `{ script: TEXT }` with the default
 * language, and before 6 with the language before the id in the path and the text as `script` or `template`.
 */
function contextOf(name: string, id: string): ScriptContext {
  if (isScriptContext(name)) return name
  throw fail('rest.parameter_invalid', {
    reason: `failed to parse/compile stored script [${id}]: Unknown context [${name}]`,
  })
}

/** What is to be kept, and the context that it shall be compiled for, where one is given. */
function readStored(request: RestRequest): { id: string; script: ValueObject; context: string | undefined } {
  const { id, context } = request.params as { id: string; context?: string }
  const body = bodyObject(request)
  const old = context !== undefined && LANGUAGES.includes(id)
  const given = body?.['script'] ?? body?.['template']
  const script = newObject()
  if (isObject(given)) Object.assign(script, given)
  else if (typeof given === 'string') Object.assign(script, { lang: 'painless', source: given })
  else throw fail('rest.parameter_invalid', { reason: 'must specify [script]' })
  if (old) script['lang'] = id
  // Templates of versions before 6 are the search itself.
  if (old && id === 'mustache' && isObject(given) && given['source'] === undefined) {
    for (const name of Object.keys(script)) delete script[name]
    Object.assign(script, { lang: 'mustache', source: given })
  }
  if (script['source'] === undefined && script['inline'] !== undefined) {
    script['source'] = script['inline']
    delete script['inline']
  }
  return { id: old ? context : id, script, context: old ? undefined : (context ?? request.query.get('context')) }
}
