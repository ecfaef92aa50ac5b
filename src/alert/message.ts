import type { ValueObject } from '../event/index.ts'
import { SEVERITIES } from './alert.ts'
import type { StoredAlert } from './alerts.ts'
import { textAt, textsAt } from './document.ts'

export interface MessageSettings {
  /** `time_zone`. */
  readonly zone: string
  /** `http.public_url`. */
  readonly publicUrl?: string | undefined
}

const LEVELS: readonly string[] = SEVERITIES

/** `[high] Password guessing: 192.0.2.7`, or for several `[high] 12 alerts: Password guessing (10), Port scan (2)`. */
export function subjectOf(alerts: readonly StoredAlert[]): string {
  const worst = alerts.reduce(
    (most, { document }) => Math.max(most, LEVELS.indexOf(at(document, 'vedetta.alert.severity'))),
    0,
  )
  const level = LEVELS[worst]!
  const [only] = alerts
  if (alerts.length === 1 && only !== undefined)
    return `[${level}] ${at(only.document, 'rule.name')}: ${at(only.document, 'vedetta.alert.entity.value')}`
  const rules = new Map<string, number>()
  for (const { document } of alerts) {
    const name = at(document, 'rule.name')
    rules.set(name, (rules.get(name) ?? 0) + 1)
  }
  const named = [...rules].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${name} (${count})`)
  return `[${level}] ${alerts.length} alerts: ${named.slice(0, 5).join(', ')}${named.length > 5 ? ', ...' : ''}`
}

/** The text of a mail: why, how many against what limit, when, every culprit, and where to look. */
export function textOf(alerts: readonly StoredAlert[], settings: MessageSettings, note?: string): string {
  const lines: string[] = []
  if (alerts.length > 1) {
    const culprits = new Set(alerts.flatMap(({ document }) => textsAt(document, 'vedetta.alert.culprits')))
    lines.push(`${alerts.length} alerts, ${culprits.size} sources: ${[...culprits].join(', ')}`, '')
  }
  for (const alert of alerts) lines.push(...partOf(alert, settings), '')
  if (note !== undefined) lines.push(note)
  return `${lines.join('\n').trimEnd()}\n`
}

function partOf({ id, document }: StoredAlert, settings: MessageSettings): string[] {
  const threshold = textAt(document, 'vedetta.alert.threshold')
  const estimated = textAt(document, 'vedetta.alert.estimated') === 'true'
  const error = textAt(document, 'vedetta.alert.error')
  const listed = (path: string): string => textsAt(document, path).join(', ')
  const url = settings.publicUrl?.replace(/\/+$/, '')
  const ended = textAt(document, 'vedetta.alert.episode') === 'ended'
  return [
    at(document, 'event.reason'),
    `  Rule: ${at(document, 'rule.name')} (${at(document, 'rule.id')}), severity ${at(document, 'vedetta.alert.severity')}${ended ? ', over' : ''}`,
    `  Count: ${estimated ? 'about ' : ''}${at(document, 'vedetta.alert.count')}${error === undefined ? '' : ` (error at most ${(Number(error) * 100).toFixed(1)} %)`}${threshold === undefined ? '' : `, threshold ${threshold}`}`,
    `  From ${bothTimes(at(document, 'event.start'), settings.zone)}`,
    `  to ${bothTimes(at(document, 'event.end'), settings.zone)}`,
    `  Sources: ${listed('vedetta.alert.culprits') || 'none'}`,
    `  Targets: ${listed('vedetta.alert.targets') || 'none'}`,
    ...(url === undefined ? [`  Alert: vedetta alerts show ${id}`] : [`  ${url}/_vedetta/ui/alerts/${id}`]),
  ]
}

/** `2026-11-24 13:00:05 Europe/Rome (2026-11-24T12:00:05Z)`. */
function bothTimes(iso: string, zone: string): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return iso
  const utc = `${date.toISOString().slice(0, 19)}Z`
  if (zone === 'UTC') return utc
  const local = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  return `${local.format(date)} ${zone} (${utc})`
}

/** The JSON that Alertmanager's webhook receivers read, version 4. */
export function webhookBody(
  alerts: readonly StoredAlert[],
  receiver: string,
  group: string,
  settings: MessageSettings,
): object {
  const active = alerts.some(({ document }) => textAt(document, 'vedetta.alert.episode') !== 'ended')
  const url = settings.publicUrl?.replace(/\/+$/, '') ?? ''
  return {
    version: '4',
    groupKey: group,
    truncatedAlerts: 0,
    status: active ? 'firing' : 'resolved',
    receiver,
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: url,
    alerts: alerts.map(({ id, document }) => {
      const ended = textAt(document, 'vedetta.alert.episode') === 'ended'
      return {
        status: ended ? 'resolved' : 'firing',
        labels: {
          alertname: at(document, 'rule.name'),
          rule: at(document, 'rule.id'),
          severity: at(document, 'vedetta.alert.severity'),
          entity: at(document, 'vedetta.alert.entity.value'),
        },
        annotations: {
          summary: at(document, 'event.reason'),
          description: textOf([{ id, index: '', document }], settings),
        },
        startsAt: at(document, 'event.start'),
        endsAt: ended ? at(document, 'event.end') : '0001-01-01T00:00:00Z',
        generatorURL: `${url}/_vedetta/ui/alerts/${id}`,
        fingerprint: id.slice(0, 16),
      }
    }),
  }
}

function at(document: ValueObject, path: string): string {
  return textAt(document, path) ?? ''
}
