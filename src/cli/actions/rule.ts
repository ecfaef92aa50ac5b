import { readFileSync, statSync } from 'node:fs'
import { basename, dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  convertCorrelation,
  convertRule,
  coverageOf,
  explainRule,
  linkCorrelations,
  loadRules,
  navigatorLayer,
  prepareRules,
  readPipelines,
  runSamples,
  type Coverage,
  type Explanation,
  type LoadedRules,
  type Logsource,
  type Pipeline,
  type Search,
} from '../../detect/sigma/index.ts'
import { DiagnosticError, formatDiagnostic, type Diagnostic } from '../../diagnostic/index.ts'
import { CommandError, EXIT } from '../exit.ts'
import { printable } from '../printable.ts'
import { ServerClient } from '../server-client.ts'
import { table } from '../table.ts'
import { JsonDocuments } from './replay-events.ts'

const SHIPPED = fileURLToPath(new URL('../../content/rules', import.meta.url))

export interface RuleFilesOptions {
  readonly pipeline: readonly string[]
}

interface Loaded extends LoadedRules {
  readonly pipelines: readonly Pipeline[]
}

function load(paths: readonly string[], { pipeline }: RuleFilesOptions): Loaded {
  const { pipelines, problems } = readPipelines(pipeline)
  const loaded = loadRules(paths.length === 0 ? [SHIPPED] : paths, pipelines)
  const all = [...problems, ...loaded.problems]
  say(all)
  return { rules: loaded.rules, problems: all, pipelines }
}

function say(problems: readonly Diagnostic[]): void {
  for (const problem of problems) console.error(printable(formatDiagnostic(problem)))
}

function failing({ problems }: LoadedRules): boolean {
  return problems.some(({ severity }) => severity === 'error')
}

export function checkRules(paths: readonly string[], options: RuleFilesOptions): number {
  const loaded = load(paths, options)
  if (failing(loaded)) {
    const bad = loaded.problems.filter(({ severity }) => severity === 'error').length
    console.error(`${loaded.rules.length} rules OK, ${bad} ${bad === 1 ? 'problem' : 'problems'}`)
    return EXIT.failed
  }
  console.log(`${loaded.rules.length} rules OK`)
  return EXIT.done
}

export function listRules(paths: readonly string[], options: RuleFilesOptions): number {
  const loaded = load(paths, options)
  for (const { level, kind, id, title } of loaded.rules) console.log(printable(`${level}\t${kind}\t${id}\t${title}`))
  return failing(loaded) ? EXIT.failed : EXIT.done
}

export function testRules(paths: readonly string[], options: RuleFilesOptions): number {
  const loaded = load(paths, options)
  const problems = runSamples(loaded.rules, loaded.pipelines)
  say(problems)
  const samples = loaded.rules.reduce((sum, rule) => sum + rule.samples.length, 0)
  console.log(`${samples - problems.length} of ${samples} samples as expected`)
  return failing(loaded) || problems.length > 0 ? EXIT.failed : EXIT.done
}

export interface CoverRulesOptions extends RuleFilesOptions {
  readonly output: 'human' | 'json' | 'navigator'
}

/** What rules look for by technique, and in which logs: as tables, as JSON, or as a layer for the ATT&CK Navigator. */
export function coverRules(paths: readonly string[], options: CoverRulesOptions): number {
  const loaded = load(paths, options)
  const coverage = coverageOf(loaded.rules)
  if (options.output === 'human') for (const line of coverageLines(coverage)) console.log(printable(line))
  else {
    const made = options.output === 'json' ? coverage : navigatorLayer(coverage)
    console.log(JSON.stringify(made, undefined, 2))
  }
  return failing(loaded) ? EXIT.failed : EXIT.done
}

function coverageLines({ rules, techniques, logsources, untagged }: Coverage): string[] {
  const titles = (all: readonly string[]): string =>
    [...all.slice(0, 3), ...(all.length > 3 ? [`and ${all.length - 3} more`] : [])].join(', ')
  return [
    ...table(
      ['TECHNIQUE', 'RULES', 'TITLES'],
      techniques.map(({ id, rules: found }) => [id, String(found.length), titles(found)]),
    ),
    '',
    ...table(
      ['LOGSOURCE', 'RULES'],
      logsources.map(({ logsource, rules: found }) => [logsourceText(logsource), String(found)]),
    ),
    '',
    `${rules} rules, ${techniques.length} techniques, ${untagged.length} rules without a technique`,
  ]
}

function logsourceText(logsource: Logsource): string {
  return (
    Object.entries(logsource)
      .map(([key, value]) => `${key}: ${value}`)
      .join(', ') || 'any'
  )
}

/**
 * The rules of files, and the pipelines for them.
 * @throws CommandError where one is wrong, after naming every problem
 */
export function soundRules(paths: readonly string[], options: RuleFilesOptions): Omit<Loaded, 'problems'> {
  const loaded = load(paths, options)
  if (failing(loaded)) throw new CommandError('rules with problems judge nothing: mend them, or leave them out')
  return loaded
}

export interface ConvertRulesOptions extends RuleFilesOptions {
  readonly fields: 'written' | 'all'
}

/** One rule as the body of a search, several as a line each. What correlations build on is said by them alone. */
export function convertRules(paths: readonly string[], options: ConvertRulesOptions): number {
  const loaded = load(paths, options)
  const { rules } = prepareRules(loaded.rules, loaded.pipelines)
  const { silent } = linkCorrelations(rules)
  let failed = failing(loaded)
  const searches = rules.flatMap((rule) => {
    if (silent.has(rule.id)) return []
    try {
      const search: Search =
        rule.kind === 'rule' ? { query: convertRule(rule, options) } : convertCorrelation(rule, rules, options)
      return [{ rule, search }]
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error
      say(error.diagnostics)
      failed = true
      return []
    }
  })
  const [only, ...more] = searches
  if (only !== undefined && more.length === 0 && !failed) console.log(JSON.stringify(only.search, undefined, 2))
  else
    for (const { rule, search } of searches) console.log(JSON.stringify({ id: rule.id, title: rule.title, ...search }))
  return failed ? EXIT.failed : EXIT.done
}

/** For each event of a file, what each rule makes of it and why. */
export function explainRules(path: string, events: string, options: RuleFilesOptions): number {
  const loaded = load([path], options)
  const { rules } = prepareRules(loaded.rules, loaded.pipelines)
  const documents = new JsonDocuments()
  let number = 0
  for (const line of readText(events).split('\n'))
    for (const event of documents.take(line) ?? []) {
      number++
      for (const rule of rules) if (rule.kind === 'rule') explain(number, rule.title, explainRule(rule, event))
    }
  if (number === 0) throw new CommandError(`'${events}' has no events as JSON`, EXIT.usage)
  return failing(loaded) ? EXIT.failed : EXIT.done
}

function explain(number: number, title: string, { matches, logsource, selections }: Explanation): void {
  console.log(printable(`event ${number}: '${title}' ${matches ? 'matches' : 'does not match'}`))
  if (!logsource) console.log('  the event says that it is of another logsource')
  for (const { name, holds, items } of selections) {
    console.log(printable(`  ${holds ? '+' : '-'} ${name}`))
    for (const item of items) {
      const found =
        item.found.length === 0 ? '' : `, found ${item.found.map((text) => `'${text.slice(0, 200)}'`).join(', ')}`
      console.log(printable(`    ${item.holds ? '+' : '-'} ${item.text}${found}`))
    }
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8')
  } catch (error) {
    throw new CommandError(`'${path}' cannot be read: ${(error as NodeJS.ErrnoException).code}`, EXIT.usage)
  }
}

export interface ServerOptions {
  readonly url: string
  readonly output: 'human' | 'json'
}

type Json = Record<string, unknown>

/** The rules of a running server. */
export async function listRunning({ url, output }: ServerOptions): Promise<void> {
  const body = await ask(url, 'GET', '/_vedetta/rules')
  const rules = body['rules'] as Json[]
  const problems = body['problems'] as Json[]
  if (output === 'json') return console.log(JSON.stringify(body))
  const rows = rules.map(({ id, state, level, hits, cost, errors, title }) => [
    String(id),
    String(state),
    String(level),
    String(hits),
    String((cost as Json)['millis']),
    String((errors as unknown[]).length),
    String(title),
  ])
  const head = ['ID', 'STATE', 'LEVEL', 'HITS', 'COST MS', 'ERRORS', 'TITLE']
  for (const line of rules.length === 0 ? ['there is no rule'] : table(head, rows)) console.log(printable(line))
  for (const { file, line, column, message } of problems)
    console.error(
      printable(`${file === undefined ? '' : `${String(file)}:${String(line)}:${String(column)}: `}${String(message)}`),
    )
}

export async function switchRules(ids: readonly string[], action: string, options: ServerOptions): Promise<void> {
  for (const id of ids) {
    const body = await ask(options.url, 'POST', `/_vedetta/rules/${encodeURIComponent(id)}/${action}`)
    console.log(options.output === 'json' ? JSON.stringify(body) : printable(`${id}: ${String(body['state'])}`))
  }
}

/** Adds files, and all good files of folders; those of folders with problems are named and left out. */
export async function addRules(
  paths: readonly string[],
  options: ServerOptions & { readonly enable?: boolean },
): Promise<void> {
  const files = paths.flatMap(filesToAdd)
  if (files.length === 0) throw new CommandError('there is no rule to add')
  const state = options.enable === true ? 'enabled' : 'simulated'
  const body = await ask(options.url, 'POST', '/_vedetta/rules', { files, state })
  if (options.output === 'json') console.log(JSON.stringify(body))
  else
    for (const { id, title } of body['added'] as Json[])
      console.log(printable(`${String(id)}: ${state} (${String(title)})`))
}

function filesToAdd(path: string): { name: string; text: string }[] {
  try {
    if (!statSync(path).isDirectory()) return [{ name: basename(path), text: readFileSync(path, 'utf8') }]
  } catch (error) {
    throw new CommandError(`'${path}' cannot be read: ${(error as NodeJS.ErrnoException).code}`, EXIT.usage)
  }
  const { rules, problems } = loadRules([path])
  say(problems)
  const broken = new Set(problems.filter(({ severity }) => severity === 'error').map(({ span }) => span?.source.name))
  const sources = new Map(rules.map(({ span }) => [span.source.name, span.source.text]))
  return [...sources]
    .filter(([name]) => !broken.has(name))
    .map(([name, text]) => ({
      name: relative(dirname(resolve(path)), resolve(name)).replaceAll(/[^\w.-]/g, '-'),
      text,
    }))
}

export async function removeRules(ids: readonly string[], options: ServerOptions): Promise<void> {
  for (const id of ids) {
    const body = await ask(options.url, 'DELETE', `/_vedetta/rules/${encodeURIComponent(id)}`)
    console.log(options.output === 'json' ? JSON.stringify(body) : printable(`${id}: removed`))
  }
}

async function ask(url: string, method: string, path: string, content?: unknown): Promise<Json> {
  const { status, body } = await new ServerClient(url).request(method, path, content)
  if (status < 300) return body as Json
  const { error } = body as { error?: { reason?: string; root_cause?: { reason?: string }[] } | string }
  const reasons = typeof error === 'object' ? (error.root_cause ?? [error]).map(({ reason }) => reason) : [error]
  throw new CommandError(reasons.filter((reason) => reason !== undefined).join('\n') || `the server answers ${status}`)
}
