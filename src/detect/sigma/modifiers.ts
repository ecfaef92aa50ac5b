import { didYouMean, fail, type Span } from '../../diagnostic/index.ts'
import { parseNetwork } from './address.ts'
import { base64, base64Offsets, dashes, encoded, ENCODINGS, WINDASH_LIMIT } from './encodings.ts'
import {
  hasWildcard,
  insertPlaceholders,
  openEnd,
  openStart,
  parsePattern,
  plainText,
  type Pattern,
} from './pattern.ts'
import { checkRegex } from './regex.ts'
import { TIME_PARTS } from './time-parts.ts'
import type { Comparison, ReferenceMode, SigmaValue, Term } from './value.ts'

export const MODIFIERS: Readonly<Record<string, string>> = {
  all: 'every value of the list must match',
  startswith: 'the value begins so',
  endswith: 'the value ends so',
  contains: 'the value contains it',
  exists: 'the field is there (true) or not (false)',
  cased: 'case counts',
  neq: 'the item does not match',
  windash: 'a dash or slash before an option stands for every kind of them',
  re: 'regular expression, searched in the value',
  i: 'with re: case does not count',
  ignorecase: 'as i',
  m: 'with re: ^ and $ match at lines',
  multiline: 'as m',
  s: 'with re: . matches line ends too',
  dotall: 'as s',
  base64: 'the value in base64',
  base64offset: 'the value in base64 at each of the three offsets',
  utf16le: 'the value in UTF-16, little end first',
  wide: 'as utf16le',
  utf16be: 'the value in UTF-16, big end first',
  utf16: 'the value in UTF-16 with a byte order mark',
  lt: 'less than',
  lte: 'at most',
  gt: 'greater than',
  gte: 'at least',
  minute: 'the minute of the time in the field',
  hour: 'the hour of the time in the field',
  day: 'the day of the month of the time in the field',
  week: 'the ISO week of the time in the field',
  month: 'the month of the time in the field',
  year: 'the year of the time in the field',
  cidr: 'the address is in the network',
  expand: 'placeholders in the value are replaced',
  fieldref: 'the value is the name of another field, whose value is compared',
}

/** What to write instead of modifiers that other tools have, or that are none. */
const INSTEAD: Readonly<Record<string, string>> = {
  not: "write 'not' before the selection in the condition",
  eq: 'without a modifier a value is equal',
  any: 'of a list one value is enough',
  equalsfield: "write 'fieldref'",
  containsfield: "write 'fieldref|contains'",
  startswithfield: "write 'fieldref|startswith'",
  endswithfield: "write 'fieldref|endswith'",
}

/** An item as it is written. */
export interface Item {
  readonly field: string
  readonly modifiers: readonly string[]
  readonly values: readonly unknown[]
  /** The values as they stand in the file. */
  readonly written?: readonly string[]
  readonly span: Span
  readonly text: string
}

/** Patterns take time by their length times that of what an event holds. */
const TEXT_LIMIT = 10_000
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  i: ['i', 'ignorecase'],
  m: ['m', 'multiline'],
  s: ['s', 'dotall'],
}
const COMPARISONS: readonly Comparison[] = ['lt', 'lte', 'gt', 'gte']
const ENDS: readonly ReferenceMode[] = ['contains', 'startswith', 'endswith']
const BYTES = ['base64', 'base64offset', 'windash', ...Object.keys(ENCODINGS)]
/** Each makes of a value something else than text, so that there is one at most. */
const KINDS = ['re', 'cidr', 'exists', 'fieldref', ...COMPARISONS, ...Object.keys(TIME_PARTS)]

/**
 * Applies the modifiers of an item to its values.
 * @throws DiagnosticError for a modifier that does not exist or a value it cannot take
 */
export function resolveItem(item: Item): Term {
  return new Resolver(item).resolve()
}

class Resolver {
  private readonly item: Item
  private readonly has: (name: string) => boolean
  private readonly comparison: Comparison | undefined
  private readonly part: string | undefined

  constructor(item: Item) {
    this.item = item
    this.has = (name) => item.modifiers.includes(name)
    this.comparison = COMPARISONS.find(this.has)
    this.part = Object.keys(TIME_PARTS).find(this.has)
  }

  private problem(reason: string): Error {
    return fail('sigma.modifier', { item: this.item.text, reason }, { span: this.item.span })
  }

  resolve(): Term {
    this.check()
    const { field, values, written, span, text } = this.item
    return {
      kind: 'term',
      field,
      // As in SigmaHQ's own tools, no value is null.
      values: (values.length === 0 ? [null] : values).flatMap((value, index) => this.value(value, written?.[index])),
      all: this.has('all'),
      negated: this.has('neq'),
      span,
      text,
    }
  }

  private check(): void {
    const { modifiers, text, span, field } = this.item
    for (const name of modifiers) {
      if (Object.hasOwn(MODIFIERS, name)) continue
      const meant = didYouMean(name, Object.keys(MODIFIERS))
      const instead = Object.hasOwn(INSTEAD, name) ? INSTEAD[name] : undefined
      const hint = instead ?? (meant === undefined ? undefined : `did you mean '${meant}'?`)
      throw fail('sigma.unknown_modifier', { item: text, name }, { span, hint })
    }
    for (const name of Object.values(FLAGS).flat())
      if (this.has(name) && !modifiers.slice(0, modifiers.indexOf(name)).includes('re'))
        throw this.problem(`'${name}' needs 're' before it`)
    const kinds = KINDS.filter(this.has).filter((name) => name !== this.comparison || this.part === undefined)
    if (kinds.length > 1) throw this.problem(`'${kinds.join("' and '")}' exclude each other`)
    const [kind] = kinds
    if (kind !== undefined) {
      const ends: readonly string[] = kind === 're' || kind === 'fieldref' ? [] : ENDS
      const string = [...ends, ...BYTES].find(this.has)
      if (string !== undefined) throw this.problem(`'${kind}' and '${string}' exclude each other`)
    }
    if (field === '' && kind !== undefined && kind !== 're' && kind !== 'cidr')
      throw this.problem('keywords have no field for this modifier')
  }

  private value(value: unknown, written = ''): SigmaValue[] {
    if (typeof value === 'object' && value !== null)
      throw this.problem('a value must be a text, a number, true, false or null')
    if (this.has('exists')) {
      // The words of YAML 1.1, which others read rules by, are texts of 1.2.
      const word = typeof value === 'string' ? /^(?:(yes|true|on)|no|false|off)$/i.exec(value) : null
      if (typeof value !== 'boolean' && word === null) throw this.problem("'exists' takes true or false")
      return [{ kind: 'exists', value: word === null ? value === true : word[1] !== undefined }]
    }
    if (this.comparison !== undefined || this.part !== undefined) return [this.number(value)]
    const { modifiers } = this.item
    const plain = modifiers.every((name) => name === 'neq' || name === 'all')
    if (value === null) {
      if (!plain) throw this.problem('null takes no modifier')
      if (this.item.field === '') throw this.problem('null is no keyword')
      return [{ kind: 'null' }]
    }
    const text = String(value)
    if (text.length > TEXT_LIMIT) throw this.problem(`a value is longer than ${TEXT_LIMIT} characters`)
    if (this.has('cidr')) {
      if (parseNetwork(text) === undefined)
        throw this.problem(`'${text}' is not a network such as 10.0.0.0/8 or fe80::/10`)
      return [{ kind: 'cidr', text }]
    }
    if (this.has('re')) return [this.regex(text)]
    if (this.has('fieldref')) return [this.reference(text)]
    if (plain && this.item.field !== '') {
      if (typeof value === 'number' || typeof value === 'bigint') return [numberValue(value, written)]
      if (typeof value === 'boolean') return [{ kind: 'boolean', value }]
    }
    return this.texts(text)
  }

  private number(value: unknown): SigmaValue {
    const { comparison, part } = this
    const wanted =
      typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN
    if (!Number.isFinite(wanted)) throw this.problem(`'${comparison ?? part}' needs a number, got '${String(value)}'`)
    return { kind: 'compare', operator: comparison ?? 'eq', value: wanted, ...(part === undefined ? {} : { part }) }
  }

  private regex(text: string): SigmaValue {
    const flag = (name: string): boolean => FLAGS[name]!.some(this.has)
    const flags = { i: flag('i'), m: flag('m'), s: flag('s') }
    // Expressions are searched for: only a beginning and an end say more.
    const source = `${this.has('startswith') ? '^(?:' : ''}${this.has('endswith') ? '(?:' : ''}${text}${this.has('endswith') ? ')$' : ''}${this.has('startswith') ? ')' : ''}`
    const pattern = this.has('expand') ? insertPlaceholders([source]) : [source]
    if (pattern.every((part) => typeof part === 'string')) checkRegex(source, flags, this.item)
    return { kind: 'regex', pattern, flags }
  }

  private reference(text: string): SigmaValue {
    const pattern = parsePattern(text)
    if (hasWildcard(pattern)) throw this.problem("'fieldref' takes the name of a field, without wildcards")
    const mode = ENDS.find(this.has) ?? 'equals'
    return { kind: 'fieldref', name: plainText(pattern), mode, cased: this.has('cased') }
  }

  /** The modifiers in the order they are written. */
  private texts(text: string): SigmaValue[] {
    let patterns: Pattern[] = [parsePattern(text)]
    let binary = false
    const without = <T>(made: T | undefined, name: string): T => {
      if (made === undefined) throw this.problem(`'${name}' takes no wildcards`)
      return made
    }
    for (const name of this.item.modifiers) {
      if (name === 'contains') patterns = patterns.map((one) => openStart(openEnd(one)))
      else if (name === 'startswith') patterns = patterns.map(openEnd)
      else if (name === 'endswith') patterns = patterns.map(openStart)
      else if (name === 'expand') patterns = patterns.map(insertPlaceholders)
      else if (name === 'windash') {
        patterns = patterns.flatMap(dashes)
        if (patterns.length > WINDASH_LIMIT) throw this.problem(`'windash' makes more than ${WINDASH_LIMIT} variants`)
      } else if (name in ENCODINGS) {
        patterns = patterns.map((one) => encoded(one, name))
        binary = true
      } else if (name === 'base64') patterns = patterns.map((one) => without(base64(one, binary), name))
      else if (name === 'base64offset') patterns = patterns.flatMap((one) => without(base64Offsets(one, binary), name))
    }
    const cased = this.has('cased') || this.has('base64') || this.has('base64offset')
    return this.grouped(patterns, cased)
  }

  /** With `all` every value must match, but of the variants of one value one is enough. */
  private grouped(patterns: readonly Pattern[], cased: boolean): SigmaValue[] {
    return patterns.length > 1 && this.has('all')
      ? [{ kind: 'variants', of: patterns.map((pattern) => ({ kind: 'text', pattern, cased })) }]
      : patterns.map((pattern) => ({ kind: 'text', pattern, cased }))
  }
}

/** Windows writes flags and codes as `0x17`, and so do rules, often without quotes. */
function numberValue(value: number | bigint, written: string): SigmaValue {
  const number = { kind: 'number', value } as const
  if (!/^0x[0-9a-f]+$/i.test(written)) return number
  return { kind: 'variants', of: [number, { kind: 'text', pattern: [written], cased: false }] }
}
