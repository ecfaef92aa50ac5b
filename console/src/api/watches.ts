import type { ListedWatch } from '../../../src/server/console/watches.ts'
import type { Document } from '../document.ts'
import { requestJson } from './request.ts'

export type { ListedWatch }

export interface StoredWatch {
  readonly watch: Document
  readonly status: Document
  readonly _seq_no: number
  readonly _primary_term: number
  readonly _file?: string
}

/** The record of a run, as Watcher keeps it. */
export type RunRecord = Document

export interface Trial {
  readonly alternative_input?: unknown
  readonly ignore_condition?: boolean
  readonly trigger_data?: { readonly triggered_time: string; readonly scheduled_time: string }
  readonly action_modes?: Readonly<Record<string, string>>
  readonly watch?: unknown
}

const path = (id: string): string => `/_watcher/watch/${encodeURIComponent(id)}`

export const watches = {
  list: () => requestJson<{ running: boolean; watches: ListedWatch[] }>('/_vedetta/watches'),
  get: (id: string) => requestJson<StoredWatch>(path(id)),
  put: (id: string, watch: unknown, before?: StoredWatch) =>
    requestJson(
      before === undefined
        ? path(id)
        : `${path(id)}?if_seq_no=${before._seq_no}&if_primary_term=${before._primary_term}`,
      { method: 'PUT', body: watch },
    ),
  remove: (id: string) => requestJson(path(id), { method: 'DELETE' }),
  setActive: (id: string, active: boolean) =>
    requestJson(`${path(id)}/${active ? '_activate' : '_deactivate'}`, { method: 'PUT' }),
  acknowledge: (id: string) => requestJson(`${path(id)}/_ack`, { method: 'PUT' }),
  execute: (id: string, body: Trial) =>
    requestJson<{ watch_record: RunRecord }>(`${path(id)}/_execute`, { body }).then((answer) => answer.watch_record),
  history: (id: string) =>
    requestJson<{ records: RunRecord[] }>(`/_vedetta/watches/${encodeURIComponent(id)}/history?size=100`).then(
      ({ records }) => records,
    ),
  start: () => requestJson('/_watcher/_start', { method: 'POST' }),
}

/** `every 1s`, `cron 0 0 12 * * ?`: a schedule in words as far as there are any. */
export function scheduleText(trigger: unknown): string {
  const { schedule } = (trigger ?? {}) as { schedule?: Record<string, unknown> }
  return Object.entries(schedule ?? {})
    .map(([kind, value]) => {
      const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
      return kind === 'interval' ? `every ${text}` : `${kind} ${text}`
    })
    .join(', ')
}
