import { isIP } from 'node:net'
import { RE2JS } from 're2js'
import { didYouMean, fail, type Span } from '../../diagnostic/index.ts'
import { Double, type Value } from '../../event/index.ts'
import { parseAddress, parseNetwork } from './address.ts'
import { every } from './condition.ts'
import type { FieldTable, Subject } from './fields.ts'
import {
  compilePattern,
  fold,
  hasWildcard,
  openEnd,
  openStart,
  parsePattern,
  plainText,
  type Part,
  type Pattern,
} from './pattern.ts'
import { readTime, TIME_PARTS } from './time-parts.ts'

export type Test = (subject: Subject) => boolean

/** What routing may rely on: a match implies one of these texts, folded, in the field (`exact`: as its whole value). */
export interface Need {
  readonly slot: number
  readonly exact: boolean
  readonly texts: readonly string[]
}

export interface CompiledItem {
  readonly test: Test
  readonly need?: Need
}

/** One line of a selection: `Field|modifier|...: value(s)`; the field is '' for keywords. */
export interface Item {
  readonly field: string
  readonly modifiers: readonly string[]
  readonly values: readonly unknown[]
  readonly span: Span
  /** `Field|modifiers`, as written. */
  readonly text: string
}

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
  m: 'with re: ^ and $ match at lines',
  s: 'with re: . matches line ends too',
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

const ENCODINGS: Readonly<Record<string, (text: string) => Buffer>> = {
  utf16le: (text) => Buffer.from(text, 'utf16le'),
  wide: (text) => Buffer.from(text, 'utf16le'),
  utf16be: (text) => Buffer.from(text, 'utf16le').swap16(),
  utf16: (text) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]),
}
const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
}
const WINDASH_LIMIT = 5_000

/** @throws DiagnosticError for a modifier that does not exist or a value it cannot take */
export function compileItem(item: Item, table: FieldTable): CompiledItem {
  const compiler = new ItemCompiler(item, table)
  return compiler.compile()
}

class ItemCompiler {
  private readonly item: Item
  private readonly table: FieldTable
  private readonly has: (name: string) => boolean
  private need: string[] | undefined = []
  private exact = true

  constructor(item: Item, table: FieldTable) {
    this.item = item
    this.table = table
    this.has = (name) => item.modifiers.includes(name)
  }

  private problem(reason: string): Error {
    return fail('sigma.modifier', { item: this.item.text, reason }, { span: this.item.span })
  }

  private check(): void {
    const { modifiers, text, span, field } = this.item
    for (const name of modifiers) {
      if (name in MODIFIERS) continue
      const meant = didYouMean(name, Object.keys(MODIFIERS))
      throw fail(
        'sigma.unknown_modifier',
        { item: text, name },
        { span, hint: meant === undefined ? undefined : `did you mean '${meant}'?` },
      )
    }
    for (const flag of ['i', 'm', 's'])
      if (this.has(flag) && !this.has('re')) throw this.problem(`'${flag}' needs 're' before it`)
    const exclusive = ['re', 'cidr', 'exists', 'lt', 'lte', 'gt', 'gte', ...Object.keys(TIME_PARTS)].filter(this.has)
    const comparison = Object.keys(COMPARISONS).filter(this.has)
    const time = Object.keys(TIME_PARTS).filter(this.has)
    if (comparison.length > 1 || time.length > 1 || exclusive.length - comparison.length - time.length > 1)
      throw this.problem(`'${exclusive.join("' and '")}' exclude each other`)
    if (exclusive.length > 0) {
      const strings = [
        'contains',
        'startswith',
        'endswith',
        'base64',
        'base64offset',
        'wide',
        'utf16',
        'utf16le',
        'utf16be',
        'windash',
        'fieldref',
      ].filter(this.has)
      if (strings.length > 0) throw this.problem(`'${exclusive[0]}' and '${strings[0]}' exclude each other`)
    }
    if (field === '' && (this.has('exists') || this.has('fieldref')))
      throw this.problem('keywords have no field for this modifier')
  }

  compile(): CompiledItem {
    this.check()
    const { field, values } = this.item
    const slot = field === '' ? -1 : this.table.slot(field)
    if (values.length === 0) throw this.problem('the list of values is empty')
    const tests = values.map((value) => this.value(slot, value))
    let test = every(this.has('all'), tests)
    if (this.has('neq')) {
      const positive = test
      return { test: (subject) => !positive(subject) }
    }
    if (slot < 0 || this.need === undefined || this.need.length === 0 || this.need.includes('')) return { test }
    // With `all` each text is needed: the longest says most.
    const texts = this.has('all') ? [this.need.reduce((a, b) => (b.length > a.length ? b : a))] : this.need
    return { test, need: { slot, exact: this.exact, texts } }
  }

  private value(slot: number, value: unknown): Test {
    if (typeof value === 'object' && value !== null)
      throw this.problem('a value must be a text, a number, true, false or null')
    if (this.has('exists')) {
      this.need = undefined
      if (typeof value !== 'boolean') throw this.problem("'exists' takes true or false")
      return (subject) => (subject.value(slot) !== undefined) === value
    }
    const comparison = Object.keys(COMPARISONS).find(this.has)
    const time = Object.keys(TIME_PARTS).find(this.has)
    if (comparison !== undefined || time !== undefined) return this.number(slot, value, comparison, time)
    if (value === null) {
      this.need = undefined
      if (this.item.modifiers.some((name) => name !== 'neq' && name !== 'all'))
        throw this.problem('null takes no modifier')
      if (slot < 0) throw this.problem('null is no keyword')
      if (this.item.values.length > 1) throw this.problem('null cannot stand in a list')
      return (subject) => subject.value(slot) === undefined || subject.value(slot) === null
    }
    if (this.has('cidr')) return this.network(slot, String(value))
    if (this.has('re')) return this.regex(slot, String(value))
    if (this.has('fieldref')) return this.reference(slot, String(value))
    if (this.has('expand') && /(?<!\\)%\w+%/.test(String(value))) {
      const name = /%(\w+)%/.exec(String(value))![1]!
      throw fail('sigma.placeholder', { name }, { span: this.item.span })
    }
    return this.text(slot, String(value))
  }

  private number(slot: number, value: unknown, comparison: string | undefined, time: string | undefined): Test {
    this.need = undefined
    const wanted =
      typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN
    if (!Number.isFinite(wanted)) throw this.problem(`'${comparison ?? time}' needs a number, got '${String(value)}'`)
    const compare = comparison === undefined ? (a: number, b: number): boolean => a === b : COMPARISONS[comparison]!
    const read = time === undefined ? numberOf : (one: Value): number => readTime(one, time)
    return (subject) => {
      const held = subject.value(slot)
      if (held === undefined || held === null) return false
      const test = (one: Value): boolean => {
        const number = read(one)
        return !Number.isNaN(number) && compare(number, wanted)
      }
      return Array.isArray(held) ? held.some(test) : test(held)
    }
  }

  private network(slot: number, text: string): Test {
    this.need = undefined
    const network = parseNetwork(text)
    if (network === undefined) throw this.problem(`'${text}' is not a network such as 10.0.0.0/8 or fe80::/10`)
    return this.onTexts(slot, (one) => {
      if (isIP(one) === 0) return false
      const address = parseAddress(one)
      return address !== undefined && network(address)
    })
  }

  private regex(slot: number, text: string): Test {
    this.need = undefined
    const { i, m, s } = { i: this.has('i'), m: this.has('m'), s: this.has('s') }
    const flags = (i ? RE2JS.CASE_INSENSITIVE : 0) | (m ? RE2JS.MULTILINE : 0) | (s ? RE2JS.DOTALL : 0)
    if (text.length > 10_000) throw this.problem('the regular expression is longer than 10000 characters')
    let compiled: RE2JS
    try {
      compiled = RE2JS.compile(text, flags)
    } catch (error) {
      const reason = /\(\?<?[=!]/.test(text)
        ? 'lookahead and lookbehind cannot be matched in linear time'
        : /\\[1-9]/.test(text)
          ? 'back references cannot be matched in linear time'
          : error instanceof Error
            ? error.message.replace(/^error parsing regexp: /, '')
            : String(error)
      throw fail('sigma.regex', { item: this.item.text, reason }, { span: this.item.span })
    }
    return this.onTexts(slot, (one) => compiled.test(one))
  }

  private onTexts(slot: number, test: (text: string) => boolean): Test {
    if (slot < 0) return (subject) => subject.all().texts.some(test)
    return (subject) => {
      const texts = subject.textsOf(slot)
      for (let i = 0; i < texts.length; i++) if (test(texts[i]!)) return true
      return false
    }
  }

  private reference(slot: number, name: string): Test {
    this.need = undefined
    const other = this.table.slot(name)
    const cased = this.has('cased')
    const [contains, starts, ends] = [this.has('contains'), this.has('startswith'), this.has('endswith')]
    const compare = (a: string, b: string): boolean =>
      contains ? a.includes(b) : starts ? a.startsWith(b) : ends ? a.endsWith(b) : a === b
    return (subject) => {
      const left = cased ? subject.textsOf(slot) : subject.foldsOf(slot)
      const right = cased ? subject.textsOf(other) : subject.foldsOf(other)
      return left.some((a) => right.some((b) => compare(a, b)))
    }
  }

  private text(slot: number, text: string): Test {
    const patterns = this.patterns(text)
    const cased = this.has('cased') || this.has('base64') || this.has('base64offset')
    const tests = patterns.map((pattern) => compilePattern(slot < 0 ? openStart(openEnd(pattern)) : pattern, cased))
    for (const pattern of patterns) this.note(pattern)
    const test = tests.length === 1 ? tests[0]! : (one: string): boolean => tests.some((each) => each(one))
    if (slot < 0) return (subject) => (cased ? subject.all().texts : subject.all().folds).some(test)
    if (cased) return this.onTexts(slot, test)
    return (subject) => {
      const texts = subject.foldsOf(slot)
      for (let i = 0; i < texts.length; i++) if (test(texts[i]!)) return true
      return false
    }
  }

  private note(pattern: Pattern): void {
    const texts = pattern.filter((part) => typeof part === 'string')
    if (hasWildcard(pattern)) this.exact = false
    this.need?.push(texts.length === 0 ? '' : fold(texts.reduce((a, b) => (b.length > a.length ? b : a))))
  }

  /** The modifiers in the order they are written. */
  private patterns(text: string): Pattern[] {
    let patterns: Pattern[] = [parsePattern(text)]
    let bytes: Buffer | undefined
    const plain = (name: string): string => {
      if (hasWildcard(patterns[0]!)) throw this.problem(`'${name}' takes no wildcards`)
      return plainText(patterns[0]!)
    }
    for (const name of this.item.modifiers) {
      if (name === 'contains') patterns = patterns.map((one) => openStart(openEnd(one)))
      else if (name === 'startswith') patterns = patterns.map(openEnd)
      else if (name === 'endswith') patterns = patterns.map(openStart)
      else if (name === 'windash') {
        patterns = patterns.flatMap(dashes)
        if (patterns.length > WINDASH_LIMIT) throw this.problem(`'windash' makes more than ${WINDASH_LIMIT} variants`)
      } else if (name in ENCODINGS) {
        bytes = ENCODINGS[name]!(plain(name))
        patterns = [[bytes.toString('latin1')]]
      } else if (name === 'base64') {
        patterns = [[(bytes ?? Buffer.from(plain(name))).toString('base64')]]
      } else if (name === 'base64offset') patterns = offsets(bytes ?? Buffer.from(plain(name))).map((one) => [one])
    }
    return patterns
  }
}

function numberOf(value: Value): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Double) return value.value
  if (typeof value === 'string' && value.trim() !== '') return Number(value)
  return NaN
}

const DASHES = ['-', '/', '\u2013', '\u2014', '\u2015']

/** A dash or slash at the start of a word: not after a word character, and before one (pySigma's `\B[-/]\b`). */
function dashes(pattern: Pattern): Pattern[] {
  let variants: Part[][] = [[]]
  for (const part of pattern) {
    if (typeof part === 'number') {
      for (const variant of variants) variant.push(part)
      continue
    }
    const pieces = part.split(/\B[-/]\b/)
    variants = variants.map((variant) => [...variant, pieces[0]!])
    for (const piece of pieces.slice(1)) {
      if (variants.length > WINDASH_LIMIT) break
      variants = variants.flatMap((variant) =>
        DASHES.map((dash) => [...variant.slice(0, -1), `${variant.at(-1) as string}${dash}${piece}`]),
      )
    }
  }
  return variants.map((variant) => variant.filter((part) => part !== ''))
}

/** The middle of the base64 text at offsets 0, 1, 2: the parts that do not depend on the neighbours. */
function offsets(bytes: Buffer): string[] {
  return [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset, 0x20), bytes]).toString('base64')
    const end = [undefined, -3, -2][(bytes.length + offset) % 3]
    return text.slice([0, 2, 3][offset], end)
  })
}
