import { Option, type Command } from 'commander'
import { CommandError, EXIT } from '../exit.ts'
import { printable } from '../printable.ts'
import { serverOption } from '../options.ts'
import { ServerClient, type Answer } from '../server-client.ts'
import { table } from '../table.ts'

export interface Common {
  readonly url: string
  readonly output: 'human' | 'json'
}

export type Json = Record<string, unknown>

interface ListOptions extends Common {
  readonly since?: string
  readonly rule?: string
  readonly ip?: string
  readonly status?: string
  readonly severity?: string
  readonly assignee?: string
  readonly query?: string
  readonly limit: number
}

const PAGE = 1000

/** `vedetta alerts ...`: the alerts of a running server. */
export function registerAlerts(program: Command): void {
  const alerts = program
    .command('alerts')
    .summary('the alerts of a running server: list, show, ack, close, assign, comment')
    .description('Works on the alerts of a running Vedetta.')

  withFilters(withCommon(alerts.command('list')))
    .description('list alerts, the newest first')
    .action(async (options: ListOptions) => {
      const found = await listAlerts(options)
      print(options, found, () =>
        found.length === 0
          ? ['there is no alert']
          : table(['ID', 'TIME', 'SEVERITY', 'STATUS', 'RULE', 'ENTITY', 'COUNT'], found.map(row)),
      )
    })

  withCommon(alerts.command('show'))
    .description('show an alert whole, with its history and comments')
    .argument('<id>')
    .action(async (id: string, options: Common) => {
      const server = new ServerClient(options.url)
      const path = pathOf(id)
      const alert = checked(await server.request('GET', path))
      const { history } = checked(await server.request('GET', `${path}/history`))
      const { comments } = checked(await server.request('GET', `${path}/comments`))
      print(options, { ...alert, history, comments }, () => describe(alert, history as Json[], comments as Json[]))
    })

  withTransition(alerts.command('ack'), 'acknowledged').description('acknowledge alerts')
  withTransition(alerts.command('close'), 'closed')
    .description('close alerts')
    .addOption(
      new Option('--reason <reason>', 'why')
        .choices(['false positive', 'true positive', 'benign', 'duplicate'])
        .makeOptionMandatory(),
    )
  withTransition(alerts.command('reopen'), 'open').description('open alerts again')

  withCommon(alerts.command('assign'))
    .description('assign an alert, or to nobody without a name')
    .argument('<id>')
    .argument('[name]')
    .action(async (id: string, name: string | undefined, options: Common) => {
      const body = checked(
        await new ServerClient(options.url).request('POST', `${pathOf(id)}/_assign`, { to: name ?? null }),
      )
      print(options, body, () => [`${id}: ${name === undefined ? "nobody's" : `assigned to ${name}`}`])
    })

  withCommon(alerts.command('comment'))
    .description('add a comment to an alert')
    .argument('<id>')
    .argument('<text>')
    .action(async (id: string, text: string, options: Common) => {
      const body = checked(await new ServerClient(options.url).request('POST', `${pathOf(id)}/_comment`, { text }))
      print(options, body, () => [`${id}: commented`])
    })
}

export function withCommon(command: Command): Command {
  return command
    .addOption(serverOption())
    .addOption(new Option('-o, --output <form>', 'form of the output').choices(['human', 'json']).default('human'))
}

function withFilters(command: Command): Command {
  return command
    .option('--since <duration>', 'only of the last time, such as 24h')
    .option('--rule <id>', 'only of this rule')
    .option('--ip <address>', 'only with this address among sources or targets')
    .option('--status <status>', 'open, acknowledged or closed')
    .option('--severity <severity>', 'informational, low, medium, high or critical; several by commas')
    .option('--assignee <name>', 'of this person, or `none`')
    .option('--query <lucene>', 'a query in Lucene syntax')
    .addOption(new Option('--limit <count>', 'how many; 0 is all').default(50).argParser(readCount))
}

function withTransition(command: Command, status: string): Command {
  return withFilters(withCommon(command))
    .argument('[ids...]', 'without ids, those that the filters match, of any number')
    .option('--comment <text>', 'kept in the history')
    .option('--all', 'needed where neither ids nor a filter are given')
    .action(async (ids: string[], options: ListOptions & { reason?: string; comment?: string; all?: boolean }) => {
      const query = Object.fromEntries(filtersOf(options))
      if (ids.length === 0 && Object.keys(query).length === 0 && options.all !== true)
        throw new CommandError('name alerts by id or by a filter, or give --all', EXIT.usage)
      const server = new ServerClient(options.url)
      const started = checked(
        await server.request('POST', '/_vedetta/alerts/_transition', {
          ...(ids.length > 0 ? { ids } : { query }),
          status,
          ...(options.reason === undefined ? {} : { reason: options.reason }),
          ...(options.comment === undefined ? {} : { comment: options.comment }),
        }),
      )
      const task = await finished(server, String(started['task']))
      if (typeof task['error'] === 'string') throw new CommandError(task['error'])
      print(options, { ...started, ...task }, () => [`${String(task['done'])} alerts: ${status}`])
    })
}

async function finished(server: ServerClient, id: string): Promise<Json> {
  for (;;) {
    const task = checked(await server.request('GET', `/_vedetta/tasks/${encodeURIComponent(id)}`))
    if (task['finished'] === true) return task
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function listAlerts(options: ListOptions): Promise<Json[]> {
  const server = new ServerClient(options.url)
  const found: Json[] = []
  let after: string | undefined
  const limit = options.limit === 0 ? Infinity : options.limit
  do {
    const query = new URLSearchParams([...filtersOf(options)])
    query.set('size', String(Math.min(PAGE, limit - found.length)))
    if (after !== undefined) query.set('after', after)
    const page = checked(await server.request('GET', `/_vedetta/alerts?${query.toString()}`))
    found.push(...(page['alerts'] as Json[]))
    after = page['after'] as string | undefined
  } while (after !== undefined && found.length < limit)
  return found
}

function filtersOf(options: ListOptions): Map<string, string> {
  const { since, rule, ip, status, severity, assignee, query } = options
  const filters = new Map<string, string>()
  if (since !== undefined) {
    const match = /^(\d+)\s*([smhdw])$/.exec(since)
    if (match === null) throw new CommandError(`'--since' must be like 24h, got '${since}'`, EXIT.usage)
    filters.set('from', `now-${match[1]!}${match[2]!}`)
  }
  for (const [name, value] of Object.entries({ rule, ip, status, severity, assignee, q: query }))
    if (value !== undefined) filters.set(name, value)
  return filters
}

function readCount(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 0)
    throw new CommandError(`'--limit' must be a whole number, got '${text}'`, EXIT.usage)
  return count
}

function pathOf(id: string): string {
  return `/_vedetta/alerts/${encodeURIComponent(id)}`
}

function part(alert: Json, ...path: string[]): unknown {
  let value: unknown = alert
  for (const name of path) value = (value as Json | undefined)?.[name]
  return value
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  return Array.isArray(value) ? value.map(String).join(', ') : typeof value === 'object' ? '' : String(value as string)
}

function row(alert: Json): string[] {
  const own = (...path: string[]): string => textOf(part(alert, 'vedetta', 'alert', ...path))
  return [
    textOf(alert['id']),
    textOf(alert['@timestamp']),
    own('severity'),
    `${own('status')}${own('episode') === 'ended' ? ', over' : ''}`,
    textOf(part(alert, 'rule', 'id')),
    own('entity', 'value'),
    own('count'),
  ]
}

function describe(alert: Json, history: readonly Json[], comments: readonly Json[]): string[] {
  const own = (...path: string[]): string => textOf(part(alert, 'vedetta', 'alert', ...path))
  const lines: (readonly [string, string])[] = [
    ['rule', `${textOf(part(alert, 'rule', 'name'))} (${textOf(part(alert, 'rule', 'id'))})`],
    ['severity', `${own('severity')}, risk ${own('risk')}`],
    ['status', `${own('status')}${own('reason') === '' ? '' : ` (${own('reason')})`}, episode ${own('episode')}`],
    ['assignee', own('assignee') || 'nobody'],
    ['count', `${own('count')}${own('threshold') === '' ? '' : `, threshold ${own('threshold')}`}`],
    ['from', textOf(part(alert, 'event', 'start'))],
    ['to', textOf(part(alert, 'event', 'end'))],
    ['sources', own('culprits')],
    ['targets', own('targets')],
    ['silenced by', own('silenced_by')],
  ]
  return [
    textOf(part(alert, 'event', 'reason')),
    ...lines.filter(([, text]) => text !== '').map(([name, text]) => `  ${name.padEnd(12)}${text}`),
    ...history.map(
      (entry) =>
        `  ${textOf(entry['time'])} ${textOf(entry['by'])}: ${textOf(entry['field'])} ${textOf(entry['from']) || '-'} -> ${textOf(entry['to']) || '-'}${textOf(entry['why']) === '' ? '' : ` (${textOf(entry['why'])})`}`,
    ),
    ...comments.map((entry) => `  ${textOf(entry['time'])} ${textOf(entry['by'])}: ${textOf(entry['text'])}`),
  ]
}

/** @throws CommandError with the reason that the server gave */
export function checked(answer: Answer): Json {
  if (answer.status < 300) return (answer.body ?? {}) as Json
  const error = (answer.body as { error?: { reason?: string } | string } | null)?.error
  throw new CommandError(
    (typeof error === 'object' ? error.reason : error) ?? `the server answered with status ${answer.status}`,
  )
}

export function print({ output }: Common, body: unknown, human: () => readonly string[]): void {
  if (output === 'json') console.log(JSON.stringify(body, null, 2))
  else for (const line of human()) console.log(printable(line))
}
