import type { MessagePort, Worker } from 'node:worker_threads'
import { DiagnosticError, type Diagnostic } from '../../diagnostic/index.ts'
import type { BulkItem, BulkOperation, EcsCompatibility } from '../plugins/define.ts'
import type { PipelineDefinition } from './load.ts'
import type { Parcel } from './parcel.ts'
import type { PipelineStats } from './pipeline.ts'

/** What a pipeline's thread is given when it is made. */
export interface ThreadData {
  readonly definition: PipelineDefinition
  /** Values of the `${NAME}` that its texts mention. */
  readonly variables: Readonly<Record<string, string>>
  readonly dataPath: string
  readonly patternPaths: readonly string[]
  readonly ecs: EcsCompatibility
  readonly inputsHost: string | undefined
  readonly storeAddresses: readonly string[]
  /** Whether there is a store on the other side. */
  readonly hasStore: boolean
  /** Whether debug messages are wanted. */
  readonly debug: boolean
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug'

/** From the thread: its stages in this order, `failed` instead of any; the calls and reports whenever they come. */
export type FromThread =
  | { readonly kind: 'made' | 'started' | 'ended' }
  | { readonly kind: 'failed'; readonly failure: PackedError }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly fields: object; readonly message: string }
  | { readonly kind: 'notice'; readonly message: string }
  | { readonly kind: 'stats'; readonly stats: PipelineStats }
  | { readonly kind: 'deadLetter'; readonly data: string; readonly metadata: string; readonly reason: string }
  | { readonly kind: 'bulk'; readonly call: number; readonly runs: readonly OperationRun[] }
  | {
      readonly kind: 'template'
      readonly call: number
      readonly name: string
      readonly body: string
      readonly overwrite: boolean | undefined
    }
  | { readonly kind: 'listen'; readonly call: number; readonly address: string }
  | { readonly kind: 'unlisten'; readonly address: string }
  | { readonly kind: 'send'; readonly call: number; readonly address: string; readonly parcel: Parcel }
  | { readonly kind: 'taken'; readonly delivery: number; readonly taken: boolean }

/** To the thread. `start` follows `made`. */
export type ToThread =
  | { readonly kind: 'start' }
  | { readonly kind: 'stop'; readonly drainMillis: number | undefined }
  | { readonly kind: 'bulkDone'; readonly call: number; readonly items: PackedItems }
  | { readonly kind: 'templateDone' | 'listening'; readonly call: number }
  | { readonly kind: 'sent'; readonly call: number; readonly taken: boolean }
  | { readonly kind: 'delivery'; readonly delivery: number; readonly address: string; readonly parcel: Parcel }
  | { readonly kind: 'rejected'; readonly call: number; readonly failure: PackedError }

/** One end of the line between a pipeline's thread and the process. */
export interface Port<Out, In> {
  send(message: Out): void
  onMessage(listener: (message: In) => void): void
}

/** The side of a thread that the process holds: a port, and how one learns that the thread is gone. */
export interface Thread extends Port<ToThread, FromThread> {
  onGone(listener: (cause: Error) => void): void
}

export type Spawn = (data: ThreadData) => Thread

/** The port that `worker_threads` gives, on either side. */
export function portOf<Out, In>(given: Worker | MessagePort): Port<Out, In> {
  return {
    // The empty transfer list tells this from the browser's window.postMessage.
    send: (message) => given.postMessage(message, []),
    onMessage: (listener) => void given.on('message', listener),
  }
}

/** An error without its class, which a message cannot carry. */
export interface PackedError {
  readonly message: string
  readonly diagnostics?: readonly Diagnostic[]
}

export function packError(error: unknown): PackedError {
  if (error instanceof DiagnosticError) return { message: error.message, diagnostics: error.diagnostics }
  return { message: error instanceof Error ? error.message : String(error) }
}

export function unpackError({ message, diagnostics }: PackedError): Error {
  return diagnostics === undefined ? new Error(message) : new DiagnosticError(diagnostics)
}

/** Texts as one: a message carries one long text far faster than hundreds of short ones. */
interface PackedTexts {
  readonly text: string
  /** Where each ends in it. */
  readonly ends: Uint32Array
}

function packTexts(texts: readonly string[]): PackedTexts {
  const ends = new Uint32Array(texts.length)
  let end = 0
  for (let i = 0; i < texts.length; i++) ends[i] = end += texts[i]!.length
  return { text: texts.join(''), ends }
}

function unpackTexts({ text, ends }: PackedTexts): string[] {
  const texts: string[] = []
  let start = 0
  for (const end of ends) {
    texts.push(text.slice(start, end))
    start = end
  }
  return texts
}

/** Writes in a row that have action and index in common, and all an id or none; one with anything more is alone. */
export type OperationRun =
  | {
      readonly action: BulkOperation['action']
      readonly index: string
      readonly ids: PackedTexts | undefined
      readonly sources: PackedTexts
    }
  | { readonly operation: BulkOperation }

/** A run's text stays well below the longest that the engine makes. */
const RUN_CHARACTERS = 64 * 1024 * 1024

export function packOperations(operations: readonly BulkOperation[]): OperationRun[] {
  const runs: OperationRun[] = []
  let [action, index]: [BulkOperation['action'], string] = ['index', '']
  let ids: string[] = []
  let sources: string[] = []
  let characters = 0
  const endRun = (): void => {
    if (sources.length > 0)
      runs.push({ action, index, ids: ids.length > 0 ? packTexts(ids) : undefined, sources: packTexts(sources) })
    ids = []
    sources = []
    characters = 0
  }
  for (const operation of operations) {
    const { id, source } = operation
    if (source === undefined || !isPlain(operation)) {
      endRun()
      runs.push({ operation })
      continue
    }
    if (
      operation.action !== action ||
      operation.index !== index ||
      (id !== undefined) !== ids.length > 0 ||
      characters + source.length > RUN_CHARACTERS
    ) {
      endRun()
      ;({ action, index } = operation)
    }
    if (id !== undefined) ids.push(id)
    sources.push(source)
    characters += source.length
  }
  endRun()
  return runs
}

function isPlain(operation: BulkOperation): boolean {
  return (
    operation.routing === undefined &&
    operation.ifSeqNo === undefined &&
    operation.ifPrimaryTerm === undefined &&
    operation.version === undefined &&
    operation.versionType === undefined &&
    operation.requireAlias === undefined &&
    operation.requireDataStream === undefined &&
    operation.pipeline === undefined
  )
}

export function unpackOperations(runs: readonly OperationRun[]): BulkOperation[] {
  const operations: BulkOperation[] = []
  for (const run of runs) {
    if ('operation' in run) {
      operations.push(run.operation)
      continue
    }
    const { action, index } = run
    const ids = run.ids === undefined ? undefined : unpackTexts(run.ids)
    const sources = unpackTexts(run.sources)
    for (let i = 0; i < sources.length; i++) operations.push({ action, index, id: ids?.[i], source: sources[i] })
  }
  return operations
}

/**
 * The outcomes of a bulk. Of a document that was created as it was asked for only the id crosses; its version and
 * sequence number, which no output needs, do not.
 */
export interface PackedItems {
  readonly ids: PackedTexts
  readonly others: readonly (readonly [number, BulkItem])[]
}

export function packItems(operations: readonly BulkOperation[], items: readonly BulkItem[]): PackedItems {
  const others: [number, BulkItem][] = []
  items.forEach((item, index) => {
    if (item.status !== 201 || item.result !== 'created' || item.index !== operations[index]!.index)
      others.push([index, { ...item, document: undefined }])
  })
  return { ids: packTexts(items.map(({ id }) => id)), others }
}

export function unpackItems(operations: readonly BulkOperation[], packed: PackedItems): BulkItem[] {
  const ids = unpackTexts(packed.ids)
  const items = operations.map(({ action, index }, at): BulkItem => ({
    action,
    index,
    id: ids[at]!,
    status: 201,
    result: 'created',
  }))
  for (const [at, item] of packed.others) items[at] = item
  return items
}
