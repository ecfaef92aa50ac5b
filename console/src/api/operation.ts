import type { PipelineStatus } from '../../../src/pipeline/index.ts'
import type { Document } from '../document.ts'
import { requestJson } from './request.ts'

export type { PipelineStatus }

export interface DeadLetters {
  readonly pipeline: string
  readonly bytes: number
  readonly count: number
  readonly more: boolean
  readonly reasons: readonly { readonly reason: string; readonly count: number }[]
  readonly latest: readonly { readonly time?: string; readonly reason?: string; readonly event?: Document }[]
}

export interface Health {
  readonly time: number
  readonly pipelines: readonly PipelineStatus[]
  readonly inputs: readonly {
    readonly pipeline: string
    readonly plugin: string
    readonly type?: string
    readonly host: string
    readonly port: number
  }[]
  readonly deadLetters: readonly DeadLetters[]
  readonly store: { readonly status: string; readonly readOnly?: string }
}

export interface StoredIndex {
  readonly name: string
  readonly hidden: boolean
  readonly documents: number
  readonly bytes: number
  readonly oldest?: number
  readonly newest?: number
}

export interface Storage {
  readonly type: string
  /** Milliseconds, percent. */
  readonly retention: { readonly age: number; readonly disk: number }
  readonly readOnly?: string
  readonly indices: readonly StoredIndex[]
  readonly days: readonly { readonly day: number; readonly documents: number; readonly bytes: number }[]
}

export interface TraceStep {
  readonly plugin: string
  readonly place: string
  readonly conditions: readonly string[]
  readonly ran: boolean
  readonly changes: readonly { readonly field: string; readonly from?: string; readonly to?: string }[]
  readonly dropped: boolean
  readonly why?: string
  readonly millis: number
}

export interface Explanation {
  readonly lines?: readonly {
    readonly line: string
    readonly steps: readonly TraceStep[]
    readonly events: readonly Document[]
    readonly rules: readonly (readonly { readonly id: string; readonly title: string; readonly level: string }[])[]
  }[]
  readonly grok?: readonly { readonly line: string; readonly fields: Document | null; readonly why?: string }[]
  readonly problems?: readonly string[]
}

export interface Deletion {
  readonly indices: readonly { readonly name: string; readonly documents: number; readonly bytes: number }[]
  readonly documents: number
  readonly bytes: number
}

export const operation = {
  health: () => requestJson<Health>('/_vedetta/health'),
  storage: () => requestJson<Storage>('/_vedetta/store'),
  deleteIndices: (indices: readonly string[], dryRun: boolean) =>
    requestJson<Deletion>('/_vedetta/store/_delete', { body: { indices, dry_run: dryRun } }),
  pipelines: () => requestJson<{ pipelines: string[] }>('/_vedetta/pipelines').then((answer) => answer.pipelines),
  explain: (body: object) => requestJson<Explanation>('/_vedetta/explain', { body }),
}
