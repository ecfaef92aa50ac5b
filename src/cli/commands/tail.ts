import { Option, type Command } from 'commander'
import { systemClock } from '../../clock/index.ts'
import { CommandError, EXIT } from '../exit.ts'
import { serverOption } from '../options.ts'
import { printable } from '../printable.ts'
import { ServerClient } from '../server-client.ts'
import { checked } from './alerts.ts'

interface TailOptions {
  readonly url: string
  readonly query?: string
  readonly lines: string
  readonly follow: boolean
  readonly output: 'human' | 'json'
}

interface Hit {
  readonly _index: string
  readonly _id: string
  readonly _source: Readonly<Record<string, unknown>>
}

const PAGE = 1000
const EVERY_MILLIS = 1000
/** Events that come later than this after newer ones are not shown. */
const LATE_MILLIS = 5000
const REMEMBERED = 20_000

export function registerTail(program: Command): void {
  program
    .command('tail')
    .summary('the newest events of a running server, as they come')
    .description('Prints the newest events of indices, and then each that comes, until Ctrl-C.')
    .argument('[index]', 'index, alias or pattern', '*')
    .addOption(serverOption())
    .option('-q, --query <text>', "only what a query of Lucene's syntax finds, such as 'tags:auth_failure'")
    .option('-n, --lines <count>', 'events to begin with', '10')
    .option('--no-follow', 'end after them')
    .addOption(new Option('-o, --output <form>', 'how events are written').choices(['human', 'json']).default('human'))
    .action((index: string, options: TailOptions) => tail(index, options))
}

async function tail(index: string, { url, query, lines, follow, output }: TailOptions): Promise<void> {
  if (!/^\d{1,4}$/.test(lines) || Number(lines) > PAGE)
    throw new CommandError(`'--lines' must be an integer from 0 to ${PAGE}, got '${lines}'`, EXIT.usage)
  const server = new ServerClient(url)
  const path = `/${encodeURIComponent(index)}/_search?ignore_unavailable=true`
  const wanted = query === undefined ? [] : [{ query_string: { query } }]
  /** The newest first. */
  const ask = async (since: object[], size: number): Promise<Hit[]> => {
    const body = {
      size,
      query: { bool: { filter: [...wanted, ...since, { exists: { field: '@timestamp' } }] } },
      sort: [{ '@timestamp': { order: 'desc', unmapped_type: 'date' } }],
    }
    const { hits } = checked(await server.request('POST', path, body)) as { hits: { hits: Hit[] } }
    return hits.hits
  }
  // In the order they were shown: the oldest are forgotten.
  const shown = new Set<string>()
  let newest = 0
  const show = (hits: readonly Hit[]): void => {
    const fresh = hits.filter(({ _index, _id }) => !shown.has(`${_index} ${_id}`)).reverse()
    if (fresh.length === PAGE) console.error(`more than ${PAGE} events came at once; some are not shown`)
    for (const hit of fresh) {
      shown.add(`${hit._index} ${hit._id}`)
      if (shown.size > REMEMBERED) shown.delete(shown.values().next().value!)
      newest = Math.max(newest, Date.parse(String(hit._source['@timestamp'])) || 0)
      console.log(output === 'json' ? JSON.stringify(hit) : printable(lineOf(hit)))
    }
  }
  show(await ask([], Number(lines)))
  if (!follow) return
  if (newest === 0) newest = systemClock.now()
  for (;;) {
    await systemClock.sleep(EVERY_MILLIS)
    const since = { range: { '@timestamp': { gte: newest - LATE_MILLIS, format: 'epoch_millis' } } }
    show(await ask([since], PAGE))
  }
}

function lineOf({ _index, _source }: Hit): string {
  const { '@timestamp': time, message, ...rest } = _source
  return `${String(time)} ${_index} ${typeof message === 'string' && message !== '' ? message : JSON.stringify(rest)}`
}
