import { systemClock } from '../../clock/index.ts'
import { position } from '../../diagnostic/index.ts'
import { readMailSettings } from '../../notify/index.ts'
import { loadPipelines, probe, tryConnections, type ProbeOutcome } from '../../pipeline/index.ts'
import type { Settings } from '../../settings/index.ts'
import { ownAddresses } from '../../server/index.ts'
import { EXIT } from '../exit.ts'
import { loadCommandSettings } from '../load-settings.ts'
import { printable } from '../printable.ts'
import { table } from '../table.ts'

const MILLIS = 5_000

interface Row extends ProbeOutcome {
  readonly what: string
  readonly address: string
  readonly place: string
}

/**
 * Tries the servers of pipelines and of mail accounts and says which answer; answers the exit status, that of failure where one
 * does not.
 */
export async function checkConnections(
  paths: readonly string[],
  { config, overrides }: { readonly config?: string; readonly overrides: readonly string[] },
): Promise<number> {
  const settings = loadCommandSettings(config, overrides)
  const { values, variable } = settings
  const own = [...values['store.aliases'], ...ownAddresses(values['http.host'], values['http.port'])]
  const definitions = paths.flatMap((path) => loadPipelines(path, variable))
  const [connections, accounts] = await Promise.all([
    tryConnections(definitions, variable, { clock: systemClock, millis: MILLIS, own }),
    tryAccounts(settings),
  ])
  const rows: Row[] = connections.map(({ plugin, span, ...rest }) => {
    const { line, column } = position(span.source, span.start)
    return { ...rest, what: plugin, place: `${span.source.name}:${line}:${column}` }
  })
  rows.push(...accounts)
  if (rows.length === 0) console.log('There is no server to connect to')
  else {
    const cells = rows.map(({ what, address, answers, said, place }) => [
      what,
      address,
      answers ? said : `does not answer: ${said}`,
      place,
    ])
    for (const line of table(['what', 'address', 'outcome', 'place'], cells)) console.log(printable(line))
  }
  return rows.every(({ answers }) => answers) ? EXIT.done : EXIT.failed
}

function tryAccounts({ open, spans }: Settings): Promise<Row[]> {
  const { accounts } = readMailSettings(open, spans)
  return Promise.all(
    [...accounts.values()].map(async ({ name, smtp }) => {
      const { host, port, tlsFromStart, trust } = smtp
      const tls = { rejectUnauthorized: !trust.some((one) => one === '*' || one === host) }
      const outcome = await probe({ host, port, ...(tlsFromStart ? { tls } : {}) }, systemClock, MILLIS)
      return { ...outcome, what: 'mail account', address: `${host}:${port}`, place: name }
    }),
  )
}
