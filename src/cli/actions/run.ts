import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { formatDiagnostic } from '../../diagnostic/index.ts'
import {
  checkPipelines,
  loadPipelines,
  queueOf,
  readQueueSettings,
  Reloader,
  startPipelines,
  type PipelineDefinition,
} from '../../pipeline/index.ts'
import type { Settings } from '../../settings/index.ts'
import type { RunFlags } from '../commands/run.ts'
import { EndSignal, statusOf } from '../end-signal.ts'
import { CommandError, EXIT } from '../exit.ts'
import { loadCommandSettings } from '../load-settings.ts'
import { createLogger } from '../logger.ts'
import { settingOverrides, settingsFile } from '../logstash-flags.ts'
import { servicesWithoutStore } from '../pipeline-services.ts'

/** Runs pipelines to their end; answers the exit status. `notices` are said once at the start. */
export async function run(flags: RunFlags, overrides: readonly string[], notices: readonly string[]): Promise<number> {
  const settings = loadCommandSettings(settingsFile(flags), [...overrides, ...settingOverrides(flags)])
  const logger = createLogger(settings.values['log.level'], settings.values['log.format'])
  for (const notice of notices) logger.warn({}, notice)
  let definitions = definitionsOf(flags, settings)
  const services = servicesWithoutStore(settings, logger, () => definitions)
  const lookUp = settings.variable
  if (flags['config.test_and_exit'] === true) {
    const problems = checkPipelines(definitions, services, lookUp)
    for (const problem of problems) console.error(formatDiagnostic(problem))
    if (problems.some((problem) => problem.severity === 'error')) return EXIT.failed
    console.log('Configuration OK')
    return EXIT.done
  }
  let signalled: NodeJS.Signals | undefined
  let reloader: Reloader | undefined
  const ending = new EndSignal(
    (signal) => {
      signalled = signal
    },
    () => void reloader?.reload(),
  )
  const running = await startPipelines(definitions, services, lookUp)
  const { values } = settings
  reloader = new Reloader({
    pipelines: running,
    load: () => (definitions = definitionsOf(flags, settings)),
    intervalMillis: values['config.reload.automatic'] ? values['config.reload.interval'] : undefined,
    clock: services.clock,
    logger,
  })
  const stopped = ending.received.then(() => running.stop())
  // The timers of the pipelines do not keep the process alive, and an input may be waiting for nothing else.
  const alive = setInterval(() => {}, 2 ** 30)
  await Promise.race([running.ended, stopped])
  clearInterval(alive)
  reloader.stop()
  ending.forget()
  if (running.failures.length > 0) return EXIT.failed
  return signalled === undefined ? EXIT.done : statusOf(signalled)
}

function definitionsOf(flags: RunFlags, settings: Settings): PipelineDefinition[] {
  const lookUp = settings.variable
  const queue = readQueueSettings(settings)
  const { 'path.config': paths, 'config.string': text, 'path.settings': folder } = flags
  const listing = folder === undefined ? undefined : join(folder, 'pipelines.yml')
  let definitions: PipelineDefinition[]
  if (paths === undefined && text === undefined && listing !== undefined && existsSync(listing))
    definitions = loadPipelines(folder!, lookUp, queue)
  else if ((paths === undefined) === (text === undefined))
    throw new CommandError('give either -f FILE or -e CONFIG', EXIT.usage)
  else
    definitions = text === undefined ? loadPipelines(paths!, lookUp, queue) : [{ ...inline(text), ...queueOf(queue) }]
  const { 'pipeline.id': id, 'pipeline.batch.size': batchSize } = flags
  if (id !== undefined && definitions.length > 1)
    throw new CommandError(`'--pipeline.id' names one pipeline, and there are ${definitions.length}`, EXIT.usage)
  return definitions.map((definition) => ({
    ...definition,
    ...(id === undefined ? {} : { id }),
    ...(batchSize === undefined ? {} : { batchSize }),
  }))
}

/** As Logstash does with `-e`: what has no input reads standard input, what has no output prints. */
function inline(text: string): PipelineDefinition {
  const has = (section: string): boolean => new RegExp(`(?:^|[\\s}])${section}\\s*\\{`).test(text)
  const sources = [{ name: '-e', text }]
  if (!has('input')) sources.push({ name: '-e (input)', text: 'input { stdin { } }' })
  if (!has('output')) sources.push({ name: '-e (output)', text: 'output { stdout { codec => rubydebug } }' })
  return { id: 'main', sources }
}
