/** Processors that take texts apart. */
import {
  double,
  isObject,
  newObject,
  parseJson,
  shortestFloat,
  type Value,
  type ValueObject,
} from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { compileRubyRegex, createGrok, type GrokPattern } from '../../pipeline/grok/index.ts'
import type { Config, ProcessorSpec } from '../processor.ts'
import { compileDissection } from './dissection.ts'
import { bounded } from './texts.ts'

const grok: ProcessorSpec = {
  name: 'grok',
  summary: 'Takes a text apart by the first of several grok patterns that matches.',
  create(config) {
    const field = config.text('field')
    const patterns = config.list('patterns')
    if (patterns === undefined || patterns.length === 0)
      throw fail('ingest.parse', { reason: '[patterns] List of patterns must not be empty' })
    const ecs = config.oneOf('ecs_compatibility', ['disabled', 'v1'], 'disabled')
    const definitions = config.object('pattern_definitions') ?? newObject()
    const ignoreMissing = config.flag('ignore_missing', false)
    const traceMatch = config.flag('trace_match', false)
    const library = createGrok({
      ecs,
      types: ['int', 'long', 'float', 'double', 'boolean'],
      dotMatchesNewline: false,
      patterns: Object.fromEntries(Object.entries(definitions).map(([name, value]) => [name, String(value)])),
    })
    const compiled = patterns.map((pattern): GrokPattern => library.compile(pattern))
    return (document) => {
      const text = document.text(field, ignoreMissing, 'process it')
      if (text === undefined) return
      for (const [i, pattern] of compiled.entries()) {
        const found = bounded(pattern.source, () => pattern.exec(text))
        if (found === null) continue
        for (const [path, value] of capturesOf(pattern, found)) document.set(path, value)
        if (traceMatch) document.ingest['_grok_match_index'] = String(i)
        return
      }
      throw fail('ingest.failed', {
        reason: `Provided Grok expressions do not match field value: [${text.slice(0, 1000)}]`,
      })
    }
  },
}

/** Of several captures written alike the first that took part counts, of others of one field the last, as in Elasticsearch. */
function capturesOf(pattern: GrokPattern, found: RegExpExecArray): Map<string, Value> {
  const values = new Map<string, Value>()
  const taken = new Set<string>()
  for (const { index, written, field, type } of pattern.captures) {
    const text = found[index]
    if (text === undefined || taken.has(written)) continue
    taken.add(written)
    values.set(field, captured(text, type))
  }
  return values
}

/** As Java's parseInt, parseDouble and parseBoolean read it. @throws illegal_argument_exception for what is no number */
function captured(text: string, type: GrokPattern['captures'][number]['type']): Value {
  if (type === 'string') return text
  if (type === 'boolean') return text.toLowerCase() === 'true'
  if (type === 'int' || type === 'long') {
    const number = /^[+-]?\d{1,40}$/.test(text) ? BigInt(text.replace('+', '')) : undefined
    const limit = type === 'int' ? 2n ** 31n : 2n ** 63n
    // A long stays a bigint, so that scripts reckon with 64 bits.
    if (number !== undefined && number >= -limit && number < limit) return type === 'int' ? Number(number) : number
    throw fail('ingest.failed', { reason: `For input string: "${text}"` })
  }
  const number = /\d/.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(number)) throw fail('ingest.failed', { reason: `For input string: "${text}"` })
  return double(type === 'float' ? shortestFloat(Math.fround(number)) : number)
}

const dissect: ProcessorSpec = {
  name: 'dissect',
  summary: 'Takes a text apart at delimiters, without regular expressions.',
  create(config) {
    const field = config.text('field')
    const pattern = config.text('pattern')
    const separator = config.text('append_separator', '')
    const ignoreMissing = config.flag('ignore_missing', false)
    const take = compileDissection(pattern, separator)
    return (document) => {
      const text = document.text(field, ignoreMissing, 'process it')
      if (text === undefined) return
      const found = take(text)
      if (found === undefined)
        throw fail('ingest.failed', {
          reason: `Unable to find match for dissect pattern: ${pattern} against source: ${text.slice(0, 1000)}`,
        })
      for (const [name, value] of found) document.set(name, value)
    }
  },
}

const json: ProcessorSpec = {
  name: 'json',
  summary: 'Reads a text as JSON.',
  create(config) {
    const field = config.text('field')
    const target = config.text('target_field', undefined)
    const toRoot = config.flag('add_to_root', false)
    const strategy = config.oneOf('add_to_root_conflict_strategy', ['replace', 'merge'], 'replace')
    const duplicates = config.flag('allow_duplicate_keys', false)
    const strict = config.flag('strict_json_parsing', true)
    if (duplicates) throw fail('ingest.unsupported', { reason: '[allow_duplicate_keys] true is not supported' })
    if (!strict) throw fail('ingest.unsupported', { reason: '[strict_json_parsing] false is not supported' })
    if (toRoot && target !== undefined)
      throw fail('ingest.parse', {
        reason: '[target_field] Cannot set a target field while also setting `add_to_root` to true',
      })
    return (document) => {
      const value = document.get(field)
      const parsed = typeof value === 'string' ? readJson(value) : value
      if (!toRoot) return document.set(target ?? field, parsed)
      if (!isObject(parsed)) throw fail('ingest.failed', { reason: 'cannot add non-map fields to root of document' })
      if (strategy === 'merge') mergeInto(document.ctx, parsed)
      else Object.assign(document.ctx, parsed)
    }
  },
}

function readJson(text: string): Value {
  try {
    return parseJson(text)
  } catch (error) {
    throw fail('ingest.failed', { reason: `${(error as Error).message}` })
  }
}

function mergeInto(target: ValueObject, from: ValueObject): void {
  for (const key of Object.keys(from)) {
    const [old, value] = [target[key], from[key]!]
    if (isObject(old) && isObject(value)) mergeInto(old, value)
    else target[key] = value
  }
}

const kv: ProcessorSpec = {
  name: 'kv',
  summary: 'Reads keys and values, such as a=1 b=2.',
  create(config) {
    const field = config.text('field')
    const target = config.text('target_field', undefined)
    const fieldSplit = config.text('field_split')
    const valueSplit = config.text('value_split')
    const include = config.list('include_keys')
    const exclude = config.list('exclude_keys') ?? []
    const ignoreMissing = config.flag('ignore_missing', false)
    const prefix = config.text('prefix', '')
    const trimKey = trimmer(config, 'trim_key')
    const trimValue = trimmer(config, 'trim_value')
    const strip = config.flag('strip_brackets', false)
    const fields = splitter(fieldSplit)
    const pair = splitter(valueSplit)
    return (document) => {
      const text = document.text(field, ignoreMissing, 'process it')
      if (text === undefined) return
      const found = bounded(`${fieldSplit} ${valueSplit}`, () => fields(text, undefined).map((part) => pair(part, 2)))
      for (const parts of found) {
        if (parts.length !== 2) {
          if (parts.length === 1 && parts[0] === '') continue
          throw fail('ingest.failed', {
            reason: `field [${field}] does not contain value_split [${valueSplit}]`,
          })
        }
        const key = trimKey(parts[0]!)
        if ((include !== undefined && !include.includes(key)) || exclude.includes(key)) continue
        const shown = trimValue(strip ? stripped(parts[1]!) : parts[1]!)
        const path = `${target === undefined ? '' : `${target}.`}${prefix}${key}`
        document.append(path, [shown], true)
        const list = document.get(path)
        // One value stands alone.
        if (Array.isArray(list) && list.length === 1) document.set(path, list[0]!)
      }
    }
  },
}

function trimmer(config: Config, name: string): (text: string) => string {
  const letters = config.text(name, undefined)
  if (letters === undefined || letters === '') return (text) => text
  return (text) => {
    let [start, end] = [0, text.length]
    while (start < end && letters.includes(text[start]!)) start++
    while (end > start && letters.includes(text[end - 1]!)) end--
    return text.slice(start, end)
  }
}

/** One bracket or quote at each end. */
function stripped(text: string): string {
  return text.replace(/^[([<"']/, '').replace(/[\])>"']$/, '')
}

/** A split by a regular expression, into so many parts at most. */
function splitter(pattern: string): (text: string, most: number | undefined) => string[] {
  const regexp = compileRubyRegex(pattern, 'g')
  return (text, most) => {
    const parts: string[] = []
    let from = 0
    for (const match of text.matchAll(regexp)) {
      if (most !== undefined && parts.length === most - 1) break
      if (match[0] === '') continue
      parts.push(text.slice(from, match.index))
      from = match.index + match[0].length
    }
    parts.push(text.slice(from))
    return parts
  }
}

const csv: ProcessorSpec = {
  name: 'csv',
  summary: 'Reads a line of values into fields, in their order.',
  create(config) {
    const field = config.text('field')
    const targets = config.list('target_fields')
    if (targets === undefined || targets.length === 0)
      throw fail('ingest.parse', { reason: "[target_fields] target fields list can't be empty" })
    const separator = one(config, 'separator', ',')
    const quote = one(config, 'quote', '"')
    const ignoreMissing = config.flag('ignore_missing', false)
    const trim = config.flag('trim', false)
    const empty = config.value('empty_value')
    return (document) => {
      const text = document.text(field, ignoreMissing, 'process it')
      if (text === undefined) return
      for (const [i, value] of csvValues(text, separator, quote, trim).entries()) {
        if (i >= targets.length) break
        if (value === '') {
          if (empty !== undefined) document.set(targets[i]!, empty)
        } else document.set(targets[i]!, value)
      }
    }
  },
}

function one(config: Config, name: string, otherwise: string): string {
  const text = config.text(name, otherwise)
  if (text.length !== 1) throw fail('ingest.parse', { reason: `[${name}] ${name} must be a character` })
  return text
}

/** @throws illegal_argument_exception for a quote that stands where none may */
function csvValues(text: string, separator: string, quote: string, trim: boolean): string[] {
  const values: string[] = []
  const bad = (at: number, reason: string): never => {
    throw fail('ingest.failed', { reason: `Illegal character inside unquoted field at ${at}${reason}` })
  }
  let at = 0
  const skipBlanks = (): void => {
    if (trim) while (text[at] === ' ' || text[at] === '\t') at++
  }
  for (;;) {
    skipBlanks()
    if (text[at] === quote) {
      let inner = ''
      for (at++; ; at++) {
        if (at >= text.length) throw fail('ingest.failed', { reason: 'Unmatched quote' })
        if (text[at] !== quote) inner += text[at]!
        else if (text[at + 1] === quote) inner += text[++at]!
        else break
      }
      at++
      skipBlanks()
      if (at < text.length && text[at] !== separator)
        throw fail('ingest.failed', { reason: `character '${text[at]}' after quoted field at ${at}` })
      values.push(inner)
    } else {
      const start = at
      while (at < text.length && text[at] !== separator) {
        if (text[at] === quote || text[at] === '\n' || text[at] === '\r') bad(at, '')
        at++
      }
      const value = text.slice(start, at)
      values.push(trim ? value.trim() : value)
    }
    // Nothing behind the last separator is no value.
    if (++at >= text.length) return values
  }
}

const uriParts: ProcessorSpec = {
  name: 'uri_parts',
  summary: 'Takes a URI apart.',
  create(config) {
    const field = config.text('field')
    const target = config.text('target_field', 'url')
    const keep = config.flag('keep_original', true)
    const removeIfSuccessful = config.flag('remove_if_successful', false)
    const ignoreMissing = config.flag('ignore_missing', false)
    return (document) => {
      const text = document.text(field, ignoreMissing, 'process it')
      if (text === undefined) return
      const parts = partsOf(text)
      if (keep) parts['original'] = text
      document.set(target, parts)
      if (removeIfSuccessful && target !== field) document.remove(field)
    }
  },
}

/** By RFC 3986, appendix B; the scheme, user and port within their parts. */
function partsOf(text: string): ValueObject {
  const match = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(text)
  if (match === null || /[\s<>"{}|\\^`]/.test(text))
    throw fail('ingest.failed', { reason: `unable to parse URI [${text}]` })
  const [, scheme, authority, path, query, fragment] = match
  const parts = newObject()
  const host = /^(?:(.*)@)?(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority ?? '')
  if (scheme !== undefined) parts['scheme'] = scheme
  if (host?.[2] !== undefined && host[2] !== '') parts['domain'] = host[2]
  if (path !== undefined) parts['path'] = decoded(path)
  const extension = /[^/]\.([^./]+)$/.exec(path ?? '')?.[1]
  if (extension !== undefined) parts['extension'] = extension
  if (query !== undefined) parts['query'] = decoded(query)
  if (fragment !== undefined) parts['fragment'] = decoded(fragment)
  if (host?.[3] !== undefined && host[3] !== '') parts['port'] = Number(host[3])
  const user = host?.[1]
  if (user !== undefined) {
    parts['user_info'] = user
    const colon = user.indexOf(':')
    if (colon > 0) {
      parts['username'] = user.slice(0, colon)
      parts['password'] = user.slice(colon + 1)
    }
  }
  return parts
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export const PARSERS: readonly ProcessorSpec[] = [grok, dissect, json, kv, csv, uriParts]
