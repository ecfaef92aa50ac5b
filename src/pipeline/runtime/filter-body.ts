import type { Diagnostic, Logger } from '../../diagnostic/index.ts'
import type { Event } from '../../event/index.ts'
import type { ResolvedPlugin, ResolvedStatement } from '../language/index.ts'
import type { Filter, FilterContext, FilterSpec } from '../plugins/define.ts'
import { buildSteps, divide, type Branch, type Step, type Tail } from './body.ts'
import { newCounts, type PluginCounts } from './plugin-counts.ts'

/** On events whose filter threw: they go on as they are, so that nothing is lost to a defect of ours. */
export const FILTER_ERROR_TAG = '_filtererror'

interface Stage {
  readonly counts: PluginCounts
  readonly filter: Filter
  readonly context: FilterContext
  readonly periodic: boolean
  readonly tail: Tail<Stage>
}

/** The filters of a pipeline, as one. */
export class FilterBody {
  private readonly steps: readonly Step<Stage>[]
  private readonly stages: Stage[] = []
  private readonly logger: Logger

  /** What plugins and conditions refuse is gathered in `problems`. */
  constructor(
    resolved: readonly ResolvedStatement<FilterSpec>[],
    contextOf: (plugin: ResolvedPlugin<FilterSpec>) => FilterContext,
    logger: Logger,
    problems: Diagnostic[],
  ) {
    this.logger = logger
    this.steps = buildSteps<FilterSpec, Stage>(
      resolved,
      (plugin, tail) => {
        const context = contextOf(plugin)
        const filter = plugin.spec.create(plugin.options, context)
        const counts = newCounts(context.pluginId, plugin.spec.name, plugin.span)
        const periodic = filter.periodic === true || plugin.common['periodic_flush'] === true
        const stage = { counts, filter, context, periodic, tail }
        this.stages.push(stage)
        return stage
      },
      problems,
    )
  }

  get counts(): readonly PluginCounts[] {
    return this.stages.map(({ counts }) => counts)
  }

  /** The batch that goes on, in the order of the events; what a filter added stands behind the event it came with. */
  run(batch: Event[]): Promise<Event[]> | Event[] {
    return this.runSteps(this.steps, 0, batch)
  }

  /** Takes from filters what they hold back and runs it through what follows each of them. */
  async flush(final: boolean): Promise<Event[]> {
    const flushed: Event[] = []
    for (const { filter, periodic, tail, context } of this.stages) {
      if (filter.flush === undefined || !(final || periodic)) continue
      let events: Event[] = []
      try {
        events = await filter.flush(final)
      } catch (error) {
        context.logger.error({}, `flush failed: ${messageOf(error)}`)
      }
      for (let at: Tail<Stage> | undefined = tail; at !== undefined && events.length > 0; at = at.outer)
        events = await this.runSteps(at.body, at.next, events)
      flushed.push(...events)
    }
    return flushed
  }

  async close(): Promise<void> {
    for (const { filter } of this.stages) await filter.close?.()
  }

  /** Runs on without a promise for as long as no filter gives one: most batches never wait. */
  private runSteps(steps: readonly Step<Stage>[], from: number, batch: Event[]): Promise<Event[]> | Event[] {
    let current = batch
    for (let i = from; i < steps.length; i++) {
      if (current.length === 0) return current
      const step = steps[i]!
      const result = 'plugin' in step ? this.runStage(step.plugin, current) : this.runBranch(step, current)
      if (result instanceof Promise) return result.then((events) => this.runSteps(steps, i + 1, events))
      current = result
    }
    return current
  }

  private runStage(stage: Stage, batch: Event[]): Promise<Event[]> | Event[] {
    const { counts, context } = stage
    const began = context.clock.monotonic()
    counts.in += batch.length
    const counted = (result: Event[]): Event[] => {
      const events = alive(result)
      counts.out += events.length
      counts.millis += context.clock.monotonic() - began
      return events
    }
    try {
      const result = stage.filter.filter(batch)
      return result instanceof Promise
        ? result.catch((error: unknown) => this.afterError(stage, batch, error)).then(counted)
        : counted(result)
    } catch (error) {
      return counted(this.afterError(stage, batch, error))
    }
  }

  private afterError(stage: Stage, batch: Event[], error: unknown): Event[] {
    stage.context.logger.error({ events: batch.length }, `filter failed: ${messageOf(error)}`)
    stage.counts.failures += batch.length
    for (const event of batch) event.tag(FILTER_ERROR_TAG)
    return batch
  }

  private runBranch(branch: Branch<Stage>, batch: Event[]): Promise<Event[]> | Event[] {
    const lists = divide(batch, branch, this.logger)
    const only = lists.findIndex((list) => list.length === batch.length)
    if (only >= 0) return this.runSteps(branch.bodies[only]!, 0, batch)
    const results = lists.map((list, index) => this.runSteps(branch.bodies[index]!, 0, list))
    return results.some((result) => result instanceof Promise)
      ? Promise.all(results).then((done) => inOrder(batch, lists, done))
      : inOrder(batch, lists, results as Event[][])
  }
}

function alive(events: Event[]): Event[] {
  for (const event of events) if (event.cancelled) return events.filter((one) => !one.cancelled)
  return events
}

/** Puts what the cases gave back into the batch's order; nothing need be moved where no case added or dropped an event. */
function inOrder(batch: Event[], lists: readonly Event[][], results: readonly Event[][]): Event[] {
  if (results.every((result, index) => isSame(result, lists[index]!))) return batch
  const places = new Map<Event, number>()
  for (let i = 0; i < batch.length; i++) places.set(batch[i]!, i)
  const placed: { event: Event; place: number }[] = []
  for (const result of results) {
    let place = -1
    for (const event of result) {
      place = places.get(event) ?? place
      placed.push({ event, place })
    }
  }
  return placed.sort((a, b) => a.place - b.place).map(({ event }) => event)
}

function isSame(a: readonly Event[], b: readonly Event[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
