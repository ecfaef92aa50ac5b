import { createHash } from 'node:crypto'
import { fail } from '../../diagnostic/index.ts'
import { isObject, parseJson, stringifyJson, toValue, type ValueObject } from '../../event/index.ts'
import { checkSearch } from '../../search/dsl/index.ts'
import type { Router, Store } from '../../search/index.ts'
import { asking } from '../guarded-store.ts'
import { objectOf, textOf } from './body.ts'

const INDEX = '.vedetta-saved'
const SELECTION = { expressions: [INDEX], ignoreUnavailable: true, allowNoIndices: true }
const MOST = 1_000
const TEMPLATE = {
  index_patterns: [INDEX],
  order: 2_147_483_647,
  settings: { index: { hidden: true } },
  mappings: { dynamic: false, properties: { kind: { type: 'keyword' }, name: { type: 'keyword' } } },
}

/** What screens keep for a user, as texts of their own. */
const PREFERENCES = ['columns'] as const

/**
 * Searches that people keep, and short links: an address of the console under a name, in the Store, for all to see. And what
 * each user prefers, whatever the browser: `GET` and `PUT /_vedetta/profile`.
 */
export function registerSavedRoutes(router: Router, store: Store, now: () => number): void {
  let prepared: Promise<void> | undefined
  const prepare = (): Promise<void> => {
    prepared ??= store.putTemplate(INDEX, toValue(TEMPLATE) as ValueObject, { overwrite: true })
    prepared.catch(() => (prepared = undefined))
    return prepared
  }
  router.route({
    method: 'GET',
    path: '/_vedetta/saved',
    parameters: ['link'],
    async handle({ query }) {
      const link = query.get('link')
      if (link !== undefined) {
        const found = await read(store, `link-${link}`)
        if (found === undefined) throw fail('rest.not_found', { reason: 'there is no such link' })
        return { body: { address: found['address'] ?? '' } }
      }
      const body = {
        size: MOST,
        query: { term: { kind: 'search' } },
        sort: [{ name: { order: 'asc', unmapped_type: 'keyword' } }],
      }
      const { hits } = await store.search(SELECTION, checkSearch(toValue(body)))
      return { body: { searches: hits.hits.flatMap(({ _source }) => (_source === undefined ? [] : [_source])) } }
    },
  })
  router.route({
    method: 'POST',
    path: '/_vedetta/saved',
    async handle(request) {
      const body = objectOf(request, ['name', 'address'])
      const address = textOf(body, 'address', 50_000)
      // Of this console alone: a saved search must not lead elsewhere.
      if (!/^\/_vedetta\/ui\/[\w/-]*(\?|$)/.test(address))
        throw fail('rest.validation', {
          reason: "'address' must be one of the console, such as /_vedetta/ui/events?q=...",
        })
      await prepare()
      const by = request.user ?? ''
      const time = new Date(now()).toISOString()
      if (body['name'] === undefined) {
        const link = createHash('sha256').update(address).digest('base64url').slice(0, 12)
        await write(store, `link-${link}`, { kind: 'link', address, by, time })
        return { status: 201, body: { link } }
      }
      const name = textOf(body, 'name', 200).trim()
      if (name === '') throw fail('rest.validation', { reason: "'name' must not be empty" })
      await refuseForeign(store, name, request.user)
      await write(store, idOf(name), { kind: 'search', name, address, by, time })
      return { status: 201, body: { acknowledged: true } }
    },
  })
  router.route({
    method: 'GET',
    path: '/_vedetta/profile',
    async handle({ user = '' }) {
      const { kind: _kind, user: _user, ...kept } = (await read(store, profileOf(user))) ?? {}
      return { body: kept }
    },
  })
  router.route({
    method: 'PUT',
    path: '/_vedetta/profile',
    async handle(request) {
      const body = objectOf(request, PREFERENCES)
      for (const name of Object.keys(body)) textOf(body, name, 20_000)
      await prepare()
      const { user = '' } = request
      const before = (await read(store, profileOf(user))) ?? {}
      await write(store, profileOf(user), { ...before, ...body, kind: 'profile', user })
      return { body: { acknowledged: true } }
    },
  })
  router.route({
    method: 'DELETE',
    path: '/_vedetta/saved',
    parameters: ['name'],
    async handle(request) {
      const name = request.query.get('name') ?? ''
      await refuseForeign(store, name, request.user)
      const [item] = await store.bulk([{ action: 'delete', index: INDEX, id: idOf(name) }])
      return { body: { acknowledged: item?.status === 200 } }
    },
  })
}

/** Who saved a search may change it, and an administrator. */
async function refuseForeign(store: Store, name: string, user: string | undefined): Promise<void> {
  const owner = (await read(store, idOf(name)))?.['by']
  const who = asking.getStore()
  if (owner === undefined || owner === '' || owner === user || who === undefined || who.role === 'administrator') return
  throw fail('server.forbidden', { name: who.name, role: who.role, method: 'change', path: `the search '${name}'` })
}

async function read(store: Store, id: string): Promise<ValueObject | undefined> {
  const found = (await store.resolveIndices(SELECTION)).length === 0 ? undefined : await store.get(INDEX, id)
  const source = found === undefined ? undefined : parseJson(found.source)
  return isObject(source) ? source : undefined
}

async function write(store: Store, id: string, document: object): Promise<void> {
  const source = stringifyJson(toValue(document))
  const [item] = await store.bulk([{ action: 'index', index: INDEX, id, source }])
  if (item?.error !== undefined) throw fail('rest.validation', { reason: item.error.reason })
  await store.refresh(SELECTION)
}

function profileOf(user: string): string {
  return `profile-${idOf(user)}`
}

function idOf(name: string): string {
  return createHash('sha256').update(name).digest('base64url')
}
