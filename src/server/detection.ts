import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  openDispatcher,
  readRouteFile,
  textAt,
  type AlertChange,
  type Alerts,
  type Dispatcher,
  type DispatcherOptions,
} from '../alert/index.ts'
import type { Clock } from '../clock/index.ts'
import { createLoginDetector, createScanDetector, createSilenceDetector, type Detector } from '../detect/index.ts'
import { createSigmaDetector, readRules } from '../detect/sigma/index.ts'
import { diagnose, fail, type Diagnostic } from '../diagnostic/index.ts'
import type { Settings } from '../settings/index.ts'
import type { Alarms } from './alarms.ts'

/** The detectors that the settings ask for; `told` gets what is wrong with rules, of which the others run. */
export function createDetectors(settings: Settings, clock: Clock, told: (problem: Diagnostic) => void): Detector[] {
  const { values, folder } = settings
  if (!values['detect.enabled']) return []
  const rules = values['path.rules']
  return [
    ...(rules === undefined ? [] : [sigma(resolve(folder, rules), told)]),
    createLoginDetector({
      failures: values['detect.login.failures'],
      users: values['detect.login.users'],
      windowMillis: values['detect.login.window'],
    }),
    createScanDetector({
      ports: values['detect.scan.ports'],
      hosts: values['detect.scan.hosts'],
      quietMillis: values['detect.scan.quiet'],
      allowed: values['detect.scan.allowed'],
      home: values['detect.home_networks'],
    }),
    createSilenceDetector({ clock, silentAfter: values['detect.silent_after'] }),
  ]
}

function sigma(path: string, told: (problem: Diagnostic) => void): Detector {
  if (!existsSync(path)) throw fail('settings.unreadable', { path, reason: 'it does not exist' })
  const { rules, problems } = readRules([path])
  if (rules.length === 0) told(diagnose('detect.no_rules', { path }, { severity: 'warning' }))
  const detector = createSigmaDetector(rules)
  for (const problem of [...problems, ...detector.problems]) told(problem)
  return detector
}

/** The file of routes: the one of the settings, or `notify.yml` beside them where it is there. */
export function routeFile({ values, folder, origin }: Settings): string | undefined {
  const given = values['path.notify']
  if (given !== undefined) return resolve(folder, given)
  if (origin.size === 0) return undefined
  const usual = join(folder, 'notify.yml')
  return existsSync(usual) ? usual : undefined
}

/** @throws DiagnosticError for a file that cannot be read or is wrong, with every place */
export async function openRoutes(
  options: Omit<DispatcherOptions, 'table' | 'message'> & { readonly settings: Settings },
): Promise<Dispatcher | undefined> {
  const { settings, ...rest } = options
  const path = routeFile(settings)
  if (path === undefined) return undefined
  const message = { zone: settings.values.time_zone, publicUrl: settings.values['http.public_url'] }
  return openDispatcher({ ...rest, table: readRouteFile(path), message })
}

const LINES_A_MINUTE = 20

/** A line on the terminal for each alert that opens; in a flood twenty a minute, then how many more there were. */
export function sayAlerts(alerts: Alerts, alarms: Alarms, clock: Clock, say: (line: string) => void): () => void {
  let minute = 0
  let said = 0
  let passed = 0
  const turn = (): void => {
    const now = Math.floor(clock.monotonic() / 60_000)
    if (now === minute) return
    if (passed > 0) say(`ALERT ${passed} more alerts in the minute before; see: vedetta alerts list`)
    minute = now
    said = 0
    passed = 0
  }
  return alerts.subscribe(({ change, alert: { document } }: AlertChange) => {
    if (change !== 'opened' && change !== 'reopened') return
    if (textAt(document, 'vedetta.alert.silenced_by') !== undefined) return
    turn()
    const subject = `${textAt(document, 'vedetta.alert.severity') ?? ''} ${textAt(document, 'rule.name') ?? ''}`
    const text = textAt(document, 'event.reason') ?? ''
    alarms.add({ time: new Date(clock.now()).toISOString(), subject, text, kind: 'alert' })
    if (++said > LINES_A_MINUTE) passed++
    else say(`ALERT ${subject}: ${text.split('\n').join(' | ')}`)
  })
}
