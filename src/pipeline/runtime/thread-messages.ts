import type { MessagePort, Worker } from 'node:worker_threads'
import { DiagnosticError, type Diagnostic } from '../../diagnostic/index.ts'
import type { BulkItem, BulkOperation, EcsCompatibility } from '../plugins/define.ts'
import type { PipelineDefinition } from './load.ts'

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
  | { readonly kind: 'deadLetter'; readonly data: string; readonly metadata: string; readonly reason: string }
  | { readonly kind: 'bulk'; readonly call: number; readonly runs: readonly OperationRun[] }
  | {
      readonly kind: 'template'
      readonly call: number
      readonly name: string
      readonly body: string
      readonly overwrite: boolean | undefined
    }

/** To the thread. `start` follows `made`. */
export type ToThread =
  | { readonly kind: 'start' }
  | { readonly kind: 'stop'; readonly drainMillis: number | undefined }
  | { readonly kind: 'bulkDone'; readonly call: number; readonly items: PackedItems }
  | { readonly kind: 'templateDone'; readonly call: number }
  | { readonly kind: 'rejected'; readonly call: number; readonly failure: PackedError }

/** One end of the line between a pipeline's thread and the process. */
export interface Port<Out, In> {
  send(message: Out): void
  onMessage(listener: (message: In) => void): void
}

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

/** Operations in a row that have their action and index in common; one with anything more is a run of its own. */
export type OperationRun =
  | {
      readonly action: BulkOperation['action']
      readonly index: string
      readonly ids: readonly (string | undefined)[]
      readonly sources: readonly (string | undefined)[]
    }
  | { readonly operation: BulkOperation }

export function packOperations(operations: readonly BulkOperation[]): OperationRun[] {
  const runs: OperationRun[] = []
  let open: { action: string; index: string; ids: (string | undefined)[]; sources: (string | undefined)[] } | undefined
  for (const operation of operations) {
    const { action, index, id, source } = operation
    if (!isPlain(operation)) {
      runs.push({ operation })
      open = undefined
      continue
    }
    if (open === undefined || open.action !== action || open.index !== index) {
      const run = { action, index, ids: [], sources: [] }
      runs.push(run)
      open = run
    }
    open.ids.push(id)
    open.sources.push(source)
  }
  return runs
}

function isPlain(operation: BulkOperation): boolean {
  return (
    operation.routing === undefined &&
    operation.ifSeqNo === undefined &&
    operation.ifPrimaryTerm === undefined &&
    operation.version === undefined &&
    operation.versionType === undefined &&
    operation.requireAlias === undefined
  )
}

export function unpackOperations(runs: readonly OperationRun[]): BulkOperation[] {
  const operations: BulkOperation[] = []
  for (const run of runs) {
    if ('operation' in run) {
      operations.push(run.operation)
      continue
    }
    const { action, index, ids, sources } = run
    for (let i = 0; i < ids.length; i++) operations.push({ action, index, id: ids[i], source: sources[i] })
  }
  return operations
}

/**
 * The outcomes of a bulk. Of a document that was created as it was asked for only the id crosses; its version and
 * sequence number, which no output needs, do not.
 */
export interface PackedItems {
  readonly ids: readonly string[]
  readonly others: readonly (readonly [number, BulkItem])[]
}

export function packItems(operations: readonly BulkOperation[], items: readonly BulkItem[]): PackedItems {
  const ids: string[] = []
  const others: [number, BulkItem][] = []
  items.forEach((item, index) => {
    ids.push(item.id)
    if (item.status !== 201 || item.result !== 'created' || item.index !== operations[index]!.index)
      others.push([index, item])
  })
  return { ids, others }
}

export function unpackItems(operations: readonly BulkOperation[], packed: PackedItems): BulkItem[] {
  const items = operations.map(({ action, index }, at): BulkItem => ({
    action,
    index,
    id: packed.ids[at]!,
    status: 201,
    result: 'created',
  }))
  for (const [at, item] of packed.others) items[at] = item
  return items
}
