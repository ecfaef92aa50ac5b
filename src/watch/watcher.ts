import type { Clock } from '../clock/index.ts'
import { type Diagnostic, type Logger } from '../diagnostic/index.ts'
import { Timestamp, type Value, type ValueObject } from '../event/index.ts'
import type { Notifier } from '../notify/index.ts'
import type { Store } from '../search/index.ts'
import type { ExecutionState, RunResult } from './execute.ts'
import type { ScriptCompiler } from './model.ts'
import type { ActionMode } from './run-action.ts'

export interface WatcherSettings {
  /** For actions without any throttle_period; 5 s unless given (xpack.watcher.throttle.period.default_period). */
  readonly defaultThrottleMillis?: number
  /** Watches that run at the same moment; 8 unless given. */
  readonly concurrentRuns?: number
  /** Runs that were missed while the process was stopped are made up at the start (watch.catch_up). */
  readonly catchUp?: boolean
  /** How long records are kept, in milliseconds; 7 days unless given (watch.history.retention). */
  readonly historyMillis?: number
}

export interface WatcherOptions {
  readonly store: Store
  readonly scripts: ScriptCompiler
  readonly notifier: Notifier
  readonly clock: Clock
  readonly logger: Logger
  /** The data folder, which has the key of the watches' secrets. */
  readonly dataPath: string
  readonly settings?: WatcherSettings
  /** Where other processes may run watches of the same store: who this one is, stable over restarts, and its name. */
  readonly shared?: { readonly holder: string; readonly name: string }
  /** Told of each scheduled run, once its record is stored. */
  readonly onRun?: (watchId: string, state: ExecutionState) => void
}

export interface WatchInfo {
  readonly id: string
  /** The definition, secrets included. */
  readonly source: ValueObject
  readonly status: ValueObject
  readonly active: boolean
  /** When it runs next, in epoch milliseconds; absent where it does not. */
  readonly next?: number
  /** The file it belongs to. */
  readonly file?: string
  readonly version: number
  readonly seqNo: number
  readonly primaryTerm: number
}

export interface PutOptions {
  readonly active?: boolean
  /** It runs and is recorded, and sends nothing. */
  readonly simulated?: boolean
  readonly ifSeqNo?: number
  readonly ifPrimaryTerm?: number
}

export interface ExecuteOptions {
  readonly triggered?: Timestamp
  readonly scheduled?: Timestamp
  readonly alternativeInput?: ValueObject
  readonly ignoreCondition?: boolean
  readonly recordExecution?: boolean
  readonly actionModes?: Readonly<Record<string, ActionMode>>
}

export interface Replay {
  readonly times: number
  /** There were more times than are run at once. */
  readonly truncated: boolean
  readonly met: readonly ValueObject[]
}

export interface CurrentRun {
  readonly watchId: string
  readonly triggered: Timestamp
  readonly started?: Timestamp
}

/**
 * Runs watches.
 *
 * - A watch never overlaps itself; what is due while it runs is recorded and not made up.
 * - What was due while the process was stopped is one record of the gap; with `catchUp` each time is run, and what was
 *   met then is told in one notification.
 * - A failing input, condition or transform is in the record of the run; it stops neither the schedule nor another watch.
 * - Its state (last checked, throttling, acknowledgement) is stored after each run, before the next. Before messages leave,
 *   the run is noted durably; at the next start a message that the notifier had taken counts as sent, so a kill
 *   in between neither repeats nor forgets it.
 * - Of several processes on one store (`shared`) one holds a lease and runs the schedules; the others take changes, run
 *   what they are asked to, and follow when it ends. A run that lost the lease does nothing more and is made up by
 *   the process that has taken over.
 * - A watch that came from a file belongs to the file: put and delete reject with `watch.owned_by_file`.
 */
export interface Watcher {
  readonly running: boolean
  put(
    id: string,
    definition: Value,
    options?: PutOptions,
  ): Promise<{ info: WatchInfo; created: boolean; notices: readonly Diagnostic[] }>
  get(id: string): WatchInfo | undefined
  list(): WatchInfo[]
  /**
   * Some of them, by Elasticsearch's search over `_id` and `metadata.*`: query, sort, search_after, from, size.
   * @returns how many there are, and the page
   */
  query(body: ValueObject): Promise<{ readonly count: number; readonly watches: readonly WatchInfo[] }>
  /** @returns the version of the deletion, or undefined where there was none */
  delete(id: string): Promise<number | undefined>
  /** Runs a watch now. With a definition it is that one which runs, and nothing of it is kept unless a record is asked for. */
  execute(id: string | undefined, options: ExecuteOptions, definition?: Value): Promise<RunResult>
  /** Without ids every action. */
  acknowledge(id: string, actionIds?: readonly string[]): Promise<WatchInfo>
  /** `simulated`, where it is given, says whether its actions only render what they would send. */
  setActive(id: string, active: boolean, simulated?: boolean): Promise<WatchInfo>
  /**
   * Runs a watch for every scheduled time of a span of the past, `now` being that time, and sends nothing.
   * @returns how many times there were, and each at which the condition was met
   */
  replay(id: string, from: Timestamp, to: Timestamp): Promise<Replay>
  /** What runs now, and what waits for its turn. */
  current(): { readonly running: readonly CurrentRun[]; readonly waiting: readonly CurrentRun[] }
  /** The newest records first. */
  history(id: string | undefined, size: number): Promise<ValueObject[]>
  /** Takes the watches of a folder, in place of those it had before. A file with an error is left out, alone. */
  loadFiles(folder: string): Promise<Diagnostic[]>
  /** Settings of the index that keeps the watches. */
  indexSettings(): Promise<ValueObject>
  /** @param settings by dotted name; null takes one away */
  changeIndexSettings(settings: ValueObject): Promise<void>
  /** Problems of a file, without loading it. */
  check(path: string): readonly Diagnostic[]
  /** Reads the stored watches and begins to run, unless they are halted. */
  start(): Promise<void>
  /** Resolves when no run is under way; the schedule goes on. */
  idle(): Promise<void>
  /** Ends when the runs under way have ended. */
  stop(): Promise<void>
  /**
   * Halts the schedules, or lets them go on, of every process on the store, and over restarts; the others follow when
   * they look at the lease. Halted resolves when the runs under way here have ended.
   */
  halt(halted: boolean): Promise<void>
}
