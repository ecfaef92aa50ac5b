import { randomUUID } from 'node:crypto'
import { fail } from '../diagnostic/index.ts'
import {
  cloneValue,
  isObject,
  parseJson,
  stringifyJson,
  toValue,
  type Value,
  type ValueObject,
} from '../event/index.ts'
import { checkSearch } from '../search/dsl/index.ts'
import type { BulkOperation, SearchHit } from '../search/index.ts'
import type { Finding } from './alert.ts'
import { AlertRecords, SELECTION } from './alert-records.ts'
import type {
  AlertChange,
  AlertPage,
  Alerts,
  AlertsOptions,
  HistoryRow,
  StoredAlert,
  Transition,
  TransitionTarget,
} from './alerts.ts'
import { alertPart, CLOSE_REASONS, STATUSES, textAt, valueAt, type Status } from './document.ts'
import { groupAlerts, type AlertGroup } from './groups.ts'
import { COMMENTS, HISTORY, installTemplates } from './indices.ts'
import { queryOf, type AlertQuery } from './query.ts'
import { RaisedAlerts } from './raised-alerts.ts'
import { allAlerts, Silences } from './silences.ts'
import { Tasks, type Before, type Task } from './tasks.ts'

/** Opens the alerts over a Store. */
export async function openAlerts(options: AlertsOptions): Promise<Alerts> {
  await installTemplates(options.store)
  const silences = new Silences(options.store, options.clock)
  await silences.load()
  return new StoredAlerts(options, silences)
}

class StoredAlerts implements Alerts {
  readonly silences: Silences
  private readonly options: AlertsOptions
  private readonly records: AlertRecords
  private readonly raised: RaisedAlerts
  private readonly tasks = new Tasks()

  constructor(options: AlertsOptions, silences: Silences) {
    this.options = options
    this.silences = silences
    this.records = new AlertRecords(options)
    this.raised = new RaisedAlerts(options, this.records, silences)
  }

  raise(findings: readonly Finding[]): void {
    this.raised.raise(findings)
  }

  flush(): Promise<void> {
    return this.raised.flush()
  }

  async list(
    query: AlertQuery,
    { size = 100, after }: { size?: number; after?: string | undefined } = {},
  ): Promise<AlertPage> {
    const search = checkSearch(
      toValue({
        size,
        track_total_hits: true,
        query: queryOf(query),
        sort: [{ '@timestamp': 'desc' }, { 'vedetta.alert.entity.value': 'asc' }, { 'rule.id': 'asc' }],
        ...(after === undefined ? {} : { search_after: readAfter(after) }),
      }),
    )
    await this.records.refresh()
    const { hits } = await this.options.store.search(SELECTION, search)
    const last = hits.hits.length === size && size > 0 ? hits.hits.at(-1)!.sort : undefined
    return {
      total: hits.total?.value ?? 0,
      alerts: hits.hits.map(fromHit),
      ...(last === undefined ? {} : { after: Buffer.from(stringifyJson(toValue(last))).toString('base64url') }),
    }
  }

  async groups(query: AlertQuery, by: readonly string[], size = 100): Promise<{ total: number; groups: AlertGroup[] }> {
    await this.records.refresh()
    return groupAlerts(this.options.store, queryOf(query), by, size)
  }

  async get(id: string): Promise<StoredAlert> {
    await this.records.refresh()
    const search = checkSearch(toValue({ size: 1, query: { ids: { values: [id] } } }))
    const { hits } = await this.options.store.search(SELECTION, search)
    const hit = hits.hits[0]
    if (hit === undefined) throw fail('alert.not_found', { id })
    return fromHit(hit)
  }

  async transition(target: TransitionTarget, change: Transition, by: string): Promise<Task> {
    checkTransition(change)
    const alerts: StoredAlert[] = []
    if (target.ids !== undefined) for (const id of target.ids) alerts.push(await this.get(id))
    else if (target.query !== undefined) {
      await this.records.refresh()
      for await (const alert of allAlerts(this.options.store, queryOf(target.query))) alerts.push(alert)
    } else throw fail('alert.missing', { owner: 'a transition', name: "ids' or 'query" })
    if (target.expected !== undefined && alerts.length !== target.expected)
      throw fail('alert.changed', { expected: target.expected, found: alerts.length })
    return this.tasks.start(alerts, (part, task) => this.apply(part, () => change, by, task))
  }

  task(id: string): Task {
    return this.tasks.get(id)
  }

  async undo(id: string, by: string): Promise<Task> {
    const before = new Map(this.tasks.takeBefore(id).map((entry) => [entry.alert.id, entry]))
    const alerts = [...before.values()].map(({ alert }) => alert)
    const back = (alert: StoredAlert): Transition => {
      const { status, reason } = before.get(alert.id)!
      return { status: status as Status, reason, comment: undefined }
    }
    return this.tasks.start(alerts, (part, task) => this.apply(part, back, by, task))
  }

  /** Changes the status of alerts, with a row of history for each whose status it really changes. */
  private apply(
    alerts: readonly StoredAlert[],
    changeOf: (alert: StoredAlert) => Transition,
    by: string,
    task: string,
  ): Promise<Before[]> {
    return this.records.alone(async () => {
      const now = this.options.clock.now()
      const before: Before[] = []
      const changed: StoredAlert[] = []
      const operations: BulkOperation[] = []
      for (const { id, index } of alerts) {
        const current = await this.records.read(index, id)
        if (current === undefined) continue
        const { status, reason, comment } = changeOf(current)
        const [was, wasReason] = [
          textAt(current.document, 'vedetta.alert.status') ?? 'open',
          textAt(current.document, 'vedetta.alert.reason'),
        ]
        if (was === status && wasReason === reason && comment === undefined) continue
        const next = changedAlert(current, { status, reason: reason ?? null }, now)
        const why = comment ?? reason
        operations.push(
          { action: 'index', index, id, source: stringifyJson(next.document) },
          this.records.rowOperation(
            id,
            { by, field: 'status', from: was, to: status, ...(why === undefined ? {} : { why }) },
            now,
            task,
          ),
        )
        before.push({ alert: current, status: was, reason: wasReason })
        changed.push(next)
      }
      if (operations.length > 0) await this.records.write(operations)
      for (const alert of changed) {
        this.records.remember(alert)
        this.records.tell({ change: 'transition', alert, by })
      }
      return before
    })
  }

  assign(id: string, to: string | undefined, by: string): Promise<StoredAlert> {
    return this.records.alone(async () => {
      const current = await this.get(id)
      const now = this.options.clock.now()
      const was = textAt(current.document, 'vedetta.alert.assignee') ?? null
      const next = changedAlert(current, { assignee: to ?? null }, now)
      await this.records.write([
        { action: 'index', index: current.index, id, source: stringifyJson(next.document) },
        this.records.rowOperation(id, { by, field: 'assignee', from: was, to: to ?? null }, now),
      ])
      this.records.remember(next)
      this.records.tell({ change: 'assigned', alert: next, by })
      return next
    })
  }

  async comment(id: string, text: string, by: string): Promise<void> {
    if (text.trim() === '' || text.length > 20_000)
      throw fail('alert.invalid', { name: 'text', expected: 'of 1 to 20000 characters', got: text.slice(0, 20) })
    const alert = await this.get(id)
    const time = new Date(this.options.clock.now()).toISOString()
    const source = stringifyJson(
      toValue({ '@timestamp': time, alert: id, by, text, sequence: this.records.nextNumber() }),
    )
    await this.records.write([{ action: 'create', index: COMMENTS, id: randomUUID(), source }])
    this.records.tell({ change: 'commented', alert, by })
  }

  async comments(id: string): Promise<ValueObject[]> {
    return (await this.records.rows(COMMENTS, id)).map((row) =>
      toValue({ time: row['@timestamp'], by: row['by'], text: row['text'] }),
    ) as ValueObject[]
  }

  async history(id: string): Promise<HistoryRow[]> {
    return (await this.records.rows(HISTORY, id)).map((row) => ({
      time: String(row['@timestamp']),
      by: String(row['by']),
      field: String(row['field']),
      from: row['from'] === null || row['from'] === undefined ? null : String(row['from']),
      to: row['to'] === null || row['to'] === undefined ? null : String(row['to']),
      ...(typeof row['why'] === 'string' ? { why: row['why'] } : {}),
    }))
  }

  async events(id: string, size: number): Promise<{ total: number; events: ValueObject[] }> {
    const { document } = await this.get(id)
    const evidence = valueAt(document, 'vedetta.alert.evidence')
    const named = Array.isArray(evidence) ? evidence.filter(isObject) : []
    const events: ValueObject[] = []
    for (const { index, id: event } of named.slice(0, size)) {
      if (typeof index !== 'string' || typeof event !== 'string') continue
      const found = await this.options.store.get(index, event).catch(() => undefined)
      if (found === undefined) continue
      const source: Value = parseJson(found.source)
      events.push(toValue({ _index: found.index, _id: found.id, _source: source }) as ValueObject)
    }
    return { total: named.length, events }
  }

  subscribe(listener: (change: AlertChange) => void): () => void {
    return this.records.subscribe(listener)
  }

  async close(): Promise<void> {
    await this.raised.close()
    await this.records.settled()
  }
}

function changedAlert(alert: StoredAlert, changes: Readonly<Record<string, string | null>>, now: number): StoredAlert {
  const document = cloneValue(alert.document) as ValueObject
  const part = alertPart(document)
  for (const [name, value] of Object.entries(changes))
    if (value === null) delete part[name]
    else part[name] = value
  part['updated'] = new Date(now).toISOString()
  return { ...alert, document }
}

function checkTransition({ status, reason }: Transition): void {
  if (!STATUSES.includes(status))
    throw fail('alert.invalid', { name: 'status', expected: `one of ${STATUSES.join(', ')}`, got: String(status) })
  if (reason !== undefined && !CLOSE_REASONS.some((known) => known === reason))
    throw fail('alert.invalid', { name: 'reason', expected: `one of ${CLOSE_REASONS.join(', ')}`, got: reason })
  if (status === 'closed' && reason === undefined) throw fail('alert.missing', { owner: 'closing', name: 'reason' })
}

function fromHit(hit: SearchHit): StoredAlert {
  return { id: hit._id, index: hit._index, document: hit._source ?? ({} as ValueObject) }
}

function readAfter(text: string): Value {
  try {
    const value = parseJson(Buffer.from(text, 'base64url').toString())
    if (Array.isArray(value)) return value
  } catch {
    // Refused below, as every other text that is none.
  }
  throw fail('alert.invalid', { name: 'after', expected: 'what the page before gave', got: text.slice(0, 40) })
}
