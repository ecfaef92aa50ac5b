import type { Command } from 'commander'
import { formatDiagnostic } from '../../diagnostic/index.ts'
import { checkPipelines, loadPipelines, startPipelines, type PipelineDefinition } from '../../pipeline/index.ts'
import { CommandError, EXIT } from '../exit.ts'
import { loadCommandSettings } from '../load-settings.ts'
import { createLogger } from '../logger.ts'
import { servicesWithoutStore } from '../pipeline-services.ts'

interface Options {
  readonly f?: readonly string[]
  readonly e?: string
  readonly t?: boolean
  readonly config?: string
}

export function registerRun(program: Command): void {
  program
    .command('run')
    .summary('run pipelines alone, as Logstash does')
    .description(
      'Runs pipelines without server and store; ends when every input has ended, or on a signal once what was read is written.',
    )
    .option('-f <file|folder|glob...>', 'configurations; a folder is one pipeline')
    .option('-e <config>', 'a configuration as text; without input or output it reads standard input and prints events')
    .option('-t', 'only check, as vedetta check does')
    .option('--config <file>', 'settings file')
    .action(async (options: Options) => {
      process.exitCode = await runPipelines(options, program.opts<{ E: string[] }>().E)
    })
}

async function runPipelines(options: Options, overrides: readonly string[]): Promise<number> {
  if ((options.f === undefined) === (options.e === undefined))
    throw new CommandError('give either -f FILE or -e CONFIG', EXIT.usage)
  const settings = loadCommandSettings(options.config, overrides)
  const logger = createLogger(settings.values['log.level'], settings.values['log.format'])
  const services = servicesWithoutStore(settings, logger)
  const lookUp = (name: string): string | undefined => process.env[name]
  const definitions = options.e === undefined ? loadPipelines(options.f!, lookUp) : [inline(options.e)]
  if (options.t === true) {
    const problems = checkPipelines(definitions, services, lookUp)
    for (const problem of problems) console.error(formatDiagnostic(problem))
    if (problems.some((problem) => problem.severity === 'error')) return EXIT.failed
    console.log('Configuration OK')
    return EXIT.done
  }
  const running = await startPipelines(definitions, services, lookUp)
  let interrupted = false
  const stop = (signal: NodeJS.Signals): void => {
    interrupted = signal === 'SIGINT'
    void running.stop()
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
  // The timers of the pipelines do not keep the process alive, and an input may be waiting for nothing else.
  const alive = setInterval(() => {}, 2 ** 30)
  await running.ended
  clearInterval(alive)
  process.removeListener('SIGINT', stop).removeListener('SIGTERM', stop)
  if (running.failures.length > 0) return EXIT.failed
  return interrupted ? EXIT.interrupted : EXIT.done
}

/** As Logstash does with `-e`: what has no input reads standard input, what has no output prints. */
function inline(text: string): PipelineDefinition {
  const has = (section: string): boolean => new RegExp(`(?:^|[\\s}])${section}\\s*\\{`).test(text)
  const sources = [{ name: '-e', text }]
  if (!has('input')) sources.push({ name: '-e (input)', text: 'input { stdin { } }' })
  if (!has('output')) sources.push({ name: '-e (output)', text: 'output { stdout { codec => rubydebug } }' })
  return { id: 'main', sources }
}
