import { accessSync, constants, mkdirSync, readFileSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AssetTable, Cases, openAlerts, type AlertsOptions } from '../alert/index.ts'
import { systemClock, type Clock } from '../clock/index.ts'
import { createDetection, tapStore } from '../detect/index.ts'
import { fail, formatDiagnostic, type Logger } from '../diagnostic/index.ts'
import { GeoDatabases } from '../enrich/index.ts'
import { IngestPipelines, ingestingStore, PROCESSORS, registerIngestRoutes } from '../ingest/index.ts'
import { openNotifier } from '../notify/index.ts'
import {
  DeadLetters,
  loadPipelines,
  readQueueSettings,
  Reloader,
  startPipelines,
  type ListeningInput,
  type PipelineDefinition,
  type RunningPipelines,
} from '../pipeline/index.ts'
import {
  Lifecycle,
  openClusterStore,
  openEmbeddedStore,
  registerLifecycleRoutes,
  registerSearchRoutes,
  shippedTemplates,
  type Store,
} from '../search/index.ts'
import type { Settings } from '../settings/index.ts'
import { createWatcher, registerWatcherRoutes, watchScripts } from '../watch/index.ts'
import { Alarms } from './alarms.ts'
import { registerAlertRoutes } from './alert-routes.ts'
import { AuditLog } from './audit.ts'
import { registerCaseRoutes } from './case-routes.ts'
import { registerConsoleRoutes } from './console/index.ts'
import { registerConsoleFiles } from './console-files.ts'
import { registerPoints } from './console-points.ts'
import { auditChanges, registerSessionRoutes } from './console-session.ts'
import { registerRuleRoutes } from './rule-routes.ts'
import { createDetectors, openRoutes, sayAlerts } from './detection.ts'
import { identityOf } from './identity.ts'
import { EventStreams } from './event-stream.ts'
import { LiveEvents } from './live-events.ts'
import { registerLive } from './live.ts'
import { registerOwnRoutes } from './own-routes.ts'
import { guardStore } from './guarded-store.ts'
import { registerMetrics } from './metrics.ts'
import { registerNodeStats } from './node-stats.ts'
import { createServer } from './server.ts'
import { Sessions } from './sessions.ts'
import { readTls } from './tls.ts'
import { Users } from './users.ts'
import { registerVersions, Versions, versioned } from './versions.ts'

const CONTENT = fileURLToPath(new URL('../content', import.meta.url))

export interface VedettaOptions {
  readonly settings: Settings
  readonly logger: Logger
  readonly clock?: Clock
  /** Of the package, shown by `GET /`. */
  readonly version: string
  /** Gets one line for each alarm. */
  readonly say?: (line: string) => void
}

/** The whole system in one process. */
export interface Vedetta extends AsyncDisposable {
  readonly url: string
  readonly inputs: readonly ListeningInput[]
  readonly dataPath: string
  /** Takes up changed pipelines; what comes of it is in the log. */
  reload(): Promise<void>
  /** Stops the inputs, drains the pipelines, then closes everything; calling it twice is harmless. */
  stop(): Promise<void>
}

/**
 * Starts the store, HTTP and the pipelines, in this order, so that nothing comes in before it can be kept.
 * @throws DiagnosticError for the first part that cannot start, with what was started closed again.
 */
export async function startVedetta(options: VedettaOptions): Promise<Vedetta> {
  const { settings, logger, clock = systemClock, say = () => {} } = options
  const { values, folder } = settings
  const dataPath = resolve(folder, values['path.data'])
  prepareFolder(dataPath)

  const closers: (() => Promise<void>)[] = []
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close()
  }
  try {
    const untapped = await openStore(settings, dataPath, clock, logger)
    closers.push(() => untapped.close())
    for (const { name, body } of shippedTemplates()) await untapped.putTemplate(name, body)

    const alarms = new Alarms()
    const notifier = await openNotifier({
      dataPath,
      settings: settings.open,
      clock,
      logger,
      onAlert(message, receipt) {
        const text = (message.text ?? '').trim()
        const path = receipt.path === undefined ? {} : { path: receipt.path }
        alarms.add({ time: new Date(clock.now()).toISOString(), subject: message.subject, text, ...path })
        const where = receipt.path === undefined ? '' : ` (${receipt.path})`
        say(`ALARM ${message.subject}: ${text.split('\n').join(' | ')}${where}`)
      },
    })
    closers.push(() => notifier.close())
    const routes = await openRoutes({ settings, notifier, clock, logger, dataPath })
    const notify: AlertsOptions['notify'] = (alert, change) => routes?.accept(alert, change)
    const alerts = await openAlerts({
      store: untapped,
      clock,
      logger,
      assets: new AssetTable(values['detect.assets']),
      notify,
    })
    if (routes !== undefined) closers.push(() => routes.stop())
    closers.push(() => alerts.close())
    const quiet = sayAlerts(alerts, alarms, clock, say)
    closers.push(async () => quiet())
    const detectors = await createDetectors(settings, { clock, logger, dataPath, content: CONTENT })
    closers.push(async () => detectors.rules?.stop())
    const detection = createDetection({
      detectors: detectors.all,
      alerts,
      clock,
      logger,
      dataPath,
    })
    const pipelinesOfStore = new IngestPipelines(untapped, clock, new GeoDatabases(dataPath, clock, logger))
    const streams = new EventStreams()
    const liveEvents = new LiveEvents({ store: untapped, clock, logger, streams })
    const tapped = tapStore(detection.tap(untapped), (_operations, items) => liveEvents.note(items))
    const store = ingestingStore(tapped, pipelinesOfStore)
    closers.push(() => detection.stop())
    await detection.start(untapped)
    const scripts = watchScripts({ defaultLang: values['watcher.script.default_lang'] })
    const uuid = await identityOf(dataPath)
    const watcher = createWatcher({
      store,
      scripts,
      notifier,
      clock,
      logger,
      dataPath,
      settings: {
        defaultThrottleMillis: values['xpack.watcher.throttle.period.default_period'],
        catchUp: values['watch.catch_up'],
        historyMillis: values['watch.history.retention'],
      },
      // On a cluster others may run watches too.
      ...(store.forward === undefined ? {} : { shared: { holder: uuid, name: hostname() } }),
      onRun(_watch, state) {
        if (state === 'throttled') alarms.throttledRuns++
      },
    })
    const watches = values['path.watches']
    const folderOfWatches = watches === undefined ? join(CONTENT, 'watches') : resolve(folder, watches)
    for (const problem of await watcher.loadFiles(folderOfWatches)) {
      const level = problem.severity === 'error' ? 'error' : problem.severity === 'warning' ? 'warn' : 'info'
      logger[level]({}, formatDiagnostic(problem))
    }

    const users = new Users(join(dataPath, 'users.json'), clock)
    const tls = readTls(settings)
    const sessions = new Sessions({
      path: join(dataPath, 'sessions.json'),
      users,
      clock,
      secure: tls !== undefined,
    })
    const audit = new AuditLog(join(dataPath, 'audit.ndjson'), clock, logger)
    closers.push(() => audit.close())
    const server = createServer({
      sessions,
      tls,
      host: values['http.host'],
      port: values['http.port'],
      hosts: values['http.allowed_hosts'],
      users,
      logger,
    })
    registerSearchRoutes(server, guardStore(store), {
      clock,
      nodeName: hostname(),
      clusterUuid: uuid,
      version: options.version,
      ingestProcessors: [...PROCESSORS.keys()],
    })
    registerIngestRoutes(server, guardStore(store), pipelinesOfStore)
    const lifecycle = new Lifecycle(store, clock, logger)
    registerLifecycleRoutes(server, guardStore(store), lifecycle)
    if (store.forward === undefined) {
      await lifecycle.start()
      closers.push(() => lifecycle.stop())
    }
    registerWatcherRoutes(server, watcher)
    let pipelines: RunningPipelines | undefined
    let reloader: Reloader | undefined
    const load = (): PipelineDefinition[] =>
      loadPipelines(pathOfPipelines(settings), settings.variable, readQueueSettings(settings))
    const definitions = load()
    const deadLetters = new DeadLetters(dataPath, () => pipelines?.definitions ?? definitions, logger)
    const endExpiring = deadLetters.keepExpiring(clock)
    closers.push(async () => endExpiring())
    const reloadMillis = values['config.reload.automatic'] ? values['config.reload.interval'] : undefined
    const sources = {
      version: options.version,
      uuid,
      reloadMillis,
      store,
      address: () => new URL(url).host,
      definitions: () => pipelines?.definitions ?? definitions,
      pipelines: () => pipelines?.status() ?? [],
      reloads: () => reloader?.stats,
      deadLetters,
      detectors: () => detection.status(),
      now: () => clock.now(),
    }
    registerNodeStats(server, sources)
    registerMetrics(server, sources)
    registerOwnRoutes(server, { version: options.version, alarms, inputs: () => pipelines?.inputs ?? [] })
    registerConsoleRoutes(server, {
      settings,
      store,
      watcher,
      clock,
      deadLetters,
      rules: detectors.rules,
      pipelines: {
        get definitions() {
          return pipelines?.definitions ?? definitions
        },
        get inputs() {
          return pipelines?.inputs ?? []
        },
        status: () => pipelines?.status() ?? [],
      },
    })
    registerSessionRoutes(server, { users, sessions, audit, clock, version: options.version, dataPath })
    registerAlertRoutes(server, alerts, detection)
    registerCaseRoutes(server, new Cases(store, clock, alerts))
    registerRuleRoutes(server, detectors.rules)
    const versions = new Versions({ store, clock, logger, current: () => versioned(detectors.rules, watcher) })
    await versions.open()
    registerVersions(server, server.app, versions)
    const stats = (): object => ({ detectors: detection.status() })
    const endLive = registerLive(server.app, { alerts, clock, streams, stats, mayGoOn: server.mayGoOn })
    liveEvents.register(server.app)
    registerConsoleFiles(server.app)
    registerPoints(server.app, store)
    auditChanges(server.app, audit)
    const { url, port } = await server.listen()
    closers.push(() => server.close())
    closers.push(async () => endLive())

    const shipped = values['path.pipelines'] === undefined
    const running = await startPipelines(
      definitions,
      {
        store,
        clock,
        logger,
        dataPath,
        patternPaths: values['path.patterns'].map((path) => resolve(folder, path)),
        ecs: values['pipeline.ecs_compatibility'],
        inputsHost: values['inputs.host'],
        storeAddresses: [...values['store.aliases'], ...ownAddresses(values['http.host'], port)],
        // Where the shipped pipelines listen is shown at the start; a warning is for what the user wrote.
        notice: (message) => logger[shipped ? 'debug' : 'warn']({}, message),
        deadLetter: (pipelineId, event, reason) => deadLetters.add(pipelineId, event, reason, clock.now()),
      },
      settings.variable,
    )
    closers.push(() => running.stop())
    pipelines = running
    const taking = new Reloader({
      pipelines: running,
      load,
      intervalMillis: reloadMillis,
      clock,
      logger,
    })
    closers.push(async () => taking.stop())
    reloader = taking
    await watcher.start()
    closers.push(() => watcher.stop())
    await versions.begin()
    closers.push(() => versions.close())

    return {
      url,
      inputs: running.inputs,
      dataPath,
      reload: () => taking.reload(),
      stop: closeAll,
      [Symbol.asyncDispose]: closeAll,
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}

function pathOfPipelines({ values, folder }: Settings): string {
  const given = values['path.pipelines']
  return given === undefined ? join(CONTENT, 'pipelines') : resolve(folder, given)
}

function openStore(settings: Settings, dataPath: string, clock: Clock, logger: Logger): Promise<Store> {
  const { values, folder } = settings
  if (values['store.type'] === 'embedded') {
    const retention = { age: values['store.retention.age'], diskShare: values['store.retention.disk'] / 100 }
    return openEmbeddedStore({ path: join(dataPath, 'store'), clock, logger, retention })
  }
  if (values['store.hosts'].length === 0) {
    throw fail('option.missing', { owner: 'store.type: cluster', name: 'store.hosts' })
  }
  const authorities = values['store.ssl.certificate_authorities']
  return openClusterStore({
    hosts: values['store.hosts'],
    auth: {
      username: values['store.username'],
      password: values['store.password'],
      apiKey: values['store.api_key'],
    },
    tls: {
      ca: authorities.length === 0 ? undefined : authorities.map((path) => readFileSync(resolve(folder, path), 'utf8')),
      verification: values['store.ssl.verification_mode'],
    },
    clock,
    logger,
  })
}

/** The addresses under which an elasticsearch output can mean this process. */
export function ownAddresses(host: string, port: number): string[] {
  return [...new Set(['localhost', '127.0.0.1', '[::1]', host])].map((name) => `${name}:${port}`)
}

/** @throws DiagnosticError where the data folder cannot be made or written. */
function prepareFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    if (!statSync(path).isDirectory()) throw new Error('it is not a folder')
    accessSync(path, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw fail('settings.data_path', { path, reason: (error as Error).message })
  }
}
