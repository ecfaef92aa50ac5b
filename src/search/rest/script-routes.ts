import { fail } from '../../diagnostic/index.ts'
import { isObject } from '../../event/index.ts'
import { compileScript } from '../../script/index.ts'
import type { Store } from '../store.ts'
import type { Router } from './router.ts'
import { bodyObject } from './selection.ts'

const TIMEOUTS = ['master_timeout', 'timeout'] as const
const LANGUAGES = ['painless', 'groovy', 'mustache', 'expression']

/** Scripts and search templates that are kept under an id. */
export function registerScripts(router: Router, store: Store): void {
  for (const path of ['/_scripts/:id', '/_scripts/:id/:context'])
    router.route({
      method: ['PUT', 'POST'],
      path,
      parameters: [...TIMEOUTS, 'context'],
      async handle(request) {
        const script = bodyObject(request)?.['script']
        if (!isObject(script)) throw fail('rest.parameter_invalid', { reason: 'must specify [script]' })
        const { lang, source } = script
        if (typeof lang !== 'string')
          throw fail('rest.parameter_invalid', { reason: 'must specify lang for stored script' })
        if (!LANGUAGES.includes(lang))
          throw fail('rest.parameter_invalid', {
            reason: `unable to put stored script with unsupported lang [${lang}]`,
          })
        if (typeof source !== 'string' && !(lang === 'mustache' && isObject(source)))
          throw fail('rest.parameter_invalid', { reason: 'must specify source for stored script' })
        // Its context shows only when it is used: here it is read for its syntax.
        if (lang === 'painless' || lang === 'groovy')
          compileScript({ source: String(source), lang }, { context: 'update' })
        await store.putResource('script', request.params['id']!, script)
        return { body: { acknowledged: true } }
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
