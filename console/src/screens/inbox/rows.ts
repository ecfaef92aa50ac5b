import { alertView, type Alert, type AlertFilters, type AlertGroup } from '../../api/alerts.ts'

/** A row of the list: a group of alerts, or one alert. */
export interface Row {
  readonly id: string
  readonly filters: AlertFilters
  /** Its name. */
  readonly rule: string
  readonly ruleId: string
  readonly entity: string
  readonly severity: string
  readonly count: number
  readonly first: unknown
  readonly last: unknown
  readonly targets: number
  readonly ports: number
  readonly sparkline: readonly number[] | undefined
  readonly status: string
  readonly assignee: string
  /** The alert whose details stand for the row. */
  readonly sample: string
}

export function silenceFor(row: Row): { field: string; op: '='; value: string }[] {
  return [
    ...(row.ruleId === '' ? [] : [{ field: 'rule', op: '=' as const, value: row.ruleId }]),
    ...(row.entity === '' ? [] : [{ field: 'entity', op: '=' as const, value: row.entity }]),
  ]
}

export function groupRow(group: AlertGroup, filters: AlertFilters): Row {
  const { key } = group
  return {
    id: JSON.stringify(key),
    filters: { ...filters, ...key },
    rule: key['rule'] === undefined ? '' : group.name || key['rule'],
    ruleId: key['rule'] ?? '',
    entity: key['entity'] ?? '',
    severity: group.severity,
    count: group.count,
    first: group.first,
    last: group.last,
    targets: group.targets,
    ports: group.ports,
    sparkline: group.sparkline,
    status: '',
    assignee: '',
    sample: group.sample,
  }
}

export function alertRow(alert: Alert, filters: AlertFilters): Row {
  const view = alertView(alert)
  return {
    id: alert.id,
    filters: { ...filters },
    rule: view.rule,
    ruleId: view.ruleId,
    entity: view.entityValue,
    severity: view.severity,
    count: 1,
    first: view.first,
    last: view.last,
    targets: view.targets.length,
    ports: view.ports.length,
    sparkline: undefined,
    status: view.status,
    assignee: view.assignee,
    sample: alert.id,
  }
}
