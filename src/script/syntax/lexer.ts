import {
  BigDecimal,
  BigInteger,
  INT_MAX,
  JavaDouble,
  JavaFloat,
  JavaLong,
  LONG_MAX,
  parseDecimal,
} from '../runtime/numbers.ts'
import type { ScriptValue } from '../runtime/instance.ts'

export type TokenKind = 'name' | 'number' | 'string' | 'template' | 'regex' | 'op' | 'end'

export interface Token {
  readonly kind: TokenKind
  /** The name, the operator, the string's value, the regex's source. */
  readonly text: string
  readonly start: number
  readonly end: number
  /** A line break comes before it. */
  readonly newline: boolean
  readonly value?: ScriptValue
  /** Of a template: its texts and the places of its expressions. */
  readonly parts?: readonly (string | { readonly start: number; readonly end: number; readonly dotted: boolean })[]
  readonly flags?: string
}

export interface LexerOptions {
  readonly dialect: 'painless' | 'groovy'
  readonly fail: (message: string, start: number, end: number) => never
}

const OPERATORS = [
  '>>>=', '<<=', '>>=', '>>>', '===', '!==', '**=', '..<', '...', '==~', '<=>', '*.&',
  '?.', '?:', '*.', '.&', '.@', '..', '->', '::', '++', '--', '&&', '||', '==', '!=', '<=', '>=', '<<', '>>', '=~', '**',
  '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=',
  '+', '-', '*', '/', '%', '&', '|', '^', '~', '!', '<', '>', '=', '?', ':', '.', ',', ';', '(', ')', '[', ']', '{', '}', '@',
] // prettier-ignore

const PAINLESS_ONLY_WITHOUT = new Set(['..<', '...', '<=>', '*.&', '*.', '.&', '.@', '..', '**', '**=', '@'])

const NUMBER =
  /0[xX][0-9a-fA-F_]+[lLgG]?|0[bB][01_]+[lLgG]?|(?:\d[\d_]*\.\d[\d_]*|\d[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?[lLfFdDgGiI]?/y
const PAINLESS_NUMBER = /0[xX][0-9a-fA-F]+[lL]?|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[lLfFdD]?/y
const PAINLESS_NAME = /[A-Za-z_][A-Za-z0-9_]*/y
const NAME = /[\p{L}_$][\p{L}\p{N}_$]*/uy
const BLANK = /(?:[ \t\f\r\n\u00a0]+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|\\\r?\n)+/y

/** Cuts a script into tokens, all at once; a regex is told from a division by what comes before it. */
export function tokenize(source: string, options: LexerOptions, from = 0, to = source.length): Token[] {
  const text = to === source.length ? source : source.slice(0, to)
  const tokens: Token[] = []
  const groovy = options.dialect === 'groovy'
  let at = from
  for (;;) {
    BLANK.lastIndex = at
    const blank = BLANK.exec(text)
    const newline = tokens.length > 0 && blank !== null && /\n/.test(blank[0].replace(/\\\r?\n/g, ''))
    if (blank !== null) at = BLANK.lastIndex
    if (text.startsWith('/*', at)) options.fail('unterminated comment', at, text.length)
    if (at >= text.length) {
      tokens.push({ kind: 'end', text: 'end of script', start: at, end: at, newline: true })
      return tokens
    }
    const token = readToken(at, newline)
    tokens.push(token)
    at = token.end
  }

  function readToken(start: number, newline: boolean): Token {
    const char = text[start]!
    if (/[0-9]/.test(char) || (groovy && char === '.' && /[0-9]/.test(text[start + 1] ?? '') && !isMember(start))) {
      const number = groovy ? NUMBER : PAINLESS_NUMBER
      number.lastIndex = start
      let raw = number.exec(text)![0]
      const after = tokens.at(-1)
      if (after?.text === '.' && after.kind === 'op' && after.end === start) raw = /^\d+/.exec(raw)![0]
      // `1..5` and `1.plus(2)` are not decimals.
      if (raw.includes('.') && raw.endsWith('.')) raw = raw.slice(0, -1)
      const value = readNumber(raw, start)
      return { kind: 'number', text: raw, start, end: start + raw.length, newline, value }
    }
    if (char === "'" || char === '"') return readString(start, newline)
    if (char === '/' && regexMayStart()) {
      const regex = readSlashy(start, newline)
      if (regex !== undefined) return regex
    }
    const names = groovy ? NAME : PAINLESS_NAME
    names.lastIndex = start
    const name = names.exec(text)
    if (name !== null) return { kind: 'name', text: name[0], start, end: names.lastIndex, newline }
    for (const op of OPERATORS) {
      if (!text.startsWith(op, start) || (!groovy && PAINLESS_ONLY_WITHOUT.has(op))) continue
      return { kind: 'op', text: op, start, end: start + op.length, newline }
    }
    return options.fail(`unexpected character [${char}].`, start, start + 1)
  }

  /** `list.0`: a point right behind a value is no decimal point. */
  function isMember(start: number): boolean {
    const last = tokens.at(-1)
    if (last === undefined || last.end !== start) return false
    return last.kind === 'name' || (last.kind === 'op' && [')', ']', '.'].includes(last.text))
  }

  function regexMayStart(): boolean {
    const last = tokens.at(-1)
    if (last === undefined) return true
    if (last.kind === 'op') return ![')', ']', '}', '++', '--'].includes(last.text)
    return last.kind === 'name' && ['return', 'in', 'case', 'throw', 'else'].includes(last.text)
  }

  function isNegated(start: number): boolean {
    const [before, sign] = tokens.slice(-2)
    const [minus, operand] = sign === undefined ? [before, undefined] : [sign, before]
    if (minus?.text !== '-' || minus.end !== start) return false
    return (
      operand === undefined || (operand.kind === 'op' && !/^[)\]}]$/.test(operand.text)) || operand.text === 'return'
    )
  }

  /** Painless: what is wrong with a number, and the long that may be meant. */
  function invalid(raw: string, start: number): string {
    const number = (isNegated(start) ? '-' : '') + raw
    if (/[lL]$/.test(raw)) return `Invalid long constant [${number}].`
    const long = /^\d+$/.test(raw) && BigInt(raw) <= LONG_MAX
    return `Invalid int constant [${number}].${long ? ` If you want a long constant then change it to [${number}L].` : ''}`
  }

  function readNumber(raw: string, start: number): ScriptValue {
    const plain = raw.replaceAll('_', '')
    const tooBig = (): never => options.fail(groovy ? `Invalid number [${raw}].` : invalid(raw, start), start, start + raw.length) // prettier-ignore
    const radix = /^0[xX]/.test(plain) ? 16 : /^0[bB]/.test(plain) ? 2 : /^0[0-7]+[lLgGiI]?$/.test(plain) ? 8 : 10
    const suffix = radix === 16 ? (/[lLgG]$/.exec(plain)?.[0] ?? '') : (/[lLfFdDgGiI]$/.exec(plain)?.[0] ?? '')
    const digits = plain.slice(0, plain.length - suffix.length)
    if (radix === 10 && (/[.eE]/.test(digits) || /[fFdD]/.test(suffix))) {
      if (/[fF]/.test(suffix)) return new JavaFloat(Number(digits))
      if (/[dD]/.test(suffix) || !groovy) return new JavaDouble(Number(digits))
      return parseDecimal(digits) ?? tooBig()
    }
    if (radix === 10 && !groovy && /^0\d/.test(digits)) tooBig()
    const value = radix === 8 ? BigInt(`0o${digits.slice(1)}`) : BigInt(digits)
    const bits = radix === 10 ? 0n : 1n
    if (/[gG]/.test(suffix)) return groovy ? new BigInteger(value) : tooBig()
    if (/[lL]/.test(suffix))
      return value > LONG_MAX + (groovy || isNegated(start) ? 1n : 0n) + bits * (LONG_MAX + 1n)
        ? tooBig()
        : new JavaLong(value)
    if (value <= BigInt(INT_MAX) + 1n) return value > INT_MAX ? minInt() : Number(value)
    if (groovy) return value <= LONG_MAX ? new JavaLong(value) : new BigInteger(value)
    if (radix !== 10 && value <= 0xffffffffn) return Number(BigInt.asIntN(32, value))
    return tooBig()
  }

  /** 2147483648 is a number only behind a minus sign (Painless), or a long (Groovy). */
  function minInt(): ScriptValue {
    return new JavaLong(2147483648n)
  }

  function readString(start: number, newline: boolean): Token {
    const quote = text[start]!
    const triple = groovy && text.startsWith(quote.repeat(3), start)
    const close = triple ? quote.repeat(3) : quote
    const parts: (string | { start: number; end: number; dotted: boolean })[] = []
    let content = ''
    let at = start + close.length
    if (triple && text[at] === '\\' && text[at + 1] === '\n') at += 2
    for (;;) {
      if (at >= text.length || (!triple && groovy && text[at] === '\n')) {
        return options.fail(
          `unexpected character [${text.slice(start, start + 20)}].`,
          start,
          Math.min(at, text.length),
        )
      }
      if (text.startsWith(close, at)) break
      const char = text[at]!
      if (char === '\\') {
        const [value, length] = readEscape(at, quote)
        content += value
        at += length
      } else if (char === '$' && groovy && quote === '"' && /[{\p{L}_]/u.test(text[at + 1] ?? '')) {
        const hole = readHole(at)
        parts.push(content, hole)
        content = ''
        at = hole.dotted ? hole.end : hole.end + 1
      } else {
        content += char
        at++
      }
    }
    const end = at + close.length
    if (parts.length === 0) return { kind: 'string', text: content, start, end, newline, value: content }
    return { kind: 'template', text: '', start, end, newline, parts: [...parts, content] }
  }

  function readEscape(at: number, quote: string): [string, number] {
    const next = text[at + 1] ?? ''
    if (next === '\\' || next === quote) return [next, 2]
    const simple = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '"': '"', "'": "'", $: '$' }[next]
    if (groovy) {
      if (simple !== undefined) return [simple, 2]
      const unicode = /^u+([0-9a-fA-F]{4})/.exec(text.slice(at + 1, at + 12))
      if (unicode !== null) return [String.fromCharCode(Number.parseInt(unicode[1]!, 16)), unicode[0].length + 1]
      const octal = /^[0-3]?[0-7]{1,2}/.exec(text.slice(at + 1, at + 4))
      if (octal !== null) return [String.fromCharCode(Number.parseInt(octal[0], 8)), octal[0].length + 1]
      if (next === '\n') return ['', 2]
    }
    return options.fail(`unexpected character [${text.slice(groovy ? at : text.lastIndexOf(quote, at), at + 2)}]. The only valid escape sequences in strings starting with [${quote}] are [\\\\] and [\\${quote}].`, at, at + 2) // prettier-ignore
  }

  /** `${expression}` or `$name.name` within a Groovy string. */
  function readHole(at: number): { start: number; end: number; dotted: boolean } {
    if (text[at + 1] !== '{') {
      const dotted = /^\$[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*/u.exec(text.slice(at))!
      return { start: at + 1, end: at + dotted[0].length, dotted: true }
    }
    let depth = 0
    for (let index = at + 1; index < text.length; index++) {
      const char = text[index]!
      if (char === '{') depth++
      else if (char === '}' && --depth === 0) return { start: at + 2, end: index, dotted: false }
      else if (char === "'" || char === '"') {
        for (index++; index < text.length && text[index] !== char; index++) if (text[index] === '\\') index++
      }
    }
    return options.fail('unterminated ${', at, text.length)
  }

  function readSlashy(start: number, newline: boolean): Token | undefined {
    let at = start + 1
    let content = ''
    const parts: (string | { start: number; end: number; dotted: boolean })[] = []
    for (;;) {
      const char = text[at]
      if (char === undefined || (char === '\n' && !groovy)) return undefined
      if (char === '/') break
      if (char === '\\' && text[at + 1] === '/') {
        content += groovy ? '/' : '\\/'
        at += 2
      } else if (char === '\\' && !groovy) {
        content += text.slice(at, at + 2)
        at += 2
      } else if (char === '$' && groovy && /[{\p{L}_]/u.test(text[at + 1] ?? '')) {
        const hole = readHole(at)
        parts.push(content, hole)
        content = ''
        at = hole.dotted ? hole.end : hole.end + 1
      } else {
        content += char
        at++
      }
    }
    if (at === start + 1) return undefined
    at++
    if (groovy) {
      if (parts.length === 0) return { kind: 'string', text: content, start, end: at, newline, value: content }
      return { kind: 'template', text: '', start, end: at, newline, parts: [...parts, content] }
    }
    const flags = /^[cilmsUux]*/.exec(text.slice(at))![0]
    return { kind: 'regex', text: content, start, end: at + flags.length, newline, flags }
  }
}

/** The number a literal behind a minus sign stands for, where it differs from the one negated. */
export function negated(value: ScriptValue): ScriptValue | undefined {
  if (value instanceof JavaLong && value.value === 2147483648n) return -2147483648
  if (typeof value === 'number') return value === 0 ? 0 : -value
  if (value instanceof JavaLong) return new JavaLong(-value.value)
  if (value instanceof JavaDouble) return new JavaDouble(-value.value)
  if (value instanceof JavaFloat) return new JavaFloat(-value.value)
  if (value instanceof BigDecimal) return new BigDecimal(-value.unscaled, value.scale)
  return undefined
}
