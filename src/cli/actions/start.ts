import { networkInterfaces } from 'node:os'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startVedetta, type Vedetta } from '../../server/index.ts'
import { SETTINGS } from '../../settings/index.ts'
import { EndSignal, statusOf } from '../end-signal.ts'
import { loadCommandSettings } from '../load-settings.ts'
import { createLogger } from '../logger.ts'
import { printable } from '../printable.ts'

/** Runs the whole system until a signal; answers the exit status. */
export async function start(
  config: string | undefined,
  overrides: readonly string[],
  version: string,
  notices: readonly string[],
): Promise<number> {
  let vedetta: Vedetta | undefined
  const ending = new EndSignal(
    () => {},
    () => void vedetta?.reload(),
  )
  const settings = loadCommandSettings(config, overrides)
  const logger = createLogger(settings.values['log.level'], settings.values['log.format'])
  for (const notice of notices) logger.warn({}, notice)
  vedetta = await startVedetta({ settings, logger, version, say: (line) => console.log(printable(line)) })
  announce(
    vedetta,
    [...settings.open.keys()].some((key) => key.includes('.account.')),
  )
  const alive = setInterval(() => {}, 2 ** 30)
  const signal = await ending.received
  logger.info({}, `${signal}: writing what was read, then ending`)
  await vedetta.stop()
  clearInterval(alive)
  ending.forget()
  return statusOf(signal)
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
  console.log(`\nSee an alarm, from a second terminal:\n  ${alarmCommand(url)}`)
  console.log(`\nLook at alerts and events in a browser:\n  ${url}/_vedetta/ui/`)
  console.log('\nSearch what came in:')
  console.log(`  curl '${url}/logstash-tcpdump-*/_search?pretty'`)
  if (!sendsMail) console.log(`\nMails are written to ${dataPath}/outbox; to send them, see ${mailGuide()}`)
}

function alarmCommand(url: string): string {
  const usual = url === `http://${SETTINGS['http.host'].default}:${SETTINGS['http.port'].default}`
  if (isInstalled()) return `npx vedetta alarm${usual ? '' : ` --url ${url}`}`
  return `npm run alarm${usual ? '' : ` -- --url ${url}`}`
}

/** Whether this is the package in somebody's node_modules, not a checkout. */
function isInstalled(): boolean {
  return fileURLToPath(import.meta.url).includes('/node_modules/')
}

function mailGuide(): string {
  const path = fileURLToPath(new URL('../../../docs/how-to/mail.md', import.meta.url))
  const near = relative(process.cwd(), path)
  return near.startsWith('../..') ? path : near
}

/** The interface that most likely carries this machine's traffic: the first with an address that is not loopback. */
function ownInterface(): string {
  const found = Object.entries(networkInterfaces()).find(([, addresses]) =>
    addresses?.some(({ internal, family }) => !internal && family === 'IPv4'),
  )
  return found?.[0] ?? 'lo'
}
