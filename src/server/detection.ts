import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  openDispatcher,
  readRouteFile,
  textAt,
  valueAt,
  type AlertChange,
  type Alerts,
  type Dispatcher,
  type DispatcherOptions,
} from '../alert/index.ts'
import type { Clock } from '../clock/index.ts'
import {
  createLoginDetector,
  createScanDetector,
  createSilenceDetector,
  SigmaRules,
  type Detector,
} from '../detect/index.ts'
import { diagnose, fail, formatDiagnostic, type Logger } from '../diagnostic/index.ts'
import type { Settings } from '../settings/index.ts'
import type { Alarms } from './alarms.ts'

/** What judges events as they pass; nothing where the settings say so. */
export interface Detectors {
  readonly all: readonly Detector[]
  readonly rules: SigmaRules | undefined
}

/**
 * The detectors that the settings ask for. What is wrong with rules is logged; the others run.
 * @throws DiagnosticError for a path of the settings that does not exist
 */
export async function createDetectors(settings: Settings, parts: DetectorParts): Promise<Detectors> {
  const { values } = settings
  if (!values['detect.enabled']) return { all: [], rules: undefined }
  const rules = await openRules(settings, parts)
  const all = [
    rules,
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
    createSilenceDetector({ clock: parts.clock, silentAfter: values['detect.silent_after'] }),
  ]
  return { all, rules }
}

interface DetectorParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly dataPath: string
  /** The folder of what ships. */
  readonly content: string
}

async function openRules(settings: Settings, { clock, logger, dataPath, content }: DetectorParts): Promise<SigmaRules> {
  const { values, folder } = settings
  const pathsOf = (name: 'path.rules' | 'path.sigma_pipelines'): string[] => {
    const given = values[name]
    if (given === undefined) return []
    const path = resolve(folder, given)
    if (!existsSync(path)) throw fail('settings.unreadable', { path, reason: 'it does not exist' })
    return [path]
  }
  const own = pathsOf('path.rules')
  const rules = new SigmaRules({
    shipped: values['detect.sigma.shipped_rules'] ? [join(content, 'rules')] : [],
    own,
    pipelines: pathsOf('path.sigma_pipelines'),
    lateness: values['detect.sigma.lateness'],
    switchOff: values['detect.sigma.switch_off'],
    clock,
    logger,
    dataPath,
  })
  await rules.open()
  for (const path of own)
    if (!rules.list().some(({ origin }) => origin === 'own'))
      logger.warn({}, formatDiagnostic(diagnose('detect.no_rules', { path }, { severity: 'warning' })))
  return rules
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
    if (valueAt(document, 'vedetta.alert.simulated') === true) return
    turn()
    const subject = `${textAt(document, 'vedetta.alert.severity') ?? ''} ${textAt(document, 'rule.name') ?? ''}`
    const text = textAt(document, 'event.reason') ?? ''
    alarms.add({ time: new Date(clock.now()).toISOString(), subject, text, kind: 'alert' })
    if (++said > LINES_A_MINUTE) passed++
    else say(`ALERT ${subject}: ${text.split('\n').join(' | ')}`)
  })
}
