import type { Command } from 'commander'
import { CommandError, EXIT } from '../exit.ts'
import { ServerClient } from '../server-client.ts'
import { table } from '../table.ts'
import { checked, print, withCommon, type Common, type Json } from './alerts.ts'

interface AddOptions extends Common {
  readonly for?: string
  readonly until?: string
  readonly reason: string
  readonly cron?: string
  readonly minutes?: string
  readonly dryRun?: boolean
  readonly exception?: boolean
}

/** `vedetta silence ...`: alerts that are recorded and told nobody, until an end. */
export function registerSilence(program: Command): void {
  const silence = program
    .command('silence')
    .summary('silences of a running server: add, list, expire')
    .description('What a silence matches is recorded and shown, and told nobody. Every silence has an end.')

  withCommon(silence.command('add'))
    .description('add a silence')
    .argument(
      '<matchers...>',
      "such as rule=vedetta-login-guessing, ip=10.0.0.0/8, severity=~low|medium, 'count<50'; all must match",
    )
    .option('--for <duration>', 'how long from now, such as 4h or hours=4')
    .option('--until <time>', 'its end, ISO 8601')
    .requiredOption('--reason <text>', 'why')
    .option('--cron <expression>', 'only in windows that begin by this cron expression')
    .option('--minutes <count>', 'length of the windows of --cron')
    .option('--exception', 'raise no alert at all for what matches; without an end where none is given')
    .option('--dry-run', 'say how many alerts of the last 7 days it would have hidden')
    .action(async (matchers: string[], options: AddOptions) => {
      const server = new ServerClient(options.url)
      const read = matchers.map(readMatcher)
      if (options.dryRun === true) {
        const body = checked(await server.request('POST', '/_vedetta/silences/_preview', { matchers: read, days: 7 }))
        print(options, body, () => [`it would have hidden ${String(body['hidden'])} of ${String(body['of'])} alerts`])
        return
      }
      const body = checked(
        await server.request('POST', '/_vedetta/silences', {
          matchers: read,
          ...(options.exception === true ? { exception: true } : {}),
          ...(options.exception === true && options.for === undefined && options.until === undefined
            ? {}
            : { until: await endOf(options) }),
          reason: options.reason,
          ...(options.cron === undefined
            ? {}
            : { recurring: { cron: options.cron, minutes: Number(options.minutes ?? 60) } }),
        }),
      )
      print(options, body, () => [
        `${String(body['id'])}: ${body['exception'] === true ? 'no alert' : 'silent'} until ${timeOf(body['until'])}`,
      ])
    })

  withCommon(silence.command('list'))
    .description('list silences')
    .option('--all', 'those that are over too')
    .action(async (options: Common & { all?: boolean }) => {
      const path = `/_vedetta/silences${options.all === true ? '?all=true' : ''}`
      const silences = checked(await new ServerClient(options.url).request('GET', path))['silences'] as Json[]
      print(options, silences, () =>
        silences.length === 0
          ? ['there is no silence']
          : table(['ID', 'KIND', 'UNTIL', 'HID', 'BY', 'MATCHERS', 'REASON'], silences.map(row)),
      )
    })

  withCommon(silence.command('expire'))
    .description('end a silence now')
    .argument('<id>')
    .action(async (id: string, options: Common) => {
      const path = `/_vedetta/silences/${encodeURIComponent(id)}`
      const body = checked(await new ServerClient(options.url).request('DELETE', path))
      print(options, body, () => [`${id}: ended, it hid ${String(body['hid'])} alerts`])
    })
}

function readMatcher(text: string): { field: string; op: string; value: string } {
  const match = /^([\w.@-]+)(=~|!~|!=|=|<)(.*)$/.exec(text)
  if (match === null)
    throw new CommandError(`a matcher must be like rule=NAME or ip=10.0.0.0/8, got '${text}'`, EXIT.usage)
  const [, field, op, value] = match as unknown as [string, string, string, string]
  return { field, op: op === '=' && /^[\da-f.:]+\/\d+$/i.test(value) ? 'cidr' : op, value }
}

const UNITS: Readonly<Record<string, string>> = { minutes: 'm', hours: 'h', days: 'd', weeks: 'w' }

async function endOf({ for: length, until }: AddOptions): Promise<number> {
  if ((length === undefined) === (until === undefined))
    throw new CommandError('a silence needs its end: --for 4h or --until TIME', EXIT.usage)
  if (until !== undefined) {
    const time = Date.parse(until)
    if (Number.isNaN(time)) throw new CommandError(`'--until' must be a time (ISO 8601), got '${until}'`, EXIT.usage)
    return time
  }
  // Loaded here, so that help and version do without.
  const { type: optionType } = await import('../../settings/index.ts')
  const named = /^(minutes|hours|days|weeks)=(\d+)$/.exec(length!)
  const millis = optionType.parseDuration(named === null ? length! : `${named[2]!}${UNITS[named[1]!]!}`)
  if (millis === undefined)
    throw new CommandError(`'--for' must be a duration such as 4h or hours=4, got '${length!}'`, EXIT.usage)
  return Date.now() + millis
}

function timeOf(value: unknown): string {
  return new Date(Number(value)).toISOString()
}

function row(silence: Json): string[] {
  const matchers = silence['matchers'] as { field: string; op: string; value: string }[]
  const written = matchers.map(({ field, op, value }) => `${field}${op === 'cidr' ? '=' : op}${value}`)
  return [
    String(silence['id']),
    silence['exception'] === true ? 'exception' : 'silence',
    timeOf(silence['until']),
    String(silence['hid']),
    String(silence['by']),
    written.join(' '),
    String(silence['reason']),
  ]
}
