import type { Command } from 'commander'

export function registerCheck(program: Command): void {
  program
    .command('check')
    .summary('check pipelines, watches and settings without running them')
    .description(
      'Names every problem on standard error as FILE:LINE:COL: message, and ends with status 1 where there is an error. ' +
        'Where a script of a watch names no language, it says which one was chosen.',
    )
    .argument(
      '<file...>',
      'pipelines (*.conf, globs, pipelines.yml), watches (*.json), settings (*.yml), or folders of them',
    )
    .option('--config <file>', 'settings file to check with')
    .option('--deny-warnings', 'warnings fail too')
    .action(async (files: string[], options: { config?: string; denyWarnings?: boolean }) => {
      const { check } = await import('../actions/check.ts')
      process.exitCode = check(files, { ...options, overrides: program.opts<{ E: string[] }>().E })
    })
}
