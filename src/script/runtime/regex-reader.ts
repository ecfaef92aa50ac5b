import { raise } from './instance.ts'

/** Of java.util.regex.Pattern, by their letters. */
export const FLAGS: Record<string, number> = { i: 2, x: 4, m: 8, s: 32, u: 64, U: 256, l: 16, c: 128, d: 1 }

/** A part of an expression. */
export interface RegexNode {
  readonly type: 'char' | 'set' | 'any' | 'sequence' | 'either' | 'repeat' | 'group' | 'back' | 'assert' | 'look'
  readonly items?: readonly RegexNode[]
  readonly item?: RegexNode
  readonly test?: (code: number) => boolean
  readonly min?: number
  readonly max?: number
  readonly mode?: 'greedy' | 'lazy' | 'possessive'
  readonly index?: number
  readonly atomic?: boolean
  readonly name?: string
  readonly negated?: boolean
  readonly behind?: boolean
  readonly code?: number
}

export function fold(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code
}

export function unfold(code: number): number {
  return code >= 97 && code <= 122 ? code - 32 : code
}

export function isWord(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57

const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13)

const isUpper = (code: number): boolean => code >= 65 && code <= 90

const isLower = (code: number): boolean => code >= 97 && code <= 122

const isAlpha = (code: number): boolean => isUpper(code) || isLower(code)

const isPunct = (code: number): boolean => code > 32 && code < 127 && !isAlpha(code) && !isDigit(code)

const PROPERTIES: Record<string, (code: number) => boolean> = {
  Lower: isLower,
  Upper: isUpper,
  Alpha: isAlpha,
  Digit: isDigit,
  Alnum: (code) => isAlpha(code) || isDigit(code),
  Punct: isPunct,
  Graph: (code) => isPunct(code) || isAlpha(code) || isDigit(code),
  Print: (code) => code >= 32 && code < 127,
  Blank: (code) => code === 32 || code === 9,
  Cntrl: (code) => code < 32 || code === 127,
  XDigit: (code) => isDigit(code) || (fold(code) >= 97 && fold(code) <= 102),
  Space: isSpace,
  ASCII: (code) => code < 128,
}

/** Reads java.util.regex's notation. */
export class PatternReader {
  readonly groups: (string | undefined)[] = [undefined]
  readonly #text: string
  readonly #flags: number
  #at = 0
  #depth = 0

  constructor(text: string, flags: number) {
    this.#text = text
    this.#flags = flags
  }

  read(): RegexNode {
    const node = this.#either()
    if (this.#at < this.#text.length) this.#fail("Unmatched closing ')'")
    return node
  }

  #fail(message: string): never {
    throw raise('java.util.regex.PatternSyntaxException', `${message} near index ${this.#at}\n${this.#text}`)
  }

  #either(): RegexNode {
    if (++this.#depth > 50) this.#fail('too many nested groups')
    const items = [this.#sequence()]
    while (this.#text[this.#at] === '|') {
      this.#at++
      items.push(this.#sequence())
    }
    this.#depth--
    return items.length === 1 ? items[0]! : { type: 'either', items }
  }

  #sequence(): RegexNode {
    const items: RegexNode[] = []
    while (this.#at < this.#text.length && this.#text[this.#at] !== '|' && this.#text[this.#at] !== ')') {
      const atom = this.#atom()
      if (atom !== undefined) items.push(this.#quantified(atom))
    }
    return { type: 'sequence', items }
  }

  #quantified(atom: RegexNode): RegexNode {
    const rest = this.#text.slice(this.#at)
    const match = /^(?:([*+?])|\{(\d+)(,(\d*))?\})([+?]?)/.exec(rest)
    if (match === null) return atom
    this.#at += match[0].length
    const [, symbol, low, comma, high] = match
    const min = symbol === undefined ? Number(low) : symbol === '+' ? 1 : 0
    const max = symbol === undefined ? (comma === undefined ? min : high === '' ? Infinity : Number(high)) : symbol === '?' ? 1 : Infinity // prettier-ignore
    if (max < min) this.#fail('Illegal repetition range')
    const mode = match[5] === '?' ? 'lazy' : match[5] === '+' ? 'possessive' : 'greedy'
    return { type: 'repeat', item: atom, min, max, mode }
  }

  #atom(): RegexNode | undefined {
    const char = this.#text[this.#at]!
    if ((this.#flags & FLAGS['x']!) !== 0 && /[\s#]/.test(char)) {
      const skipped = char === '#' ? /^#[^\n]*/.exec(this.#text.slice(this.#at))![0].length : 1
      this.#at += skipped
      return undefined
    }
    this.#at++
    switch (char) {
      case '.': {
        const all = (this.#flags & FLAGS['s']!) !== 0
        return { type: 'any', test: (code) => all || !(code === 10 || code === 13 || code === 0x85 || code === 0x2028 || code === 0x2029) } // prettier-ignore
      }
      case '^':
      case '$':
        return { type: 'assert', name: char }
      case '(':
        return this.#group()
      case '[':
        return { type: 'set', test: this.#set() }
      case '\\':
        return this.#escape()
      case '*':
      case '+':
      case '?':
        this.#at--
        return this.#fail(`Dangling meta character '${char}'`)
      default:
        return { type: 'char', code: char.charCodeAt(0) }
    }
  }

  #group(): RegexNode {
    const rest = this.#text.slice(this.#at)
    const head = /^\?(?::|=|!|<=|<!|>|<([a-zA-Z][a-zA-Z0-9]*)>)/.exec(rest)
    if (head === null) {
      if (rest.startsWith('?')) this.#fail('Unknown inline modifier')
      this.groups.push(undefined)
      const index = this.groups.length - 1
      return { type: 'group', index, item: this.#close() }
    }
    this.#at += head[0].length
    if (head[1] !== undefined) {
      if (this.groups.includes(head[1])) this.#fail(`Named capturing group <${head[1]}> is already defined`)
      this.groups.push(head[1])
      const index = this.groups.length - 1
      return { type: 'group', index, item: this.#close() }
    }
    const kind = head[0].slice(1)
    const item = this.#close()
    if (kind === ':') return { type: 'group', item }
    if (kind === '>') return { type: 'group', item, atomic: true }
    return { type: 'look', item, negated: kind.endsWith('!'), behind: kind.startsWith('<') }
  }

  #close(): RegexNode {
    const item = this.#either()
    if (this.#text[this.#at] !== ')') this.#fail('Unclosed group')
    this.#at++
    return item
  }

  #escape(): RegexNode {
    const char = this.#text[this.#at] ?? this.#fail('Unexpected internal error')
    if (/[bBAzZG]/.test(char)) {
      this.#at++
      return { type: 'assert', name: char }
    }
    if (/[1-9]/.test(char)) {
      this.#at++
      return { type: 'back', index: Number(char) }
    }
    const named = /^k<([a-zA-Z][a-zA-Z0-9]*)>/.exec(this.#text.slice(this.#at))
    if (named !== null) {
      this.#at += named[0].length
      if (!this.groups.includes(named[1]!)) this.#fail(`named capturing group <${named[1]}> does not exist`)
      return { type: 'back', name: named[1]! }
    }
    if (char === 'Q') {
      const end = this.#text.indexOf('\\E', this.#at)
      const quoted = this.#text.slice(this.#at + 1, end < 0 ? undefined : end)
      this.#at = end < 0 ? this.#text.length : end + 2
      return { type: 'sequence', items: [...quoted].map((c) => ({ type: 'char', code: c.charCodeAt(0) }) as const) }
    }
    const test = this.#classEscape()
    return typeof test === 'number' ? { type: 'char', code: test } : { type: 'set', test }
  }

  /** After the backslash: a class such as `\d`, or the character that is meant. */
  #classEscape(): number | ((code: number) => boolean) {
    const char = this.#text[this.#at++]!
    const classes: Record<string, (code: number) => boolean> = { d: isDigit, s: isSpace, w: isWord, h: PROPERTIES['Blank']! } // prettier-ignore
    const found = classes[char.toLowerCase()]
    if (found !== undefined) return char === char.toLowerCase() ? found : (code) => !found(code)
    const simple: Record<string, number> = { n: 10, t: 9, r: 13, f: 12, a: 7, e: 27, 0: 0 }
    if (char in simple && char !== '0') return simple[char]!
    const hex = char === 'u' ? /^[0-9a-fA-F]{4}/ : char === 'x' ? /^[0-9a-fA-F]{2}/ : undefined
    if (hex !== undefined) {
      const digits = hex.exec(this.#text.slice(this.#at))
      if (digits === null) return this.#fail('Illegal escape sequence')
      this.#at += digits[0].length
      return Number.parseInt(digits[0], 16)
    }
    if (char === 'p' || char === 'P') return this.#property(char === 'P')
    if (/[a-zA-Z]/.test(char)) this.#fail('Illegal/unsupported escape sequence')
    return char.charCodeAt(0)
  }

  #property(negated: boolean): (code: number) => boolean {
    const name = /^(?:\{(?:Is|In)?(\w+)\}|(\w))/.exec(this.#text.slice(this.#at))
    if (name === null) return this.#fail('Unknown character property name')
    this.#at += name[0].length
    const id = name[1] ?? name[2]!
    let test = PROPERTIES[id]
    if (test === undefined) {
      if (!/^(?:L[ulotm]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|M[nce]?)$/.test(id)) this.#fail(`Unknown character property name {${id}}`) // prettier-ignore
      const unicode = new RegExp(`^\\p{${id}}$`, 'u')
      test = (code) => unicode.test(String.fromCharCode(code))
    }
    const found = test
    return negated ? (code) => !found(code) : found
  }

  /** After `[`: ranges, classes, nested sets and `&&`. */
  #set(): (code: number) => boolean {
    if (++this.#depth > 50) this.#fail('too many nested groups')
    const negated = this.#text[this.#at] === '^'
    if (negated) this.#at++
    const tests: ((code: number) => boolean)[] = []
    let also: ((code: number) => boolean) | undefined
    for (let first = true; ; first = false) {
      const char = this.#text[this.#at]
      if (char === undefined) this.#fail('Unclosed character class')
      if (char === ']' && !first) break
      if (this.#text.startsWith('&&', this.#at)) {
        this.#at += 2
        const nested = this.#text[this.#at] === '['
        if (nested) this.#at++
        else this.#at += 0
        also = nested ? this.#set() : this.#intersection()
        continue
      }
      this.#at++
      if (char === '[') {
        tests.push(this.#set())
        continue
      }
      const low = char === '\\' ? this.#classEscape() : char!.charCodeAt(0)
      if (typeof low !== 'number') {
        tests.push(low)
        continue
      }
      if (this.#text[this.#at] === '-' && this.#text[this.#at + 1] !== ']' && this.#at + 1 < this.#text.length) {
        this.#at++
        const next = this.#text[this.#at++]!
        const high = next === '\\' ? this.#classEscape() : next.charCodeAt(0)
        if (typeof high !== 'number' || high < low) this.#fail('Illegal character range')
        tests.push((code) => code >= low && code <= (high as number))
      } else tests.push((code) => code === low)
    }
    this.#at++
    this.#depth--
    return (code) => (tests.some((test) => test(code)) && (also === undefined || also(code))) !== negated
  }

  #intersection(): (code: number) => boolean {
    // `&&abc]`: the rest of this set is a set of its own; its bracket closes both.
    const test = this.#set()
    this.#at--
    return test
  }
}
