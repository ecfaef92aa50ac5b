import type { AlertGroup, AlertQuery, HistoryRow, Matcher, Silence, Status, Task } from '../../../src/alert/index.ts'
import { fieldOf, type Document } from '../document.ts'
import { requestJson } from './request.ts'

export type { AlertGroup, Matcher, Silence }
export type AlertStatus = Status
export type AlertTask = Task
export const CLOSE_REASONS = ['false positive', 'true positive', 'benign', 'duplicate'] as const

/** Filters of the alert addresses; absent means all. */
export type AlertFilters = Omit<AlertQuery, 'cutoff'>

/** A change of status: of alerts by id, or of all that filters find up to `cutoff`, in epoch milliseconds. */
export interface AlertChange {
  readonly ids?: readonly string[]
  readonly query?: AlertFilters
  /** How many the person saw; with another number nothing is changed. */
  readonly expected?: number
  readonly cutoff?: number
  readonly status: AlertStatus
  readonly reason?: string
  readonly comment?: string
}

/** An event that an alert names. */
export interface StoredEvent {
  readonly _index: string
  readonly _id: string
  readonly _source: Document
}

export interface AlertComment {
  readonly time: string
  readonly by: string
  /** Markdown. */
  readonly text: string
}

export type Alert = Document & { readonly id: string }

function parameters(filters: object): string {
  const entries = Object.entries(filters as Record<string, unknown>).filter(
    ([, value]) => value !== undefined && value !== '',
  )
  return new URLSearchParams(entries.map(([name, value]) => [name, String(value)])).toString()
}

export const alerts = {
  list: (filters: AlertFilters & { size?: number; after?: string }, signal?: AbortSignal) =>
    requestJson<{ total: number; alerts: Alert[]; after?: string }>(
      `/_vedetta/alerts?${parameters(filters)}`,
      with_(signal),
    ),
  groups: (filters: AlertFilters & { by: string; size?: number }, signal?: AbortSignal) =>
    requestJson<{ total: number; groups: AlertGroup[] }>(
      `/_vedetta/alerts/_groups?${parameters(filters)}`,
      with_(signal),
    ),
  get: (id: string, signal?: AbortSignal) => requestJson<Alert>(path(id), with_(signal)),
  history: (id: string) => requestJson<{ history: HistoryRow[] }>(`${path(id)}/history`).then(({ history }) => history),
  events: (id: string, size: number) =>
    requestJson<{ total: number; events: StoredEvent[] }>(`${path(id)}/events?size=${size}`),
  comments: (id: string) =>
    requestJson<{ comments: AlertComment[] }>(`${path(id)}/comments`).then(({ comments }) => comments),
  comment: (id: string, text: string) => requestJson(`${path(id)}/_comment`, { body: { text } }),
  assign: (id: string, to: string) => requestJson(`${path(id)}/_assign`, { body: { to } }),
  transition: (body: AlertChange) =>
    requestJson<{ task: string; matched: number }>('/_vedetta/alerts/_transition', { body }),
  task: (id: string) => requestJson<AlertTask>(`/_vedetta/tasks/${encodeURIComponent(id)}`),
  undo: (id: string) =>
    requestJson<{ task: string }>(`/_vedetta/tasks/${encodeURIComponent(id)}/_undo`, { method: 'POST' }),
  silences: () => requestJson<{ silences: Silence[] }>('/_vedetta/silences').then(({ silences }) => silences),
  silence: (body: { matchers: readonly Matcher[]; until?: string; reason: string; exception?: boolean }) =>
    requestJson<{ id: string }>('/_vedetta/silences', { body }),
  expire: (id: string) => requestJson(`/_vedetta/silences/${encodeURIComponent(id)}`, { method: 'DELETE' }),
  previewSilence: (matchers: readonly Matcher[], days: number) =>
    requestJson<{ hidden: number; of: number; perDay: number[] }>('/_vedetta/silences/_preview', {
      body: { matchers, days },
    }),
}

function path(id: string): string {
  return `/_vedetta/alerts/${encodeURIComponent(id)}`
}

function with_(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}

/** The figures of an alert that screens show, wherever the document has them. */
export function alertView(alert: Document) {
  const text = (field: string): string => {
    const value = fieldOf(alert, field)
    return value === undefined || value === null ? '' : String(value)
  }
  const list = (field: string): string[] => {
    const value = fieldOf(alert, field)
    return (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]).map(String)
  }
  const entityField = text('vedetta.alert.entity.field') || text('vedetta.entity.field')
  const entityValue = text('vedetta.alert.entity.value') || text('vedetta.entity.value')
  return {
    rule: text('rule.name') || text('rule.id'),
    ruleId: text('rule.id'),
    severity: text('vedetta.alert.severity') || severityName(fieldOf(alert, 'event.severity')),
    status: (text('vedetta.alert.status') || 'open') as AlertStatus,
    episode: text('vedetta.alert.episode'),
    reason: text('event.reason') || text('message'),
    closeReason: text('vedetta.alert.reason'),
    assignee: text('vedetta.alert.assignee'),
    count: Number(fieldOf(alert, 'vedetta.alert.count') ?? 0),
    threshold: text('vedetta.alert.threshold'),
    culprits: list('vedetta.alert.culprits'),
    targets: list('vedetta.alert.targets'),
    ports: list('vedetta.alert.ports'),
    first: text('event.start'),
    last: text('event.end') || text('@timestamp'),
    time: text('@timestamp'),
    scanType: text('vedetta.scan.type'),
    entityField,
    entityValue,
    tags: list('tags'),
    techniques: list('threat.technique.id'),
  }
}

function severityName(value: unknown): string {
  if (typeof value === 'string' && !/^\d+$/.test(value)) return value
  const number = Number(value ?? 0)
  return number >= 90
    ? 'critical'
    : number >= 70
      ? 'high'
      : number >= 40
        ? 'medium'
        : number >= 20
          ? 'low'
          : 'informational'
}
