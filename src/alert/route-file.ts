import { readFileSync } from 'node:fs'
import { parseDocument, type Document } from 'yaml'
import { diagnose, didYouMean, DiagnosticError, type Diagnostic, type Source, type Span } from '../diagnostic/index.ts'
import { type } from '../settings/index.ts'
import type { ValueObject } from '../event/index.ts'
import { compileMatcher, type Matcher } from './silences.ts'

export interface Receiver {
  readonly name: string
  readonly emails: readonly {
    readonly to: readonly string[]
    readonly account?: string
    readonly sendResolved: boolean
  }[]
  readonly webhooks: readonly { readonly url: string; readonly sendResolved: boolean }[]
  readonly slacks: readonly { readonly url: string; readonly channel?: string; readonly sendResolved: boolean }[]
}

/** One node of the tree; what it does not say is its parent's. Durations in milliseconds. */
export interface RouteNode {
  readonly receiver: string
  /** Names of fields; `...` is every alert for itself. */
  readonly groupBy: readonly string[]
  readonly groupWait: number
  readonly groupInterval: number
  /** Alerts that are still active are told again after so long; undefined is never. */
  readonly repeatInterval: number | undefined
  readonly goOn: boolean
  readonly tests: readonly ((document: ValueObject) => boolean)[]
  readonly routes: readonly RouteNode[]
}

export interface InhibitRule {
  readonly source: readonly ((document: ValueObject) => boolean)[]
  readonly target: readonly ((document: ValueObject) => boolean)[]
  readonly equal: readonly string[]
}

export interface RouteTable {
  readonly root: RouteNode
  readonly receivers: ReadonlyMap<string, Receiver>
  readonly inhibit: readonly InhibitRule[]
}

type Path = readonly (string | number)[]
type Hash = Readonly<Record<string, unknown>>

const MATCH_KEYS = ['match', 'match_re', 'matchers'] as const
const ROUTE_KEYS = [
  'receiver',
  'group_by',
  'group_wait',
  'group_interval',
  'repeat_interval',
  'continue',
  'routes',
  ...MATCH_KEYS,
]
const EMAIL_KEYS = ['to', 'account', 'send_resolved']
const WEBHOOK_KEYS = ['url', 'send_resolved']
const SLACK_KEYS = ['api_url', 'channel', 'send_resolved']

/** Where the top of the tree says nothing: told at once, then at most one digest an hour. */
const ROOT: Omit<RouteNode, 'receiver' | 'tests' | 'routes' | 'goOn'> = {
  groupBy: ['rule'],
  groupWait: 0,
  groupInterval: 3_600_000,
  repeatInterval: undefined,
}

/** @throws DiagnosticError naming every problem with its place in the file */
export function readRouteFile(path: string): RouteTable {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new DiagnosticError(
      diagnose('alert.routes', { reason: `'${path}' cannot be read: ${(error as Error).message}` }),
    )
  }
  return readRoutes({ name: path, text })
}

/**
 * Routes as Alertmanager has them: `route`, `receivers`, `inhibit_rules`.
 * @throws DiagnosticError naming every problem with its place
 */
export function readRoutes(source: Source): RouteTable {
  const document = parseDocument(source.text, { uniqueKeys: true })
  if (document.errors.length > 0)
    throw new DiagnosticError(
      document.errors.map(({ message, pos: [start, end] }) =>
        diagnose('alert.routes', { reason: message.split('\n')[0]! }, { span: { source, start, end } }),
      ),
    )
  const reader = new Reader(source, document)
  const table = reader.table(document.toJS() as unknown)
  if (reader.problems.length > 0) throw new DiagnosticError(reader.problems)
  return table
}

class Reader {
  readonly problems: Diagnostic[] = []
  private readonly source: Source
  private readonly document: Document

  constructor(source: Source, document: Document) {
    this.source = source
    this.document = document
  }

  table(body: unknown): RouteTable {
    const top = this.hash(body, [])
    this.known(top, ['route', 'receivers', 'inhibit_rules'], [])
    const receivers = new Map<string, Receiver>()
    for (const [i, item] of this.list(top['receivers'], ['receivers']).entries()) {
      const receiver = this.receiver(item, ['receivers', i])
      if (receivers.has(receiver.name))
        this.problem(['receivers', i], `the receiver '${receiver.name}' is defined twice`)
      receivers.set(receiver.name, receiver)
    }
    if (top['route'] === undefined) this.problem([], "a file of routes needs 'route'")
    const first = this.hash(top['route'] ?? {}, ['route'])
    if (top['route'] !== undefined && first['receiver'] === undefined)
      this.problem(['route'], "the first route needs 'receiver'")
    for (const name of MATCH_KEYS)
      if (first[name] !== undefined)
        this.problem(['route', name], `the first route takes every alert and cannot have '${name}'`)
    const parent: RouteNode = { ...ROOT, receiver: '', goOn: false, tests: [], routes: [] }
    const root = this.route(first, ['route'], parent, receivers)
    const inhibit = this.list(top['inhibit_rules'], ['inhibit_rules']).map((item, i) =>
      this.inhibit(item, ['inhibit_rules', i]),
    )
    return { root, receivers, inhibit }
  }

  private route(body: Hash, path: Path, parent: RouteNode, receivers: ReadonlyMap<string, Receiver>): RouteNode {
    this.known(body, ROUTE_KEYS, path)
    const receiver = this.text(body['receiver'], [...path, 'receiver']) ?? parent.receiver
    if (body['receiver'] !== undefined && !receivers.has(receiver)) {
      const near = didYouMean(receiver, receivers.keys())
      this.problem(
        [...path, 'receiver'],
        `the receiver '${receiver}' is not defined${near === undefined ? '' : `; did you mean "${near}"?`}`,
      )
    }
    const duration = (name: string, usual: number): number => this.duration(body[name], [...path, name]) ?? usual
    const node = {
      receiver,
      groupBy:
        body['group_by'] === undefined
          ? parent.groupBy
          : this.list(body['group_by'], [...path, 'group_by']).map(String),
      groupWait: duration('group_wait', parent.groupWait),
      groupInterval: duration('group_interval', parent.groupInterval),
      repeatInterval: this.duration(body['repeat_interval'], [...path, 'repeat_interval']) ?? parent.repeatInterval,
      goOn: this.flag(body['continue'], [...path, 'continue']) ?? false,
      tests: this.tests(body, '', path),
      routes: [] as readonly RouteNode[],
    }
    node.routes = this.list(body['routes'], [...path, 'routes']).map((item, i) =>
      this.route(this.hash(item, [...path, 'routes', i]), [...path, 'routes', i], node, receivers),
    )
    return node
  }

  private inhibit(item: unknown, path: Path): InhibitRule {
    const body = this.hash(item, path)
    this.known(body, ['equal', ...['source_', 'target_'].flatMap((side) => MATCH_KEYS.map((key) => side + key))], path)
    const [source, target] = [this.tests(body, 'source_', path), this.tests(body, 'target_', path)]
    if (source.length === 0) this.problem(path, "an inhibit rule needs 'source_matchers'")
    if (target.length === 0) this.problem(path, "an inhibit rule needs 'target_matchers'")
    return { source, target, equal: this.list(body['equal'], [...path, 'equal']).map(String) }
  }

  private tests(body: Hash, prefix: string, path: Path): ((document: ValueObject) => boolean)[] {
    const matchers: (Matcher & { path: Path })[] = []
    for (const [name, op] of [
      ['match', '='],
      ['match_re', '=~'],
    ] as const) {
      const at = [...path, prefix + name]
      for (const [field, value] of Object.entries(this.hash(body[prefix + name] ?? {}, at)))
        matchers.push({ field, op, value: String(value), path: [...at, field] })
    }
    const at = [...path, `${prefix}matchers`]
    for (const [i, item] of this.list(body[`${prefix}matchers`], at).entries()) {
      const found = /^\s*([\w.@-]+)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^"]*?))\s*$/.exec(String(item))
      if (found === null)
        this.problem([...at, i], `a matcher must be like severity="high" or rule=~"vedetta-.*", got '${String(item)}'`)
      else {
        const [, field, op, quoted, bare] = found
        const value = quoted === undefined ? bare! : quoted.replace(/\\(.)/g, '$1')
        matchers.push({ field: field!, op: op as Matcher['op'], value, path: [...at, i] })
      }
    }
    return matchers.flatMap((matcher) => {
      try {
        return [compileMatcher(matcher)]
      } catch (error) {
        this.problem(matcher.path, (error as Error).message)
        return []
      }
    })
  }

  private receiver(item: unknown, path: Path): Receiver {
    const body = this.hash(item, path)
    this.known(body, ['name', 'email_configs', 'webhook_configs', 'slack_configs'], path)
    const name = this.text(body['name'], [...path, 'name'])
    if (name === undefined) this.problem(path, "a receiver needs 'name'")
    const configs = <T>(key: string, keys: readonly string[], read: (config: Hash, at: Path) => T): T[] =>
      this.list(body[key], [...path, key]).map((config, i) => {
        const at = [...path, key, i]
        const hash = this.hash(config, at)
        this.known(hash, keys, at)
        return read(hash, at)
      })
    const sendResolved = (config: Hash, at: Path, usual: boolean): boolean =>
      this.flag(config['send_resolved'], [...at, 'send_resolved']) ?? usual
    return {
      name: name ?? '',
      emails: configs('email_configs', EMAIL_KEYS, (config, at) => {
        const to = this.list(config['to'], [...at, 'to'])
          .flatMap((entry) => String(entry).split(','))
          .map((entry) => entry.trim())
          .filter((entry) => entry !== '')
        if (to.length === 0) this.problem(at, "an email receiver needs 'to'")
        const account = this.text(config['account'], [...at, 'account'])
        return { to, ...(account === undefined ? {} : { account }), sendResolved: sendResolved(config, at, false) }
      }),
      webhooks: configs('webhook_configs', WEBHOOK_KEYS, (config, at) => ({
        url: this.url(config['url'], at, 'url'),
        sendResolved: sendResolved(config, at, true),
      })),
      slacks: configs('slack_configs', SLACK_KEYS, (config, at) => {
        const channel = this.text(config['channel'], [...at, 'channel'])
        return {
          url: this.url(config['api_url'], at, 'api_url'),
          ...(channel === undefined ? {} : { channel }),
          sendResolved: sendResolved(config, at, false),
        }
      }),
    }
  }

  private url(value: unknown, path: Path, name: string): string {
    const text = this.text(value, [...path, name])
    if (text === undefined) this.problem(path, `it needs '${name}'`)
    else if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
      this.problem([...path, name], `'${name}' must be an address (http or https)`)
    return text ?? ''
  }

  private known(body: Hash, names: readonly string[], path: Path): void {
    for (const key of Object.keys(body)) {
      if (names.includes(key)) continue
      const near = didYouMean(key, names)
      const hint = near === undefined ? `known are ${names.join(', ')}` : `did you mean "${near}"?`
      this.problem([...path, key], `'${key}' is not supported here; ${hint}`)
    }
  }

  private hash(value: unknown, path: Path): Hash {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Hash
    this.problem(path, `'${String(path.at(-1) ?? 'the file')}' must be a hash of names and values`)
    return {}
  }

  private list(value: unknown, _path: Path): readonly unknown[] {
    if (value === undefined || value === null) return []
    return Array.isArray(value) ? (value as unknown[]) : [value]
  }

  private text(value: unknown, path: Path): string | undefined {
    if (value === undefined || value === null) return undefined
    if (typeof value === 'object') this.problem(path, `'${String(path.at(-1))}' must be a string`)
    return String(value)
  }

  private flag(value: unknown, path: Path): boolean | undefined {
    if (value === undefined) return undefined
    if (typeof value !== 'boolean') this.problem(path, `'${String(path.at(-1))}' must be true or false`)
    return value === true
  }

  private duration(value: unknown, path: Path): number | undefined {
    if (value === undefined) return undefined
    const millis = value === 0 ? 0 : type.parseDuration(String(value))
    if (millis === undefined)
      this.problem(path, `'${String(path.at(-1))}' must be a duration such as "30s" or "4h", got '${String(value)}'`)
    return millis
  }

  private problem(path: Path, reason: string): void {
    const span = this.spanOf(path)
    this.problems.push(diagnose('alert.routes', { reason }, span === undefined ? {} : { span }))
  }

  /** The node at the path, or the nearest above it that is there. */
  private spanOf(path: Path): Span | undefined {
    for (let length = path.length; length >= 0; length--) {
      const node = this.document.getIn(path.slice(0, length), true) as { range?: readonly number[] | null } | undefined
      if (node?.range) return { source: this.source, start: node.range[0]!, end: node.range[1]! }
    }
    return undefined
  }
}

/** The nodes of the tree that take an alert, as Alertmanager walks it: the deepest that matches, more with `continue`. */
export function routesOf(node: RouteNode, document: ValueObject): RouteNode[] {
  if (!node.tests.every((test) => test(document))) return []
  const found: RouteNode[] = []
  for (const child of node.routes) {
    const inner = routesOf(child, document)
    found.push(...inner)
    if (inner.length > 0 && !child.goOn) break
  }
  return found.length > 0 ? found : [node]
}
