import type { Command } from 'commander'
import { systemClock } from '../../clock/index.ts'
import { CommandError, EXIT } from '../exit.ts'

interface DemoOptions {
  readonly url: string
  readonly seed: string
  readonly hours: string
  readonly volume: string
}

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .summary('load a day of a small network, with scans and guessed passwords')
    .description(
      'Sends made-up traffic of the last hours to a running Vedetta, so that every screen of the console has something to ' +
        'show: people at work, a scan of each shape, guessed passwords of which one succeeds. The same seed makes the same day.',
    )
    .option('--url <url>', 'address of the running Vedetta', 'http://127.0.0.1:9200')
    .option('--seed <number>', 'another number makes another day', '1')
    .option('--hours <number>', 'how long the day is', '24')
    .option('--volume <factor>', 'how much ordinary traffic there is', '1')
    .action(async (options: DemoOptions) => {
      const [{ loadDemo }, { ServerClient }] = await Promise.all([
        import('../actions/demo/index.ts'),
        import('../server-client.ts'),
      ])
      const client = new ServerClient(options.url)
      const { events, alerts } = await loadDemo(client, {
        seed: numberOf('--seed', options.seed, 0, 4_294_967_295),
        hours: numberOf('--hours', options.hours, 1, 168),
        volume: numberOf('--volume', options.volume, 0.1, 100),
        end: systemClock.now(),
      })
      console.log(`${events.toLocaleString('en')} events sent, ${alerts} alerts open`)
      console.log(`look at them: ${client.address}/_vedetta/ui/`)
    })
}

function numberOf(name: string, text: string, least: number, most: number): number {
  const number = Number(text)
  if (text.trim() === '' || !(number >= least && number <= most))
    throw new CommandError(`'${name}' must be a number from ${least} to ${most}, got '${text}'`, EXIT.usage)
  return number
}
