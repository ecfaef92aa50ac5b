import mustache from 'mustache'
import { fail, type Source } from '../../diagnostic/index.ts'
import { isObject, stringifyJson, type Value, type ValueObject } from '../../event/index.ts'
import { findVariable, isTruthy, printed, stringify, type Found } from './lookup.ts'

/** How `{{name}}` is escaped; `{{{name}}}` and `{{&name}}` never are. */
export type TemplateEscape = 'none' | 'json' | 'form' | 'html'

export interface TemplateOptions {
  /** By default `none`, or what a `__json__::` prefix (Watcher's way to say it) asks for. */
  readonly escape?: TemplateEscape
  /** For messages: the place of the template, such as `actions.mail.email.body`. */
  readonly name?: string
}

/** A compiled template; `render` may be called any number of times. */
export interface CompiledTemplate {
  readonly source: string
  /** @throws DiagnosticError `mustache.size` where the text would pass 10 million characters. */
  render(variables: Readonly<Record<string, Value>>): string
}

const OUTPUT_LIMIT = 10_000_000
const DEPTH_LIMIT = 100

/** A token of mustache.parse: kind, name or text, start, end, and of a section its children and their end. */
type Token = readonly [
  kind: string,
  value: string,
  start: number,
  end: number,
  children?: readonly Token[],
  close?: number,
]

const ESCAPES: Readonly<Record<TemplateEscape, (text: string) => string>> = {
  none: (text) => text,
  html: (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`),
  json: (text) => JSON.stringify(text).slice(1, -1),
  form: encodeForm,
}

const CONTENT_TYPES: Readonly<Record<string, TemplateEscape>> = {
  json: 'json',
  yaml: 'json',
  text: 'none',
  html: 'none',
}

/**
 * Compiles a template by Elasticsearch's rules of mustache.
 *
 * - Maps print as Java prints them, `{a=1, b=[1, 2]}`, lists as maps by place, `{0=x, 1=y}`; null and what is absent
 *   print nothing.
 * - `list.0` is an element, `list.size` the number of elements.
 * - `{{#toJson}}name{{/toJson}}`, `{{#join}}name{{/join}}`, `{{#join delimiter='|'}}name{{/join delimiter='|'}}` and
 *   `{{#url}}...{{/url}}` are functions, whose output is not escaped again; what is no list joins to the name itself.
 * - Sections follow mustache.java: only null, false, the empty string and the empty list are false.
 * @throws DiagnosticError `mustache.syntax` for a template that does not parse or uses a partial.
 */
export function compileTemplate(text: string, options: TemplateOptions = {}): CompiledTemplate {
  const prefix = /^__([a-z]+)__::/.exec(text)
  const kind = prefix === null ? undefined : CONTENT_TYPES[prefix[1]!]
  const body = kind === undefined ? text : text.slice(prefix![0].length)
  const escape = ESCAPES[options.escape ?? kind ?? 'none']
  const source: Source = { name: options.name ?? 'template', text: body }
  const tokens = parse(source)
  return {
    source: text,
    render(variables) {
      const output = new Output(source)
      renderTokens(tokens, { escape, source, output, scopes: [variables as ValueObject] })
      return output.text
    },
  }
}

/** Compiles and renders in one step. */
export function renderTemplate(
  text: string,
  variables: Readonly<Record<string, Value>>,
  options?: TemplateOptions,
): string {
  return compileTemplate(text, options).render(variables)
}

function parse(source: Source): readonly Token[] {
  let tokens: readonly Token[]
  try {
    tokens = mustache.parse(source.text) as unknown as readonly Token[]
    // The library keeps every template for ever; ours are kept by whoever compiled them.
    mustache.clearCache()
  } catch (error) {
    const message = (error as Error).message
    const at = Number(/ at (\d+)$/.exec(message)?.[1] ?? 0)
    const reason = message.replace(/ at \d+$/, '').replace(/^./, (first) => first.toLowerCase())
    throw fail('mustache.syntax', { reason }, { span: { source, start: at, end: at + 1 } })
  }
  checkTokens(tokens, source, 0)
  return tokens
}

function checkTokens(tokens: readonly Token[], source: Source, depth: number): void {
  for (const token of tokens) {
    const span = { source, start: token[2], end: token[3] }
    if (token[0] === '>')
      throw fail('mustache.syntax', { reason: `partials are not supported, got '${token[1]}'` }, { span })
    if (token[1] === '' && 'name&#^'.includes(token[0]))
      throw fail('mustache.syntax', { reason: 'a tag must have a name' }, { span })
    if (token[0] === '#' && /^(?:toJson|join)\b/.test(token[1]) && token[4]!.length !== 1) {
      const reason = `Mustache function [${/^\w+/.exec(token[1])![0]}] must contain one and only one identifier`
      throw fail('mustache.syntax', { reason }, { span })
    }
    if (depth > DEPTH_LIMIT)
      throw fail('mustache.syntax', { reason: `sections must not be nested deeper than ${DEPTH_LIMIT}` }, { span })
    if (token[4] !== undefined) checkTokens(token[4], source, depth + 1)
  }
}

interface Rendering {
  readonly escape: (text: string) => string
  readonly source: Source
  readonly output: Output
  readonly scopes: readonly Value[]
}

class Output {
  text = ''
  private readonly source: Source

  constructor(source: Source) {
    this.source = source
  }

  add(text: string): void {
    if (this.text.length + text.length > OUTPUT_LIMIT) throw this.tooLarge()
    this.text += text
  }

  tooLarge(): Error {
    return fail('mustache.size', { name: this.source.name, limit: OUTPUT_LIMIT })
  }
}

function renderTokens(tokens: readonly Token[], rendering: Rendering): void {
  for (const token of tokens) {
    const [kind, name] = token
    if (kind === 'text') rendering.output.add(name)
    else if (kind === 'name') rendering.output.add(rendering.escape(printed(findVariable(name, rendering.scopes))))
    else if (kind === '&') rendering.output.add(printed(findVariable(name, rendering.scopes)))
    else if (kind === '^') {
      if (!isTruthy(findVariable(name, rendering.scopes))) renderTokens(token[4]!, rendering)
    } else if (kind === '#') renderSection(token, rendering)
  }
}

function renderSection(token: Token, rendering: Rendering): void {
  const [, name, , , children = []] = token
  const apply = functionOf(name)
  if (apply !== undefined) return rendering.output.add(apply(children, rendering))
  const value = findVariable(name, rendering.scopes)
  if (!isTruthy(value)) return
  for (const item of Array.isArray(value) ? value : [value!])
    renderTokens(children, { ...rendering, scopes: [...rendering.scopes, item] })
}

type TemplateFunction = (children: readonly Token[], rendering: Rendering) => string

function functionOf(name: string): TemplateFunction | undefined {
  if (name === 'toJson') return toJson
  if (name === 'url') return (children, rendering) => encodeForm(inner(children, rendering, rendering.escape))
  const join = /^join(?:\s+delimiter\s*=\s*'([^']*)')?$/.exec(name)
  return join === null ? undefined : (children, rendering) => joined(children, rendering, join[1] ?? ',')
}

/** The text of a function's section, which is a template of its own. */
function inner(children: readonly Token[], rendering: Rendering, escape = ESCAPES.none): string {
  const output = new Output(rendering.source)
  renderTokens(children, { ...rendering, output, escape })
  return output.text
}

/** `toJson` and `join` take the name of a variable, which may itself be rendered. */
function argument(children: readonly Token[], rendering: Rendering): Found {
  return findVariable(inner(children, rendering).trim(), rendering.scopes)
}

function toJson(children: readonly Token[], rendering: Rendering): string {
  const value = argument(children, rendering)
  return Array.isArray(value) || isObject(value) ? stringifyJson(value) : printed(value)
}

function joined(children: readonly Token[], rendering: Rendering, delimiter: string): string {
  const value = argument(children, rendering)
  return Array.isArray(value) ? value.map((item) => stringify(item)).join(delimiter) : inner(children, rendering)
}

/** As java.net.URLEncoder writes it. */
function encodeForm(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'))
    .replaceAll('%20', '+')
    .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}
