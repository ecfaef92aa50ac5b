import type { Finding } from '../../alert/index.ts'
import { LOGIN_SETTINGS, SCAN_SETTINGS, type ScanSettings } from '../../detect/index.ts'
import { createSigmaDetector, type CorrelationRule, type Pipeline, type SigmaRule } from '../../detect/sigma/index.ts'
import { table } from '../table.ts'
import { createJudge, type Judge, type ReplayCount } from './replay.ts'

/** What thresholds are multiplied with, one trial each. */
const FACTORS = [1 / 3, 2 / 3, 1, 1.5, 2, 4, 8]
const DAY_MILLIS = 86_400_000
/** Those of a scan detector. */
const LEAST = 3
const MOST = 500

/** How many alerts a rule would have raised at a threshold. */
export interface TunedRow {
  readonly rule: string
  readonly name: string
  /** `ports 15, hosts 25`; '' for a rule without thresholds. */
  readonly threshold: string
  /** Whether it is the threshold that the rule has. */
  readonly present: boolean
  readonly alerts: number
  readonly perDay: number
}

/** The detectors with the same thresholds, all multiplied by one factor. */
interface Trial {
  readonly judge: Judge
  readonly present: boolean
  readonly alerts: Map<string, number>
  /** The thresholds of a rule, by what kind it is of or by its id. */
  readonly thresholds: ReadonlyMap<string, string>
}

/** Tries several thresholds of every rule on the same events. */
export class Tuning {
  private readonly trials: readonly Trial[]
  /** By their ids. */
  private readonly found = new Map<string, Finding['rule']>()

  constructor(scan: Partial<ScanSettings>, rules: readonly SigmaRule[], pipelines: readonly Pipeline[]) {
    this.trials = FACTORS.map((factor) => this.trial(factor, scan, rules, pipelines))
  }

  get judges(): readonly Judge[] {
    return this.trials.map(({ judge }) => judge)
  }

  /** For each rule that found something at a threshold, all its thresholds in ascending order. */
  rows({ first = 0, last = 0 }: Pick<ReplayCount, 'first' | 'last'>): TunedRow[] {
    // A rate from an hour says nothing of a day.
    const days = Math.max(1, (last - first) / DAY_MILLIS)
    const rules = [...this.found.values()].sort((a, b) => a.name.localeCompare(b.name))
    return rules.flatMap(({ id, kind, name }) => {
      // Small thresholds are the same after several factors.
      const distinct = new Map<string, TunedRow>()
      for (const { present, alerts: opened, thresholds } of this.trials) {
        const threshold = thresholds.get(id) ?? thresholds.get(kind) ?? ''
        const alerts = opened.get(id) ?? 0
        if (present || !distinct.has(threshold))
          distinct.set(threshold, { rule: id, name, threshold, present, alerts, perDay: alerts / days })
      }
      return [...distinct.values()]
    })
  }

  private trial(
    factor: number,
    given: Partial<ScanSettings>,
    rules: readonly SigmaRule[],
    pipelines: readonly Pipeline[],
  ): Trial {
    const times = (value: number): number => Math.max(1, Math.round(value * factor))
    const bounded = (value: number): number => Math.min(MOST, Math.max(LEAST, times(value)))
    const { ports, hosts } = { ...SCAN_SETTINGS, ...given }
    const scan = { ...given, ports: bounded(ports), hosts: bounded(hosts) }
    const { failures, users, before } = LOGIN_SETTINGS
    const login = { failures: times(failures), users: times(users), before: times(before) }
    const scaled = rules.map((rule) => (rule.kind === 'correlation' ? scaledBounds(rule, factor) : rule))
    const alerts = new Map<string, number>()
    const tell = ({ phase, rule }: Finding): void => {
      if (phase !== 'open') return
      this.found.set(rule.id, rule)
      alerts.set(rule.id, (alerts.get(rule.id) ?? 0) + 1)
    }
    return {
      judge: createJudge({ scan, login }, tell, rules.length === 0 ? [] : [createSigmaDetector(scaled, { pipelines })]),
      present: factor === 1,
      alerts,
      thresholds: new Map([
        ['scan', `ports ${scan.ports}, hosts ${scan.hosts}`],
        ['login', `failures ${login.failures}, users ${login.users}, before ${login.before}`],
        ...scaled.flatMap((rule): [string, string][] =>
          rule.kind === 'correlation' && hasThreshold(rule) ? [[rule.id, boundsText(rule)]] : [],
        ),
      ]),
    }
  }
}

/** As a table for people; the threshold that a rule has is marked. */
export function tunedLines(rows: readonly TunedRow[]): string[] {
  if (rows.length === 0) return ['no alerts at any threshold']
  return table(
    ['RULE', 'THRESHOLD', 'ALERTS', 'PER DAY'],
    rows.map(({ name, threshold, present, alerts, perDay }) => [
      name,
      threshold === '' ? '-' : `${threshold}${present ? ' *' : ''}`,
      String(alerts),
      perDay.toFixed(1),
    ]),
  )
}

/** How many rules are seen is no threshold to tune. */
function hasThreshold({ type }: CorrelationRule): boolean {
  return type !== 'temporal' && type !== 'temporal_ordered'
}

function scaledBounds(rule: CorrelationRule, factor: number): CorrelationRule {
  if (!hasThreshold(rule)) return rule
  const counts = rule.type === 'event_count' || rule.type === 'value_count'
  const scale = (value: number): number => (counts ? Math.max(1, Math.round(value * factor)) : value * factor)
  return { ...rule, bounds: rule.bounds.map(({ operator, value }) => ({ operator, value: scale(value) })) }
}

function boundsText({ bounds }: CorrelationRule): string {
  return bounds.map(({ operator, value }) => `${operator} ${Number(value.toPrecision(6))}`).join(', ')
}
