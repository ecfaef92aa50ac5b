import type { Clock } from '../../clock/index.ts'
import { DiagnosticError, fail } from '../../diagnostic/index.ts'
import { wildcardMatch } from '../dsl/index.ts'

/** Finished tasks whose results are kept; the oldest go first. */
const KEPT = 1000

/** What a running task is told, and tells. */
export interface TaskHandle {
  /** Aborts when the task is cancelled. */
  readonly signal: AbortSignal
  /** Operations a second; a rethrottle changes it. */
  requestsPerSecond: number
  /** What `status` shows meanwhile. */
  status: object | undefined
}

export interface Task extends TaskHandle {
  readonly id: number
  readonly action: string
  readonly description: string
  readonly startedMillis: number
  readonly headers: Readonly<Record<string, string>>
  /** Resolves when it is done, however it ended. */
  readonly done: Promise<void>
  readonly outcome: { response: object } | { error: object } | undefined
  runningMillis(): number
  cancel(reason: string): void
}

/** What requests do that outlives them: started, looked at, cancelled. Results are kept in memory. */
export class Tasks {
  readonly node: string
  private readonly clock: Clock
  private readonly tasks = new Map<number, Task>()
  private last = 0

  constructor(node: string, clock: Clock) {
    this.node = node
    this.clock = clock
  }

  /** `NODE:NUMBER`, as a client names it. */
  name(task: Task): string {
    return `${this.node}:${task.id}`
  }

  start(
    action: string,
    description: string,
    headers: Readonly<Record<string, string>>,
    requestsPerSecond: number,
    run: (handle: TaskHandle) => Promise<object>,
  ): Task {
    const { clock } = this
    const cancelling = new AbortController()
    const started = clock.monotonic()
    let ended: number | undefined
    const task = {
      id: ++this.last,
      action,
      description,
      headers,
      requestsPerSecond,
      status: undefined as object | undefined,
      signal: cancelling.signal,
      startedMillis: Math.floor(clock.now()),
      outcome: undefined as Task['outcome'],
      done: Promise.resolve(),
      runningMillis: () => (ended ?? clock.monotonic()) - started,
      cancel: (reason: string) => cancelling.abort(new Error(`task cancelled [${reason}]`)),
    }
    task.done = run(task)
      .then(
        (response) => void (task.outcome = { response }),
        (error: unknown) => void (task.outcome = { error: causeOf(error) }),
      )
      .finally(() => (ended = clock.monotonic()))
    this.tasks.set(task.id, task)
    this.forget()
    return task
  }

  private forget(): void {
    let finished = [...this.tasks.values()].filter(({ outcome }) => outcome !== undefined).length
    for (const [id, { outcome }] of this.tasks) {
      if (finished <= KEPT) break
      if (outcome === undefined) continue
      this.tasks.delete(id)
      finished--
    }
  }

  /** Those that run, chosen by names of actions. */
  running(actions: readonly string[] | undefined): Task[] {
    return [...this.tasks.values()].filter(
      ({ outcome, action }) =>
        outcome === undefined && (actions === undefined || actions.some((pattern) => wildcardMatch(pattern, action))),
    )
  }

  /** @throws resource_not_found_exception for one that neither runs nor has left its result */
  get(name: string): Task {
    const match = /^([^:]+):(\d+)$/.exec(name)
    if (match === null) throw fail('rest.parameter_invalid', { reason: `malformed task id ${name}` })
    if (match[1] !== this.node)
      throw fail('rest.not_found', {
        reason: `task [${name}] belongs to the node [${match[1]}] which isn't part of the cluster and there is no record of the task`,
      })
    const task = this.tasks.get(Number(match[2]))
    if (task === undefined)
      throw fail('rest.not_found', { reason: `task [${name}] isn't running and hasn't stored its results` })
    return task
  }
}

function causeOf(error: unknown): object {
  if (error instanceof DiagnosticError) return { type: error.http.type, reason: error.diagnostics[0]!.message }
  const reason = error instanceof Error ? error.message : String(error)
  return { type: reason.startsWith('task cancelled') ? 'task_cancelled_exception' : 'exception', reason }
}
