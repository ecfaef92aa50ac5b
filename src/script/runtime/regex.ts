import type { Budget } from './budget.ts'
import { Instance, raise } from './instance.ts'

/** Characters a regular expression may be run over; longer input is refused, as Elasticsearch limits it by a factor. */
const MAX_INPUT = 100_000
const MAX_PATTERN = 1_000

export const FLAGS: Record<string, number> = { i: 2, x: 4, m: 8, s: 32, u: 64, U: 256, l: 16, c: 128, d: 1 }

interface Node {
  readonly type: 'char' | 'set' | 'any' | 'sequence' | 'either' | 'repeat' | 'group' | 'back' | 'assert' | 'look'
  readonly items?: readonly Node[]
  readonly item?: Node
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

/**
 * `java.util.regex.Pattern`. Matching is a backtracking matcher of ours that pays a step for every move, so that a
 * pattern that explodes ends the script by its budget instead of holding up the process.
 */
export class PatternValue extends Instance {
  readonly typeName = 'java.util.regex.Pattern'
  readonly source: string
  readonly flags: number
  readonly groups: readonly (string | undefined)[]
  readonly root: Node

  constructor(source: string, flags: number) {
    super()
    if (source.length > MAX_PATTERN) throw raise('java.util.regex.PatternSyntaxException', 'the pattern is too long')
    this.source = source
    this.flags = flags
    const reader = new PatternReader(source, flags)
    this.root = reader.read()
    this.groups = reader.groups
  }

  get text(): string {
    return this.source
  }
}

export class MatcherValue extends Instance {
  readonly typeName = 'java.util.regex.Matcher'
  readonly pattern: PatternValue
  readonly input: string
  #position = 0
  #spans: readonly number[] | undefined
  /** Where the text that is yet to be copied by appendReplacement begins. */
  appended = 0

  constructor(pattern: PatternValue, input: string) {
    super()
    this.pattern = pattern
    this.input = input
  }

  reset(): this {
    this.#position = 0
    this.#spans = undefined
    this.appended = 0
    return this
  }

  find(budget: Budget): boolean {
    for (let at = this.#position; at <= this.input.length; at++) {
      const spans = run(this.pattern, this.input, at, budget, false)
      if (spans === undefined) continue
      this.#spans = spans
      this.#position = spans[1] === spans[0] ? spans[1]! + 1 : spans[1]!
      return true
    }
    this.#spans = undefined
    this.#position = this.input.length + 1
    return false
  }

  matches(budget: Budget): boolean {
    this.#spans = run(this.pattern, this.input, 0, budget, true)
    return this.#spans !== undefined
  }

  lookingAt(budget: Budget): boolean {
    this.#spans = run(this.pattern, this.input, 0, budget, false)
    return this.#spans !== undefined
  }

  span(group: number | string): readonly [number, number] {
    if (this.#spans === undefined) throw raise('IllegalStateException', 'No match found')
    const index = typeof group === 'number' ? group : this.pattern.groups.indexOf(group)
    if (typeof group === 'string' && index < 1) throw raise('IllegalArgumentException', `No group with name <${group}>`)
    if (index < 0 || index * 2 >= this.#spans.length) throw raise('IndexOutOfBoundsException', `No group ${index}`)
    return [this.#spans[index * 2]!, this.#spans[index * 2 + 1]!]
  }

  group(group: number | string): string | null {
    const [start, end] = this.span(group)
    return start < 0 ? null : this.input.slice(start, end)
  }

  get text(): string {
    return `java.util.regex.Matcher[pattern=${this.pattern.source} region=0,${this.input.length} lastmatch=]`
  }
}

type Continue = (at: number) => boolean

/** Offsets of the match and its groups, -1 where a group took no part. */
function run(pattern: PatternValue, input: string, from: number, budget: Budget, whole: boolean): number[] | undefined {
  if (input.length > MAX_INPUT) {
    throw raise('IllegalArgumentException', `a regular expression may see at most ${MAX_INPUT} characters, got ${input.length}`) // prettier-ignore
  }
  const spans: number[] = Array.from({ length: pattern.groups.length * 2 }, () => -1)
  const caseless = (pattern.flags & FLAGS['i']!) !== 0
  let depth = 0

  const walk = (node: Node, at: number, next: Continue): boolean => {
    budget.step()
    if (++depth > 2500) throw raise('StackOverflowError', 'the regular expression needs too deep a recursion')
    const result = step(node, at, next)
    depth--
    return result
  }

  const step = (node: Node, at: number, next: Continue): boolean => {
    switch (node.type) {
      case 'char':
      case 'any':
      case 'set':
        return at < input.length && one(node, at) && next(at + 1)
      case 'sequence':
        return sequence(node.items!, 0, at, next)
      case 'either':
        return node.items!.some((item) => walk(item, at, next))
      case 'group': {
        if (node.atomic === true) {
          let end = -1
          if (!walk(node.item!, at, (to) => ((end = to), true))) return false
          return next(end)
        }
        if (node.index === undefined) return walk(node.item!, at, next)
        const slot = node.index * 2
        const [start, end] = [spans[slot]!, spans[slot + 1]!]
        const done = walk(node.item!, at, (to) => {
          const before = [spans[slot]!, spans[slot + 1]!] as const
          spans[slot] = at
          spans[slot + 1] = to
          if (next(to)) return true
          ;[spans[slot], spans[slot + 1]] = before
          return false
        })
        if (!done) {
          spans[slot] = start
          spans[slot + 1] = end
        }
        return done
      }
      case 'repeat':
        return repeat(node, at, next)
      case 'back': {
        const index = node.index ?? pattern.groups.indexOf(node.name)
        const [start, end] = [spans[index * 2] ?? -1, spans[index * 2 + 1] ?? -1]
        if (start < 0) return false
        const text = input.slice(start, end)
        return input.startsWith(text, at) && next(at + text.length)
      }
      case 'assert':
        return assertion(node, at) && next(at)
      case 'look': {
        let found = false
        if (node.behind === true) {
          for (let start = at; start >= 0 && !found; start--) found = walk(node.item!, start, (to) => to === at)
        } else found = walk(node.item!, at, () => true)
        return found !== (node.negated === true) && next(at)
      }
    }
  }

  const one = (node: Node, at: number): boolean => {
    const code = input.charCodeAt(at)
    if (node.type === 'char') {
      return code === node.code || (caseless && fold(code) === fold(node.code!))
    }
    if (node.test!(code)) return true
    return caseless && node.type === 'set' && (node.test!(fold(code)) || node.test!(unfold(code)))
  }

  const sequence = (items: readonly Node[], index: number, at: number, next: Continue): boolean => {
    // Single characters are taken in a loop, so that a long literal does not nest.
    let [i, position] = [index, at]
    while (i < items.length && ['char', 'set', 'any'].includes(items[i]!.type)) {
      if (position >= input.length || !one(items[i]!, position)) return false
      i++
      position++
    }
    if (i === items.length) return next(position)
    return walk(items[i]!, position, (to) => sequence(items, i + 1, to, next))
  }

  const repeat = (node: Node, at: number, next: Continue): boolean => {
    const [item, min, max] = [node.item!, node.min!, node.max!]
    if (['char', 'set', 'any'].includes(item.type)) return repeatOne(node, item, at, next)
    const more = (count: number, position: number): boolean => {
      const again = (): boolean =>
        count < max && walk(item, position, (to) => (to !== position || count < min) && more(count + 1, to))
      if (count < min) return again()
      return node.mode === 'lazy' ? next(position) || again() : again() || next(position)
    }
    if (node.mode !== 'possessive') return more(0, at)
    let [count, position] = [0, at]
    for (; count < max; count++) {
      let end = -1
      if (!walk(item, position, (to) => ((end = to), true)) || (end === position && count >= min)) break
      position = end
    }
    return count >= min && next(position)
  }

  const repeatOne = (node: Node, item: Node, at: number, next: Continue): boolean => {
    const [min, max] = [node.min!, node.max!]
    let count = 0
    const limit = Math.min(max, input.length - at)
    if (node.mode === 'lazy') {
      while (count < min) {
        if (count >= limit || !one(item, at + count)) return false
        count++
      }
      for (;;) {
        budget.step()
        if (next(at + count)) return true
        if (count >= limit || !one(item, at + count)) return false
        count++
      }
    }
    while (count < limit && one(item, at + count)) count++
    budget.steps(count >> 3)
    if (node.mode === 'possessive') return count >= min && next(at + count)
    for (; count >= min; count--) {
      budget.step()
      if (next(at + count)) return true
    }
    return false
  }

  const assertion = (node: Node, at: number): boolean => {
    const multiline = (pattern.flags & FLAGS['m']!) !== 0
    switch (node.name) {
      case '^':
        return at === 0 || (multiline && input[at - 1] === '\n' && at < input.length)
      case '$':
        return at === input.length || (input[at] === '\n' && (multiline || at === input.length - 1))
      case 'A':
        return at === 0
      case 'z':
        return at === input.length
      case 'Z':
        return at === input.length || (input[at] === '\n' && at === input.length - 1)
      case 'G':
        return at === from
      default: {
        const boundary = isWord(input.charCodeAt(at - 1)) !== isWord(input.charCodeAt(at))
        return boundary === (node.name === 'b')
      }
    }
  }

  const found = walk(pattern.root, from, (to) => {
    if (whole && to !== input.length) return false
    spans[0] = from
    spans[1] = to
    return true
  })
  return found ? spans : undefined
}

function fold(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code
}

function unfold(code: number): number {
  return code >= 97 && code <= 122 ? code - 32 : code
}

function isWord(code: number): boolean {
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
class PatternReader {
  readonly groups: (string | undefined)[] = [undefined]
  readonly #text: string
  readonly #flags: number
  #at = 0
  #depth = 0

  constructor(text: string, flags: number) {
    this.#text = text
    this.#flags = flags
  }

  read(): Node {
    const node = this.#either()
    if (this.#at < this.#text.length) this.#fail("Unmatched closing ')'")
    return node
  }

  #fail(message: string): never {
    throw raise('java.util.regex.PatternSyntaxException', `${message} near index ${this.#at}\n${this.#text}`)
  }

  #either(): Node {
    if (++this.#depth > 50) this.#fail('too many nested groups')
    const items = [this.#sequence()]
    while (this.#text[this.#at] === '|') {
      this.#at++
      items.push(this.#sequence())
    }
    this.#depth--
    return items.length === 1 ? items[0]! : { type: 'either', items }
  }

  #sequence(): Node {
    const items: Node[] = []
    while (this.#at < this.#text.length && this.#text[this.#at] !== '|' && this.#text[this.#at] !== ')') {
      const atom = this.#atom()
      if (atom !== undefined) items.push(this.#quantified(atom))
    }
    return { type: 'sequence', items }
  }

  #quantified(atom: Node): Node {
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

  #atom(): Node | undefined {
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

  #group(): Node {
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

  #close(): Node {
    const item = this.#either()
    if (this.#text[this.#at] !== ')') this.#fail('Unclosed group')
    this.#at++
    return item
  }

  #escape(): Node {
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
