import { join } from 'node:path'
import type { Timer } from '../../clock/index.ts'
import { DiagnosticError, type Diagnostic, type Span } from '../../diagnostic/index.ts'
import type { Event } from '../../event/index.ts'
import type { ResolvedConfiguration } from '../language/index.ts'
import type { Batch, EcsCompatibility, Input } from '../plugins/define.ts'
import { BatchQueue, type Origin } from './batch-queue.ts'
import { createPlugin } from './body.ts'
import { Contexts } from './contexts.ts'
import { FilterBody } from './filter-body.ts'
import { OutputBody } from './output-body.ts'
import { PersistedQueue } from './persisted-queue.ts'
import { newCounts, type PluginCounts } from './plugin-counts.ts'
import type { QueueOptions } from './queue-settings.ts'
import type { PipelineServices } from './services.ts'

const BATCH = 500
/**
 * Batches that may be on their way to the outputs: the store commits many at once, so one at a time would be slow.
 * More would only keep events in memory until they are no longer young, which costs the collector dearly.
 */
const IN_FLIGHT = 4
const FLUSH_MILLIS = 5_000
export const DRAIN_MILLIS = 30_000
/** Batches after which timers and sockets get their turn, however fast an input is. */
const YIELD_EVERY = 8

/** What a pipeline has done since its start, and what waits. */
export interface PipelineStats {
  readonly in: number
  /** Events that came out of the filters. */
  readonly filtered: number
  readonly out: number
  readonly queued: number
  /** Of the queue on disk, where there is one. */
  readonly queueBytes?: number
  readonly inputs: readonly PluginCounts[]
  readonly filters: readonly PluginCounts[]
  readonly outputs: readonly PluginCounts[]
}

export interface PipelineLimits {
  readonly batchSize?: number | undefined
  /** Events wait on disk too. */
  readonly queue?: QueueOptions | undefined
}

/**
 * One pipeline: inputs, a bounded queue, filters, outputs.
 *
 * - Batches of at most 500 events go through the filters one after the other and reach each output in that order, so
 *   that events keep theirs; several may be on their way to the outputs at once.
 * - A batch of an input is acknowledged once, when every event of it that was not dropped is written; with a queue on disk,
 *   when it is there.
 * - A failure stops the inputs and closes the plugins; what was not acknowledged by then is not.
 */
export class Pipeline {
  readonly id: string
  /** Resolves when every input has ended and what they gave is written, or after `stop`; rejects where the pipeline failed. */
  readonly ended: Promise<void>
  /** Events taken in, shaped and written, since the start. */
  readonly counts = { in: 0, filtered: 0, out: 0 }
  private readonly services: PipelineServices
  private readonly inputs: Input[] = []
  private readonly places = new Map<Input, { readonly span: Span; readonly counts: PluginCounts }>()
  private readonly filters: FilterBody
  private readonly outputs: OutputBody
  private readonly batchSize: number
  private readonly queueOptions: QueueOptions | undefined
  private persisted: PersistedQueue | undefined
  /** Resolves when the queue on disk delivers no more. */
  private delivering: Promise<void> = Promise.resolve()
  private readonly queue = new BatchQueue()
  private inFlight = 0
  private wake: () => void = () => {}
  private written: () => void = () => {}
  private inputsEnded = false
  private flushDue = false
  private failure: { readonly error: unknown } | undefined
  private running = false
  private stopping: Promise<void> | undefined
  private settle: { resolve: () => void; reject: (error: unknown) => void } = { resolve() {}, reject() {} }
  private timer: Timer | undefined

  /** @throws DiagnosticError with everything that plugins refuse, such as a grok pattern that does not compile. */
  constructor(
    id: string,
    configuration: ResolvedConfiguration,
    services: PipelineServices,
    ecs: EcsCompatibility = services.ecs,
    limits: PipelineLimits = {},
  ) {
    this.id = id
    this.services = services
    this.batchSize = Math.min(limits.batchSize ?? BATCH, BATCH)
    this.queueOptions = limits.queue
    this.ended = new Promise((resolve, reject) => {
      this.settle = { resolve, reject }
    })
    // Who starts the pipeline awaits `ended` or `stop`; a failure in between must not end the process.
    this.ended.catch(() => {})
    const contexts = new Contexts(id, services, ecs)
    const logger = services.logger.child({ pipeline: id })
    const problems: Diagnostic[] = []
    for (const plugin of configuration.inputs) {
      const { span, spec, options } = plugin
      const context = contexts.input(plugin)
      const input = createPlugin(plugin, () => spec.create(options, context), problems)
      if (input === undefined) continue
      this.inputs.push(input)
      this.places.set(input, { span, counts: newCounts(context.pluginId, spec.name, span) })
    }
    this.filters = new FilterBody(configuration.filters, (plugin) => contexts.filter(plugin), logger, problems)
    this.outputs = new OutputBody(configuration.outputs, (plugin) => contexts.output(plugin), logger, problems)
    if (problems.length > 0) {
      void this.dispose()
      throw new DiagnosticError(problems)
    }
  }

  /** Starts the outputs, then the inputs. @throws what the first input that cannot start says; the others are stopped again. */
  async start(): Promise<void> {
    try {
      await this.outputs.start()
      await this.openQueue()
    } catch (error) {
      await this.stop()
      throw error
    }
    if (this.stopping !== undefined) return
    this.running = true
    void this.run()
    this.deliverQueue()
    this.scheduleFlush()
    try {
      for (const input of this.inputs) await this.startInput(input)
    } catch (error) {
      await this.stop()
      throw error
    }
    void Promise.all(this.inputs.map((input) => input.ended)).then(
      () => (this.persisted === undefined ? this.endInputs() : this.persisted.endInputs()),
      (error: unknown) => this.fail(error),
    )
  }

  private async openQueue(): Promise<void> {
    if (this.queueOptions === undefined) return
    const { dataPath, clock, logger } = this.services
    const folder = join(dataPath, 'queue', encodeURIComponent(this.id).replaceAll('.', '%2E'))
    this.persisted = await PersistedQueue.open({
      ...this.queueOptions,
      folder,
      clock,
      logger: logger.child({ pipeline: this.id }),
    })
  }

  private deliverQueue(): void {
    const { persisted } = this
    if (persisted === undefined) return
    this.delivering = persisted
      .run((batch) => this.emit(batch))
      .then(
        () => this.endInputs(),
        (error: unknown) => this.fail(error),
      )
  }

  private async startInput(input: Input): Promise<void> {
    const { span, counts } = this.places.get(input)!
    try {
      await input.start((batch) => this.accept(batch, counts))
    } catch (error) {
      throw withPlace(error, span)
    }
  }

  private async accept(batch: Batch, counts: PluginCounts): Promise<void> {
    const began = this.services.clock.monotonic()
    counts.out += batch.events.length
    await (this.persisted?.put(batch) ?? this.emit(batch))
    counts.millis += this.services.clock.monotonic() - began
  }

  stats(): PipelineStats {
    const queueBytes = this.persisted?.bytes()
    return {
      ...this.counts,
      queued: this.queue.events,
      ...(queueBytes === undefined ? {} : { queueBytes }),
      inputs: [...this.places.values()].map(({ counts }) => counts),
      filters: this.filters.counts,
      outputs: this.outputs.counts,
    }
  }

  /**
   * Stops reading, lets what was read go through, closes the plugins. What cannot be written within the time is given
   * up: it was not acknowledged, so an input that can repeat brings it again.
   */
  stop(drainMillis = DRAIN_MILLIS): Promise<void> {
    this.stopping ??= (async () => {
      if (!this.running) {
        await this.dispose()
        await this.persisted?.close()
        this.settle.resolve()
        return
      }
      const late = this.services.clock.after(drainMillis, () => {
        const { events } = this.queue
        this.services.logger.warn(
          { pipeline: this.id, queued: events, batches: this.inFlight },
          `pipeline '${this.id}' is stopped with ${events} events queued and ${this.inFlight} batches not yet written`,
        )
        this.fail(new Error('stopped before everything was written'))
      })
      await Promise.all(this.inputs.map((input) => input.stop()))
      if (this.queueOptions?.drain === true) this.persisted?.endInputs()
      else this.persisted?.halt()
      await this.delivering
      this.endInputs()
      await this.ended.catch(() => {})
      late.cancel()
    })()
    return this.stopping
  }

  /** Closes plugins of a pipeline that was made only to be checked. */
  async dispose(): Promise<void> {
    await this.filters?.close()
    await this.outputs?.close()
  }

  private emit(batch: Batch): Promise<void> {
    // After a failure nothing is taken in: what is not acknowledged can be repeated.
    if (this.failure !== undefined) {
      batch.lost?.()
      return Promise.resolve()
    }
    const { length } = batch.events
    if (length === 0) {
      batch.ack?.()
      return Promise.resolve()
    }
    this.counts.in += length
    const room = this.queue.push(batch)
    this.wake()
    return room
  }

  private endInputs(): void {
    this.inputsEnded = true
    this.wake()
  }

  private scheduleFlush(): void {
    this.timer = this.services.clock.after(FLUSH_MILLIS, () => {
      this.flushDue = true
      this.wake()
      this.scheduleFlush()
    })
  }

  private async run(): Promise<void> {
    try {
      await this.work()
    } catch (error) {
      this.fail(error)
    }
    this.timer?.cancel()
    try {
      if (this.failure !== undefined) await Promise.all(this.inputs.map((input) => input.stop()))
      await this.filters.close()
      await this.outputs.close()
      await this.persisted?.close()
    } catch (error) {
      this.fail(error)
    }
    this.queue.loseRest()
    if (this.failure === undefined) this.settle.resolve()
    else this.settle.reject(this.failure.error)
  }

  private async work(): Promise<void> {
    for (let count = 1; this.failure === undefined; count++) {
      if (this.flushDue) {
        this.flushDue = false
        await this.send(await this.filters.flush(false), [])
      }
      const { events, origins } = this.queue.take(this.batchSize)
      if (events.length === 0) {
        if (this.inputsEnded && this.queue.isEmpty) break
        await new Promise<void>((resolve) => {
          this.wake = resolve
          if (!this.queue.isEmpty || this.inputsEnded || this.flushDue || this.failure !== undefined) resolve()
        })
        continue
      }
      const result = this.filters.run(events)
      await this.send(result instanceof Promise ? await result : result, origins)
      if (count % YIELD_EVERY === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    if (this.failure === undefined) await this.send(await this.filters.flush(true), [])
    while (this.inFlight > 0 && this.failure === undefined) await this.nextWritten()
  }

  /** Resolves when the batch is on its way, which is when there is room for it. */
  private async send(events: readonly Event[], origins: readonly Origin[]): Promise<void> {
    this.counts.filtered += events.length
    if (events.length === 0) {
      this.queue.acknowledge(origins)
      return
    }
    while (this.inFlight >= IN_FLIGHT && this.failure === undefined) await this.nextWritten()
    if (this.failure !== undefined) return
    this.inFlight++
    void this.deliver(events, origins)
  }

  private async deliver(events: readonly Event[], origins: readonly Origin[]): Promise<void> {
    try {
      await this.outputs.write(events)
      this.counts.out += events.length
      this.queue.acknowledge(origins)
    } catch (error) {
      this.fail(error)
    }
    this.inFlight--
    this.written()
  }

  private nextWritten(): Promise<void> {
    return new Promise((resolve) => {
      this.written = resolve
    })
  }

  private fail(cause: unknown): void {
    if (this.failure !== undefined) return
    this.failure = { error: cause }
    this.persisted?.halt()
    this.queue.clear()
    void this.closeOutputs()
    this.written()
    this.wake()
  }

  /** Ends what outputs are trying; a failure of theirs is seen again when the pipeline ends. */
  private async closeOutputs(): Promise<void> {
    try {
      await this.outputs.close()
    } catch {
      return
    }
  }
}

/** What an input says when it cannot start is about its place in the configuration. */
function withPlace(error: unknown, span: Span): unknown {
  if (!(error instanceof DiagnosticError)) return error
  return new DiagnosticError(error.diagnostics.map((diagnostic) => ({ span, ...diagnostic })))
}
