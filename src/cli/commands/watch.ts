import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Option, type Command } from 'commander'
import { CommandError, EXIT } from '../exit.ts'
import { printable } from '../printable.ts'
import { serverOption } from '../options.ts'
import { readSecret } from '../read-secret.ts'
import { ServerClient, type Answer } from '../server-client.ts'
import { hiddenSecrets, inlineFiles, readForeignWatches, setAt, type ForeignWatch } from '../transfer/watches.ts'
import { table } from '../table.ts'

interface Common {
  readonly url: string
  readonly output: 'human' | 'json'
}

type Json = Record<string, unknown>

/** `vedetta watch ...`: the watches of a running server. */
export function registerWatch(program: Command): void {
  const watch = program
    .command('watch')
    .summary('the watches of a running server: put, get, list, delete, exec, replay, import, export, sync, history')
    .description('Works on the watches of a running Vedetta, by the same API that Elasticsearch has for its Watcher.')

  withCommon(watch.command('put'))
    .description('store a watch; `-` reads it from standard input')
    .argument('<id>')
    .argument('<file>', 'the JSON of the watch')
    .option('--inactive', 'store it, but do not run it yet')
    .action(async (id: string, file: string, options: Common & { inactive?: boolean }) => {
      const query = options.inactive === true ? '?active=false' : ''
      const answer = await client(options).request('PUT', `${pathOf(id)}${query}`, readText(file))
      const body = checked(answer)
      print(options, body, () => [`${id}: ${body['created'] === true ? 'stored' : 'replaced'}`])
    })

  withCommon(watch.command('get'))
    .description('show a watch with its status')
    .argument('<id>')
    .action(async (id: string, options: Common) => {
      const body = checked(await client(options).request('GET', pathOf(id)), id)
      print(options, body, () => [JSON.stringify(body, null, 2)])
    })

  withCommon(watch.command('list'))
    .description('list every watch')
    .action(async (options: Common) => {
      const body = checked(await client(options).request('POST', '/_watcher/_query/watches', { size: 10_000 }))
      const watches = body['watches'] as Json[]
      print(options, watches, () =>
        watches.length === 0
          ? ['there is no watch']
          : table(['ID', 'STATE', 'LAST CHECKED', 'LAST MET', 'FROM'], watches.map(watchRow)),
      )
    })

  withCommon(watch.command('delete'))
    .description('delete a watch')
    .argument('<id>')
    .action(async (id: string, options: Common) => {
      const body = checked(await client(options).request('DELETE', pathOf(id)), id)
      print(options, body, () => [`${id}: deleted`])
    })

  withCommon(watch.command('exec'))
    .alias('execute')
    .description('run a watch now and show what came of it')
    .argument('<id>', 'the id, or with --file any name')
    .option('--file <file>', 'run this definition without storing it; `-` reads standard input')
    .option('--simulate', 'run the actions without sending anything')
    .option('--ignore-condition', 'run the actions although the condition is not met')
    .option('--input <file>', 'take this JSON as payload instead of running the input')
    .option('--at <time>', 'the scheduled time, ISO 8601')
    .option('--record', 'keep the run in the history, and let it count for throttling')
    .action(async (id: string, options: Common & ExecOptions) => {
      const path = options.file === undefined ? `${pathOf(id)}/_execute` : '/_watcher/watch/_execute'
      const body = checked(await client(options).request('POST', path, execBody(options)), id)
      const record = body['watch_record'] as Json
      print(options, body, () => describeRecord(record))
      const transform = (record['result'] as Json | undefined)?.['transform'] as Json | undefined
      if (record['state'] === 'failed' || transform?.['status'] === 'failure') process.exitCode = EXIT.failed
    })

  withCommon(watch.command('replay'))
    .description('say when a watch would have fired in a span of the past; nothing is sent')
    .argument('<id>')
    .requiredOption('--from <time>', 'begin of the span, ISO 8601')
    .requiredOption('--to <time>', 'end of the span, ISO 8601')
    .action(async (id: string, options: Common & { from: string; to: string }) => {
      const { from, to } = options
      const body = checked(await client(options).request('POST', `${pathOf(id)}/_replay`, { from, to }), id)
      const records = body['records'] as Json[]
      print(options, body, () => [
        `${id}: met ${String(body['met'])} of ${body['truncated'] === true ? 'the first ' : ''}${String(body['times'])} times`,
        ...(records.length === 0 ? [] : table(['TIME', 'WATCH', 'STATE', 'ACTIONS', 'WHY'], records.map(recordRow))),
      ])
    })

  withCommon(watch.command('import'))
    .description('read the watches of an Elasticsearch, 2.x to 9.x, and store them here')
    .argument('<from>', 'address of the Elasticsearch, as http://USER:PASSWORD@HOST:9200')
    .option('--inactive', 'store all of them inactive')
    .option('--simulated', 'they run and are recorded, but send nothing until `vedetta watch go-live ID`')
    .option('--secrets <file>', 'JSON of hidden secrets: { WATCH: { PATH: SECRET } }; without it a terminal is asked')
    .option('--scripts <folder>', 'where the files of scripts and templates are (config/scripts)')
    .action(async (from: string, options: Common & ImportOptions) => {
      const results: string[] = []
      const secrets = options.secrets === undefined ? {} : (readJson(options.secrets) as Record<string, Json>)
      // The token of this server is not for another.
      for (const foreign of await readForeignWatches(new ServerClient(from, { token: undefined }), checked)) {
        const { id } = foreign
        try {
          await completeWatch(foreign, secrets[id] ?? {}, options)
        } catch (error) {
          process.exitCode = EXIT.failed
          results.push(`${id}: failed: ${(error as Error).message}`)
          continue
        }
        const active = foreign.active && options.inactive !== true
        const query = `?active=${active}${options.simulated === true ? '&simulated=true' : ''}`
        const done = ['stored', ...(active ? [] : ['inactive']), ...(options.simulated === true ? ['simulated'] : [])]
        const answer = await client(options).request('PUT', `${pathOf(id)}${query}`, foreign.definition)
        results.push(`${id}: ${outcomeOf(answer, done.join(', '))}`)
      }
      print(options, results, () => (results.length === 0 ? ['there is no watch'] : results))
    })

  withCommon(watch.command('go-live'))
    .description('let a watch that was stored simulated send what it has to tell')
    .argument('<id>')
    .action(async (id: string, options: Common) => {
      const body = checked(await client(options).request('PUT', `${pathOf(id)}/_activate?simulated=false`), id)
      print(options, body, () => [`${id}: live`])
    })

  withCommon(watch.command('export'))
    .description('write every watch as a file of a folder, named by its id; secrets are hidden')
    .argument('<folder>')
    .action(async (folder: string, options: Common) => {
      mkdirSync(folder, { recursive: true })
      const watches = await readForeignWatches(client(options), checked)
      const names = watches.map(({ id, definition }) => {
        const path = join(folder, `${encodeURIComponent(id)}.json`)
        writeFileSync(path, `${JSON.stringify(definition, null, 2)}\n`)
        return path
      })
      print(options, names, () => names)
    })

  withCommon(watch.command('sync'))
    .description('store every watch of a folder, each named by its file')
    .argument('<folder>')
    .option('--prune', 'delete the watches that have no file in the folder')
    .action(async (folder: string, options: Common & { prune?: boolean }) => {
      const files = readFolder(folder)
      const results: string[] = []
      for (const { id, path } of files)
        results.push(`${id}: ${outcomeOf(await client(options).request('PUT', pathOf(id), readText(path)), 'stored')}`)
      if (options.prune === true)
        for (const { id, file } of await readForeignWatches(client(options), checked)) {
          if (file || files.some((one) => one.id === id)) continue
          results.push(`${id}: ${outcomeOf(await client(options).request('DELETE', pathOf(id)), 'deleted')}`)
        }
      print(options, results, () => results)
    })

  withCommon(watch.command('history'))
    .description('show the latest runs, the newest first')
    .argument('[id]', 'of this watch alone')
    .addOption(new Option('--limit <count>', 'how many').default(20).argParser(readLimit))
    .option('--fired', 'only runs whose condition was met')
    .action(async (id: string | undefined, options: Common & { limit: number; fired?: boolean }) => {
      const filter: Json[] = []
      if (id !== undefined) filter.push({ term: { watch_id: id } })
      if (options.fired === true) filter.push({ term: { 'result.condition.met': true } })
      const answer = await client(options).request('POST', '/.watcher-history-*/_search?ignore_unavailable=true', {
        size: options.limit,
        sort: [{ 'result.execution_time': { order: 'desc', unmapped_type: 'date' } }],
        query: { bool: { filter } },
      })
      const { hits } = checked(answer)['hits'] as { hits: { _source: Json }[] }
      const records = hits.map(({ _source }) => _source)
      print(options, records, () =>
        records.length === 0
          ? ['there is no run']
          : table(['TIME', 'WATCH', 'STATE', 'ACTIONS', 'WHY'], records.map(recordRow)),
      )
    })
}

interface ImportOptions {
  readonly inactive?: boolean
  readonly simulated?: boolean
  readonly secrets?: string
  readonly scripts?: string
}

/** Puts in what a definition only names: texts of files, and secrets that were hidden. */
async function completeWatch(foreign: ForeignWatch, secrets: Json, options: ImportOptions): Promise<void> {
  const { id, definition } = foreign
  inlineFiles(definition, options.scripts)
  for (const path of hiddenSecrets(definition)) {
    const given = secrets[path]
    const secret =
      typeof given === 'string'
        ? given
        : process.stdin.isTTY === true
          ? await readSecret(`${id}: ${path}: `)
          : undefined
    if (secret === undefined || secret === '')
      throw new CommandError(`the secret at '${path}' is hidden: give it with --secrets FILE`)
    setAt(definition, path, secret)
  }
}

/** What came of one of many requests; one that fails does not end the others, only the exit status tells. */
function outcomeOf(answer: Answer, done: string): string {
  try {
    checked(answer)
    return done
  } catch (error) {
    process.exitCode = EXIT.failed
    return `failed: ${(error as Error).message}`
  }
}

function readFolder(folder: string): { id: string; path: string }[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
      .sort()
      .map((name) => ({ id: decodeURIComponent(name.slice(0, -'.json'.length)), path: join(folder, name) }))
  } catch (error) {
    throw new CommandError(`'${folder}' cannot be read: ${(error as Error).message}`, EXIT.usage)
  }
}

interface ExecOptions {
  readonly file?: string
  readonly simulate?: boolean
  readonly ignoreCondition?: boolean
  readonly input?: string
  readonly at?: string
  readonly record?: boolean
}

function execBody(options: ExecOptions): Json {
  return {
    ...(options.file === undefined ? {} : { watch: readJson(options.file) }),
    ...(options.input === undefined ? {} : { alternative_input: readJson(options.input) }),
    ...(options.at === undefined ? {} : { trigger_data: { triggered_time: options.at, scheduled_time: options.at } }),
    ...(options.simulate === true ? { action_modes: { _all: 'simulate' } } : {}),
    ...(options.ignoreCondition === true ? { ignore_condition: true } : {}),
    ...(options.record === true ? { record_execution: true } : {}),
  }
}

function withCommon(command: Command): Command {
  return command
    .addOption(serverOption())
    .addOption(new Option('-o, --output <form>', 'form of the output').choices(['human', 'json']).default('human'))
}

function client(options: Common): ServerClient {
  return new ServerClient(options.url)
}

function pathOf(id: string): string {
  return `/_watcher/watch/${encodeURIComponent(id)}`
}

/** @throws CommandError with the reason that the server gave */
function checked(answer: Answer, id?: string): Json {
  const body = (typeof answer.body === 'object' && answer.body !== null ? answer.body : {}) as Json
  if (answer.status < 300) return body
  if (answer.status === 404 && body['found'] === false) throw new CommandError(`there is no watch '${id ?? ''}'`)
  const error = body['error'] as { root_cause?: { reason?: string }[]; reason?: string } | string | undefined
  if (typeof error === 'object') {
    const reasons = [...new Set([error.reason, ...(error.root_cause ?? []).map(({ reason }) => reason)])]
    throw new CommandError(reasons.filter((reason) => reason !== undefined).join('\n'))
  }
  throw new CommandError(error ?? `the server answered with status ${answer.status}`)
}

function print(options: Common, value: unknown, human: () => string[]): void {
  console.log(options.output === 'json' ? JSON.stringify(value) : printable(human().join('\n')))
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw new CommandError(`'${file}' cannot be read: ${(error as Error).message}`, EXIT.usage)
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readText(file))
  } catch (error) {
    if (error instanceof CommandError) throw error
    throw new CommandError(`'${file}' is not JSON: ${(error as Error).message}`, EXIT.failed)
  }
}

function readLimit(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new CommandError(`--limit must be from 1 to 99999, got '${text}'`, EXIT.usage)
  return Number(text)
}

function watchRow({ _id, status, _file }: Json): string[] {
  const { state, last_checked, last_met_condition } = (status ?? {}) as Json
  const active = (state as { active?: boolean } | undefined)?.active !== false
  return [_id, active ? 'active' : 'inactive', last_checked ?? '-', last_met_condition ?? '-', _file ?? 'API'].map(
    String,
  )
}

function recordRow(record: Json): string[] {
  const result = (record['result'] ?? {}) as Json
  return [result['execution_time'] ?? '-', record['watch_id'], record['state'], actionsOf(result), why(record)].map(
    String,
  )
}

function actionsOf(result: Json): string {
  const actions = (result['actions'] ?? []) as Json[]
  return actions.length === 0 ? '-' : actions.map(({ id, status }) => `${String(id)}: ${String(status)}`).join(', ')
}

function why(record: Json): string {
  const messages = (record['messages'] ?? []) as string[]
  const actions = ((record['result'] as Json | undefined)?.['actions'] ?? []) as Json[]
  const reasons = [...messages, ...actions.flatMap(({ reason }) => (reason === undefined ? [] : [String(reason)]))]
  return reasons.length === 0 ? '-' : reasons.join('; ').replace(/\s+/g, ' ').slice(0, 160)
}

function describeRecord(record: Json): string[] {
  const result = (record['result'] ?? {}) as Json
  const met = (result['condition'] as { met?: boolean } | undefined)?.met
  const lines = [`state: ${String(record['state'])}`]
  if (met !== undefined) lines.push(`condition: ${met ? 'met' : 'not met'}`)
  for (const action of (result['actions'] ?? []) as Json[]) {
    const reason = action['reason'] === undefined ? '' : ` (${String(action['reason'])})`
    lines.push(`${String(action['id'])} (${String(action['type'])}): ${String(action['status'])}${reason}`)
    const message = (action['email'] as { message?: { subject?: string; body?: { text?: string } } } | undefined)
      ?.message
    if (message !== undefined)
      lines.push(`  ${message.subject ?? ''}`, ...(message.body?.text ?? '').split('\n').map((line) => `  ${line}`))
    const logged = (action['logging'] as { logged_text?: string } | undefined)?.logged_text
    if (logged !== undefined) lines.push(`  ${logged}`)
  }
  for (const message of (record['messages'] ?? []) as string[]) lines.push(message)
  return lines
}
