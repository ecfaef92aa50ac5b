import type { Cases } from '../alert/index.ts'
import type { Router } from '../search/index.ts'
import { objectOf, who } from './alert-routes.ts'

/** Cases, as the console and `vedetta case` use them. */
export function registerCaseRoutes(router: Router, cases: Cases): void {
  router.route({
    method: 'GET',
    path: '/_vedetta/cases',
    parameters: ['status', 'assignee', 'alert', 'q'],
    async handle({ query }) {
      const given = (name: string): string | undefined => query.get(name) || undefined
      const asked = { status: given('status'), assignee: given('assignee'), alert: given('alert'), q: given('q') }
      return { body: { cases: await cases.list(asked) } }
    },
  })
  router.route({
    method: 'POST',
    path: '/_vedetta/cases',
    handle: async (request) => ({ status: 201, body: await cases.create(objectOf(request), who(request)) }),
  })
  router.route({
    method: 'GET',
    path: '/_vedetta/cases/:id',
    async handle({ params }) {
      const id = params['id']!
      return { body: { ...(await cases.get(id)), timeline: await cases.timeline(id) } }
    },
  })
  router.route({
    method: 'PUT',
    path: '/_vedetta/cases/:id',
    handle: async (request) => ({ body: await cases.change(request.params['id']!, objectOf(request), who(request)) }),
  })
  router.route({
    method: 'POST',
    path: '/_vedetta/cases/:id/_alerts',
    handle: async (request) => ({ body: await cases.link(request.params['id']!, objectOf(request), who(request)) }),
  })
  router.route({
    method: 'POST',
    path: '/_vedetta/cases/:id/_notes',
    handle: async (request) => ({
      status: 201,
      body: await cases.note(request.params['id']!, objectOf(request), who(request)),
    }),
  })
}
