import type { Clock } from '../clock/index.ts'
import type { Logger } from '../diagnostic/index.ts'
import type { ValueObject } from '../event/index.ts'
import type { Store } from '../search/index.ts'
import type { Finding } from './alert.ts'
import type { AssetTable } from './assets.ts'
import type { Status } from './document.ts'
import type { AlertGroup } from './groups.ts'
import type { AlertQuery } from './query.ts'
import type { Silences } from './silences.ts'
import type { Task } from './tasks.ts'

export interface AlertsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly logger: Logger
  /** Own networks and hosts, with what they weigh in the risk. */
  readonly assets?: AssetTable
  /** Told of each alert that opened, grew or ended, after it is stored; not of those a silence hides. */
  readonly notify?: (alert: StoredAlert, change: AlertChange['change']) => void
}

export interface StoredAlert {
  readonly id: string
  readonly index: string
  readonly document: ValueObject
}

/** What a listener hears. */
export interface AlertChange {
  readonly change: 'opened' | 'updated' | 'ended' | 'reopened' | 'transition' | 'assigned' | 'commented'
  readonly alert: StoredAlert
  /** Who did it; absent for the house itself. */
  readonly by?: string
}

export interface AlertPage {
  readonly total: number
  readonly alerts: readonly StoredAlert[]
  /** Give it back to get the next page; absent at the end. */
  readonly after?: string
}

export interface Transition {
  readonly status: Status
  /** Of a close: false positive, true positive, benign, duplicate. */
  readonly reason?: string | undefined
  readonly comment?: string | undefined
}

export interface TransitionTarget {
  readonly ids?: readonly string[] | undefined
  readonly query?: AlertQuery | undefined
  /** So many the asker saw: where the query matches another number, nothing is changed. */
  readonly expected?: number | undefined
}

export interface HistoryRow {
  readonly time: string
  readonly by: string
  readonly field: string
  readonly from: string | null
  readonly to: string | null
  readonly why?: string
}

/**
 * The alerts of the house, whoever raised them, kept in the Store.
 *
 * - One alert for each (rule, entity, start of episode): a later finding of the episode updates it in place. A repeat
 *   after a restart or a replay changes nothing and is told nobody.
 * - What an analyst decided stays while the episode grows; an acknowledged or closed alert whose severity rises opens again.
 * - Writes of one alert follow one another; a finding that waits is replaced by a later one of its episode.
 * - Every change of state has a row in the history, which nothing edits.
 */
export interface Alerts {
  /** Takes findings and returns at once; they are stored in the background, and tried again while the store refuses. */
  raise(findings: readonly Finding[]): void
  /** Resolves when all that was raised is stored. */
  flush(): Promise<void>
  list(query: AlertQuery, page?: { size?: number; after?: string | undefined }): Promise<AlertPage>
  groups(query: AlertQuery, by: readonly string[], size?: number): Promise<{ total: number; groups: AlertGroup[] }>
  /** @throws DiagnosticError `alert.not_found` */
  get(id: string): Promise<StoredAlert>
  /** Starts a task over all alerts meant, of any number. */
  transition(target: TransitionTarget, change: Transition, by: string): Promise<Task>
  task(id: string): Task
  /** Puts back what the task changed, as a task of its own. */
  undo(id: string, by: string): Promise<Task>
  assign(id: string, to: string | undefined, by: string): Promise<StoredAlert>
  comment(id: string, text: string, by: string): Promise<void>
  comments(id: string): Promise<ValueObject[]>
  /** The oldest first. */
  history(id: string): Promise<HistoryRow[]>
  /** The stored events that show what was found, with how many are named. */
  events(id: string, size: number): Promise<{ total: number; events: ValueObject[] }>
  subscribe(listener: (change: AlertChange) => void): () => void
  readonly silences: Silences
  close(): Promise<void>
}
