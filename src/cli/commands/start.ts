import { resolve } from 'node:path'
import type { Command } from 'commander'
import {
  addForeignFlags,
  addSettingFlags,
  FOREIGN,
  foreignNotices,
  settingOverrides,
  settingsFile,
  type ForeignFlags,
  type SettingFlags,
} from '../logstash-flags.ts'

const ALONE = 'vedetta run runs pipelines alone, as Logstash does'
const LISTENS = 'give -E http.host=HOST and -E http.port=PORT'

const OTHERS: ForeignFlags = {
  ...FOREIGN,
  refused: [
    ...FOREIGN.refused,
    ['-e, --config.string <config>', ALONE],
    ['-t, --config.test_and_exit', 'vedetta check does that'],
    ['-b, --pipeline.batch.size <count>', 'give it in pipelines.yml'],
    ['--pipeline.id <id>', 'give it in pipelines.yml'],
    ['--api.enabled <boolean>', 'it always serves HTTP'],
    ['--api.http.host <host>', LISTENS],
    ['--api.http.port <port>', LISTENS],
    ['--http.host <host>', LISTENS],
    ['--http.port <port>', LISTENS],
  ],
}

export function registerStart(program: Command, version: string): void {
  const command = program
    .command('start')
    .summary('start everything: store, HTTP, pipelines, watches')
    .description(
      'Starts the whole system and runs until Ctrl-C or SIGTERM; what was read is written before it ends. On SIGHUP without a ' +
        'terminal it takes up changed pipelines.',
    )
    .option('-f, --path.config <path>', 'folder of pipelines, or a file; as -E path.pipelines=PATH')
    .addHelpText(
      'after',
      '\nEvery setting is in docs/reference/settings.md, such as -E http.port=9201 -E path.data=DIR.',
    )
  addSettingFlags(command)
  addForeignFlags(command, OTHERS)
  command.action(async (flags: SettingFlags & { readonly 'path.config'?: string }) => {
    const notices = foreignNotices(command, OTHERS)
    const { 'path.config': path } = flags
    const { start } = await import('../actions/start.ts')
    const overrides = [
      ...program.opts<{ E: string[] }>().E,
      ...(path === undefined ? [] : [`path.pipelines=${resolve(path)}`]),
      ...settingOverrides(flags),
    ]
    process.exitCode = await start(settingsFile(flags), overrides, version, notices)
  })
}
