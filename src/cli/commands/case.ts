import type { Command } from 'commander'
import { CommandError, EXIT } from '../exit.ts'
import { ServerClient } from '../server-client.ts'
import { table } from '../table.ts'
import { checked, print, withCommon, type Common, type Json } from './alerts.ts'

const CASES = '/_vedetta/cases'

interface Fields {
  readonly title?: string
  readonly description?: string
  readonly assignee?: string
  readonly tag?: string[]
}

/** `vedetta case ...`: alerts that are one matter, with who has it and what was found out. */
export function registerCase(program: Command): void {
  const cases = program
    .command('case')
    .summary('cases of a running server: list, show, create, change, note, add and remove alerts')
    .description('A case holds alerts that belong together, with a status, somebody who has it, and notes.')

  withCommon(cases.command('list'))
    .description('list cases, the one changed last first')
    .option('--status <status>', "open, 'in progress' or closed; several by commas", 'open,in progress')
    .option('--assignee <name>', 'of this person, or `none`')
    .option('--alert <id>', 'those that hold this alert')
    .option('--query <words>', 'words of the title and the description')
    .action(async ({ status, assignee, alert, query, ...options }: Common & Record<string, string | undefined>) => {
      const given = Object.entries({ status, assignee, alert, q: query }).filter(([, value]) => value !== undefined)
      const path = `${CASES}?${new URLSearchParams(given as [string, string][]).toString()}`
      const found = checked(await new ServerClient(options.url).request('GET', path))['cases'] as Json[]
      print(options, found, () =>
        found.length === 0
          ? ['there is no case']
          : table(['ID', 'UPDATED', 'STATUS', 'ASSIGNEE', 'ALERTS', 'TITLE'], found.map(row)),
      )
    })

  withCommon(cases.command('show'))
    .description('show a case with all that happened to it')
    .argument('<id>')
    .action(async (id: string, options: Common) => {
      const body = checked(await new ServerClient(options.url).request('GET', pathOf(id)))
      print(options, body, () => describe(body))
    })

  withFields(withCommon(cases.command('create')))
    .description('begin a case')
    .argument('<title>')
    .option('--alert <id...>', 'alerts that belong to it')
    .action(async (title: string, options: Common & Fields & { alert?: string[] }) => {
      const body = { ...fieldsOf(options), title, ...(options.alert === undefined ? {} : { alerts: options.alert }) }
      const made = checked(await new ServerClient(options.url).request('POST', CASES, body))
      print(options, made, () => [String(made['id'])])
    })

  withFields(withCommon(cases.command('change')))
    .description('change the title, description, status, assignee or tags of a case')
    .argument('<id>')
    .option('--title <text>', 'its title')
    .option('--status <status>', "open, 'in progress' or closed")
    .action(async (id: string, options: Common & Fields & { status?: string }) => {
      const body = { ...fieldsOf(options), ...(options.status === undefined ? {} : { status: options.status }) }
      if (Object.keys(body).length === 0) throw new CommandError('say what to change, such as --status', EXIT.usage)
      const changed = checked(await new ServerClient(options.url).request('PUT', pathOf(id), body))
      print(options, changed, () => [`${id}: changed`])
    })

  withCommon(cases.command('note'))
    .description('write a note into a case')
    .argument('<id>')
    .argument('<text>')
    .action(async (id: string, text: string, options: Common) => {
      const body = checked(await new ServerClient(options.url).request('POST', `${pathOf(id)}/_notes`, { text }))
      print(options, body, () => [`${id}: noted`])
    })

  for (const verb of ['add', 'remove'] as const)
    withCommon(cases.command(verb))
      .description(verb === 'add' ? 'put alerts into a case' : 'take alerts out of a case')
      .argument('<id>')
      .argument('<alerts...>')
      .action(async (id: string, alerts: string[], options: Common) => {
        const path = `${pathOf(id)}/_alerts`
        const body = checked(await new ServerClient(options.url).request('POST', path, { [verb]: alerts }))
        print(options, body, () => [`${id}: ${(body['alerts'] as unknown[]).length} alerts`])
      })
}

function withFields(command: Command): Command {
  return command
    .option('--description <text>', 'what it is about')
    .option('--assignee <name>', "who has it; '' for nobody")
    .option('--tag <tag...>', 'its tags')
}

function fieldsOf({ title, description, assignee, tag }: Fields): Json {
  const given = Object.entries({ title, description, assignee, tags: tag })
  return Object.fromEntries(given.filter(([, value]) => value !== undefined))
}

function pathOf(id: string): string {
  return `${CASES}/${encodeURIComponent(id)}`
}

function row(body: Json): string[] {
  const { id, updated, status, assignee, alerts, title } = body
  return [
    String(id),
    String(updated),
    String(status),
    String(assignee ?? ''),
    String((alerts as unknown[]).length),
    String(title),
  ]
}

function describe(body: Json): string[] {
  const timeline = body['timeline'] as Json[]
  const said = ({ kind, field, from, to, text, alert }: Json): string => {
    if (kind === 'note') return `: ${String(text)}`
    if (kind === 'changed') return `: ${String(field)} ${String(from) || '-'} -> ${String(to) || '-'}`
    return alert === undefined ? ` began it: ${String(to)}` : ` ${String(kind)} alert ${String(alert)}`
  }
  const lines: (readonly [string, unknown])[] = [
    ['status', body['status']],
    ['assignee', body['assignee'] ?? 'nobody'],
    ['tags', (body['tags'] as string[]).join(', ')],
    ['alerts', (body['alerts'] as string[]).join(', ')],
    ['about', body['description']],
  ]
  return [
    String(body['title']),
    ...lines.filter(([, value]) => value !== '').map(([name, value]) => `  ${name.padEnd(12)}${String(value)}`),
    ...timeline.map((entry) => `  ${String(entry['time'])} ${String(entry['by'])}${said(entry)}`),
  ]
}
