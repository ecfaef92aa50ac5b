import { randomUUID } from 'node:crypto'
import type { Timer } from '../clock/index.ts'
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
import type { BulkItem, BulkOperation, SearchHit } from '../search/index.ts'
import { SEVERITIES, type Finding } from './alert.ts'
import { AssetTable } from './assets.ts'
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
import {
  alertDocument,
  alertId,
  alertPart,
  CLOSE_REASONS,
  riskScore,
  STATUSES,
  textAt,
  textsAt,
  valueAt,
  type Kept,
  type Status,
} from './document.ts'
import { groupAlerts, type AlertGroup } from './groups.ts'
import { ALERTS, alertIndex, COMMENTS, HISTORY, historyIndex, installTemplates } from './indices.ts'
import { queryOf, type AlertQuery } from './query.ts'
import { allAlerts, Silences } from './silences.ts'
import { Tasks, type Before, type Task } from './tasks.ts'

const RETRY = 1000
const BATCH = 500
const CACHED = 20_000
const WHO = 'vedetta'
const SELECTION = { expressions: [ALERTS], ignoreUnavailable: true, allowNoIndices: true }

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
  private readonly assets: AssetTable
  private readonly tasks = new Tasks()
  private readonly listeners = new Set<(change: AlertChange) => void>()
  /** The latest of each episode that waits to be stored. */
  private pending = new Map<string, Finding>()
  private readonly known = new Map<string, StoredAlert>()
  private writing: Promise<void> | undefined
  private retry: Timer | undefined
  private lane: Promise<unknown> = Promise.resolve()
  private sequence = 0
  private closed = false

  constructor(options: AlertsOptions, silences: Silences) {
    this.options = options
    this.silences = silences
    this.assets = options.assets ?? new AssetTable([])
  }

  raise(findings: readonly Finding[]): void {
    if (this.closed) return
    for (const finding of findings) {
      const id = alertId(finding)
      const before = this.pending.get(id)
      const urgent = before?.urgent === true || finding.urgent === true
      this.pending.set(id, urgent ? { ...finding, urgent } : finding)
    }
    if (this.pending.size > 0) this.writing ??= this.writePending()
  }

  async flush(): Promise<void> {
    while (this.writing !== undefined) await this.writing
  }

  private async writePending(): Promise<void> {
    // One turn later, so that what one batch of events says goes into one write.
    await Promise.resolve()
    while (this.pending.size > 0) {
      const batch = [...this.pending].slice(0, BATCH)
      for (const [id] of batch) this.pending.delete(id)
      try {
        await this.alone(() => this.store(batch))
      } catch (error) {
        for (const [id, finding] of batch) if (!this.pending.has(id)) this.pending.set(id, finding)
        this.options.logger.error({ err: error, alerts: this.pending.size }, 'alerts could not be stored; trying again')
        if (this.closed) break
        await new Promise<void>((resolve) => {
          this.retry = this.options.clock.after(RETRY, resolve)
        })
      }
    }
    this.writing = undefined
  }

  /** One change at a time: an episode that grows and an analyst who decides do not overwrite each other. */
  private alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.lane.then(work)
    this.lane = result.catch(() => undefined)
    return result
  }

  private async store(batch: readonly (readonly [string, Finding])[]): Promise<void> {
    const now = this.options.clock.now()
    const changes: AlertChange[] = []
    const operations: BulkOperation[] = []
    const hiddenBy = new Set<string>()
    for (const [id, finding] of batch) {
      const index = alertIndex(finding.episodeStart)
      const before = this.known.get(id) ?? (await this.read(index, id))
      const next = this.grown(id, index, before, finding, now)
      if (next === undefined) {
        if (before !== undefined) this.remember(before)
        continue
      }
      const { alert, change, row } = next
      const exception = change === 'opened' ? this.silences.excepting(alert.document) : undefined
      if (exception !== undefined) {
        if (finding.phase === 'open') {
          this.silences.count(exception.id)
          hiddenBy.add(exception.id)
        }
        continue
      }
      const silencedBy = textAt(alert.document, 'vedetta.alert.silenced_by')
      if (silencedBy !== undefined && change === 'opened') {
        this.silences.count(silencedBy)
        hiddenBy.add(silencedBy)
      }
      operations.push({ action: 'index', index, id, source: stringifyJson(alert.document) })
      if (row !== undefined) operations.push(this.rowOperation(id, row, now))
      changes.push({ change, alert })
    }
    if (operations.length > 0) await this.write(operations)
    if (hiddenBy.size > 0) await this.silences.save()
    for (const change of changes) {
      this.remember(change.alert)
      this.tell(change)
      if (textAt(change.alert.document, 'vedetta.alert.silenced_by') === undefined)
        this.options.notify?.(change.alert, change.change)
    }
  }

  /** The alert after a finding; undefined where the finding says what is known already. */
  private grown(
    id: string,
    index: string,
    before: StoredAlert | undefined,
    finding: Finding,
    now: number,
  ): { alert: StoredAlert; change: AlertChange['change']; row?: Omit<HistoryRow, 'time'> } | undefined {
    const part = before === undefined ? undefined : alertPart(before.document)
    if (part !== undefined && !isNews(part, finding, before!.document)) return undefined
    const status = (part?.['status'] ?? 'open') as Status
    const level = SEVERITIES.indexOf(finding.severity)
    const reopened = part !== undefined && status !== 'open' && level > Number(part['level'] ?? 0)
    const reason = part === undefined || reopened ? undefined : textAt(before!.document, 'vedetta.alert.reason')
    const assignee = part?.['assignee']
    const kept: Kept = {
      status: reopened ? 'open' : status,
      ...(reason === undefined ? {} : { reason }),
      ...(typeof assignee === 'string' ? { assignee } : {}),
      tags: part === undefined ? [] : textsAt(before!.document, 'vedetta.alert.tags'),
      updates: part === undefined ? 0 : Number(part['updates'] ?? 0) + 1,
      urgent: finding.urgent === true || part?.['urgent'] === true,
      created:
        before === undefined
          ? now
          : Date.parse(textAt(before.document, 'event.created') ?? new Date(now).toISOString()),
    }
    const risk = riskScore(finding.severity, this.assets.weightOf([...finding.targets, ...finding.culprits]))
    const document = alertDocument(finding, kept, risk, now)
    const silence = this.silences.hiding(document)
    if (silence !== undefined) alertPart(document)['silenced_by'] = silence.id
    const change =
      before === undefined ? 'opened' : reopened ? 'reopened' : finding.phase === 'end' ? 'ended' : 'updated'
    return {
      alert: { id, index, document },
      change,
      ...(reopened
        ? {
            row: {
              by: WHO,
              field: 'status',
              from: status,
              to: 'open',
              why: `the severity rose to ${finding.severity}`,
            },
          }
        : {}),
    }
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
    await this.refresh()
    const { hits } = await this.options.store.search(SELECTION, search)
    const last = hits.hits.length === size && size > 0 ? hits.hits.at(-1)!.sort : undefined
    return {
      total: hits.total?.value ?? 0,
      alerts: hits.hits.map(fromHit),
      ...(last === undefined ? {} : { after: Buffer.from(stringifyJson(toValue(last))).toString('base64url') }),
    }
  }

  async groups(query: AlertQuery, by: readonly string[], size = 100): Promise<{ total: number; groups: AlertGroup[] }> {
    await this.refresh()
    return groupAlerts(this.options.store, queryOf(query), by, size)
  }

  async get(id: string): Promise<StoredAlert> {
    await this.refresh()
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
      await this.refresh()
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
    return this.alone(async () => {
      const now = this.options.clock.now()
      const before: Before[] = []
      const changed: StoredAlert[] = []
      const operations: BulkOperation[] = []
      for (const { id, index } of alerts) {
        const current = await this.read(index, id)
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
          this.rowOperation(
            id,
            { by, field: 'status', from: was, to: status, ...(why === undefined ? {} : { why }) },
            now,
            task,
          ),
        )
        before.push({ alert: current, status: was, reason: wasReason })
        changed.push(next)
      }
      if (operations.length > 0) await this.write(operations)
      for (const alert of changed) {
        this.remember(alert)
        this.tell({ change: 'transition', alert, by })
      }
      return before
    })
  }

  assign(id: string, to: string | undefined, by: string): Promise<StoredAlert> {
    return this.alone(async () => {
      const current = await this.get(id)
      const now = this.options.clock.now()
      const was = textAt(current.document, 'vedetta.alert.assignee') ?? null
      const next = changedAlert(current, { assignee: to ?? null }, now)
      await this.write([
        { action: 'index', index: current.index, id, source: stringifyJson(next.document) },
        this.rowOperation(id, { by, field: 'assignee', from: was, to: to ?? null }, now),
      ])
      this.remember(next)
      this.tell({ change: 'assigned', alert: next, by })
      return next
    })
  }

  async comment(id: string, text: string, by: string): Promise<void> {
    if (text.trim() === '' || text.length > 20_000)
      throw fail('alert.invalid', { name: 'text', expected: 'of 1 to 20000 characters', got: text.slice(0, 20) })
    const alert = await this.get(id)
    const time = new Date(this.options.clock.now()).toISOString()
    const source = stringifyJson(toValue({ '@timestamp': time, alert: id, by, text, sequence: this.sequence++ }))
    await this.write([{ action: 'create', index: COMMENTS, id: randomUUID(), source }])
    this.tell({ change: 'commented', alert, by })
  }

  async comments(id: string): Promise<ValueObject[]> {
    return (await this.rows(COMMENTS, id)).map((row) =>
      toValue({ time: row['@timestamp'], by: row['by'], text: row['text'] }),
    ) as ValueObject[]
  }

  async history(id: string): Promise<HistoryRow[]> {
    return (await this.rows(HISTORY, id)).map((row) => ({
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
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.closed = true
    await Promise.race([this.flush(), this.options.clock.sleep(5000)])
    this.retry?.cancel()
    await this.lane
  }

  private async rows(index: string, alert: string): Promise<ValueObject[]> {
    const selection = { expressions: [index], ignoreUnavailable: true, allowNoIndices: true }
    await this.options.store.refresh(selection)
    const search = checkSearch(
      toValue({ size: 1000, query: { term: { alert } }, sort: [{ '@timestamp': 'asc' }, { sequence: 'asc' }] }),
    )
    const { hits } = await this.options.store.search(selection, search)
    return hits.hits.flatMap(({ _source }) => (_source === undefined ? [] : [_source]))
  }

  private rowOperation(alert: string, row: Omit<HistoryRow, 'time'>, now: number, task?: string): BulkOperation {
    const body = { '@timestamp': new Date(now).toISOString(), alert, sequence: this.sequence++, ...row }
    const source = stringifyJson(toValue(task === undefined ? body : { ...body, task }))
    return { action: 'create', index: historyIndex(now), id: randomUUID(), source }
  }

  private async read(index: string, id: string): Promise<StoredAlert | undefined> {
    try {
      const found = await this.options.store.get(index, id)
      if (found === undefined) return undefined
      const document = parseJson(found.source)
      return isObject(document) ? { id, index: found.index, document } : undefined
    } catch (error) {
      if ((error as { http?: { type?: string } }).http?.type === 'index_not_found_exception') return undefined
      throw error
    }
  }

  private async write(operations: readonly BulkOperation[]): Promise<BulkItem[]> {
    const items = await this.options.store.bulk(operations)
    const failed = items.find(({ status }) => status >= 300)
    if (failed !== undefined) throw fail('alert.store', { reason: failed.error?.reason ?? `status ${failed.status}` })
    return items
  }

  private refresh(): Promise<void> {
    return this.options.store.refresh(SELECTION)
  }

  private remember(alert: StoredAlert): void {
    this.known.delete(alert.id)
    this.known.set(alert.id, alert)
    if (this.known.size > CACHED) this.known.delete(this.known.keys().next().value!)
  }

  private tell(change: AlertChange): void {
    for (const listener of this.listeners) {
      try {
        listener(change)
      } catch (error) {
        this.options.logger.warn({ err: error }, 'a listener for alerts failed')
      }
    }
  }
}

/** Whether a finding says more than the alert does: a repeat after a restart says the same or less. */
function isNews(part: ValueObject, finding: Finding, document: ValueObject): boolean {
  const ended = part['episode'] === 'ended'
  if (finding.phase === 'end') return !ended || finding.count > Number(part['count'] ?? 0)
  return (
    finding.count > Number(part['count'] ?? 0) ||
    SEVERITIES.indexOf(finding.severity) > Number(part['level'] ?? 0) ||
    (finding.urgent === true && part['urgent'] !== true) ||
    finding.culprits.length > textsAt(document, 'vedetta.alert.culprits').length ||
    finding.targets.length > textsAt(document, 'vedetta.alert.targets').length ||
    (finding.ports?.length ?? 0) > textsAt(document, 'vedetta.alert.ports').length
  )
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
