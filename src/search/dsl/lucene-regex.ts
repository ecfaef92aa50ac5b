/**
 * Lucene's regular expressions, which terms' include and exclude use: always over the whole text, and without
 * backtracking, so that no expression runs away: a set of states walks over the text (Thompson, 1968).
 * Known: `.` `?` `+` `*` `{n,m}` `|` `()` `[a-z]` `[^...]` `\x` `"literal"` `@` (any text) `#` (nothing).
 * Refused: `~ & <1-9>`. Operators whose flag is not given are characters as any other.
 */
import { fail } from '../../diagnostic/index.ts'
import type { TermQuery } from './query-tree.ts'

type Test = (codePoint: number) => boolean
/** A state consumes a character, splits in two, or is the end. */
interface State {
  test?: Test
  next: number
  other: number
}

const MAX_STATES = 10_000
const SPLIT_END = -1

/** The operators that a flag turns on, by the flag and its number in `flags_value`. */
const OPTIONAL: Readonly<Record<string, { readonly bit: number; readonly operator: string }>> = Object.assign(
  Object.create(null) as Record<string, { bit: number; operator: string }>,
  {
    INTERSECTION: { bit: 1, operator: '&' },
    COMPLEMENT: { bit: 2, operator: '~' },
    EMPTY: { bit: 4, operator: '#' },
    ANYSTRING: { bit: 8, operator: '@' },
    INTERVAL: { bit: 32, operator: '<' },
  },
)

export interface RegexOptions {
  /** The optional operators that are on; all where it is not given. */
  readonly operators?: string
  readonly ignoreCase?: boolean
}

/** As `index.max_regex_length` by default. */
const MOST_CHECKED = 1000

/** @throws for what is no expression; one that is longer than indices allow is refused for that, when they are asked */
export function checkRegex(text: string, compile: () => unknown = () => luceneRegex(text)): void {
  if (text.length <= MOST_CHECKED) compile()
}

/** `flags` of a regexp query: names between `|`. @throws illegal_argument_exception for a name there is none of. */
export function regexOperators(flags: string): string {
  const names = flags
    .toUpperCase()
    .split('|')
    .map((name) => name.trim())
  const unknown = names.find((name) => !['', 'ALL', 'NONE'].includes(name) && OPTIONAL[name] === undefined)
  if (unknown !== undefined) throw fail('search.argument', { reason: `Unknown regexp flag [${unknown}]` })
  return Object.keys(OPTIONAL)
    .filter((name) => names.includes('ALL') || names.includes('') || names.includes(name))
    .map((name) => OPTIONAL[name]!.operator)
    .join('')
}

/** `flags_value` of a regexp query: the same as a number. */
export function regexOperatorsOf(bits: number): string {
  return Object.values(OPTIONAL)
    .filter(({ bit }) => (bits & bit) !== 0)
    .map(({ operator }) => operator)
    .join('')
}

export function luceneRegex(source: string, options: RegexOptions = {}): (text: string) => boolean {
  const compiler = new Compiler(source, options)
  const { states, start, end } = compiler.compile()
  return (text) => {
    let current = closure(states, [start])
    for (const character of text) {
      const codePoint = character.codePointAt(0)!
      const next: number[] = []
      for (const at of current) {
        const state = states[at]!
        if (state.test?.(codePoint) === true) next.push(state.next)
      }
      if (next.length === 0) return false
      current = closure(states, next)
    }
    return current.has(end)
  }
}

/** The test of a regexp query. */
export function termRegex({ value, operators, caseInsensitive }: TermQuery): (text: string) => boolean {
  return luceneRegex(String(value), {
    ignoreCase: caseInsensitive,
    ...(operators === undefined ? {} : { operators }),
  })
}

function closure(states: readonly State[], from: readonly number[]): Set<number> {
  const seen = new Set<number>()
  const stack = [...from]
  while (stack.length > 0) {
    const at = stack.pop()!
    if (at === SPLIT_END || seen.has(at)) continue
    seen.add(at)
    const state = states[at]!
    if (state.test === undefined) stack.push(state.next, state.other)
  }
  return seen
}

/** A part of the expression, as a function that builds it in front of a state and says where it begins. */
type Part = (next: number) => number

class Compiler {
  private readonly source: readonly string[]
  private readonly text: string
  private readonly states: State[] = []
  private readonly operators: string
  private readonly ignoreCase: boolean
  private at = 0

  constructor(text: string, { operators = '&~#@<', ignoreCase = false }: RegexOptions) {
    this.text = text
    this.source = [...text]
    this.operators = operators
    this.ignoreCase = ignoreCase
  }

  compile(): { states: readonly State[]; start: number; end: number } {
    const part = this.alternatives(0)
    if (this.at < this.source.length) throw this.wrong(`unexpected '${this.source[this.at]!}'`)
    const end = this.state({ next: SPLIT_END, other: SPLIT_END })
    return { states: this.states, start: part(end), end }
  }

  private wrong(reason: string): Error {
    return fail('search.argument', {
      reason: `failed to parse regexp [${this.text}]: ${reason} at position ${this.at + 1}`,
    })
  }

  private state(state: State): number {
    if (this.states.length >= MAX_STATES) throw this.wrong('the expression has too many states')
    this.states.push(state)
    return this.states.length - 1
  }

  private alternatives(depth: number): Part {
    if (depth > 100) throw this.wrong('too deeply nested')
    const parts = [this.sequence(depth)]
    while (this.source[this.at] === '|') {
      this.at++
      parts.push(this.sequence(depth))
    }
    return parts.reduce((a, b) => (next) => this.state({ next: a(next), other: b(next) }))
  }

  private sequence(depth: number): Part {
    const parts: Part[] = []
    while (this.at < this.source.length && this.source[this.at] !== '|' && this.source[this.at] !== ')')
      parts.push(this.repeated(depth))
    return (next) => parts.reduceRight((after, part) => part(after), next)
  }

  private repeated(depth: number): Part {
    let part = this.atom(depth)
    for (;;) {
      const inner = part
      const c = this.source[this.at]
      if (c === '*') part = this.star(inner)
      else if (c === '+') {
        const star = this.star(inner)
        part = (next) => inner(star(next))
      } else if (c === '?') part = (next) => this.state({ next: inner(next), other: next })
      else if (c === '{') {
        part = this.counted(inner)
        continue
      } else return part
      this.at++
    }
  }

  private star(part: Part): Part {
    return (next) => {
      const split = this.state({ next: SPLIT_END, other: next })
      this.states[split]!.next = part(split)
      return split
    }
  }

  private counted(part: Part): Part {
    const match = /^\{(\d+)(,(\d*))?\}/.exec(this.source.slice(this.at).join(''))
    if (match === null) throw this.wrong('a count such as {2,3} was expected')
    this.at += match[0].length
    const least = Number(match[1])
    const greatest = match[2] === undefined ? least : match[3] === '' ? Infinity : Number(match[3])
    if (least > greatest || least > 1000 || (greatest !== Infinity && greatest > 1000))
      throw this.wrong('a count is out of range')
    return (next) => {
      let after = next
      if (greatest === Infinity) after = this.star(part)(after)
      else for (let i = least; i < greatest; i++) after = this.state({ next: part(after), other: next })
      for (let i = 0; i < least; i++) after = part(after)
      return after
    }
  }

  private one(test: Test): Part {
    return (next) => this.state({ test, next, other: SPLIT_END })
  }

  private literal(character: string): Part {
    const codePoint = character.codePointAt(0)!
    return this.one(this.anyCase((other) => other === codePoint))
  }

  private anyCase(test: Test): Test {
    if (!this.ignoreCase) return test
    return (codePoint) => {
      const text = String.fromCodePoint(codePoint)
      return test(codePoint) || test(text.toLowerCase().codePointAt(0)!) || test(text.toUpperCase().codePointAt(0)!)
    }
  }

  private atom(depth: number): Part {
    const c = this.source[this.at++]!
    if (c === '.') return this.one(() => true)
    const optional = this.operators.includes(c)
    if (c === '@' && optional) return this.star(this.one(() => true))
    if (c === '#' && optional) return this.one(() => false)
    if (c === '(') {
      const inner = this.alternatives(depth + 1)
      if (this.source[this.at++] !== ')') throw this.wrong("')' was expected")
      return inner
    }
    if (c === '[') return this.one(this.characterClass())
    if (c === '"') {
      const end = this.source.indexOf('"', this.at)
      if (end < 0) throw this.wrong("'\"' was expected")
      const parts = this.source.slice(this.at, end).map((character) => this.literal(character))
      this.at = end + 1
      return (next) => parts.reduceRight((after, part) => part(after), next)
    }
    if (c === '\\') {
      const escaped = this.source[this.at++]
      if (escaped === undefined) throw this.wrong('a lone backslash at the end')
      const shorthand = SHORTHANDS[escaped]
      return shorthand === undefined ? this.literal(escaped) : this.one(shorthand)
    }
    if ('*+?{'.includes(c)) throw this.wrong(`nothing to repeat before '${c}'`)
    if (optional) throw this.wrong(`the operator '${c}' is not supported`)
    return this.literal(c)
  }

  private characterClass(): Test {
    const negated = this.source[this.at] === '^'
    if (negated) this.at++
    const tests: Test[] = []
    while (this.source[this.at] !== ']') {
      const from = this.classCharacter()
      if (typeof from === 'function') tests.push(from)
      else if (this.source[this.at] === '-' && this.source[this.at + 1] !== ']') {
        this.at++
        const to = this.classCharacter()
        if (typeof to === 'function') throw this.wrong('a range needs two characters')
        tests.push((codePoint) => codePoint >= from && codePoint <= to)
      } else tests.push((codePoint) => codePoint === from)
    }
    this.at++
    const any = this.anyCase((codePoint) => tests.some((test) => test(codePoint)))
    return (codePoint) => any(codePoint) !== negated
  }

  private classCharacter(): number | Test {
    const c = this.source[this.at++]
    if (c === undefined) throw this.wrong("']' was expected")
    if (c !== '\\') return c.codePointAt(0)!
    const escaped = this.source[this.at++]
    if (escaped === undefined) throw this.wrong('a lone backslash at the end')
    return SHORTHANDS[escaped] ?? escaped.codePointAt(0)!
  }
}

const digit: Test = (c) => c >= 48 && c <= 57
const word: Test = (c) => digit(c) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95
const space: Test = (c) => c === 32 || (c >= 9 && c <= 13)
const SHORTHANDS: Readonly<Record<string, Test>> = Object.assign(Object.create(null) as Record<string, Test>, {
  d: digit,
  D: (c: number) => !digit(c),
  w: word,
  W: (c: number) => !word(c),
  s: space,
  S: (c: number) => !space(c),
})
