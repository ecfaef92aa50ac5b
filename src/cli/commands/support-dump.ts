import type { Command } from 'commander'
import { serverOption } from '../options.ts'

interface DumpOptions {
  readonly url: string
  readonly config?: string
  readonly output: string
}

export function registerSupportDump(program: Command): void {
  program
    .command('support-dump')
    .summary('write down what helps others to help you')
    .description(
      'Writes versions, settings (secrets masked) and what a running server says of pipelines, detectors, indices and health into a file ' +
        'of JSON. No event, no name of a user and no secret is in it; look it over before you send it. Nothing is sent anywhere.',
    )
    .addOption(serverOption())
    .option('--config <file>', 'settings file')
    .option('-o, --output <file>', 'the file to write', 'vedetta-support.json')
    .action(async (options: DumpOptions) => {
      const { dumpSupport } = await import('../actions/support-dump.ts')
      for (const line of await dumpSupport(options, program.version()!, program.opts<{ E: string[] }>().E))
        console.log(line)
    })
}
