import type { Command } from 'commander'
import { CommandError, EXIT } from '../exit.ts'
import {
  addForeignFlags,
  addSettingFlags,
  FOREIGN,
  foreignNotices,
  type ForeignFlags,
  type SettingFlags,
} from '../logstash-flags.ts'

/** Options by Logstash's long names; the flags' dots are part of the name. */
export interface RunFlags extends SettingFlags {
  readonly 'path.config'?: readonly string[]
  readonly 'config.string'?: string
  readonly 'config.test_and_exit'?: boolean
  readonly 'pipeline.id'?: string
  readonly 'pipeline.batch.size'?: number
}

const NO_HTTP = 'run serves no HTTP; vedetta start does'

const OTHERS: ForeignFlags = {
  ...FOREIGN,
  refused: [
    ...FOREIGN.refused,
    ['--api.enabled <boolean>', NO_HTTP],
    ['--api.http.host <host>', NO_HTTP],
    ['--api.http.port <port>', NO_HTTP],
    ['--http.host <host>', NO_HTTP],
    ['--http.port <port>', NO_HTTP],
  ],
}

export function registerRun(program: Command): void {
  const command = program
    .command('run')
    .summary('run pipelines alone, as Logstash does')
    .description(
      'Runs pipelines without server and store; ends when every input has ended, or on Ctrl-C or SIGTERM once what was ' +
        'read is written. On SIGHUP without a terminal it takes up changed configurations. Without -f and -e the pipelines.yml in ' +
        'the folder of --path.settings is run.',
    )
    .option('-f, --path.config <path...>', 'files, globs, or a folder, which is one pipeline')
    .option(
      '-e, --config.string <config>',
      'a configuration as text; without input or output it reads standard input and prints events',
    )
    .option('-t, --config.test_and_exit', 'only check, as vedetta check does')
    .option('--pipeline.id <id>', 'name of the pipeline')
    .option('-b, --pipeline.batch.size <count>', 'events a batch holds at most; never more than 500', readCount)
  addSettingFlags(command)
  addForeignFlags(command, OTHERS)
  command.action(async (flags: RunFlags) => {
    const notices = foreignNotices(command, OTHERS)
    const { run } = await import('../actions/run.ts')
    process.exitCode = await run(flags, program.opts<{ E: string[] }>().E, notices)
  })
}

function readCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new CommandError(`'--pipeline.batch.size' must be an integer from 1, got '${text}'`, EXIT.usage)
  return Number(text)
}
