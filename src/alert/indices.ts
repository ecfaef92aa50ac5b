import { toValue, type ValueObject } from '../event/index.ts'
import type { Store } from '../search/index.ts'

export const COMMENTS = '.vedetta-comments'
export const SILENCES = '.vedetta-silences'
export const CASES = '.vedetta-cases'
export const CASE_ROWS = '.vedetta-case-history'
export const ALERTS = '.vedetta-alerts-*'
export const HISTORY = '.vedetta-alert-history-*'

const month = (millis: number): string => new Date(millis).toISOString().slice(0, 7).replace('-', '.')

/** The index of an alert follows from the start of its episode, so that an update finds it by name. */
export function alertIndex(episodeStart: number): string {
  return `.vedetta-alerts-${month(episodeStart)}`
}

export function historyIndex(millis: number): string {
  return `.vedetta-alert-history-${month(millis)}`
}

const keyword = { type: 'keyword', ignore_above: 1024 }
const text = { type: 'text' }
const date = { type: 'date' }
const ip = { type: 'ip', ignore_malformed: true }
const long = { type: 'long' }
const float = { type: 'float' }
const boolean = { type: 'boolean' }
const kept = { type: 'object', enabled: false }
const named = { properties: { id: keyword, name: keyword } }
const host = { dynamic: false, properties: { ip, address: keyword, port: long, domain: keyword } }

const ALERT_PROPERTIES = {
  '@timestamp': date,
  message: text,
  tags: keyword,
  event: {
    dynamic: false,
    properties: {
      kind: keyword,
      category: keyword,
      type: keyword,
      action: keyword,
      reason: text,
      outcome: keyword,
      severity: long,
      risk_score: float,
      module: keyword,
      dataset: keyword,
      start: date,
      end: date,
      created: date,
    },
  },
  rule: { dynamic: false, properties: { id: keyword, name: keyword, version: keyword, category: keyword } },
  threat: {
    dynamic: false,
    properties: { framework: keyword, tactic: named, technique: named, group: named, software: named },
  },
  vulnerability: { dynamic: false, properties: { id: keyword } },
  source: host,
  destination: host,
  host: { dynamic: false, properties: { name: keyword, ip } },
  user: { dynamic: false, properties: { name: keyword } },
  related: { dynamic: false, properties: { ip, hosts: keyword, user: keyword } },
  vedetta: {
    dynamic: false,
    properties: {
      alert: {
        dynamic: false,
        properties: {
          entity: { properties: { field: keyword, value: keyword } },
          episode: keyword,
          status: keyword,
          severity: keyword,
          level: long,
          reason: keyword,
          assignee: keyword,
          tags: keyword,
          updates: long,
          count: long,
          threshold: long,
          estimated: boolean,
          error: float,
          culprits: keyword,
          targets: keyword,
          ports: long,
          evidence: kept,
          urgent: boolean,
          risk: float,
          silenced_by: keyword,
          simulated: boolean,
          updated: date,
        },
      },
    },
  },
}

const hidden = { index: { hidden: true } }

const TEMPLATES = {
  '.vedetta-alerts': {
    index_patterns: [ALERTS],
    order: 2_147_483_647,
    settings: hidden,
    mappings: { dynamic: false, properties: ALERT_PROPERTIES },
  },
  '.vedetta-alert-history': {
    index_patterns: [HISTORY, COMMENTS],
    order: 2_147_483_647,
    settings: hidden,
    mappings: {
      dynamic: false,
      properties: { '@timestamp': date, alert: keyword, by: keyword, sequence: long, field: keyword, task: keyword },
    },
  },
  '.vedetta-silences': {
    index_patterns: [SILENCES],
    order: 2_147_483_647,
    settings: hidden,
    mappings: { dynamic: false, properties: { until: date } },
  },
  '.vedetta-cases': {
    index_patterns: [CASES],
    order: 2_147_483_647,
    settings: hidden,
    mappings: {
      dynamic: false,
      properties: {
        title: text,
        description: text,
        status: keyword,
        assignee: keyword,
        tags: keyword,
        alerts: keyword,
        created: date,
        updated: date,
      },
    },
  },
  '.vedetta-case-history': {
    index_patterns: [CASE_ROWS],
    order: 2_147_483_647,
    settings: hidden,
    mappings: { dynamic: false, properties: { '@timestamp': date, case: keyword, sequence: long } },
  },
}

export async function installTemplates(store: Store): Promise<void> {
  for (const [name, body] of Object.entries(TEMPLATES))
    await store.putTemplate(name, toValue(body) as ValueObject, { overwrite: true })
}
