import type { Case, CaseRow } from '../../../src/alert/index.ts'
import { requestJson } from './request.ts'

export type { Case, CaseRow }
export type CaseStatus = Case['status']
export const CASE_STATUSES: readonly CaseStatus[] = ['open', 'in progress', 'closed']

export interface CaseDetails extends Case {
  /** The oldest first. */
  readonly timeline: readonly CaseRow[]
}

const CASES = '/_vedetta/cases'

export const cases = {
  list: (filters: { status?: string; assignee?: string; alert?: string; q?: string }, signal?: AbortSignal) => {
    const given = Object.entries(filters).filter(([, value]) => value !== '')
    return requestJson<{ cases: Case[] }>(
      `${CASES}?${new URLSearchParams(given).toString()}`,
      signal === undefined ? {} : { signal },
    ).then((answer) => answer.cases)
  },
  get: (id: string) => requestJson<CaseDetails>(path(id)),
  create: (body: { title: string; description?: string; alerts?: readonly string[] }) =>
    requestJson<Case>(CASES, { body }),
  change: (id: string, body: Partial<Pick<Case, 'title' | 'description' | 'status' | 'assignee' | 'tags'>>) =>
    requestJson<Case>(path(id), { method: 'PUT', body }),
  link: (id: string, body: { add?: readonly string[]; remove?: readonly string[] }) =>
    requestJson<Case>(`${path(id)}/_alerts`, { body }),
  note: (id: string, text: string) => requestJson<Case>(`${path(id)}/_notes`, { body: { text } }),
}

function path(id: string): string {
  return `${CASES}/${encodeURIComponent(id)}`
}
