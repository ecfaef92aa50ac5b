import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isMap, isScalar, isSeq, parseDocument, type Node } from 'yaml'
import {
  diagnose,
  didYouMean,
  DiagnosticError,
  fail,
  type Diagnostic,
  type Source,
  type Span,
} from '../diagnostic/index.ts'
import type { Option, OptionsOf, Raw } from './option.ts'
import { OPEN_PREFIXES, SETTINGS, type SettingName } from './schema.ts'

/** Where values may come from; later ones win: default, file, environment (`VEDETTA_HTTP_PORT`), command line (`-E`). */
export interface SettingsSources {
  /** Path of vedetta.yml. */
  readonly config?: string | undefined
  /** `key=value` as given to `-E`, in order. */
  readonly overrides?: readonly string[]
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Secrets of the keystore: they fill `${NAME}` before the environment does, and set the setting of the same name. */
  readonly keystore?: ReadonlyMap<string, string>
}

export interface Settings {
  readonly values: OptionsOf<typeof SETTINGS>
  /** Values below the open prefixes, by full key, such as `xpack.notification.email.account.work.smtp.host`. */
  readonly open: ReadonlyMap<string, Raw>
  /** Where each given value is from: a file with its position, `-E`, the environment. */
  readonly origin: ReadonlyMap<string, string>
  /** Where in the file each value that came from it stands. */
  readonly spans: ReadonlyMap<string, Span>
  /** Folder that relative paths in settings are resolved against: the file's, else the working folder. */
  readonly folder: string
  /** What `${NAME}` means, in settings and pipelines alike: the keystore's secret, else the environment's variable. */
  readonly variable: (name: string) => string | undefined
}

interface Given {
  readonly raw: Raw
  readonly span?: Span
  readonly from: string
}

/**
 * Reads and checks every setting.
 * @throws DiagnosticError with every problem that was found, each with its place.
 */
export function loadSettings(sources: SettingsSources = {}): Settings {
  const environment = sources.environment ?? process.env
  const variable = (name: string): string | undefined => sources.keystore?.get(name) ?? environment[name]
  const problems: Diagnostic[] = []
  const given = new Map<string, Given>()

  for (const [key, value] of sources.keystore ?? []) {
    if (isKnown(key)) given.set(key, { raw: value, from: 'keystore' })
  }
  if (sources.config !== undefined) readFile(sources.config, given, problems)
  for (const key of Object.keys(SETTINGS)) {
    const value = environment[`VEDETTA_${key.toUpperCase().replaceAll('.', '_')}`]
    if (value !== undefined) given.set(key, { raw: value, from: 'environment' })
  }
  for (const text of sources.overrides ?? []) {
    const at = text.indexOf('=')
    if (at <= 0) problems.push(diagnose('settings.override', { text }))
    else given.set(text.slice(0, at).trim(), { raw: text.slice(at + 1), from: '-E' })
  }

  const values: Record<string, unknown> = {}
  const open = new Map<string, Raw>()
  const origin = new Map<string, string>()
  const spans = new Map<string, Span>()
  for (const [key, spec] of Object.entries(SETTINGS)) values[key] = 'default' in spec ? spec.default : undefined
  for (const [key, { raw, span, from }] of given) {
    origin.set(key, from)
    if (span !== undefined) spans.set(key, span)
    const filled = substitute(raw, variable, key, span, problems)
    if (!isKnown(key)) {
      const near = didYouMean(key, Object.keys(SETTINGS))
      const hint = near === undefined ? undefined : `did you mean "${near}"?`
      problems.push(diagnose('settings.unknown', { key }, { span, hint }))
    } else if (key in SETTINGS) {
      values[key] = read(key as SettingName, filled, span, problems)
    } else {
      open.set(key, filled)
    }
  }
  if (problems.length > 0) throw new DiagnosticError(problems)
  const folder = sources.config === undefined ? process.cwd() : dirname(resolve(sources.config))
  return { values: values as OptionsOf<typeof SETTINGS>, open, origin, spans, folder, variable }
}

function isKnown(key: string): boolean {
  return key in SETTINGS || Object.keys(OPEN_PREFIXES).some((prefix) => key.startsWith(prefix))
}

function read(key: SettingName, raw: Raw, span: Span | undefined, problems: Diagnostic[]): unknown {
  const spec: Option = SETTINGS[key]
  if (spec.refused !== undefined) {
    problems.push(diagnose('settings.refused', { key, reason: spec.refused }, { span }))
    return undefined
  }
  const separated =
    typeof raw === 'string' && spec.type.name.startsWith('list') ? raw.split(',').map((part) => part.trim()) : raw
  const result = spec.type.read(separated)
  if (result.ok) return result.value
  const got = spec.secret === true ? 'a value that is not shown' : JSON.stringify(raw)
  problems.push(diagnose('option.invalid', { name: key, expected: result.expected, got }, { span }))
  return undefined
}

function readFile(path: string, given: Map<string, Given>, problems: Diagnostic[]): void {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw fail('settings.unreadable', { path, reason: (error as Error).message })
  }
  const source: Source = { name: path, text }
  const document = parseDocument(text, { uniqueKeys: true })
  for (const error of document.errors) {
    const [start, end] = error.pos
    problems.push(
      diagnose(
        'settings.syntax',
        { reason: error.message.split('\n')[0]!.replace(/ at line .*$/, '') },
        { span: { source, start, end } },
      ),
    )
  }
  if (document.errors.length === 0 && document.contents !== null)
    flatten(document.contents as Node, '', source, given, problems)
}

function flatten(node: Node, prefix: string, source: Source, given: Map<string, Given>, problems: Diagnostic[]): void {
  const [start, end] = [node.range?.[0] ?? 0, node.range?.[1] ?? 0]
  if (isMap(node)) {
    for (const pair of node.items) {
      const key = String(isScalar(pair.key) ? pair.key.value : pair.key)
      if (pair.value !== null)
        flatten(pair.value as Node, prefix === '' ? key : `${prefix}.${key}`, source, given, problems)
    }
    return
  }
  if (prefix === '') {
    problems.push(
      diagnose('settings.syntax', { reason: 'settings are written as key: value' }, { span: { source, start, end } }),
    )
    return
  }
  const raw = isSeq(node) ? (node.toJSON() as Raw) : isScalar(node) ? (node.value as Raw) : (node.toJSON() as Raw)
  given.set(prefix, { raw, span: { source, start, end }, from: source.name })
}

/** `${NAME}` and `${NAME:default}` in parsed strings only, so that no value can add syntax. */
function substitute(
  raw: Raw,
  lookUp: (name: string) => string | undefined,
  key: string,
  span: Span | undefined,
  problems: Diagnostic[],
): Raw {
  if (Array.isArray(raw)) return raw.map((inner: Raw) => substitute(inner, lookUp, key, span, problems))
  if (typeof raw !== 'string') return raw
  return raw.replace(/\$\{([A-Za-z_][\w.]*)(?::([^}]*))?\}/g, (_, name: string, fallback: string | undefined) => {
    const value = lookUp(name) ?? fallback
    if (value === undefined) problems.push(diagnose('settings.undefined_variable', { key, name }, { span }))
    return value ?? ''
  })
}
