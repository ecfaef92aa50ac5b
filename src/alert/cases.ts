import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock/index.ts'
import { fail } from '../diagnostic/index.ts'
import { isObject, parseJson, stringifyJson, toValue, type Value, type ValueObject } from '../event/index.ts'
import { checkSearch } from '../search/dsl/index.ts'
import type { BulkOperation, Store } from '../search/index.ts'
import type { Alerts } from './alerts.ts'
import { CASE_ROWS, CASES } from './indices.ts'

export const CASE_STATUSES = ['open', 'in progress', 'closed'] as const
export type CaseStatus = (typeof CASE_STATUSES)[number]

/** Several alerts that are one matter to somebody. */
export interface Case {
  readonly id: string
  readonly title: string
  readonly description: string
  readonly status: CaseStatus
  readonly assignee: string | null
  readonly tags: readonly string[]
  /** Ids of alerts, in the order they were added. */
  readonly alerts: readonly string[]
  /** ISO 8601. */
  readonly created: string
  readonly updated: string
  readonly by: string
}

/** What happened to a case: it was begun, a note was written, a field was changed, an alert came or went. */
export interface CaseRow {
  readonly time: string
  readonly by: string
  readonly kind: 'created' | 'note' | 'changed' | 'added' | 'removed'
  readonly field?: string
  readonly from?: string
  readonly to?: string
  /** Of a note: Markdown. */
  readonly text?: string
  readonly alert?: string
}

export interface CaseQuery {
  readonly status?: string | undefined
  /** A name, or `none`. */
  readonly assignee?: string | undefined
  /** The id of an alert that is in it. */
  readonly alert?: string | undefined
  /** Words of the title and the description. */
  readonly q?: string | undefined
}

const MOST_CASES = 1_000
const MOST_ROWS = 10_000
const MOST_ALERTS = 1_000
const MOST_TAGS = 50
const LONGEST = { title: 300, description: 20_000, note: 20_000, name: 200 } as const

/**
 * The cases, kept in the Store beside the alerts. A change and its row in the timeline are one write, and no row is
 * edited afterwards. Changes of one process follow one another.
 */
export class Cases {
  private readonly store: Store
  private readonly clock: Clock
  private readonly alerts: Pick<Alerts, 'get'>
  private lane: Promise<unknown> = Promise.resolve()
  private sequence = 0

  constructor(store: Store, clock: Clock, alerts: Pick<Alerts, 'get'>) {
    this.store = store
    this.clock = clock
    this.alerts = alerts
  }

  /** Those that were changed last come first, at most a thousand. @throws DiagnosticError for a status that does not exist */
  async list({ status, assignee, alert, q }: CaseQuery): Promise<Case[]> {
    const filter: object[] = []
    if (status !== undefined) filter.push({ terms: { status: status.split(',').map((one) => statusOf(one.trim())) } })
    if (assignee === 'none') filter.push({ bool: { must_not: [{ exists: { field: 'assignee' } }] } })
    else if (assignee !== undefined) filter.push({ term: { assignee } })
    if (alert !== undefined) filter.push({ term: { alerts: alert } })
    if (q !== undefined && q.trim() !== '')
      filter.push({ multi_match: { query: q, fields: ['title', 'description', 'tags'], operator: 'and' } })
    return (await this.search(CASES, { bool: { filter } }, [{ updated: 'desc' }], MOST_CASES)).map(([id, body]) =>
      readCase(id, body),
    )
  }

  /** @throws DiagnosticError `alert.case_not_found` */
  async get(id: string): Promise<Case> {
    const known = (await this.store.resolveIndices(selectionOf(CASES))).length > 0
    const found = known ? await this.store.get(CASES, id) : undefined
    const body = found === undefined ? undefined : parseJson(found.source)
    if (!isObject(body)) throw fail('alert.case_not_found', { id })
    return readCase(id, body)
  }

  /** @throws DiagnosticError for what is no case, and for an alert that does not exist */
  create(input: ValueObject, by: string): Promise<Case> {
    known(input, ['title', 'description', 'assignee', 'tags', 'alerts'], 'a case')
    return this.alone(async () => {
      const now = this.now()
      const made: Case = {
        id: randomUUID(),
        title: titleOf(input['title']),
        description: textOf('description', input['description'] ?? '', LONGEST.description),
        status: 'open',
        assignee: assigneeOf(input['assignee']),
        tags: textsOf('tags', input['tags'] ?? [], MOST_TAGS),
        alerts: await this.existing(input['alerts'] ?? []),
        created: now,
        updated: now,
        by,
      }
      await this.write(made, [
        { time: now, by, kind: 'created', to: made.title },
        ...made.alerts.map((alert): CaseRow => ({ time: now, by, kind: 'added', alert })),
      ])
      return made
    })
  }

  /** Changes title, description, status, assignee or tags, with a row for each that is another afterwards. */
  change(id: string, input: ValueObject, by: string): Promise<Case> {
    known(input, ['title', 'description', 'status', 'assignee', 'tags'], 'a change of a case')
    return this.alone(async () => {
      const before = await this.get(id)
      const next: Case = {
        ...before,
        ...('title' in input ? { title: titleOf(input['title']) } : {}),
        ...('description' in input
          ? { description: textOf('description', input['description'], LONGEST.description) }
          : {}),
        ...('status' in input ? { status: statusOf(input['status']) } : {}),
        ...('assignee' in input ? { assignee: assigneeOf(input['assignee']) } : {}),
        ...('tags' in input ? { tags: textsOf('tags', input['tags'], MOST_TAGS) } : {}),
      }
      const time = this.now()
      const rows = (['title', 'description', 'status', 'assignee', 'tags'] as const).flatMap((field): CaseRow[] => {
        const [from, to] = [String(before[field] ?? ''), String(next[field] ?? '')]
        return from === to ? [] : [{ time, by, kind: 'changed', field, from, to }]
      })
      return this.changed(before, next, rows)
    })
  }

  /** Puts alerts into a case and takes them out. @throws DiagnosticError for an alert that does not exist */
  link(id: string, input: ValueObject, by: string): Promise<Case> {
    known(input, ['add', 'remove'], 'a change of the alerts of a case')
    return this.alone(async () => {
      const before = await this.get(id)
      const removed = new Set(textsOf('remove', input['remove'] ?? [], MOST_ALERTS))
      const added = (await this.existing(input['add'] ?? [])).filter((alert) => !before.alerts.includes(alert))
      const alerts = [...before.alerts.filter((alert) => !removed.has(alert)), ...added]
      if (alerts.length > MOST_ALERTS)
        throw fail('alert.invalid', {
          name: 'alerts',
          expected: `at most ${MOST_ALERTS} alerts`,
          got: String(alerts.length),
        })
      const time = this.now()
      return this.changed(before, { ...before, alerts }, [
        ...added.map((alert): CaseRow => ({ time, by, kind: 'added', alert })),
        ...before.alerts
          .filter((alert) => removed.has(alert))
          .map((alert): CaseRow => ({ time, by, kind: 'removed', alert })),
      ])
    })
  }

  note(id: string, input: ValueObject, by: string): Promise<Case> {
    known(input, ['text'], 'a note')
    const text = textOf('text', input['text'], LONGEST.note)
    if (text.trim() === '') throw fail('alert.missing', { owner: 'a note', name: 'text' })
    return this.alone(async () => {
      const before = await this.get(id)
      return this.changed(before, before, [{ time: this.now(), by, kind: 'note', text }])
    })
  }

  /** What happened to a case, the oldest first. */
  async timeline(id: string): Promise<CaseRow[]> {
    await this.get(id)
    const rows = await this.search(
      CASE_ROWS,
      { term: { case: id } },
      [{ '@timestamp': 'asc' }, { sequence: 'asc' }],
      MOST_ROWS,
    )
    return rows.map(([, { '@timestamp': time, case: _case, sequence: _sequence, ...row }]) => ({
      time: String(time),
      ...(row as unknown as Omit<CaseRow, 'time'>),
    }))
  }

  private now(): string {
    return new Date(this.clock.now()).toISOString()
  }

  private alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.lane.then(work)
    this.lane = result.catch(() => undefined)
    return result
  }

  private async existing(input: Value | undefined): Promise<string[]> {
    const ids = [...new Set(textsOf('alerts', input, MOST_ALERTS))]
    return Promise.all(ids.map(async (id) => (await this.alerts.get(id)).id))
  }

  private async changed(before: Case, next: Case, rows: readonly CaseRow[]): Promise<Case> {
    if (rows.length === 0) return before
    const updated = { ...next, updated: rows[0]!.time }
    await this.write(updated, rows)
    return updated
  }

  private async write({ id, assignee, ...body }: Case, rows: readonly CaseRow[]): Promise<void> {
    const document = { ...body, ...(assignee === null ? {} : { assignee }) }
    const operations: BulkOperation[] = [
      { action: 'index', index: CASES, id, source: stringifyJson(toValue(document)) },
      ...rows.map(({ time, ...row }): BulkOperation => {
        const source = stringifyJson(toValue({ '@timestamp': time, case: id, sequence: this.sequence++, ...row }))
        return { action: 'create', index: CASE_ROWS, id: randomUUID(), source }
      }),
    ]
    const failed = (await this.store.bulk(operations)).find(({ status }) => status >= 300)
    if (failed !== undefined) throw fail('alert.store', { reason: failed.error?.reason ?? `status ${failed.status}` })
  }

  private async search(index: string, query: object, sort: object[], size: number): Promise<[string, ValueObject][]> {
    const selection = selectionOf(index)
    await this.store.refresh(selection)
    const { hits } = await this.store.search(selection, checkSearch(toValue({ size, query, sort })))
    return hits.hits.flatMap(({ _id, _source }) => (_source === undefined ? [] : [[_id, _source]]))
  }
}

function selectionOf(index: string): { expressions: string[]; ignoreUnavailable: true; allowNoIndices: true } {
  return { expressions: [index], ignoreUnavailable: true, allowNoIndices: true }
}

function readCase(id: string, body: ValueObject): Case {
  return { assignee: null, ...(body as unknown as Omit<Case, 'id' | 'assignee'>), id }
}

function known(input: ValueObject, names: readonly string[], owner: string): void {
  for (const name of Object.keys(input))
    if (!names.includes(name))
      throw fail('alert.invalid', { name: owner, expected: `made of ${names.join(', ')}`, got: name.slice(0, 100) })
}

function titleOf(value: Value | undefined): string {
  const title = textOf('title', value, LONGEST.title).trim()
  if (title === '') throw fail('alert.missing', { owner: 'a case', name: 'title' })
  return title
}

function statusOf(value: Value | undefined): CaseStatus {
  const found = CASE_STATUSES.find((status) => status === value)
  if (found === undefined)
    throw fail('alert.invalid', {
      name: 'status',
      expected: `one of ${CASE_STATUSES.join(', ')}`,
      got: String(value).slice(0, 100),
    })
  return found
}

function assigneeOf(value: Value | undefined): string | null {
  if (value === undefined || value === null || value === '') return null
  return textOf('assignee', value, LONGEST.name)
}

function textOf(name: string, value: Value | undefined, longest: number): string {
  if (typeof value === 'string' && value.length <= longest) return value
  throw fail('alert.invalid', {
    name,
    expected: `a text of at most ${longest} characters`,
    got: String(value).slice(0, 100),
  })
}

function textsOf(name: string, value: Value | undefined, most: number): string[] {
  if (
    Array.isArray(value) &&
    value.length <= most &&
    value.every((one) => typeof one === 'string' && one.length <= 300)
  )
    return value as string[]
  throw fail('alert.invalid', { name, expected: `a list of at most ${most} texts`, got: String(value).slice(0, 100) })
}
