/**
 * Parser of Logstash's configuration language.
 *
 * Recursive descent over the characters, without a separate tokenizer: what a word means depends on where it
 * stands (`json` is a bareword as a value, a plugin before `{`), and `/` begins a regular expression only behind
 * `=~`. Conditions are parsed by precedence climbing: `and` and `nand` bind more closely than `or` and `xor`,
 * operators of one level from the left.
 *
 * Every problem is a Diagnostic at the place where the text stopped making sense, with what was expected there.
 * Parsing ends at the first: what follows a missing brace would only be noise.
 */
import { fail, type DiagnosticError, type Source } from '../../diagnostic/index.ts'
import { parseFieldPath } from '../../event/index.ts'
import type {
  Attribute,
  BooleanOperator,
  Branch,
  ComparisonOperator,
  Condition,
  Configuration,
  HashEntry,
  Operand,
  PatternNode,
  Plugin,
  Section,
  SectionKind,
  Statement,
  ValueNode,
} from './ast.ts'

export interface ParseOptions {
  /** `config.support_escapes`: `\n`, `\t`, `\"` and so on mean something in strings. */
  readonly supportEscapes?: boolean
}

const DEEPEST = 200
/** Operators of one level in a row: they make a tree as deep, which is walked later. */
const LONGEST = 2_000
const PRECEDENCE: Readonly<Record<BooleanOperator, number>> = { or: 1, xor: 1, and: 2, nand: 2 }
const COMPARISONS: readonly ComparisonOperator[] = ['==', '!=', '<=', '>=', '<', '>']
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '"': '"',
  "'": "'",
  '\\': '\\',
  '0': '\0',
}

/**
 * @throws DiagnosticError with one `pipeline.syntax` error.
 */
export function parseConfiguration(source: Source, options: ParseOptions = {}): Configuration {
  return new Parser(source, options.supportEscapes === true).configuration()
}

class Parser {
  private readonly source: Source
  private readonly text: string
  private readonly escapes: boolean
  private at = 0
  private depth = 0

  constructor(source: Source, escapes: boolean) {
    this.source = source
    this.text = source.text
    this.escapes = escapes
  }

  configuration(): Configuration {
    const sections: Section[] = []
    for (this.space(); this.at < this.text.length; this.space()) sections.push(this.section())
    return { sections }
  }

  private section(): Section {
    const start = this.at
    const kind = this.word()
    if (kind !== 'input' && kind !== 'filter' && kind !== 'output') {
      this.at = start
      throw this.expected('input, filter or output')
    }
    const body = this.block(kind)
    return { kind: kind as SectionKind, body, start, end: this.at }
  }

  /** `{ statements }`, with the opening brace named in the message where the closing one is missing. */
  private block(owner: string): Statement[] {
    this.space()
    const open = this.at
    this.expect('{')
    if (++this.depth > DEEPEST) throw this.error('pipeline.too_deep', { limit: DEEPEST })
    const body: Statement[] = []
    for (this.space(); this.text[this.at] !== '}'; this.space()) {
      if (this.at >= this.text.length) throw this.error('pipeline.unclosed', { owner }, open, open + 1)
      body.push(this.statement())
    }
    this.at++
    this.depth--
    return body
  }

  private statement(): Statement {
    const start = this.at
    if (this.peekWord() === 'if') return this.branch()
    const name = this.name() ?? this.quotedName()
    if (name === undefined) throw this.expected('a plugin, if or }')
    if (name === 'else') {
      this.at = start
      throw this.error('pipeline.stray_else', {}, start, start + 4)
    }
    return this.plugin(name, start)
  }

  private branch(): Branch {
    const start = this.at
    const cases: { condition: Condition; body: Statement[] }[] = []
    let otherwise: Statement[] | undefined
    this.at += 2
    cases.push({ condition: this.condition(), body: this.block('if') })
    for (;;) {
      const before = this.at
      this.space()
      if (this.peekWord() !== 'else') {
        this.at = before
        break
      }
      this.at += 4
      this.space()
      if (this.peekWord() === 'if') {
        this.at += 2
        cases.push({ condition: this.condition(), body: this.block('else if') })
      } else {
        otherwise = this.block('else')
        break
      }
    }
    return { node: 'branch', cases, otherwise, start, end: this.at }
  }

  private plugin(name: string, start: number): Plugin {
    const nameEnd = this.at
    this.space()
    const open = this.at
    this.expect('{')
    const attributes: Attribute[] = []
    for (this.space(); this.text[this.at] !== '}'; this.space()) {
      if (this.at >= this.text.length) throw this.error('pipeline.unclosed', { owner: name }, open, open + 1)
      attributes.push(this.attribute())
      this.separated()
    }
    this.at++
    return { node: 'plugin', name, nameEnd, attributes, start, end: this.at }
  }

  private attribute(): Attribute {
    const start = this.at
    const quoted = this.text[this.at] === '"' || this.text[this.at] === "'"
    const name = this.name() ?? this.quotedName()
    if (name === undefined) throw this.expected('an option or }')
    this.space()
    if (!this.text.startsWith('=>', this.at)) throw this.expected('=>')
    this.at += 2
    this.space()
    return { name, quoted, value: this.value(), start, end: this.at }
  }

  private value(): ValueNode {
    const start = this.at
    const c = this.text[this.at]
    if (c === '"' || c === "'") return this.string()
    if (c === '[') return this.array()
    if (c === '{') return this.hash()
    const plugin = /([A-Za-z_][A-Za-z0-9_-]*)(?:\s|#[^\n]*)*\{/y
    plugin.lastIndex = start
    const name = plugin.exec(this.text)?.[1]
    if (name !== undefined) {
      this.at += name.length
      return this.plugin(name, start)
    }
    const scalar = this.scalar()
    if (scalar === undefined) throw this.expected('a value')
    return scalar
  }

  /** A number or a bareword; a bareword has two characters or more, as in Logstash. */
  private scalar(): ValueNode | undefined {
    const start = this.at
    const token = /(-?\d+(?:\.\d*)?)|[A-Za-z_][A-Za-z0-9_]+/y
    token.lastIndex = start
    const match = token.exec(this.text)
    if (match === null) return undefined
    this.at += match[0].length
    const place = { start, end: this.at }
    if (match[1] === undefined) return { node: 'bareword', value: match[0], ...place }
    return { node: 'number', raw: match[0], value: numberOf(match[0]), ...place }
  }

  private key(): ValueNode {
    const c = this.text[this.at]
    const key = c === '"' || c === "'" ? this.string() : this.scalar()
    if (key === undefined) throw this.expected('a name or }')
    return key
  }

  private string(): ValueNode & { node: 'string' } {
    const start = this.at
    const quote = this.text[start] as '"' | "'"
    let end = start + 1
    while (end < this.text.length && this.text[end] !== quote) end += this.text[end] === '\\' ? 2 : 1
    if (end >= this.text.length) throw this.error('pipeline.unterminated_string', { quote }, start, start + 1)
    const raw = this.text.slice(start + 1, end)
    this.at = end + 1
    return { node: 'string', quote, raw, value: this.unescape(raw), start, end: this.at }
  }

  /** Without `config.support_escapes` every backslash stays, also the one that keeps a quote from ending the string. */
  private unescape(raw: string): string {
    if (!this.escapes || !raw.includes('\\')) return raw
    return raw.replace(/\\(.)/g, (whole, c: string) => ESCAPES[c] ?? whole)
  }

  private array(): ValueNode {
    const start = this.at++
    if (++this.depth > DEEPEST) throw this.error('pipeline.too_deep', { limit: DEEPEST })
    const items: ValueNode[] = []
    for (this.space(); this.text[this.at] !== ']'; this.space()) {
      if (this.at >= this.text.length) throw this.error('pipeline.unclosed', { owner: '[' }, start, start + 1)
      if (items.length > 0) {
        this.expect(',', 'a comma or ]')
        this.space()
        // A comma before the end is a habit of many files, and Logstash's own parser refuses it.
        if (this.text[this.at] === ']') throw this.expected('a value')
      }
      items.push(this.value())
    }
    this.at++
    this.depth--
    return { node: 'array', items, start, end: this.at }
  }

  private hash(): ValueNode {
    const start = this.at++
    if (++this.depth > DEEPEST) throw this.error('pipeline.too_deep', { limit: DEEPEST })
    const entries: HashEntry[] = []
    const names = new Set<string>()
    for (this.space(); this.text[this.at] !== '}'; this.space()) {
      if (this.at >= this.text.length) throw this.error('pipeline.unclosed', { owner: '{' }, start, start + 1)
      const entryStart = this.at
      const key = this.key()
      const written = this.text.slice(key.start, key.end)
      if (names.has(written)) throw this.error('option.duplicate', { name: written }, key.start, key.end)
      names.add(written)
      this.space()
      if (!this.text.startsWith('=>', this.at)) throw this.expected('=>')
      this.at += 2
      this.space()
      entries.push({ key, value: this.value(), start: entryStart, end: this.at })
      if (this.text[this.at] !== ',') this.separated()
      this.space()
      if (this.text[this.at] === ',') throw this.error('pipeline.comma_in_hash', {}, this.at, this.at + 1)
    }
    this.at++
    this.depth--
    return { node: 'hash', entries, start, end: this.at }
  }

  private condition(least = 1): Condition {
    let left = this.unary()
    for (let length = 0; ; length++) {
      if (length > LONGEST) throw this.error('pipeline.too_deep', { limit: LONGEST })
      const before = this.at
      this.space()
      const operator = this.peekWord() as BooleanOperator | undefined
      if (operator === undefined || !(operator in PRECEDENCE) || PRECEDENCE[operator] < least) {
        this.at = before
        return left
      }
      this.at += operator.length
      const right = this.condition(PRECEDENCE[operator] + 1)
      left = { node: 'boolean', operator, left, right, start: left.start, end: right.end }
    }
  }

  private unary(): Condition {
    this.space()
    const start = this.at
    if (++this.depth > DEEPEST) throw this.error('pipeline.too_deep', { limit: DEEPEST })
    try {
      if (this.text[start] === '!') {
        this.at++
        const inner = this.unary()
        return { node: 'not', inner, start, end: this.at }
      }
      if (this.text[start] === '(') {
        this.at++
        const inner = this.condition()
        this.space()
        this.expect(')')
        return { node: 'group', inner, start, end: this.at }
      }
      return this.comparison(start)
    } finally {
      this.depth--
    }
  }

  private comparison(start: number): Condition {
    const left = this.operand()
    const end = this.at
    this.space()
    if (this.text.startsWith('=~', this.at) || this.text.startsWith('!~', this.at)) {
      const negated = this.text[this.at] === '!'
      this.at += 2
      this.space()
      return { node: 'match', negated, left, pattern: this.pattern(), start, end: this.at }
    }
    const operator = COMPARISONS.find((candidate) => this.text.startsWith(candidate, this.at))
    if (operator !== undefined) {
      this.at += operator.length
      this.space()
      return { node: 'compare', operator, left, right: this.operand(), start, end: this.at }
    }
    const word = this.peekWord()
    if (word === 'in' || word === 'not') {
      const negated = word === 'not'
      this.at += word.length
      this.space()
      if (negated) {
        if (this.peekWord() !== 'in') throw this.expected('in')
        this.at += 2
        this.space()
      }
      return { node: 'in', negated, left, right: this.operand(), start, end: this.at }
    }
    this.at = end
    return { node: 'truthy', value: left, start, end }
  }

  private operand(): Operand {
    const start = this.at
    if (this.text[start] === '[') {
      const selector = /(?:\[[^[\],]+\])+/y
      selector.lastIndex = start
      const match = selector.exec(this.text)
      const path = match === null ? undefined : parseFieldPath(match[0])
      // `["a"]` is a list of one string; no field has quotes in its name.
      if (match !== null && path !== undefined && !/^\[\s*["']/.test(match[0]) && !/^\[\s*-?\d+\s*\]$/.test(match[0])) {
        this.at += match[0].length
        return { node: 'field', path, start, end: this.at }
      }
    }
    return this.value()
  }

  private pattern(): PatternNode {
    const start = this.at
    if (this.text[start] !== '/') {
      if (this.text[start] !== '"' && this.text[start] !== "'") throw this.expected('a regular expression such as /^a/')
      const node = this.string()
      return { source: node.value, written: this.text.slice(start, this.at), start, end: this.at }
    }
    let end = start + 1
    while (end < this.text.length && this.text[end] !== '/') end += this.text[end] === '\\' ? 2 : 1
    if (end >= this.text.length) throw this.error('pipeline.unterminated_regex', {}, start, start + 1)
    this.at = end + 1
    const source = this.text.slice(start + 1, end).replaceAll('\\/', '/')
    return { source, written: this.text.slice(start, this.at), start, end: this.at }
  }

  private name(): string | undefined {
    const name = /[A-Za-z0-9_-]+/y
    name.lastIndex = this.at
    const match = name.exec(this.text)
    if (match !== null) this.at += match[0].length
    return match?.[0]
  }

  private word(): string | undefined {
    const word = this.peekWord()
    if (word !== undefined) this.at += word.length
    return word
  }

  private peekWord(): string | undefined {
    const word = /[A-Za-z_][A-Za-z0-9_-]*/y
    word.lastIndex = this.at
    return word.exec(this.text)?.[0]
  }

  private quotedName(): string | undefined {
    const c = this.text[this.at]
    return c === '"' || c === "'" ? this.string().value : undefined
  }

  private space(): void {
    const space = /(?:\s|#[^\n]*)*/y
    space.lastIndex = this.at
    space.exec(this.text)
    this.at = space.lastIndex
  }

  /** Between two options, or two entries of a hash, there is white space or a comment. */
  private separated(): void {
    const c = this.text[this.at]
    if (c !== undefined && !/[\s#}]/.test(c)) throw this.expected('white space or }')
  }

  private expect(token: string, what = token): void {
    if (this.text[this.at] !== token) throw this.expected(what)
    this.at++
  }

  private expected(what: string): DiagnosticError {
    const found =
      this.at >= this.text.length
        ? 'the end of the configuration'
        : `'${/^(?:[\w@.-]+|.)/s.exec(this.text.slice(this.at, this.at + 40))![0]}'`
    return this.error('pipeline.syntax', { expected: what, found })
  }

  private error(
    code:
      | 'pipeline.syntax'
      | 'pipeline.unclosed'
      | 'pipeline.unterminated_string'
      | 'pipeline.unterminated_regex'
      | 'pipeline.comma_in_hash'
      | 'pipeline.stray_else'
      | 'pipeline.too_deep'
      | 'option.duplicate',
    params: Record<string, string | number>,
    start = this.at,
    end = Math.min(start + 1, this.text.length),
  ): DiagnosticError {
    return fail(code, params, { span: { source: this.source, start, end } })
  }
}

/** As in Ruby a whole number that begins with 0 is octal. */
function numberOf(raw: string): number {
  return /^-?0[0-7]+$/.test(raw) ? Number.parseInt(raw, 8) : Number(raw)
}
