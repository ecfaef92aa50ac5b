import { randomUUID } from 'node:crypto'
import { Cron } from 'croner'
import type { Clock } from '../clock/index.ts'
import { fail } from '../diagnostic/index.ts'
import { isObject, stringifyJson, toValue, type Value, type ValueObject } from '../event/index.ts'
import { checkSearch } from '../search/dsl/index.ts'
import type { Store } from '../search/index.ts'
import { inNetwork } from './assets.ts'
import { textsAt } from './document.ts'
import { ALERTS, SILENCES } from './indices.ts'
import { compilePattern } from './pattern.ts'

export const OPERATORS = ['=', '!=', '=~', '!~', 'cidr', '<'] as const

export interface Matcher {
  /** A field of the alert (`rule.id`, `source.ip`, `vedetta.alert.culprits`), or `rule`, `entity`, `severity`, `ip`, `count`. */
  readonly field: string
  readonly op: (typeof OPERATORS)[number]
  readonly value: string
}

export interface Silence {
  readonly id: string
  readonly matchers: readonly Matcher[]
  readonly from: number
  readonly until: number
  readonly reason: string
  readonly by: string
  /** Only in these windows between from and until: a cron expression for their starts, and their length. */
  readonly recurring?: { readonly cron: string; readonly minutes: number; readonly zone?: string }
  /** An exception: what it matches is no alert at all. It may be without end. */
  readonly exception?: true
  /** Alerts it kept from being told, or from being raised. */
  readonly hid: number
}

/** What a name that is no field stands for. */
const SHORT: Readonly<Record<string, readonly string[]>> = {
  rule: ['rule.id', 'rule.name'],
  alertname: ['rule.name', 'rule.id'],
  entity: ['vedetta.alert.entity.value'],
  severity: ['vedetta.alert.severity'],
  kind: ['rule.category'],
  urgent: ['vedetta.alert.urgent'],
  ip: ['vedetta.alert.culprits', 'vedetta.alert.targets'],
  culprit: ['vedetta.alert.culprits'],
  target: ['vedetta.alert.targets'],
  count: ['vedetta.alert.count'],
}

/** The values that an alert has under a field or one of the short names. */
export function valuesOf(document: ValueObject, field: string): string[] {
  return (SHORT[field] ?? [field]).flatMap((path) => textsAt(document, path))
}

/**
 * A test of an alert's document. A field without a value counts as the empty text, as in Alertmanager; of several values one suffices,
 * and for `!=` and `!~` none may match.
 * @throws DiagnosticError `alert.invalid`
 */
export function compileMatcher({ field, op, value }: Matcher): (document: ValueObject) => boolean {
  const negated = op === '!=' || op === '!~'
  let one: (text: string) => boolean
  if (op === 'cidr') {
    const network = inNetwork(value)
    if (network === undefined)
      throw fail('alert.invalid', { name: 'value', expected: 'an address or a network such as 10.0.0.0/8', got: value })
    one = network
  } else if (op === '=~' || op === '!~') one = compilePattern(value)
  else if (op === '<') {
    const limit = value.trim() === '' ? Number.NaN : Number(value)
    if (Number.isNaN(limit)) throw fail('alert.invalid', { name: 'value', expected: 'a number', got: value })
    one = (text) => text !== '' && Number(text) < limit
  } else one = (text) => text === value
  return (document) => {
    const values = valuesOf(document, field)
    return (values.length === 0 ? [''] : values).some(one) !== negated
  }
}

interface Live {
  readonly silence: Silence
  readonly test: (document: ValueObject) => boolean
  hid: number
  changed: boolean
}

const LIMIT = 1000
/** The end of an exception that was given none: as late as the Store keeps times. */
const NEVER = Date.UTC(2200, 0, 1)

/**
 * The silences: what they match is recorded and shown, but told nobody. Every one ends. Exceptions are among them: what they
 * match is not raised, and an episode that outgrows them is an alert from then on.
 */
export class Silences {
  private readonly store: Store
  private readonly clock: Clock
  private live = new Map<string, Live>()

  constructor(store: Store, clock: Clock) {
    this.store = store
    this.clock = clock
  }

  async load(): Promise<void> {
    const search = checkSearch(toValue({ size: LIMIT, sort: [{ until: 'desc' }] }))
    await this.store.refresh({ expressions: [SILENCES], ignoreUnavailable: true, allowNoIndices: true })
    const { hits } = await this.store.search(
      { expressions: [SILENCES], ignoreUnavailable: true, allowNoIndices: true },
      search,
    )
    this.live = new Map()
    for (const hit of hits.hits) {
      const silence = readStored(hit._id, hit._source)
      if (silence !== undefined)
        this.live.set(hit._id, { silence, test: testOf(silence.matchers), hid: silence.hid, changed: false })
    }
  }

  /** The newest end first; those that are over only with `all`. */
  list(all = false): Silence[] {
    const now = this.clock.now()
    return [...this.live.values()]
      .filter(({ silence }) => all || silence.until > now)
      .map(({ silence, hid }) => ({ ...silence, hid }))
      .sort((a, b) => b.until - a.until)
  }

  /** @throws DiagnosticError for a matcher, time or window that is not one, and where `until` is missing */
  async add(input: unknown, by: string): Promise<Silence> {
    const silence = readSilence(input, by, this.clock.now())
    if (this.live.size >= LIMIT) this.forgetOldest()
    const live = { silence, test: testOf(silence.matchers), hid: 0, changed: false }
    await this.write(live)
    this.live.set(silence.id, live)
    return silence
  }

  /** Ends it now; it stays in the list of all, with what it hid. */
  async expire(id: string): Promise<Silence> {
    const live = this.live.get(id)
    if (live === undefined) throw fail('alert.silence_not_found', { id })
    const now = this.clock.now()
    const ended = { ...live, silence: { ...live.silence, until: Math.min(live.silence.until, now) } }
    await this.write(ended)
    this.live.set(id, ended)
    return { ...ended.silence, hid: ended.hid }
  }

  /** The silence that hides this alert now. */
  hiding(document: ValueObject): Silence | undefined {
    return this.matching(document, undefined)
  }

  /** The exception that says this is no alert. */
  excepting(document: ValueObject): Silence | undefined {
    return this.matching(document, true)
  }

  private matching(document: ValueObject, exception: true | undefined): Silence | undefined {
    const now = this.clock.now()
    for (const { silence, test } of this.live.values())
      if (silence.exception === exception && inForce(silence, now) && test(document)) return silence
    return undefined
  }

  /** Counts an alert that was hidden. */
  count(id: string): void {
    const live = this.live.get(id)
    if (live === undefined) return
    live.hid++
    live.changed = true
  }

  /** Stores the counts that have changed. */
  async save(): Promise<void> {
    for (const live of this.live.values()) {
      if (!live.changed) continue
      live.changed = false
      await this.write(live)
    }
  }

  /** How many alerts of the last days the matchers would have hidden. */
  async preview(input: unknown, days: number): Promise<{ hidden: number; of: number; perDay: number[] }> {
    const test = testOf(readMatchers(input))
    const now = this.clock.now()
    const perDay = Array.from({ length: days }, () => 0)
    let [hidden, of] = [0, 0]
    for await (const { document } of allAlerts(this.store, {
      range: { '@timestamp': { gte: now - days * 86_400_000, lte: now } },
    })) {
      of++
      if (!test(document)) continue
      hidden++
      const day = Math.floor((now - Date.parse(textsAt(document, '@timestamp')[0] ?? '')) / 86_400_000)
      if (day >= 0 && day < days) perDay[days - 1 - day]!++
    }
    return { hidden, of, perDay }
  }

  private async write({ silence, hid }: Pick<Live, 'silence' | 'hid'>): Promise<void> {
    const { id, ...body } = silence
    const source = stringifyJson(toValue({ ...body, hid }))
    const [item] = await this.store.bulk([{ action: 'index', index: SILENCES, id, source }])
    if (item!.status >= 300) throw fail('alert.store', { reason: item!.error?.reason ?? `status ${item!.status}` })
  }

  private forgetOldest(): void {
    const oldest = [...this.live.values()].sort((a, b) => a.silence.until - b.silence.until)[0]
    if (oldest !== undefined) this.live.delete(oldest.silence.id)
  }
}

/** Every alert that a query matches, page by page, the oldest first. */
export async function* allAlerts(
  store: Store,
  query: object,
): AsyncGenerator<{ id: string; index: string; document: ValueObject }> {
  let after: readonly unknown[] | undefined
  for (;;) {
    const search = checkSearch(
      toValue({
        size: 1000,
        query,
        sort: [{ '@timestamp': 'asc' }, { 'vedetta.alert.entity.value': 'asc' }, { 'rule.id': 'asc' }],
        ...(after === undefined ? {} : { search_after: after }),
      }),
    )
    const { hits } = await store.search(
      { expressions: [ALERTS], ignoreUnavailable: true, allowNoIndices: true },
      search,
    )
    for (const hit of hits.hits)
      if (hit._source !== undefined) yield { id: hit._id, index: hit._index, document: hit._source }
    if (hits.hits.length < 1000) return
    after = hits.hits.at(-1)!.sort
  }
}

function testOf(matchers: readonly Matcher[]): (document: ValueObject) => boolean {
  const tests = matchers.map(compileMatcher)
  return (document) => tests.every((test) => test(document))
}

function inForce({ from, until, recurring }: Silence, now: number): boolean {
  if (now < from || now >= until) return false
  if (recurring === undefined) return true
  const start = cronOf(recurring).previousRuns(1, new Date(now + 1000))[0]
  return start !== undefined && now >= start.getTime() && now < start.getTime() + recurring.minutes * 60_000
}

function cronOf({ cron, zone }: NonNullable<Silence['recurring']>): Cron {
  return new Cron(cron, { paused: true, ...(zone === undefined ? {} : { timezone: zone }) })
}

const PARTS = ['matchers', 'from', 'until', 'reason', 'by', 'recurring', 'exception']

function readSilence(input: unknown, by: string, now: number): Silence {
  const body: Value = toValue(input)
  if (!isObject(body)) throw fail('alert.invalid', { name: 'silence', expected: 'an object', got: String(input) })
  for (const name of Object.keys(body))
    if (!PARTS.includes(name))
      throw fail('alert.invalid', {
        name: 'silence',
        expected: `made of ${PARTS.join(', ')}`,
        got: name,
      })
  const exception = body['exception'] ?? false
  if (typeof exception !== 'boolean')
    throw fail('alert.invalid', { name: 'exception', expected: 'true or false', got: String(exception) })
  const until = readMoment('until', body['until']) ?? (exception ? NEVER : undefined)
  if (until === undefined) throw fail('alert.missing', { owner: 'a silence', name: 'until' })
  const from = readMoment('from', body['from']) ?? now
  if (until <= from || until <= now)
    throw fail('alert.invalid', {
      name: 'until',
      expected: 'later than from and now',
      got: new Date(until).toISOString(),
    })
  const recurring = readRecurring(body['recurring'])
  const reason = typeof body['reason'] === 'string' ? body['reason'] : ''
  // What is never raised is seen by nobody: somebody must be able to read why.
  if (exception && reason.trim() === '') throw fail('alert.missing', { owner: 'an exception', name: 'reason' })
  return {
    id: randomUUID(),
    matchers: readMatchers(body['matchers']),
    from,
    until,
    reason,
    by: typeof body['by'] === 'string' && body['by'] !== '' ? body['by'] : by,
    ...(recurring === undefined ? {} : { recurring }),
    ...(exception ? { exception } : {}),
    hid: 0,
  }
}

function readMatchers(input: unknown): Matcher[] {
  const list: Value = toValue(input)
  if (!Array.isArray(list) || list.length === 0)
    throw fail('alert.invalid', { name: 'matchers', expected: 'a list of at least one matcher', got: String(input) })
  return list.map((item) => {
    const [field, op, value] = isObject(item) ? [item['field'], item['op'] ?? '=', item['value']] : []
    if (typeof field !== 'string' || field === '') throw fail('alert.missing', { owner: 'a matcher', name: 'field' })
    if (!OPERATORS.includes(op as Matcher['op']))
      throw fail('alert.invalid', { name: 'op', expected: `one of ${OPERATORS.join(', ')}`, got: String(op) })
    if (value === undefined || value === null || typeof value === 'object')
      throw fail('alert.missing', { owner: 'a matcher', name: 'value' })
    const matcher = { field, op: op as Matcher['op'], value: String(value) }
    compileMatcher(matcher)
    return matcher
  })
}

function readMoment(name: string, value: Value | undefined): number | undefined {
  if (value === undefined || value === null) return undefined
  const millis = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN
  if (Number.isNaN(millis))
    throw fail('alert.invalid', { name, expected: 'a time (ISO 8601 or epoch milliseconds)', got: String(value) })
  return millis
}

function readRecurring(value: Value | undefined): Silence['recurring'] {
  if (value === undefined || value === null) return undefined
  const { cron, minutes, zone } = isObject(value) ? value : ({} as ValueObject)
  if (typeof cron !== 'string' || typeof minutes !== 'number' || !(minutes >= 1 && minutes <= 10_080))
    throw fail('alert.invalid', {
      name: 'recurring',
      expected: '{ cron: starts of the windows, minutes: their length from 1 to 10080, zone? }',
      got: stringifyJson(value),
    })
  const recurring = { cron, minutes, ...(typeof zone === 'string' ? { zone } : {}) }
  try {
    cronOf(recurring)
  } catch (error) {
    throw fail('alert.invalid', { name: 'recurring', expected: 'a cron expression', got: (error as Error).message })
  }
  return recurring
}

function readStored(id: string, body: ValueObject | undefined): Silence | undefined {
  if (body === undefined) return undefined
  const recurring = body['recurring']
  try {
    return {
      id,
      matchers: readMatchers(body['matchers']),
      from: Number(body['from']),
      until: Number(body['until']),
      reason: String(body['reason'] ?? ''),
      by: String(body['by'] ?? ''),
      ...(isObject(recurring) ? { recurring: readRecurring(recurring)! } : {}),
      ...(body['exception'] === true ? { exception: true } : {}),
      hid: Number(body['hid'] ?? 0),
    }
  } catch {
    return undefined
  }
}
