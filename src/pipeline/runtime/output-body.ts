import type { Clock } from '../../clock/index.ts'
import type { Diagnostic, Logger } from '../../diagnostic/index.ts'
import type { Event } from '../../event/index.ts'
import type { ResolvedPlugin, ResolvedStatement } from '../language/index.ts'
import type { Output, OutputContext, OutputSpec } from '../plugins/define.ts'
import { buildSteps, divide, type Step } from './body.ts'
import { newCounts, type PluginCounts } from './plugin-counts.ts'

/** The outputs of a pipeline, as one. */
export class OutputBody {
  private readonly steps: readonly Step<Lane>[]
  private readonly lanes: Lane[] = []
  private readonly logger: Logger

  /** What plugins and conditions refuse is gathered in `problems`. */
  constructor(
    resolved: readonly ResolvedStatement<OutputSpec>[],
    contextOf: (plugin: ResolvedPlugin<OutputSpec>) => OutputContext,
    logger: Logger,
    problems: Diagnostic[],
  ) {
    this.logger = logger
    this.steps = buildSteps<OutputSpec, Lane>(
      resolved,
      (plugin) => {
        const context = contextOf(plugin)
        const counts = newCounts(context.pluginId, plugin.spec.name, plugin.span)
        const counting: OutputContext = {
          ...context,
          deadLetter(event, reason) {
            counts.failures++
            context.deadLetter(event, reason)
          },
        }
        const lane = new Lane(plugin.spec.create(plugin.options, counting), counts, context.clock)
        this.lanes.push(lane)
        return lane
      },
      problems,
    )
  }

  get counts(): readonly PluginCounts[] {
    return this.lanes.map(({ counts }) => counts)
  }

  async start(): Promise<void> {
    for (const { output } of this.lanes) await output.start?.()
  }

  /** Resolves when every output has what is meant for it; batches reach each output in the order of the calls. */
  async write(batch: readonly Event[]): Promise<void> {
    const writes: Promise<void>[] = []
    this.collect(this.steps, batch, writes)
    if (writes.length === 1) return writes[0]!
    await Promise.all(writes)
  }

  /** Ends what is under way; may be called twice. */
  async close(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.close()))
  }

  private collect(steps: readonly Step<Lane>[], batch: readonly Event[], writes: Promise<void>[]): void {
    if (batch.length === 0) return
    for (const step of steps) {
      if ('plugin' in step) {
        writes.push(step.plugin.write(batch))
        continue
      }
      const lists = divide(batch, step, this.logger)
      step.bodies.forEach((body, index) => this.collect(body, lists[index]!, writes))
    }
  }
}

/** Lets no more writes run at once than the output allows; the others wait in line. */
class Lane {
  readonly output: Output
  readonly counts: PluginCounts
  private readonly clock: Clock
  private readonly most: number
  private running = 0
  private readonly line: (() => void)[] = []
  private closing: Promise<void> | undefined

  constructor(output: Output, counts: PluginCounts, clock: Clock) {
    this.output = output
    this.counts = counts
    this.clock = clock
    this.most = output.concurrency ?? 1
  }

  async write(batch: readonly Event[]): Promise<void> {
    const began = this.clock.monotonic()
    this.counts.in += batch.length
    if (this.running >= this.most) await new Promise<void>((resolve) => this.line.push(resolve))
    else this.running++
    try {
      if (this.closing !== undefined) throw new Error('the output is closed')
      await this.output.write(batch)
      this.counts.out += batch.length
    } finally {
      this.counts.millis += this.clock.monotonic() - began
      // The place goes to the next in line, which keeps the order.
      const next = this.line.shift()
      if (next === undefined) this.running--
      else next()
    }
  }

  close(): Promise<void> {
    this.closing ??= Promise.resolve(this.output.close?.())
    return this.closing
  }
}
