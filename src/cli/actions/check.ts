import { readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readRouteFile } from '../../alert/index.ts'
import { diagnose, DiagnosticError, formatDiagnostic, type Diagnostic } from '../../diagnostic/index.ts'
import { readChatSettings, readHttpSettings, readMailSettings } from '../../notify/index.ts'
import { checkPipelines, loadPipelines, type PipelineServices } from '../../pipeline/index.ts'
import type { Settings } from '../../settings/index.ts'
import { checkWatchFile, watchScripts } from '../../watch/index.ts'
import { EXIT } from '../exit.ts'
import { loadCommandSettings } from '../load-settings.ts'
import { createLogger } from '../logger.ts'
import { servicesWithoutStore } from '../pipeline-services.ts'

export interface CheckOptions {
  readonly config?: string
  readonly overrides: readonly string[]
  readonly denyWarnings?: boolean
}

/** Says on standard error what is wrong with the files; answers the exit status. */
export function check(files: readonly string[], { config, overrides, denyWarnings }: CheckOptions): number {
  // Problems of the settings that are checked with end the check: everything else depends on them.
  const settings = loadCommandSettings(config, overrides)
  const problems = files.flatMap((file) => checkPath(file, settings))
  for (const problem of problems) console.error(formatDiagnostic(problem))
  const failing = problems.some(
    ({ severity }) => severity === 'error' || (severity === 'warning' && denyWarnings === true),
  )
  if (!failing) console.log('Configuration OK')
  return failing ? EXIT.failed : EXIT.done
}

function checkPath(path: string, settings: Settings): Diagnostic[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return checkFolder(path, settings)
  if (path.endsWith('.json')) return checkWatch(path, settings)
  if (path.endsWith('pipelines.yml')) return checkPipeline(dirname(path), settings)
  if (/notify\.ya?ml$/.test(path)) return checkRoutes(path)
  if (/\.ya?ml$/.test(path)) return checkSettings(path)
  return checkPipeline(path, settings)
}

/** A folder may hold pipelines, watches and settings; where it holds nothing of all that, it is asked for pipelines. */
function checkFolder(folder: string, settings: Settings): Diagnostic[] {
  const { watches, files, routes, pipelines } = contentsOf(folder)
  return [
    ...(pipelines ? checkPipeline(folder, settings) : []),
    ...watches.flatMap((path) => checkWatch(path, settings)),
    ...files.flatMap(checkSettings),
    ...routes.flatMap(checkRoutes),
  ]
}

interface Contents {
  readonly watches: readonly string[]
  readonly files: readonly string[]
  readonly routes: readonly string[]
  readonly pipelines: boolean
}

function contentsOf(folder: string): Contents {
  const names = readdirSync(folder).filter((name) => !name.startsWith('.'))
  const paths = (test: RegExp): string[] =>
    names
      .filter((name) => test.test(name))
      .sort()
      .map((name) => join(folder, name))
  const [watches, files, routes] = [paths(/\.json$/), paths(/^vedetta\.ya?ml$/), paths(/^notify\.ya?ml$/)]
  const others = watches.length + files.length + routes.length > 0
  const found = names.some((name) => name.endsWith('.conf') || name === 'pipelines.yml')
  return { watches, files, routes, pipelines: found || !others }
}

/** What of a path is pipelines, and is loaded as such. */
export function pipelinesAt(path: string): string | undefined {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
    return contentsOf(path).pipelines ? path : undefined
  if (path.endsWith('pipelines.yml')) return dirname(path)
  return /\.(?:json|ya?ml)$/.test(path) ? undefined : path
}

function checkPipeline(path: string, settings: Settings): Diagnostic[] {
  const notices: Diagnostic[] = []
  const services = checkServices(settings, (message) => {
    notices.push(diagnose('pipeline.notice', { message }, { severity: 'warning' }))
  })
  const lookUp = settings.variable
  return gather(() => [...checkPipelines(loadPipelines(path, lookUp), services, lookUp), ...notices])
}

/** Nothing is written by a check; that there is a store lets outputs that mean it pass. */
export function checkServices(settings: Settings, notice: (message: string) => void): PipelineServices {
  return {
    ...servicesWithoutStore(settings, createLogger('error', 'plain')),
    store: { bulk: () => Promise.resolve([]), putTemplate: () => Promise.resolve() },
    notice,
  }
}

function checkWatch(path: string, settings: Settings): Diagnostic[] {
  const defaultLang = settings.values['watcher.script.default_lang']
  return [...checkWatchFile(path, watchScripts({ defaultLang }))]
}

function checkSettings(path: string): Diagnostic[] {
  return gather(() => {
    const { open, spans } = loadCommandSettings(path, [])
    const { notices } = readMailSettings(open, spans)
    readChatSettings(open, spans)
    readHttpSettings(open, spans)
    return notices.map((message) => diagnose('pipeline.notice', { message }, { severity: 'warning' }))
  })
}

function checkRoutes(path: string): Diagnostic[] {
  return gather(() => {
    readRouteFile(path)
    return []
  })
}

function gather(work: () => Diagnostic[]): Diagnostic[] {
  try {
    return work()
  } catch (error) {
    if (error instanceof DiagnosticError) return [...error.diagnostics]
    throw error
  }
}
