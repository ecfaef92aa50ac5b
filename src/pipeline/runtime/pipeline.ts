import type { Timer } from '../../clock/index.ts'
import type { Event } from '../../event/index.ts'
import type { OptionsOf } from '../../settings/index.ts'
import type { ResolvedConfiguration, ResolvedPlugin } from '../language/index.ts'
import {
  compileDecoration,
  compileInputDecoration,
  type FILTER_OPTIONS,
  type INPUT_OPTIONS,
} from '../plugins/common-options.ts'
import type {
  Batch,
  Codec,
  EcsCompatibility,
  FilterContext,
  Input,
  InputSpec,
  OutputContext,
  PluginContext,
} from '../plugins/define.ts'
import { FilterBody, OutputBody } from './body.ts'
import type { PipelineServices } from './services.ts'

/** Events an input may have handed over before it has to wait. */
const ROOM = 4_000
const BATCH = 500
const FLUSH_MILLIS = 5_000

/**
 * One pipeline: inputs, a bounded queue, filters, outputs.
 *
 * Batches of at most 500 events go through one after the other, so that events keep their order; the next batch is
 * filtered while the last one is written. A batch of an input is acknowledged when the last of its events is written.
 */
export class Pipeline {
  readonly id: string
  /** Resolves when every input has ended and what they gave is written; rejects where the pipeline failed. */
  readonly ended: Promise<void>
  private readonly services: PipelineServices
  private readonly inputs: Input[]
  private readonly filters: FilterBody
  private readonly outputs: OutputBody
  private readonly queue: Batch[] = []
  private queued = 0
  private waiting: (() => void)[] = []
  private wake: () => void = () => {}
  private inputsEnded = false
  private flushDue = false
  private stopping: Promise<void> | undefined
  private settle: { resolve: () => void; reject: (error: unknown) => void } = { resolve() {}, reject() {} }
  private timer: Timer | undefined

  /** @throws DiagnosticError where a plugin refuses its options, such as a grok pattern that does not compile. */
  constructor(
    id: string,
    configuration: ResolvedConfiguration,
    services: PipelineServices,
    ecs: EcsCompatibility = services.ecs,
  ) {
    this.id = id
    this.services = services
    this.ended = new Promise((resolve, reject) => {
      this.settle = { resolve, reject }
    })
    // Who starts the pipeline awaits `ended` or `stop`; a failure in between must not end the process.
    this.ended.catch(() => {})
    const contexts = new Contexts(id, services, ecs)
    this.filters = new FilterBody(configuration.filters, (plugin) => contexts.filter(plugin))
    this.outputs = new OutputBody(configuration.outputs, (plugin) => contexts.output(plugin))
    this.inputs = configuration.inputs.map((plugin) => plugin.spec.create(plugin.options, contexts.input(plugin)))
  }

  /** Starts the outputs, then the inputs. @throws what the first input that cannot start says; the others are stopped again. */
  async start(): Promise<void> {
    await this.outputs.start()
    this.work().then(this.settle.resolve, this.settle.reject)
    this.scheduleFlush()
    try {
      for (const input of this.inputs) await input.start((batch) => this.emit(batch))
    } catch (error) {
      await this.stop()
      throw error
    }
    void this.awaitInputs()
  }

  /** Stops reading, lets what was read go through, closes the plugins. */
  stop(): Promise<void> {
    this.stopping ??= (async () => {
      await Promise.all(this.inputs.map((input) => input.stop()))
      this.endInputs()
      await this.ended.catch(() => {})
    })()
    return this.stopping
  }

  private emit(batch: Batch): Promise<void> {
    if (batch.events.length === 0) {
      batch.ack?.()
      return Promise.resolve()
    }
    this.queue.push(batch)
    this.queued += batch.events.length
    this.wake()
    if (this.queued < ROOM) return Promise.resolve()
    return new Promise((resolve) => this.waiting.push(resolve))
  }

  private async awaitInputs(): Promise<void> {
    await Promise.all(this.inputs.map((input) => input.ended))
    this.endInputs()
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

  private async work(): Promise<void> {
    let writing: Promise<void> = Promise.resolve()
    try {
      for (;;) {
        if (this.flushDue) {
          this.flushDue = false
          const flushed = await this.filters.flush(false)
          if (flushed.length > 0) await this.outputs.write(flushed)
        }
        const { events, acks } = this.take()
        if (events.length === 0) {
          if (this.inputsEnded && this.queue.length === 0) break
          await new Promise<void>((resolve) => {
            this.wake = resolve
            if (this.queue.length > 0 || this.inputsEnded || this.flushDue) resolve()
          })
          continue
        }
        const shaped = await this.filters.run(events)
        await writing
        writing = this.write(shaped, acks)
        // Seen here when it is awaited; until then it must not count as unhandled.
        writing.catch(() => {})
      }
      await writing
      const last = await this.filters.flush(true)
      if (last.length > 0) await this.outputs.write(last)
    } finally {
      this.timer?.cancel()
      await this.filters.close()
      await this.outputs.close()
    }
  }

  private async write(events: readonly Event[], acks: readonly (() => void)[]): Promise<void> {
    await this.outputs.write(events)
    for (const ack of acks) ack()
  }

  /** Whole batches of inputs up to 500 events; a larger one is cut, and acknowledged with its last piece. */
  private take(): { events: Event[]; acks: (() => void)[] } {
    const events: Event[] = []
    const acks: (() => void)[] = []
    while (this.queue.length > 0 && events.length < BATCH) {
      const batch = this.queue[0]!
      const room = BATCH - events.length
      if (batch.events.length > room) {
        events.push(...batch.events.slice(0, room))
        this.queue[0] = { events: batch.events.slice(room), ...(batch.ack === undefined ? {} : { ack: batch.ack }) }
      } else {
        this.queue.shift()
        events.push(...batch.events)
        if (batch.ack !== undefined) acks.push(batch.ack)
      }
    }
    this.queued -= events.length
    if (this.queued < ROOM && this.waiting.length > 0) {
      for (const resume of this.waiting.splice(0)) resume()
    }
    return { events, acks }
  }
}

/** Makes the contexts of a pipeline's plugins, each with an id of its own. */
class Contexts {
  private readonly pipelineId: string
  private readonly services: PipelineServices
  private readonly ecs: EcsCompatibility
  private readonly counts = new Map<string, number>()

  constructor(pipelineId: string, services: PipelineServices, ecs: EcsCompatibility) {
    this.pipelineId = pipelineId
    this.services = services
    this.ecs = ecs
  }

  filter(plugin: ResolvedPlugin): FilterContext {
    const matched = compileDecoration(plugin.common as unknown as OptionsOf<typeof FILTER_OPTIONS>)
    return { ...this.plugin(plugin), patternPaths: this.services.patternPaths, matched }
  }

  input(plugin: ResolvedPlugin<InputSpec>): ConstructorContext<InputSpec> {
    const context = this.plugin(plugin)
    const decorate = compileInputDecoration(plugin.common as unknown as OptionsOf<typeof INPUT_OPTIONS>)
    return { ...context, codec: this.codec(plugin, context), defaultHost: this.services.inputsHost, decorate }
  }

  output(plugin: ResolvedPlugin): OutputContext {
    const context = this.plugin(plugin)
    const { store, storeAddresses } = this.services
    return {
      ...context,
      codec: this.codec(plugin, context),
      store,
      isStoreAddress: (host) => storeAddresses.includes(host),
      deadLetter: (event, reason) => this.services.deadLetter(this.pipelineId, event, reason),
    }
  }

  private codec(plugin: ResolvedPlugin, context: PluginContext): Codec {
    const { spec, options } = plugin.codec!
    return spec.create(options, context)
  }

  private plugin(plugin: ResolvedPlugin): PluginContext {
    const { kind, name } = plugin.spec
    const count = (this.counts.get(`${kind} ${name}`) ?? 0) + 1
    this.counts.set(`${kind} ${name}`, count)
    const given = plugin.common['id']
    const pluginId = typeof given === 'string' ? given : `${kind}_${name}_${count}`
    const own = plugin.options['ecs_compatibility']
    return {
      pipelineId: this.pipelineId,
      pluginId,
      ecs: (own as EcsCompatibility | undefined) ?? this.ecs,
      clock: this.services.clock,
      logger: this.services.logger.child({ pipeline: this.pipelineId, plugin: pluginId }),
      dataPath: this.services.dataPath,
      notice: (message) => this.services.notice(message),
    }
  }
}

type ConstructorContext<S extends InputSpec> = Parameters<S['create']>[1]
