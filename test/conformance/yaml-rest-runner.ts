import { request as ask } from 'undici'
import type { ApiDescription, RestStep, Section, Suite } from './yaml-rest-suite.ts'
import { at, checkContains, checkMatch, isTrue, lengthOf, shown, unstash, type Stash } from './yaml-rest-matching.ts'

/** The version by which a section decides to be skipped. */
const VERSION = '8.17.0'

/** What a client of Elasticsearch 7 sends. */
const OLDER = 'application/vnd.elasticsearch+json;compatible-with=7'
const OLDER_LINES = 'application/vnd.elasticsearch+x-ndjson;compatible-with=7'

/** What a section may ask of its runner; another one skips it. */
const FEATURES = [
  'allowed_warnings',
  'arbitrary_key',
  'contains',
  'default_shards',
  'embedded_stash_key',
  'headers',
  'no_xpack',
  'stash_in_key',
  'stash_in_path',
  'stash_path_replace',
  'transform_and_set',
  'warnings',
]

const STATUSES: Readonly<Record<string, number>> = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  missing: 404,
  request_timeout: 408,
  conflict: 409,
  unavailable: 503,
}

export type Outcome = { kind: 'passed' } | { kind: 'skipped' | 'failed'; reason: string }

interface Answer {
  readonly status: number
  readonly body: unknown
}

/** Runs sections against a server; deprecation warnings are not compared, being those of another version. */
export class YamlRestRunner {
  private readonly url: string
  private readonly apis: Suite['apis']
  private stash: Stash = new Map()
  /** Whether the section reads `_type`, which only older clients are told. */
  private older = false

  constructor(url: string, apis: Suite['apis']) {
    this.url = url
    this.apis = apis
  }

  /** `known` is kept from the start, as a section's own `set` keeps things. */
  async run(section: Section, known: ReadonlyMap<string, unknown> = new Map()): Promise<Outcome> {
    this.stash = new Map(known)
    this.older = /[".]_type"/.test(JSON.stringify(section.steps))
    const skip = [...section.setup, ...section.steps].map(skipReason).find((reason) => reason !== undefined)
    if (skip !== undefined) return { kind: 'skipped', reason: skip }
    try {
      for (const step of [...section.setup, ...section.steps]) await this.step(step)
      for (const step of section.teardown) await this.step(step)
      return { kind: 'passed' }
    } catch (error) {
      return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) }
    } finally {
      await this.clean()
    }
  }

  /** Takes away what a section has left. */
  private async clean(): Promise<void> {
    const paths = [
      '/_data_stream/*?expand_wildcards=all',
      '/*?expand_wildcards=all',
      '/_template/*',
      '/_index_template/*',
      '/_component_template/*',
      '/_ingest/pipeline/*',
      '/_search/scroll/_all',
    ]
    for (const path of paths) await this.send('DELETE', path)
    const settings = (await this.send('GET', '/_cluster/settings?flat_settings=true')).body as Record<string, object>
    for (const kind of ['persistent', 'transient'])
      for (const name of Object.keys(settings?.[kind] ?? {}))
        await this.send('PUT', '/_cluster/settings', JSON.stringify({ [kind]: { [name]: null } }))
  }

  private async step(step: RestStep): Promise<void> {
    const [kind = '', argument] = Object.entries(step)[0] ?? []
    const { stash } = this
    const body = (): unknown => stash.get('body')
    const compare = (check: (expected: unknown, actual: unknown, path: string) => void): void => {
      for (const [path, expected] of Object.entries(argument as object))
        check(unstash(expected, stash), at(body(), path, stash), path === '' ? 'the answer' : path)
    }
    switch (kind) {
      case 'do':
        return this.call(argument as Record<string, unknown>)
      case 'skip':
        return
      case 'set':
        for (const [path, name] of Object.entries(argument as object)) stash.set(String(name), at(body(), path, stash))
        return
      case 'transform_and_set':
        for (const [name, expression] of Object.entries(argument as object))
          stash.set(name, transformed(String(expression), body(), stash))
        return
      case 'match':
        return compare(checkMatch)
      case 'contains':
        return compare(checkContains)
      case 'is_true':
      case 'is_false': {
        const value = at(body(), String(argument), stash)
        if (isTrue(value) !== (kind === 'is_true'))
          throw new Error(`${String(argument)} must be ${kind === 'is_true' ? 'true' : 'false'}, got ${shown(value)}`)
        return
      }
      case 'length':
        return compare((expected, actual, path) => {
          if (lengthOf(actual) !== Number(expected))
            throw new Error(`${path} must have length ${shown(expected)}, got ${shown(actual)}`)
        })
      case 'gt':
      case 'gte':
      case 'lt':
      case 'lte':
        return compare((expected, actual, path) => {
          const [a, b] = [Number(actual), Number(expected)]
          const holds = { gt: a > b, gte: a >= b, lt: a < b, lte: a <= b }[kind]
          if (actual === undefined || !holds)
            throw new Error(`${path} must be ${kind} ${shown(expected)}, got ${shown(actual)}`)
        })
      default:
        throw new Error(`the runner does not know the step '${kind}'`)
    }
  }

  private async call(step: Record<string, unknown>): Promise<void> {
    const { catch: caught, headers } = step
    const [name, given] = Object.entries(step).find(([key]) => this.apis.has(key)) ?? []
    const description = name === undefined ? undefined : this.apis.get(name)
    if (name === undefined || description === undefined) throw new Error(`no API in ${Object.keys(step).join(', ')}`)
    const { ignore, body, ...parameters } = (unstash(given ?? {}, this.stash) ?? {}) as Record<string, unknown>
    let url: { method: string; path: string }
    try {
      url = address(name, description, parameters, body !== undefined)
    } catch (error) {
      if (caught === 'param') return
      throw error
    }
    const answer = await this.send(
      url.method,
      url.path,
      body === undefined ? undefined : bodyText(body, description.bulk),
      headers as Record<string, string> | undefined,
      description.bulk,
    )
    const where = `${name} (${url.method} ${url.path})`
    const exists = url.method === 'HEAD'
    this.stash.set('body', exists ? answer.status < 300 : answer.body)
    const ignored = (Array.isArray(ignore) ? ignore : [ignore]).map(Number)
    if (caught === undefined) {
      if (answer.status >= 400 && !exists && !ignored.includes(answer.status))
        throw new Error(`${where} failed with ${answer.status}: ${reasonOf(answer.body)}`)
      return
    }
    this.checkCaught(String(caught), answer, where)
  }

  private checkCaught(caught: string, { status, body }: Answer, where: string): void {
    const failed = `${where} must fail (${caught}), got ${status}: ${reasonOf(body)}`
    const wanted = STATUSES[caught]
    if (wanted !== undefined) {
      if (status !== wanted) throw new Error(failed)
    } else if (caught.startsWith('/')) {
      if (status < 400) throw new Error(failed)
      // Unlike the patterns of `match`, these are taken as they stand: their blanks count.
      if (!new RegExp(caught.trim().slice(1, -1), 's').test(shown(body)))
        throw new Error(`${where} must match ${caught}, got ${shown(body)}`)
    } else if (caught === 'request' || caught === 'param') {
      if (status < 400) throw new Error(failed)
    } else throw new Error(`the runner does not know catch '${caught}'`)
  }

  private async send(
    method: string,
    path: string,
    body?: string,
    headers: Readonly<Record<string, string>> = {},
    lines = false,
  ): Promise<Answer> {
    const plain = lines ? 'application/x-ndjson' : 'application/json'
    const older = lines ? OLDER_LINES : OLDER
    const type = body === undefined ? {} : { 'content-type': this.older ? older : plain }
    const reply = await ask(this.url + path, {
      method: method as 'GET',
      headers: { ...(this.older ? { accept: OLDER } : {}), ...type, ...headers },
      ...(body === undefined ? {} : { body }),
    })
    const text = await reply.body.text()
    const json = String(reply.headers['content-type']).includes('json')
    return { status: reply.statusCode, body: json && text !== '' ? (JSON.parse(text) as unknown) : text }
  }
}

function skipReason(step: RestStep): string | undefined {
  const skip = step['skip'] as { version?: string; features?: string | string[]; reason?: string } | undefined
  if (skip === undefined) return undefined
  const features = [skip.features ?? []].flat().flatMap((text) => text.split(',').map((name) => name.trim()))
  const unknown = features.find((feature) => !FEATURES.includes(feature))
  if (unknown !== undefined) return `the runner has no '${unknown}'`
  const { version } = skip
  if (version === undefined) return undefined
  const covers = version.split(',').some((range) => {
    if (range.trim() === 'all') return true
    const [from = '', to = ''] = range.split(/\s+-\s*|\s*-\s+|^-/).map((text) => text.trim())
    return (from === '' || order(from, VERSION) <= 0) && (to === '' || order(VERSION, to) <= 0)
  })
  return covers ? `not for this version: ${skip.reason ?? ''}` : undefined
}

function order(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number)) as [number[], number[]]
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** The path with the most parts of which all are given; what is left goes into the query. */
function address(
  name: string,
  api: ApiDescription,
  parameters: Readonly<Record<string, unknown>>,
  hasBody: boolean,
): { method: string; path: string } {
  const possible = api.paths
    .filter(({ parts }) => parts.every((part) => text(parameters[part]) !== ''))
    .sort((a, b) => b.parts.length - a.parts.length)
  const [best] = possible
  if (best === undefined) throw new Error(`a part of the path of '${name}' is missing`)
  if (api.bodyRequired && !hasBody) throw new Error(`'${name}' needs a body`)
  let path = best.path
  for (const part of best.parts) path = path.replace(`{${part}}`, encodeURIComponent(text(parameters[part])))
  const query = Object.entries(parameters)
    .filter(([key]) => !best.parts.includes(key))
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(text(value))}`)
  const { methods } = best
  const method = hasBody && methods.includes('POST') && methods.includes('GET') ? 'POST' : methods[0]!
  return { method, path: query.length === 0 ? path : `${path}?${query.join('&')}` }
}

function text(value: unknown): string {
  if (value === undefined || value === null) return ''
  return Array.isArray(value) ? value.map(text).join(',') : shown(value)
}

function bodyText(body: unknown, lines: boolean): string {
  if (typeof body === 'string') return lines && !body.endsWith('\n') ? `${body}\n` : body
  if (!lines) return JSON.stringify(body)
  return (Array.isArray(body) ? body : [body])
    .map((line) => (typeof line === 'string' ? line.trim() : JSON.stringify(line)))
    .map((line) => `${line}\n`)
    .join('')
}

/** `#base64EncodeCredentials(user,password)` is the one transformation there is. */
function transformed(expression: string, body: unknown, stash: Stash): string {
  const match = /^#base64EncodeCredentials\(([^,]+),([^)]+)\)$/.exec(expression)
  if (match === null) throw new Error(`the runner does not know the transformation '${expression}'`)
  const [user, password] = match.slice(1).map((path) => shown(at(body, path, stash)))
  return Buffer.from(`${user}:${password}`).toString('base64')
}

function reasonOf(body: unknown): string {
  const error = typeof body === 'object' && body !== null ? (body as { error?: unknown }).error : undefined
  const reason = typeof error === 'object' && error !== null ? (error as { reason?: string }).reason : error
  return shown(reason ?? body).slice(0, 300)
}
