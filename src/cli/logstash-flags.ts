import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Option, type Command } from 'commander'
import { CommandError, EXIT } from './exit.ts'

/** Options of Logstash that are settings here, by its long names; the flags' dots are part of the name. */
export interface SettingFlags {
  readonly config?: string
  readonly 'path.settings'?: string
  readonly 'path.data'?: string
  readonly 'pipeline.ecs_compatibility'?: string
  readonly 'config.reload.automatic'?: boolean
  readonly 'config.reload.interval'?: string
  readonly 'log.level'?: string
  readonly 'log.format'?: string
}

/** A flag of Logstash that is not followed, and why, or what to do instead. */
export type ForeignFlag = readonly [flags: string, reason: string]

export interface ForeignFlags {
  readonly refused: readonly ForeignFlag[]
  /** They ask for what is so anyway, or tune what is not there. */
  readonly withoutEffect: readonly ForeignFlag[]
}

/** What no command follows. */
export const FOREIGN: ForeignFlags = {
  refused: [
    ['--config.debug', 'what is read would be printed with its secrets; use vedetta check'],
    ['-i, --interactive <shell>', 'there is no Ruby here; vedetta explain and vedetta test try configurations'],
    ['-l, --path.logs <folder>', 'the log goes to standard error; send that to a file'],
    ['-p, --path.plugins <folder>', 'plugins of Logstash cannot be loaded'],
    ['-n, --node.name <name>', 'nothing shows a name of the node'],
    ['--pipeline.separate_logs', 'the log goes to standard error; each line names its pipeline'],
    ['--modules <names>', 'there are no modules; vedetta init writes pipelines to begin with'],
    ['-M <variable>', 'there are no modules; vedetta init writes pipelines to begin with'],
    ['--setup', 'there are no modules; vedetta init writes pipelines to begin with'],
    ['--cloud.id <id>', 'there are no modules; give hosts in the elasticsearch output'],
    ['--cloud.auth <auth>', 'there are no modules; give user and password in the elasticsearch output'],
  ],
  withoutEffect: [
    [
      '-w, --pipeline.workers <count>',
      'a pipeline runs in one thread, as many threads as cores, and its outputs write several batches at a time',
    ],
    ['-u, --pipeline.batch.delay <millis>', 'no batch is waited for'],
    ['--pipeline.ordered <choice>', 'events always keep their order'],
    ['--pipeline.unsafe_shutdown', 'a stop drains for 30 s at most'],
    ['--field-reference-parser <mode>', 'references are read strictly'],
    ['--log.format.json.fix_duplicate_message_fields <boolean>', 'no line of the log has a field twice'],
  ],
}

export function addSettingFlags(command: Command): Command {
  return command
    .option('--config <file>', 'settings file; without it the defaults serve')
    .option('--path.settings <folder>', 'folder of vedetta.yml')
    .option('--path.data <folder>', 'where everything is kept that must last, such as the positions of inputs')
    .option('-r, --config.reload.automatic', 'take up changes of the configurations while it runs')
    .option('--config.reload.interval <time>', 'how often to look for changes, such as 3s')
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
}

/** The settings file that the flags mean; undefined where there is none. */
export function settingsFile({ config, 'path.settings': folder }: SettingFlags): string | undefined {
  if (folder === undefined || config !== undefined) return config
  const path = join(folder, 'vedetta.yml')
  if (existsSync(path)) return path
  if (existsSync(join(folder, 'logstash.yml')))
    throw new CommandError(
      `'--path.settings' must be a folder with vedetta.yml, got '${folder}' with logstash.yml; ` +
        'see docs/reference/settings.md for the settings there are',
      EXIT.usage,
    )
  return undefined
}

/** As `-E` has them: `key=value`. Paths begin where the command is given, not at the settings file. */
export function settingOverrides(flags: SettingFlags): string[] {
  const level = { fatal: 'error', trace: 'debug' }[flags['log.level'] ?? ''] ?? flags['log.level']
  return Object.entries({
    'path.data': flags['path.data'] === undefined ? undefined : resolve(flags['path.data']),
    'pipeline.ecs_compatibility': flags['pipeline.ecs_compatibility'],
    'config.reload.automatic': flags['config.reload.automatic'] === true ? 'true' : undefined,
    'config.reload.interval': flags['config.reload.interval'],
    'log.level': level,
    'log.format': flags['log.format'],
  }).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]))
}

/** Lets the command know the flags, in its help too, so that each is named when it is given. */
export function addForeignFlags(command: Command, { refused, withoutEffect }: ForeignFlags): void {
  for (const [flags] of [...withoutEffect, ...refused]) command.addOption(new Option(flags).hideHelp())
  const line = ([flags, reason]: ForeignFlag): string => `  ${flags.padEnd(36)}  ${reason}`
  command.addHelpText('after', () =>
    ['', 'Flags of Logstash without effect here:', ...withoutEffect.map(line), '', 'and refused:']
      .concat(refused.map(line))
      .join('\n'),
  )
}

/** What is to be said of the flags that were given. @throws CommandError for one that is refused. */
export function foreignNotices(command: Command, { refused, withoutEffect }: ForeignFlags): string[] {
  const given = ([flags]: ForeignFlag): boolean =>
    command.getOptionValueSource(new Option(flags).attributeName()) === 'cli'
  for (const flag of refused.filter(given))
    throw new CommandError(`${command.name()} does not support '${longName(flag)}': ${flag[1]}`, EXIT.usage)
  return withoutEffect.filter(given).map((flag) => `'${longName(flag)}' has no effect here: ${flag[1]}`)
}

function longName([flags]: ForeignFlag): string {
  return /--[\w.-]+|-\w/.exec(/--[\w.-]+/.exec(flags)?.[0] ?? flags)![0]
}
