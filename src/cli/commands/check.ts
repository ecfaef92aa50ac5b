import { Option, type Command } from 'commander'
import { EXIT } from '../exit.ts'

interface CheckArguments {
  readonly config?: string
  readonly denyWarnings?: boolean
  readonly report?: boolean
  readonly connect?: boolean
  readonly output: 'text' | 'json'
}

export function registerCheck(program: Command): void {
  program
    .command('check')
    .summary('check pipelines, watches and settings without running them')
    .description(
      'Names every problem on standard error as FILE:LINE:COL: message, and ends with status 1 where there is an error. ' +
        'Where a script of a watch names no language, it says which one was chosen. With --report it says instead, of all ' +
        'pipelines below the folders, which plugins they use, how often, and which of the uses run here. With --connect it tries ' +
        'after that, where there was no error, the servers that pipelines and mail accounts speak to, each for 5 s at most, and ends ' +
        'with status 1 where one does not answer; no event is sent.',
    )
    .argument(
      '<file...>',
      'pipelines (*.conf, globs, pipelines.yml), watches (*.json), settings (*.yml), or folders of them',
    )
    .option('--config <file>', 'settings file to check with')
    .option('--deny-warnings', 'warnings fail too')
    .option('--report', 'a table of the plugins that pipelines use, and what is refused of them, each with its places')
    .option('--connect', 'try the servers that pipelines and mail accounts speak to, too')
    .addOption(new Option('-o, --output <form>', 'how the report is written').choices(['text', 'json']).default('text'))
    .action(async (files: string[], options: CheckArguments) => {
      const overrides = program.opts<{ E: string[] }>().E
      if (options.report === true) {
        const { reportPipelines } = await import('../actions/check-report.ts')
        process.exitCode = reportPipelines(files, { ...options, overrides })
        return
      }
      const { check, pipelinesAt } = await import('../actions/check.ts')
      process.exitCode = check(files, { ...options, overrides })
      if (options.connect !== true || process.exitCode !== EXIT.done) return
      const { checkConnections } = await import('../actions/check-connect.ts')
      const paths = files.map(pipelinesAt).filter((path) => path !== undefined)
      process.exitCode = await checkConnections(paths, { ...options, overrides })
    })
}
