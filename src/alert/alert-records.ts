import { randomUUID } from 'node:crypto'
import { fail } from '../diagnostic/index.ts'
import { isObject, parseJson, stringifyJson, toValue, type ValueObject } from '../event/index.ts'
import { checkSearch } from '../search/dsl/index.ts'
import type { BulkItem, BulkOperation } from '../search/index.ts'
import type { AlertChange, AlertsOptions, HistoryRow, StoredAlert } from './alerts.ts'
import { ALERTS, historyIndex } from './indices.ts'

const CACHED = 20_000
export const SELECTION = { expressions: [ALERTS], ignoreUnavailable: true, allowNoIndices: true }

/** Alerts and their history as they lie in the Store, and who hears of their changes. */
export class AlertRecords {
  private readonly options: AlertsOptions
  private readonly listeners = new Set<(change: AlertChange) => void>()
  private readonly known = new Map<string, StoredAlert>()
  private lane: Promise<unknown> = Promise.resolve()
  private sequence = 0

  constructor(options: AlertsOptions) {
    this.options = options
  }

  /** One change at a time: an episode that grows and an analyst who decides do not overwrite each other. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.lane.then(work)
    this.lane = result.catch(() => undefined)
    return result
  }

  /** Resolves when every change that has begun is over. */
  async settled(): Promise<void> {
    await this.lane
  }

  /** A number that rises with each row, for the order of rows of one moment. */
  nextNumber(): number {
    return this.sequence++
  }

  /** The alert as it was written last. */
  async latest(index: string, id: string): Promise<StoredAlert | undefined> {
    return this.known.get(id) ?? (await this.read(index, id))
  }

  subscribe(listener: (change: AlertChange) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  async rows(index: string, alert: string): Promise<ValueObject[]> {
    const selection = { expressions: [index], ignoreUnavailable: true, allowNoIndices: true }
    await this.options.store.refresh(selection)
    const search = checkSearch(
      toValue({ size: 1000, query: { term: { alert } }, sort: [{ '@timestamp': 'asc' }, { sequence: 'asc' }] }),
    )
    const { hits } = await this.options.store.search(selection, search)
    return hits.hits.flatMap(({ _source }) => (_source === undefined ? [] : [_source]))
  }

  rowOperation(alert: string, row: Omit<HistoryRow, 'time'>, now: number, task?: string): BulkOperation {
    const body = { '@timestamp': new Date(now).toISOString(), alert, sequence: this.nextNumber(), ...row }
    const source = stringifyJson(toValue(task === undefined ? body : { ...body, task }))
    return { action: 'create', index: historyIndex(now), id: randomUUID(), source }
  }

  async read(index: string, id: string): Promise<StoredAlert | undefined> {
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

  bulk(operations: readonly BulkOperation[]): Promise<BulkItem[]> {
    return this.options.store.bulk(operations)
  }

  /** @throws DiagnosticError `alert.store` where one of the operations failed */
  async write(operations: readonly BulkOperation[]): Promise<void> {
    const failed = (await this.bulk(operations)).find(({ status }) => status >= 300)
    if (failed !== undefined) throw fail('alert.store', { reason: failed.error?.reason ?? `status ${failed.status}` })
  }

  refresh(): Promise<void> {
    return this.options.store.refresh(SELECTION)
  }

  remember(alert: StoredAlert): void {
    this.known.delete(alert.id)
    this.known.set(alert.id, alert)
    if (this.known.size > CACHED) this.known.delete(this.known.keys().next().value!)
  }

  tell(change: AlertChange): void {
    for (const listener of this.listeners) {
      try {
        listener(change)
      } catch (error) {
        this.options.logger.warn({ err: error }, 'a listener for alerts failed')
      }
    }
  }
}
