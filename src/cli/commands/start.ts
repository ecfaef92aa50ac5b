import { networkInterfaces } from 'node:os'
import type { Command } from 'commander'
import { startVedetta, type Vedetta } from '../../server/index.ts'
import { EXIT } from '../exit.ts'
import { loadCommandSettings } from '../load-settings.ts'
import { createLogger } from '../logger.ts'

export function registerStart(program: Command, version: string): void {
  program
    .command('start')
    .summary('start everything: store, HTTP, pipelines')
    .description('Starts the whole system and runs until a signal; what was read is written before it ends.')
    .option('--config <file>', 'settings file; without it the defaults serve')
    .action(async (options: { config?: string }) => {
      process.exitCode = await start(options.config, program.opts<{ E: string[] }>().E, version)
    })
}

async function start(config: string | undefined, overrides: readonly string[], version: string): Promise<number> {
  const settings = loadCommandSettings(config, overrides)
  const logger = createLogger(settings.values['log.level'], settings.values['log.format'])
  const signalled = new Promise<NodeJS.Signals>((resolve) => {
    process.once('SIGINT', resolve).once('SIGTERM', resolve)
  })
  const vedetta = await startVedetta({ settings, logger, version, say: (line) => console.log(line) })
  announce(
    vedetta,
    [...settings.open.keys()].some((key) => key.includes('.account.')),
  )
  const alive = setInterval(() => {}, 2 ** 30)
  const signal = await signalled
  logger.info({}, `${signal}: writing what was read, then ending`)
  await vedetta.stop()
  clearInterval(alive)
  return signal === 'SIGINT' ? EXIT.interrupted : EXIT.done
}

/** Where it listens, and what to do next. */
function announce({ url, inputs, dataPath }: Vedetta, sendsMail: boolean): void {
  console.log(`Vedetta listens on ${url}, its data is in ${dataPath}`)
  for (const { plugin, type, host, port } of inputs) {
    console.log(`  ${plugin} input${type === undefined ? '' : ` for ${type}`} on ${host}:${port}`)
  }
  const tcpdump = inputs.find(({ type }) => type === 'tcpdump')
  if (tcpdump !== undefined) {
    const peer = `${tcpdump.host === '0.0.0.0' ? 'localhost' : tcpdump.host} ${tcpdump.port}`
    console.log('\nWatch the connections that this machine receives:')
    console.log(`  sudo tcpdump -i ${ownInterface()} -n -tttt 'tcp[13] == 2' | nc ${peer}`)
  }
  console.log('\nSee an alarm, from a second terminal:\n  npm run alarm')
  console.log('\nSearch them:')
  console.log(`  curl '${url}/logstash-tcpdump-*/_search?pretty'`)
  if (!sendsMail) console.log(`\nMails are written to ${dataPath}/outbox; to send them, see docs/how-to/mail.md`)
}

/** The interface that most likely carries this machine's traffic: the first with an address that is not loopback. */
function ownInterface(): string {
  const found = Object.entries(networkInterfaces()).find(([, addresses]) =>
    addresses?.some(({ internal, family }) => !internal && family === 'IPv4'),
  )
  return found?.[0] ?? 'lo'
}
