import { waitAtMost, type Timer } from '../clock/index.ts'
import { fail } from '../diagnostic/index.ts'
import { newObject, stringifyJson, type ValueObject } from '../event/index.ts'
import type { BulkItem, BulkOperation } from '../search/index.ts'
import { SEVERITIES, type Finding } from './alert.ts'
import type { AlertRecords } from './alert-records.ts'
import type { AlertChange, AlertsOptions, HistoryRow, StoredAlert } from './alerts.ts'
import { AssetTable } from './assets.ts'
import { alertDocument, alertId, alertPart, riskScore, textAt, textsAt, type Kept, type Status } from './document.ts'
import { alertIndex } from './indices.ts'
import type { Silences } from './silences.ts'

const RETRY = 1000
const BATCH = 500
const WHO = 'vedetta'

/** An alert as it is to be, and where it stands in the operations of its batch. */
interface Change extends Pick<AlertChange, 'change' | 'alert'> {
  readonly finding: Finding
  readonly operation: number
}

/** Findings on their way to be alerts: what one says of an episode is laid over what the alert says already. */
export class RaisedAlerts {
  private readonly options: AlertsOptions
  private readonly records: AlertRecords
  private readonly silences: Silences
  private readonly assets: AssetTable
  /** The latest of each episode that waits to be stored. */
  private pending = new Map<string, Finding>()
  private writing: Promise<void> | undefined
  private retry: Timer | undefined
  private closed = false

  constructor(options: AlertsOptions, records: AlertRecords, silences: Silences) {
    this.options = options
    this.records = records
    this.silences = silences
    this.assets = options.assets ?? new AssetTable([])
  }

  raise(findings: readonly Finding[]): void {
    if (this.closed) return
    for (const finding of findings) {
      const id = alertId(finding)
      this.pending.set(id, later(this.pending.get(id), finding))
    }
    if (this.pending.size > 0) this.writing ??= this.writePending()
  }

  async flush(): Promise<void> {
    while (this.writing !== undefined) await this.writing
  }

  /** Stores what waits within five seconds; what a store refuses until then is found again at the next start. */
  async close(): Promise<void> {
    this.closed = true
    await waitAtMost(this.options.clock, 5000, this.flush())
    this.retry?.cancel()
  }

  private async writePending(): Promise<void> {
    // One turn later, so that what one batch of events says goes into one write.
    await Promise.resolve()
    while (this.pending.size > 0) {
      const batch = [...this.pending].slice(0, BATCH)
      for (const [id] of batch) this.pending.delete(id)
      try {
        await this.records.alone(() => this.store(batch))
      } catch (error) {
        for (const [id, finding] of batch) this.pending.set(id, later(finding, this.pending.get(id) ?? finding))
        this.options.logger.error({ err: error, alerts: this.pending.size }, 'alerts could not be stored; trying again')
        if (this.closed) break
        await new Promise<void>((resolve) => {
          this.retry = this.options.clock.after(RETRY, resolve)
        })
      }
    }
    this.writing = undefined
  }

  private async store(batch: readonly (readonly [string, Finding])[]): Promise<void> {
    const now = this.options.clock.now()
    const changes: Change[] = []
    const operations: BulkOperation[] = []
    const hiddenBy = new Set<string>()
    for (const [id, finding] of batch) {
      const index = alertIndex(finding.episodeStart)
      const before = await this.records.latest(index, id)
      const next = this.grown(id, index, before, finding, now)
      if (next === undefined) {
        if (before !== undefined) this.records.remember(before)
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
      changes.push({ change, alert, finding, operation: operations.length })
      operations.push({ action: 'index', index, id, source: stringifyJson(alert.document) })
      if (row !== undefined) operations.push(this.records.rowOperation(id, row, now))
    }
    const items = operations.length === 0 ? [] : await this.records.bulk(operations)
    // Those that are stored are told now: at the next try they are no news.
    for (const change of changes) if (items[change.operation]!.status < 300) this.announce(change)
    if (hiddenBy.size > 0) await this.silences.save()
    for (const { finding, operation } of changes) this.refused(finding, items[operation]!)
  }

  private announce({ change, alert }: Change): void {
    this.records.remember(alert)
    this.records.tell({ change, alert })
    if (textAt(alert.document, 'vedetta.alert.silenced_by') === undefined) this.options.notify?.(alert, change)
  }

  /**
   * What a rule says beyond the alert may not fit the mapping: the alert is raised without it.
   * @throws DiagnosticError where the store may take it at another time
   */
  private refused(finding: Finding, { status, error }: BulkItem): void {
    if (status < 300) return
    const reason = error?.reason ?? `status ${status}`
    if (status !== 400) throw fail('alert.store', { reason })
    const id = alertId(finding)
    const bare = Object.keys(finding.fields).length === 0
    this.options.logger.error(
      { id, rule: finding.rule.id, reason },
      bare ? 'the store refuses an alert' : 'the store refuses the fields of an alert; it is raised without them',
    )
    if (bare) return
    const without = { ...finding, fields: newObject() }
    this.pending.set(id, later(without, this.pending.get(id) ?? without))
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
}

/** Of two findings of an episode the later one, urgent where one of them is. */
function later(before: Finding | undefined, finding: Finding): Finding {
  return before?.urgent === true && finding.urgent !== true ? { ...finding, urgent: true } : finding
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
