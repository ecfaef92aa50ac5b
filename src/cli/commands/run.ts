import { Option, type Command } from 'commander'
import { CommandError, EXIT } from '../exit.ts'

/** Options by Logstash's long names; the flags' dots are part of the name. */
export interface RunFlags {
  readonly 'path.config'?: readonly string[]
  readonly 'config.string'?: string
  readonly 'config.test_and_exit'?: boolean
  readonly config?: string
  readonly 'path.settings'?: string
  readonly 'path.data'?: string
  readonly 'pipeline.id'?: string
  readonly 'pipeline.batch.size'?: number
  readonly 'pipeline.ecs_compatibility'?: string
  readonly 'config.reload.automatic'?: boolean
  readonly 'config.reload.interval'?: string
  readonly 'log.level'?: string
  readonly 'log.format'?: string
}

/** Flags of Logstash that cannot be followed, each with what to do instead. */
const REFUSED: readonly (readonly [flags: string, reason: string])[] = [
  ['--config.debug', 'what is read would be printed with its secrets; use vedetta check'],
  ['-l, --path.logs <folder>', 'the log goes to standard error; send that to a file'],
  ['-p, --path.plugins <folder>', 'plugins of Logstash cannot be loaded'],
  ['-n, --node.name <name>', 'nothing shows a name of the node'],
  ['--api.enabled <boolean>', 'run serves no HTTP; vedetta start does'],
  ['--api.http.host <host>', 'run serves no HTTP; vedetta start does'],
  ['--api.http.port <port>', 'run serves no HTTP; vedetta start does'],
  ['--http.host <host>', 'run serves no HTTP; vedetta start does'],
  ['--http.port <port>', 'run serves no HTTP; vedetta start does'],
]

/** Flags of Logstash that ask for what is so anyway, or tune what is not there. */
const WITHOUT_EFFECT: readonly (readonly [flags: string, reason: string])[] = [
  [
    '-w, --pipeline.workers <count>',
    'a pipeline runs in one thread, as many threads as cores, and its outputs write several batches at a time',
  ],
  ['-u, --pipeline.batch.delay <millis>', 'no batch is waited for'],
  ['--pipeline.ordered <choice>', 'events always keep their order'],
  ['--pipeline.unsafe_shutdown', 'a stop drains for 30 s at most'],
]

export function registerRun(program: Command): void {
  const command = program
    .command('run')
    .summary('run pipelines alone, as Logstash does')
    .description(
      'Runs pipelines without server and store; ends when every input has ended, or on Ctrl-C or SIGTERM once what was ' +
        'read is written. On SIGHUP without a terminal it takes up changed configurations.',
    )
    .option('-f, --path.config <path...>', 'files, globs, or a folder, which is one pipeline')
    .option(
      '-e, --config.string <config>',
      'a configuration as text; without input or output it reads standard input and prints events',
    )
    .option('-t, --config.test_and_exit', 'only check, as vedetta check does')
    .option('--config <file>', 'settings file')
    .option('--path.settings <folder>', 'folder of vedetta.yml; without -f and -e its pipelines.yml is run')
    .option('--path.data <folder>', 'where inputs keep their positions')
    .option('-r, --config.reload.automatic', 'take up changes of the configurations while it runs')
    .option('--config.reload.interval <time>', 'how often to look for changes, such as 3s')
    .option('--pipeline.id <id>', 'name of the pipeline')
    .option('-b, --pipeline.batch.size <count>', 'events a batch holds at most; never more than 500', readCount)
    .addOption(
      new Option('--pipeline.ecs_compatibility <names>', 'whose field names plugins use').choices([
        'disabled',
        'v1',
        'v8',
      ]),
    )
    .addOption(
      new Option('--log.level <level>', 'least severe message to show').choices([
        'fatal',
        'error',
        'warn',
        'info',
        'debug',
        'trace',
      ]),
    )
    .addOption(new Option('--log.format <form>', 'form of the log on standard error').choices(['plain', 'json']))
    .addHelpText('after', ownHelp)
  for (const [flags] of [...WITHOUT_EFFECT, ...REFUSED]) command.addOption(new Option(flags).hideHelp())
  command.action(async (flags: RunFlags) => {
    const given = (flag: string): boolean => command.getOptionValueSource(longName(flag).slice(2)) === 'cli'
    for (const [flag, reason] of REFUSED) {
      if (given(flag)) throw new CommandError(`run does not support '${longName(flag)}': ${reason}`, EXIT.usage)
    }
    const notices = WITHOUT_EFFECT.filter(([flag]) => given(flag)).map(
      ([flag, reason]) => `'${longName(flag)}' has no effect here: ${reason}`,
    )
    const { run } = await import('../actions/run.ts')
    process.exitCode = await run(flags, program.opts<{ E: string[] }>().E, notices)
  })
}

function ownHelp(): string {
  const line = ([flags, reason]: readonly [string, string]): string => `  ${flags.padEnd(38)}${reason}`
  return ['', 'Flags of Logstash without effect here:', ...WITHOUT_EFFECT.map(line), '', 'and refused:']
    .concat(REFUSED.map(line))
    .join('\n')
}

function longName(flags: string): string {
  return /--[\w.]+/.exec(flags)![0]
}

function readCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new CommandError(`'--pipeline.batch.size' must be an integer from 1, got '${text}'`, EXIT.usage)
  return Number(text)
}
