import { Option, type Command } from 'commander'

interface ShowOptions {
  readonly config?: string
  readonly origin?: boolean
  readonly changed?: boolean
  readonly output: 'human' | 'json'
}

export function registerConfig(program: Command): void {
  const config = program
    .command('config')
    .summary('the settings in force')
    .description('Shows the settings as they are in force, from defaults, file, environment and command line.')
  config
    .command('show')
    .description('every setting with its value; secrets are masked')
    .option('--config <file>', 'settings file')
    .option('--origin', 'where each value is from')
    .option('--changed', 'only what is not the default')
    .addOption(new Option('-o, --output <form>', 'how it is written').choices(['human', 'json']).default('human'))
    .action(async (options: ShowOptions) => {
      const { showSettings } = await import('../actions/config-show.ts')
      const lines = showSettings({ ...options, overrides: program.opts<{ E: string[] }>().E })
      for (const line of lines) console.log(line)
    })
}
