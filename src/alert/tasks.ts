import { randomUUID } from 'node:crypto'
import { fail } from '../diagnostic/index.ts'
import type { StoredAlert } from './alerts.ts'

/** A change of many alerts, under way or finished. */
export interface Task {
  readonly id: string
  readonly total: number
  readonly done: number
  readonly finished: boolean
  /** Why it ended before its end. */
  readonly error?: string
  /** Whether it can be put back. */
  readonly undo: boolean
}

/** What one alert was before a task changed it. */
export interface Before {
  readonly alert: StoredAlert
  readonly status: string
  readonly reason: string | undefined
}

const KEPT = 50

/** The latest tasks of this process. */
export class Tasks {
  private readonly tasks = new Map<string, { task: Task; before: Before[] }>()

  /**
   * Runs `step` over the alerts in pieces; the task can be asked for at once. `changed` is what a step really changed.
   */
  start(alerts: readonly StoredAlert[], step: (part: readonly StoredAlert[], task: string) => Promise<Before[]>): Task {
    const id = randomUUID()
    const entry: { task: Task; before: Before[] } = {
      task: { id, total: alerts.length, done: 0, finished: alerts.length === 0, undo: false },
      before: [],
    }
    this.tasks.set(id, entry)
    while (this.tasks.size > KEPT) this.tasks.delete(this.tasks.keys().next().value!)
    void this.run(entry, alerts, step)
    return entry.task
  }

  get(id: string): Task {
    const entry = this.tasks.get(id)
    if (entry === undefined) throw fail('alert.task_not_found', { id })
    return entry.task
  }

  /** What the task changed; it can be taken once. */
  takeBefore(id: string): Before[] {
    const entry = this.tasks.get(id)
    if (entry === undefined) throw fail('alert.task_not_found', { id })
    const before = entry.before
    entry.before = []
    entry.task = { ...entry.task, undo: false }
    return before
  }

  private async run(
    entry: { task: Task; before: Before[] },
    alerts: readonly StoredAlert[],
    step: (part: readonly StoredAlert[], task: string) => Promise<Before[]>,
  ): Promise<void> {
    try {
      for (let at = 0; at < alerts.length; at += 500) {
        const part = alerts.slice(at, at + 500)
        entry.before.push(...(await step(part, entry.task.id)))
        entry.task = { ...entry.task, done: at + part.length }
      }
      entry.task = { ...entry.task, finished: true, undo: entry.before.length > 0 }
    } catch (error) {
      entry.task = {
        ...entry.task,
        finished: true,
        undo: entry.before.length > 0,
        error: (error as Error).message,
      }
    }
  }
}
