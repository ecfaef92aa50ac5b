import type { Command } from 'commander'

export function registerStart(program: Command, version: string): void {
  program
    .command('start')
    .summary('start everything: store, HTTP, pipelines, watches')
    .description(
      'Starts the whole system and runs until Ctrl-C or SIGTERM; what was read is written before it ends. On SIGHUP without a ' +
        'terminal it takes up changed pipelines.',
    )
    .option('--config <file>', 'settings file; without it the defaults serve')
    .addHelpText(
      'after',
      '\nEvery setting is in docs/reference/settings.md, such as -E http.port=9201 -E path.data=DIR.',
    )
    .action(async (options: { config?: string }) => {
      const { start } = await import('../actions/start.ts')
      process.exitCode = await start(options.config, program.opts<{ E: string[] }>().E, version)
    })
}
