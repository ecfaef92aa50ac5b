import type { Document } from '../document.ts'
import { alerts, alertView, type AlertGroup } from './alerts.ts'
import { ApiError, requestJson } from './request.ts'

export type RuleState = 'enabled' | 'disabled' | 'simulated'

/** A rule as lists show it. */
export interface RuleSummary {
  readonly id: string
  readonly name: string
  readonly level: string
  readonly kind: string
  readonly tags: readonly string[]
  readonly state: RuleState
  /** Added here, so that it can be taken out here. */
  readonly added: boolean
  /** Whether it comes with Vedetta rather than from a file of rules. */
  readonly builtIn: boolean
  /** Product, category and service, as far as it names them. */
  readonly logsource: Readonly<Record<string, string>>
  readonly errors: readonly string[]
  /** Alerts of the last day and week. */
  readonly day: number
  readonly week: number
  /** Events that matched it since the start. */
  readonly hits?: number
}

export interface RuleDetails {
  readonly document: Document
  /** As written, where the rule has a file. */
  readonly source: string | undefined
}

export interface DetectorStatus {
  readonly name: string
  readonly stats: Readonly<Record<string, number>>
  readonly events: number
  readonly findings: number
  readonly errors: number
  readonly millis: number
  readonly lastError?: string
}

const DAY_MILLIS = 86_400_000

export const detectors = (): Promise<readonly DetectorStatus[]> =>
  requestJson<{ detectors: DetectorStatus[] }>('/_vedetta/detectors').then((answer) => answer.detectors)

/** Every rule that is loaded, and the built-in ones that have raised an alert within a week; the most frequent first. */
export async function listRules(): Promise<RuleSummary[]> {
  const since = (days: number): Promise<AlertGroup[]> =>
    alerts
      .groups({ by: 'rule', size: 1_000, from: new Date(Date.now() - days * DAY_MILLIS).toISOString() })
      .then(({ groups }) => groups)
  const [loaded, day, week] = await Promise.all([loadedRules(), since(1), since(7)])
  const countIn = (groups: readonly AlertGroup[], id: string): number =>
    groups.find(({ key }) => key['rule'] === id)?.count ?? 0
  const known = loaded.map((rule) => readRule(rule, countIn(day, idOf(rule)), countIn(week, idOf(rule))))
  const ids = new Set(known.map(({ id }) => id))
  const others = await Promise.all(
    week
      .filter(({ key }) => !ids.has(key['rule'] ?? ''))
      .map(async ({ key, name, severity, count, sample }): Promise<RuleSummary> => {
        const id = key['rule'] ?? ''
        const view = await alerts.get(sample).then(alertView, () => undefined)
        return {
          id,
          name: name || id,
          level: severity,
          kind: '',
          tags: (view?.techniques ?? []).map((technique) => `attack.${technique.toLowerCase()}`),
          state: 'enabled',
          added: false,
          builtIn: true,
          logsource: {},
          errors: [],
          day: countIn(day, id),
          week: count,
        }
      }),
  )
  return [...known, ...others].sort((a, b) => b.day - a.day || b.week - a.week || (a.name < b.name ? -1 : 1))
}

/** What is wrong with a rule or a file of rules. */
export interface RuleProblem {
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly file?: string
  readonly line?: number
  readonly column?: number
}

/** A field that a rule asks about: as written, then its other names. */
export interface CheckedField {
  readonly line: number
  readonly column: number
  readonly names: readonly string[]
}

/** Why rules do not run; warnings are not among them. */
export const ruleProblems = (): Promise<readonly RuleProblem[]> =>
  requestJson<{ problems: RuleProblem[] }>('/_vedetta/rules?size=0').then(({ problems }) =>
    problems.filter(({ severity }) => severity === 'error'),
  )

export async function ruleDetails(id: string): Promise<RuleDetails> {
  const document = await requestJson<Document>(`/_vedetta/rules/${encodeURIComponent(id)}`)
  const source = [document['yaml'], document['source'], document['text']].find((text) => typeof text === 'string')
  return { document, source: source as string | undefined }
}

/** What a rule would have raised over stored events. */
export interface RulePreview {
  readonly days: number
  readonly from: number
  readonly events: number
  /** There were more events than are judged at once. */
  readonly truncated: boolean
  readonly alerts: number
  readonly perDay: readonly number[]
  readonly samples: readonly { readonly time: number; readonly entity: string; readonly reason: string }[]
}

const VERBS = { enabled: '_enable', disabled: '_disable', simulated: '_simulate' } as const

export const rules = {
  preview: (id: string, days: number, signal?: AbortSignal) =>
    requestJson<RulePreview>('/_vedetta/rules/_preview', {
      body: { id, days },
      ...(signal === undefined ? {} : { signal }),
    }),
  check: (text: string) =>
    requestJson<{ problems: RuleProblem[]; fields: CheckedField[] }>('/_vedetta/rules/_check', {
      body: { name: 'draft.yml', text },
    }),
  modifiers: () =>
    requestJson<{ modifiers: Record<string, string> }>('/_vedetta/rules/_modifiers').then((answer) => answer.modifiers),
  setState: (id: string, state: RuleState) =>
    requestJson(`/_vedetta/rules/${encodeURIComponent(id)}/${VERBS[state]}`, { method: 'POST' }),
  add: (name: string, text: string, state: RuleState) =>
    requestJson<{ added: { id: string }[] }>('/_vedetta/rules', { body: { name, text, state } }),
  remove: (id: string) => requestJson(`/_vedetta/rules/${encodeURIComponent(id)}`, { method: 'DELETE' }),
}

async function loadedRules(): Promise<readonly Document[]> {
  try {
    const { rules } = await requestJson<{ rules: Document[] }>('/_vedetta/rules?size=10000')
    return rules
  } catch (error) {
    // A server that keeps no list of rules still has their alerts.
    if (error instanceof ApiError && error.kind === 'refused') return []
    throw error
  }
}

function idOf(rule: Document): string {
  return String(rule['id'] ?? '')
}

function readRule(rule: Document, day: number, week: number): RuleSummary {
  const { name, title, level, severity, kind, tags, state, enabled, errors, hits, builtin, origin, logsource } = rule
  const list = (value: unknown): string[] =>
    (Array.isArray(value) ? value : []).map((one) => (typeof one === 'string' ? one : JSON.stringify(one)))
  return {
    id: idOf(rule),
    name: String(title ?? name ?? rule['id'] ?? ''),
    level: String(level ?? severity ?? 'informational'),
    kind: String(kind ?? 'sigma'),
    tags: list(tags),
    state: (state as RuleState | undefined) ?? (enabled === false ? 'disabled' : 'enabled'),
    added: origin === 'added',
    builtIn: builtin === true,
    logsource: (logsource ?? {}) as Record<string, string>,
    errors: list(errors),
    day,
    week,
    ...(typeof hits === 'number' ? { hits } : {}),
  }
}
