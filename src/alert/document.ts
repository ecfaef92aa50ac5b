import { createHash } from 'node:crypto'
import { cloneValue, isObject, newObject, toValue, type Value, type ValueObject } from '../event/index.ts'
import { SEVERITIES, type Finding, type Severity } from './alert.ts'
import { taggedFields } from './attack.ts'

export type Status = 'open' | 'acknowledged' | 'closed'
export const STATUSES: readonly Status[] = ['open', 'acknowledged', 'closed']
export const CLOSE_REASONS = ['false positive', 'true positive', 'benign', 'duplicate'] as const

const EVIDENCE = 100
const LISTED = 10_000

/** The same for all findings of one episode, in live, replay and after a restart. */
export function alertId(finding: Pick<Finding, 'rule' | 'entity' | 'episodeStart'>): string {
  const { rule, entity, episodeStart } = finding
  const key = JSON.stringify([rule.id, entity.field, entity.value, Math.floor(episodeStart)])
  return createHash('sha256').update(key).digest('hex').slice(0, 32)
}

/** What the analyst decided, and what the house adds; kept when the episode grows. */
export interface Kept {
  readonly status: Status
  readonly reason?: string
  readonly assignee?: string
  readonly tags: readonly string[]
  readonly updates: number
  readonly silencedBy?: string
  readonly urgent: boolean
  readonly created: number
}

/** The alert in ECS (`event.kind: alert`), with what ECS has no field for under `vedetta.alert`. */
export function alertDocument(finding: Finding, kept: Kept, risk: number, now: number): ValueObject {
  const { rule, entity } = finding
  const level = SEVERITIES.indexOf(finding.severity)
  const iso = (millis: number): string => new Date(millis).toISOString()
  const document = toValue({
    '@timestamp': iso(finding.time),
    message: finding.reason,
    tags: [...(rule.tags ?? [])],
    event: {
      kind: 'alert',
      category: rule.kind === 'login' ? ['authentication', 'intrusion_detection'] : ['intrusion_detection'],
      type: ['info'],
      action: rule.id,
      reason: finding.reason,
      severity: SEVERITY_SCORE[finding.severity],
      risk_score: risk,
      module: 'vedetta',
      dataset: `vedetta.${rule.kind}`,
      start: iso(finding.first),
      end: iso(finding.last),
      duration: Math.max(0, Math.round((finding.last - finding.first) * 1e6)),
      created: iso(kept.created),
    },
    rule: {
      id: rule.id,
      name: rule.name,
      category: rule.kind,
      ...(rule.version === undefined ? {} : { version: rule.version }),
      ...(rule.description === undefined ? {} : { description: rule.description }),
      ...(rule.references?.[0] === undefined ? {} : { reference: rule.references[0] }),
      ...(rule.author === undefined ? {} : { author: [...rule.author] }),
    },
    ...taggedFields(rule.tags ?? []),
    ...relatedFields(finding),
    vedetta: {
      alert: {
        entity: { field: entity.field, value: entity.value },
        episode: finding.phase === 'end' ? 'ended' : 'active',
        status: kept.status,
        severity: finding.severity,
        level,
        ...(kept.reason === undefined ? {} : { reason: kept.reason }),
        ...(kept.assignee === undefined ? {} : { assignee: kept.assignee }),
        tags: [...kept.tags],
        updates: kept.updates,
        count: finding.count,
        ...(finding.threshold === undefined ? {} : { threshold: finding.threshold }),
        estimated: finding.estimated === true,
        ...(finding.error === undefined ? {} : { error: finding.error }),
        culprits: finding.culprits.slice(0, LISTED),
        targets: finding.targets.slice(0, LISTED),
        ports: (finding.ports ?? []).slice(0, LISTED),
        evidence: finding.evidence.slice(0, EVIDENCE).map(({ index, id }) => ({
          ...(index === undefined ? {} : { index }),
          ...(id === undefined ? {} : { id }),
        })),
        urgent: kept.urgent,
        risk,
        ...(kept.silencedBy === undefined ? {} : { silenced_by: kept.silencedBy }),
        simulated: finding.simulated === true,
        updated: iso(now),
      },
    },
  }) as ValueObject
  return merge(document, finding.fields)
}

const SEVERITY_SCORE: Readonly<Record<Severity, number>> = {
  informational: 1,
  low: 21,
  medium: 47,
  high: 73,
  critical: 99,
}

/** Risk of 0 to 100: the severity's score, weighed by the assets it concerns. */
export function riskScore(severity: Severity, weight: number): number {
  return Math.min(100, Math.round(SEVERITY_SCORE[severity] * weight))
}

const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:.]+)$/i

function relatedFields({ culprits, targets }: Finding): object {
  const all = [...new Set([...culprits, ...targets])].slice(0, LISTED)
  const ips = all.filter((value) => ADDRESS.test(value))
  const hosts = all.filter((value) => !ADDRESS.test(value))
  return {
    related: { ...(ips.length === 0 ? {} : { ip: ips }), ...(hosts.length === 0 ? {} : { hosts }) },
  }
}

/** Lays further fields over the alert; what the alert itself says of `vedetta.alert` stays. */
function merge(into: ValueObject, from: ValueObject): ValueObject {
  for (const [name, value] of Object.entries(from)) {
    const before = into[name]
    if (name === 'alert' && isObject(before) && 'episode' in before) continue
    if (isObject(before) && isObject(value)) merge(before, value)
    else into[name] = cloneValue(value)
  }
  return into
}

/** The value at `a.b.c` of a document, nested or with the dots in the name. */
export function valueAt(document: ValueObject, path: string): Value | undefined {
  if (path in document) return document[path]
  let value: Value = document
  for (const part of path.split('.')) {
    if (!isObject(value)) return undefined
    const next: Value | undefined = value[part]
    if (next === undefined) return undefined
    value = next
  }
  return value
}

/** `vedetta.alert` of an alert's document. */
export function alertPart(document: ValueObject): ValueObject {
  const part = valueAt(document, 'vedetta.alert')
  return isObject(part) ? part : newObject()
}

/** The values at a path as texts: none, one or several. */
export function textsAt(document: ValueObject, path: string): string[] {
  const value = valueAt(document, path)
  if (value === undefined || value === null) return []
  return (Array.isArray(value) ? value : [value]).map(String)
}

export function textAt(document: ValueObject, path: string): string | undefined {
  return textsAt(document, path)[0]
}
