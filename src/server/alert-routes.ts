import { FILTERS, type AlertQuery, type Alerts, type StoredAlert } from '../alert/index.ts'
import type { Detection } from '../detect/index.ts'
import { fail } from '../diagnostic/index.ts'
import { isObject, newObject, toValue, type Value, type ValueObject } from '../event/index.ts'
import type { RestRequest, Router } from '../search/index.ts'

const LARGEST_PAGE = 10_000

/** Alerts, tasks, silences and detectors, as the console and the command line use them. */
export function registerAlertRoutes(router: Router, alerts: Alerts, detection: Detection | undefined): void {
  router.route({
    method: 'GET',
    path: '/_vedetta/alerts',
    parameters: [...FILTERS, 'size', 'after'],
    async handle({ query }) {
      const page = await alerts.list(filters(query), { size: sizeOf(query, 100), after: query.get('after') })
      return { body: { ...page, alerts: page.alerts.map(shown) } }
    },
  })
  router.route({
    method: 'GET',
    path: '/_vedetta/alerts/_groups',
    parameters: [...FILTERS, 'by', 'size'],
    async handle({ query }) {
      const by = (query.get('by') ?? 'rule,entity').split(',').map((name) => name.trim())
      return { body: await alerts.groups(filters(query), by, sizeOf(query, 100)) }
    },
  })
  router.route({
    method: 'POST',
    path: '/_vedetta/alerts/_transition',
    async handle(request) {
      const body = objectOf(request)
      known(body, ['ids', 'query', 'expected', 'cutoff', 'status', 'reason', 'comment'], 'a transition')
      const ids = body['ids']
      const query = body['query']
      const cutoff = body['cutoff']
      const task = await alerts.transition(
        {
          ...(Array.isArray(ids) ? { ids: ids.map(String) } : {}),
          ...(isObject(query)
            ? { query: { ...filtersOf(query), ...(typeof cutoff === 'number' ? { cutoff } : {}) } }
            : {}),
          ...(typeof body['expected'] === 'number' ? { expected: body['expected'] } : {}),
        },
        {
          // Checked by the alerts.
          status: String(body['status']) as 'open',
          reason: textOf(body['reason']),
          comment: textOf(body['comment']),
        },
        who(request),
      )
      return { body: { task: task.id, matched: task.total } }
    },
  })
  router.route({
    method: 'GET',
    path: '/_vedetta/alerts/:id',
    handle: async ({ params }) => ({ body: shown(await alerts.get(params['id']!)) }),
  })
  router.route({
    method: 'GET',
    path: '/_vedetta/alerts/:id/history',
    handle: async ({ params }) => ({ body: { history: await alerts.history((await alerts.get(params['id']!)).id) } }),
  })
  router.route({
    method: 'GET',
    path: '/_vedetta/alerts/:id/events',
    parameters: ['size'],
    handle: async ({ params, query }) => ({ body: await alerts.events(params['id']!, sizeOf(query, 100)) }),
  })
  router.route({
    method: 'GET',
    path: '/_vedetta/alerts/:id/comments',
    handle: async ({ params }) => ({ body: { comments: await alerts.comments((await alerts.get(params['id']!)).id) } }),
  })
  router.route({
    method: 'POST',
    path: '/_vedetta/alerts/:id/_assign',
    async handle(request) {
      const to = textOf(objectOf(request)['to'])
      const name = to === undefined || to === '' ? undefined : to
      return { body: shown(await alerts.assign(request.params['id']!, name, who(request))) }
    },
  })
  router.route({
    method: 'POST',
    path: '/_vedetta/alerts/:id/_comment',
    async handle(request) {
      await alerts.comment(request.params['id']!, textOf(objectOf(request)['text']) ?? '', who(request))
      return { status: 201, body: { acknowledged: true } }
    },
  })
  router.route({
    method: 'GET',
    path: '/_vedetta/tasks/:id',
    handle: ({ params }) => ({ body: alerts.task(params['id']!) }),
  })
  router.route({
    method: 'POST',
    path: '/_vedetta/tasks/:id/_undo',
    async handle(request) {
      const task = await alerts.undo(request.params['id']!, who(request))
      return { body: { task: task.id, matched: task.total } }
    },
  })
  router.route({
    method: 'GET',
    path: '/_vedetta/silences',
    parameters: ['all'],
    handle: ({ query }) => ({ body: { silences: alerts.silences.list(query.get('all') === 'true') } }),
  })
  router.route({
    method: 'POST',
    path: '/_vedetta/silences',
    handle: async (request) => ({
      status: 201,
      body: await alerts.silences.add(objectOf(request), who(request)),
    }),
  })
  router.route({
    method: 'DELETE',
    path: '/_vedetta/silences/:id',
    handle: async ({ params }) => ({ body: await alerts.silences.expire(params['id']!) }),
  })
  router.route({
    method: 'POST',
    path: '/_vedetta/silences/_preview',
    async handle(request) {
      const body = objectOf(request)
      known(body, ['matchers', 'days'], 'a preview')
      const days = body['days'] ?? 7
      if (typeof days !== 'number' || !Number.isInteger(days) || days < 1 || days > 366)
        throw fail('alert.invalid', { name: 'days', expected: 'a whole number from 1 to 366', got: String(days) })
      return { body: await alerts.silences.preview(body['matchers'], days) }
    },
  })
  router.route({
    method: 'GET',
    path: '/_vedetta/detectors',
    handle: () => ({ body: { detectors: detection?.status() ?? [] } }),
  })
}

/** The document with its id beside it, as in a list. */
export function shown({ id, index, document }: StoredAlert): ValueObject {
  return Object.assign(newObject(), { id, index }, document)
}

export function who({ user }: RestRequest): string {
  return user ?? 'anonymous'
}

function filters(query: ReadonlyMap<string, string>): AlertQuery {
  const found: Record<string, string> = {}
  for (const name of FILTERS) {
    const text = query.get(name)
    if (text !== undefined && text !== '') found[name] = text
  }
  return found
}

function filtersOf(body: ValueObject): AlertQuery {
  known(body, FILTERS, 'the query of alerts')
  return filters(new Map(Object.entries(body).map(([name, value]) => [name, String(value)])))
}

function known(body: ValueObject, names: readonly string[], owner: string): void {
  for (const name of Object.keys(body))
    if (!names.includes(name))
      throw fail('alert.invalid', { name: owner, expected: `made of ${names.join(', ')}`, got: name })
}

export function objectOf(request: RestRequest): ValueObject {
  const body: Value = toValue(request.json())
  if (!isObject(body)) throw fail('alert.invalid', { name: 'body', expected: 'a JSON object', got: String(body) })
  return body
}

function textOf(value: Value | undefined): string | undefined {
  return value === undefined || value === null ? undefined : String(value)
}

function sizeOf(query: ReadonlyMap<string, string>, usual: number): number {
  const text = query.get('size')
  if (text === undefined) return usual
  const size = Number(text)
  if (!Number.isInteger(size) || size < 0 || size > LARGEST_PAGE)
    throw fail('alert.invalid', { name: 'size', expected: `a whole number from 0 to ${LARGEST_PAGE}`, got: text })
  return size
}
