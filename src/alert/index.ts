export {
  SEVERITIES,
  type Entity,
  type Evidence,
  type Finding,
  type FindingRule,
  type RuleKind,
  type Severity,
} from './alert.ts'
export type {
  AlertChange,
  AlertPage,
  Alerts,
  AlertsOptions,
  HistoryRow,
  StoredAlert,
  Transition,
  TransitionTarget,
} from './alerts.ts'
export { AssetTable } from './assets.ts'
export { Cases, type Case, type CaseRow } from './cases.ts'
export { CLOSE_REASONS, STATUSES, textAt, textsAt, valueAt, type Status } from './document.ts'
export type { AlertGroup } from './groups.ts'
export { FILTERS, type AlertQuery } from './query.ts'
export type { Matcher, Silence } from './silences.ts'
export { openAlerts } from './stored-alerts.ts'
export type { Task } from './tasks.ts'
export {
  openDispatcher,
  readAlertDocument,
  routeAlert,
  type Dispatcher,
  type DispatcherOptions,
  type Routed,
} from './dispatcher.ts'
export { readRouteFile, readRoutes, type Receiver, type RouteTable } from './route-file.ts'
