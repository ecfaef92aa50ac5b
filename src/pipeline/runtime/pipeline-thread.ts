import { systemClock, type Timer } from '../../clock/index.ts'
import { DiagnosticError, type Diagnostic, type Logger } from '../../diagnostic/index.ts'
import { stringifyJson, type Event } from '../../event/index.ts'
import type { BulkItem, BulkOperation, BulkWriter, PipelineBus, Receive } from '../plugins/define.ts'
import { resolvePipeline } from './load.ts'
import { packEvents, unpackEvents } from './parcel.ts'
import { Pipeline } from './pipeline.ts'
import type { PipelineServices } from './services.ts'
import {
  packError,
  packOperations,
  unpackError,
  unpackItems,
  type FromThread,
  type LogLevel,
  type Port,
  type ThreadData,
  type ToThread,
} from './thread-messages.ts'

const STATS_MILLIS = 1_000

type MainPort = Port<FromThread, ToThread>

/** Runs one pipeline behind a port: the part that is in the thread. `leave` is called after the last message. */
export function servePipeline(port: MainPort, data: ThreadData, leave: () => void): void {
  const calls = new Calls(port)
  const store = new StoreProxy(calls)
  const bus = new BusProxy(port, calls)
  let pipeline: Pipeline
  let over = false
  let timer: Timer | undefined
  let told = -1
  const tellStats = (): void => {
    const stats = pipeline.stats()
    const sum = stats.in + stats.out + stats.queued
    if (sum !== told) port.send({ kind: 'stats', stats })
    told = sum
  }
  const keepTelling = (): void => {
    tellStats()
    timer = systemClock.after(STATS_MILLIS, keepTelling)
  }
  const end = (message: FromThread): void => {
    if (over) return
    over = true
    timer?.cancel()
    port.send(message)
    leave()
  }
  let starting = false
  const start = async (): Promise<void> => {
    starting = true
    try {
      await pipeline.start()
      port.send({ kind: 'started' })
      keepTelling()
      await pipeline.ended
      tellStats()
      end({ kind: 'ended' })
    } catch (error) {
      end({ kind: 'failed', failure: packError(error) })
    }
  }
  const stop = async (drainMillis: number | undefined): Promise<void> => {
    await pipeline.stop(drainMillis)
    // One that was started says itself how it ended.
    if (!starting) end({ kind: 'ended' })
  }
  port.onMessage((message) => {
    if (message.kind === 'start') void start()
    else if (message.kind === 'stop') void stop(message.drainMillis)
    else if (message.kind === 'delivery') void bus.receive(message)
    else calls.answer(message)
  })
  try {
    pipeline = makePipeline(port, data, store, bus)
    port.send({ kind: 'made' })
  } catch (error) {
    end({ kind: 'failed', failure: packError(error) })
  }
}

function makePipeline(port: MainPort, data: ThreadData, store: BulkWriter, bus: PipelineBus): Pipeline {
  const problems: Diagnostic[] = []
  const { definition, variables } = data
  const resolved = resolvePipeline(definition, (name) => variables[name], problems)
  const errors = problems.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new DiagnosticError(errors)
  const services: PipelineServices = {
    ...data,
    store: data.hasStore ? store : undefined,
    bus,
    clock: systemClock,
    logger: threadLogger(port, {}, data.debug),
    notice: (message) => port.send({ kind: 'notice', message }),
    deadLetter: (_id, event, reason) =>
      port.send({
        kind: 'deadLetter',
        data: stringifyJson(event.data),
        metadata: stringifyJson(event.metadata),
        reason,
      }),
  }
  return new Pipeline(definition.id, resolved, services, definition.ecs, definition)
}

type Answer = Extract<ToThread, { call: number }>

/** What the thread asks of the process, and waits for. */
class Calls {
  private readonly port: MainPort
  private count = 0
  private readonly pending = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>()

  constructor(port: MainPort) {
    this.port = port
  }

  /** @throws what the process could not do. */
  ask(make: (call: number) => FromThread): Promise<Answer> {
    const call = this.count++
    return new Promise((resolve, reject) => {
      this.pending.set(call, { resolve, reject })
      this.port.send(make(call))
    })
  }

  answer(message: Answer): void {
    const pending = this.pending.get(message.call)
    this.pending.delete(message.call)
    if (message.kind === 'rejected') pending?.reject(unpackError(message.failure))
    else pending?.resolve(message)
  }
}

/** The Store as it is seen from the thread. */
class StoreProxy implements BulkWriter {
  private readonly calls: Calls

  constructor(calls: Calls) {
    this.calls = calls
  }

  async bulk(operations: readonly BulkOperation[]): Promise<BulkItem[]> {
    const answer = await this.calls.ask((call) => ({ kind: 'bulk', call, runs: packOperations(operations) }))
    return unpackItems(operations, (answer as Extract<Answer, { kind: 'bulkDone' }>).items)
  }

  async putTemplate(
    name: string,
    body: Parameters<BulkWriter['putTemplate']>[1],
    options?: { overwrite?: boolean },
  ): Promise<void> {
    const text = stringifyJson(body)
    await this.calls.ask((call) => ({ kind: 'template', call, name, body: text, overwrite: options?.overwrite }))
  }
}

/** The other pipelines as they are seen from the thread. */
class BusProxy implements PipelineBus {
  private readonly port: MainPort
  private readonly calls: Calls
  private readonly receivers = new Map<string, Receive>()

  constructor(port: MainPort, calls: Calls) {
    this.port = port
    this.calls = calls
  }

  async listen(address: string, receive: Receive): Promise<() => void> {
    await this.calls.ask((call) => ({ kind: 'listen', call, address }))
    this.receivers.set(address, receive)
    return () => {
      if (this.receivers.delete(address)) this.port.send({ kind: 'unlisten', address })
    }
  }

  async send(address: string, events: readonly Event[]): Promise<boolean> {
    const parcel = packEvents(events)
    const answer = await this.calls.ask((call) => ({ kind: 'send', call, address, parcel }))
    return answer.kind === 'sent' && answer.taken
  }

  async receive({ delivery, address, parcel }: Extract<ToThread, { kind: 'delivery' }>): Promise<void> {
    const receive = this.receivers.get(address)
    const taken = receive === undefined ? false : await receive(unpackEvents(parcel)).catch(() => false)
    this.port.send({ kind: 'taken', delivery, taken })
  }
}

function threadLogger(port: MainPort, bindings: object, debug: boolean): Logger {
  const log =
    (level: LogLevel) =>
    (fields: object, message: string): void => {
      // As JSON: what a plugin logs may hold what a message cannot carry.
      const plain = JSON.parse(JSON.stringify({ ...bindings, ...fields })) as object
      port.send({ kind: 'log', level, fields: plain, message })
    }
  return {
    error: log('error'),
    warn: log('warn'),
    info: log('info'),
    debug: debug ? log('debug') : () => {},
    child: (more) => threadLogger(port, { ...bindings, ...more }, debug),
  }
}
