import { Event, isObject, newObject, parseIsoTimestamp, parseJson, type ValueObject } from '../../event/index.ts'
import type { VariableLookup } from '../language/index.ts'
import type { PipelineDefinition } from './load.ts'
import { packEvents, unpackEvents } from './parcel.ts'
import { spawnThread } from './pipeline-threads.ts'
import type { PipelineStats } from './pipeline.ts'
import type { PipelineServices } from './services.ts'
import {
  packError,
  packItems,
  unpackError,
  unpackOperations,
  type FromThread,
  type Spawn,
  type Thread,
  type ToThread,
} from './thread-messages.ts'

/** Threads need the compiled entry; from the sources, as tests run, pipelines run in the process itself. */
export const CAN_SPAWN = import.meta.url.endsWith('.js')

interface Promised {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** A pipeline in a thread, as it is seen from the process: the same life as {@link Pipeline}. */
export class HostedPipeline {
  readonly id: string
  /** As {@link Pipeline.ended}; rejects too when the thread dies. */
  readonly ended: Promise<void>
  private readonly thread: Thread
  private readonly services: PipelineServices
  private readonly made = promised()
  private readonly started = promised()
  private readonly end = promised()
  private readonly listening = new Map<string, () => void>()
  private readonly deliveries = new Map<number, (taken: boolean) => void>()
  private deliveryCount = 0
  private latest: PipelineStats = { in: 0, filtered: 0, out: 0, queued: 0, inputs: [], filters: [], outputs: [] }

  constructor(
    definition: PipelineDefinition,
    services: PipelineServices,
    lookUp: VariableLookup,
    spawn: Spawn = spawnThread,
  ) {
    this.id = definition.id
    this.services = services
    this.ended = this.end.promise
    const { dataPath, patternPaths, ecs, inputsHost, storeAddresses, logger } = services
    this.thread = spawn({
      definition,
      variables: variablesOf(definition, lookUp),
      dataPath,
      patternPaths,
      ecs,
      inputsHost,
      storeAddresses,
      hasStore: services.store !== undefined,
      debug: /^(?:debug|trace)$/.test(String((logger as { level?: unknown }).level)),
    })
    this.thread.onMessage((message) => void this.receive(message))
    this.thread.onGone((cause) => this.fail(cause))
  }

  /** Resolves when every plugin is made. @throws DiagnosticError with what they refuse. */
  make(): Promise<void> {
    return this.made.promise
  }

  /** As of the last second. */
  stats(): PipelineStats {
    return this.latest
  }

  async start(): Promise<void> {
    this.thread.send({ kind: 'start' })
    await this.started.promise
  }

  async stop(drainMillis?: number): Promise<void> {
    this.thread.send({ kind: 'stop', drainMillis })
    await this.ended.catch(() => {})
  }

  private async receive(message: FromThread): Promise<void> {
    const { services } = this
    switch (message.kind) {
      case 'made':
        return this.made.resolve()
      case 'started':
        return this.started.resolve()
      case 'ended':
        this.leaveBus()
        return this.end.resolve()
      case 'failed':
        return this.fail(unpackError(message.failure))
      case 'log':
        return services.logger[message.level](message.fields, message.message)
      case 'notice':
        return services.notice(message.message)
      case 'stats':
        this.latest = message.stats
        return
      case 'deadLetter':
        return services.deadLetter(this.id, readEvent(message.data, message.metadata), message.reason)
      case 'bulk': {
        const operations = unpackOperations(message.runs)
        return this.answer(message.call, async () => {
          const items = await services.store!.bulk(operations)
          return { kind: 'bulkDone', call: message.call, items: packItems(operations, items) }
        })
      }
      case 'template':
        return this.answer(message.call, async () => {
          const { call, name, body, overwrite } = message
          await services.store!.putTemplate(
            name,
            parseJson(body) as ValueObject,
            overwrite === undefined ? {} : { overwrite },
          )
          return { kind: 'templateDone', call }
        })
      case 'listen': {
        const { call, address } = message
        return this.answer(call, async () => {
          const leave = await services.bus!.listen(address, (events) => this.deliver(address, events))
          this.listening.set(address, leave)
          return { kind: 'listening', call }
        })
      }
      case 'unlisten':
        this.listening.get(message.address)?.()
        this.listening.delete(message.address)
        return
      case 'send': {
        const { call, address, parcel } = message
        return this.answer(call, async () => {
          const taken = await services.bus!.send(address, unpackEvents(parcel))
          return { kind: 'sent', call, taken }
        })
      }
      case 'taken': {
        this.deliveries.get(message.delivery)?.(message.taken)
        this.deliveries.delete(message.delivery)
      }
    }
  }

  /** Events of another pipeline, for an input of the thread. */
  private deliver(address: string, events: readonly Event[]): Promise<boolean> {
    const delivery = this.deliveryCount++
    return new Promise((resolve) => {
      this.deliveries.set(delivery, resolve)
      this.thread.send({ kind: 'delivery', delivery, address, parcel: packEvents(events) })
    })
  }

  /** The thread answers no more. */
  private leaveBus(): void {
    for (const leave of this.listening.values()) leave()
    this.listening.clear()
    for (const resolve of this.deliveries.values()) resolve(false)
    this.deliveries.clear()
  }

  private async answer(call: number, work: () => Promise<ToThread>): Promise<void> {
    let reply: ToThread
    try {
      reply = await work()
    } catch (error) {
      reply = { kind: 'rejected', call, failure: packError(error) }
    }
    this.thread.send(reply)
  }

  private fail(cause: Error): void {
    this.leaveBus()
    this.made.reject(cause)
    this.started.reject(cause)
    this.end.reject(cause)
  }
}

function promised(): Promised {
  let resolve = (): void => {}
  let reject = (_error: Error): void => {}
  const promise = new Promise<void>((onDone, onError) => {
    resolve = onDone
    reject = onError
  })
  // A stage that nobody awaits any more must not end the process.
  promise.catch(() => {})
  return { promise, resolve, reject }
}

function variablesOf({ sources }: PipelineDefinition, lookUp: VariableLookup): Record<string, string> {
  const variables: Record<string, string> = {}
  for (const { text } of sources) {
    for (const [, name] of text.matchAll(/\$\{([A-Za-z_][\w.]*)/g)) {
      const value = lookUp(name!)
      if (value !== undefined) variables[name!] = value
    }
  }
  return variables
}

function readEvent(data: string, metadata: string): Event {
  const fields = parseJson(data)
  const event = new Event(isObject(fields) ? fields : newObject(), parseJson(metadata) as ValueObject)
  const time = event.data['@timestamp']
  const timestamp = typeof time === 'string' ? parseIsoTimestamp(time) : undefined
  if (timestamp !== undefined) event.data['@timestamp'] = timestamp
  return event
}
