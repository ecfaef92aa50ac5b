import type { Place, TypeName, Variable } from './ast.ts'
import { tokenize, type Token } from './lexer.ts'
import { FunctionScope } from './scope.ts'

/** Expressions and blocks nested deeper than this are refused: every later pass walks the tree recursively. */
export const MAX_NESTING = 150
/** Operators and calls in one chain, which also nest. */
export const MAX_CHAIN = 1000

/** What a parser needs of its surroundings. */
export interface ParserOptions {
  readonly text: string
  readonly dialect: 'painless' | 'groovy'
  /** The full name of a class on the allow-list, by its simple or full name. */
  readonly resolveType: (name: string) => string | undefined
  /** Variables the context gives; undefined where any name may be bound (Groovy). */
  readonly variables?: ReadonlySet<string>
  readonly fail: (message: string, start: number, end: number) => never
}

const PAINLESS_KEYWORDS = new Set(
  'if else while do for in continue break return new try catch throw this instanceof'.split(' '),
)
const PRIMITIVES = new Set(['def', 'int', 'long', 'double', 'float', 'boolean', 'byte', 'short', 'char', 'void'])

/** The token cursor and the scopes: what the expression and statement parsers of both languages stand on. */
export class TokenReader {
  readonly options: ParserOptions
  readonly groovy: boolean
  protected tokens: Token[]
  protected at = 0
  protected scope = new FunctionScope()
  readonly #main = this.scope
  readonly globals = new Set<string>()
  #nesting = 0
  /** Inside parentheses and brackets a line break does not end a Groovy statement. */
  protected enclosed = 0

  constructor(options: ParserOptions) {
    this.options = options
    this.groovy = options.dialect === 'groovy'
    this.tokens = tokenize(options.text, options)
  }

  protected get token(): Token {
    return this.tokens[this.at]!
  }

  protected ahead(distance: number): Token {
    return this.tokens[Math.min(this.at + distance, this.tokens.length - 1)]!
  }

  protected advance(): Token {
    const token = this.token
    if (token.kind !== 'end') this.at++
    return token
  }

  protected is(text: string, token = this.token): boolean {
    return token.text === text && (token.kind === 'op' || token.kind === 'name')
  }

  /** An operator that may carry on the expression before it: in Groovy not one on a new line. */
  protected continues(token = this.token): boolean {
    return !this.groovy || this.enclosed > 0 || !token.newline
  }

  protected eat(text: string): boolean {
    if (!this.is(text)) return false
    this.at++
    return true
  }

  protected expect(text: string): Token {
    if (!this.is(text)) this.unexpected(text)
    return this.advance()
  }

  protected expectName(): Token {
    if (this.token.kind !== 'name') this.unexpected('a name')
    return this.advance()
  }

  protected unexpected(expected?: string): never {
    const { token } = this
    const wanted = this.#wanted(expected)
    const what = token.kind === 'end' ? 'unexpected end of script' : `unexpected token ['${this.source(token)}']`
    return this.fail(`${what}${wanted}.`, token)
  }

  /** Painless names what ends a statement as its grammar does. */
  #wanted(expected: string | undefined): string {
    if (expected === undefined) return ''
    if (this.groovy || expected.startsWith('a ')) return ` was expecting [${expected}]`
    if (expected === 'end') return ' was expecting one of [<EOF>]'
    return ` was expecting one of [${expected === ';' ? "{<EOF>, ';'}" : `'${expected}'`}]`
  }

  protected source(place: Place): string {
    return this.options.text.slice(place.start, place.end)
  }

  protected fail(message: string, place: Place): never {
    return this.options.fail(message, place.start, Math.max(place.end, place.start + 1))
  }

  protected nested<T>(parse: () => T): T {
    if (++this.#nesting > MAX_NESTING) this.fail('the script is nested too deeply.', this.token)
    const result = parse()
    this.#nesting--
    return result
  }

  /** Parses between brackets, where line breaks do not count. */
  protected within<T>(parse: () => T): T {
    this.enclosed++
    const result = parse()
    this.enclosed--
    return result
  }

  /** Parses a block, where they count again. */
  protected outside<T>(parse: () => T): T {
    const before = this.enclosed
    this.enclosed = 0
    const result = parse()
    this.enclosed = before
    return result
  }

  /** Parses a part of the text on its own: an expression in a Groovy string. */
  protected inside<T>(place: Place, parse: () => T): T {
    const [tokens, at] = [this.tokens, this.at]
    this.tokens = tokenize(this.options.text, this.options, place.start, place.end)
    this.at = 0
    const result = this.within(parse)
    if (this.token.kind !== 'end') this.unexpected()
    this.tokens = tokens
    this.at = at
    return result
  }

  /** Whether the context gives a variable of that name here: functions of a script see only their own. */
  protected provides(name: string): boolean {
    return this.scope.root === this.#main && this.options.variables?.has(name) === true
  }

  protected declare(name: Token, type: TypeName): Variable {
    if (!this.groovy && PAINLESS_KEYWORDS.has(name.text)) {
      this.fail(`invalid sequence of tokens near ['${name.text}'].`, name)
    }
    const variable = this.provides(name.text) ? undefined : this.scope.declare(name.text, type)
    if (variable === undefined) this.fail(`variable [${name.text}] is already defined${this.groovy ? ' in the scope.' : ''}`, name) // prettier-ignore
    return variable!
  }

  /** A type here, with the cursor after it; undefined (and the cursor as it was) where there is none. */
  protected tryType(): TypeName | undefined {
    const start = this.at
    const name = this.tryTypeName()
    if (name === undefined) {
      this.at = start
      return undefined
    }
    if (this.groovy && this.is('<') && !this.skipGenerics()) {
      this.at = start
      return undefined
    }
    let dims = 0
    while (this.is('[') && this.is(']', this.ahead(1))) {
      this.at += 2
      dims++
    }
    return { name, dims }
  }

  protected tryTypeName(): string | undefined {
    const first = this.token
    if (first.kind !== 'name') return undefined
    if (PRIMITIVES.has(first.text)) {
      this.at++
      return first.text
    }
    let name = first.text
    let best: string | undefined
    let bestAt = this.at
    let index = this.at
    for (;;) {
      const resolved = this.options.resolveType(name)
      if (resolved !== undefined) {
        best = resolved
        bestAt = index + 1
      }
      const [dot, next] = [this.tokens[index + 1], this.tokens[index + 2]]
      if (dot?.text !== '.' || dot.kind !== 'op' || next?.kind !== 'name') break
      name += `.${next.text}`
      index += 2
    }
    if (best !== undefined) this.at = bestAt
    return best
  }

  protected expectType(): TypeName {
    const { token } = this
    const type = this.tryType()
    if (type === undefined) {
      if (token.kind === 'name') this.fail(`cannot resolve type [${token.text}].`, token)
      this.unexpected('a type')
    }
    return type!
  }

  /** `<String, List<Integer>>`: has no effect at run time in either language. */
  protected skipGenerics(): boolean {
    let depth = 0
    for (let index = this.at; index < this.tokens.length; index++) {
      const { kind, text } = this.tokens[index]!
      if (kind === 'op' && text === '<') depth++
      else if (kind === 'op' && /^>+$/.test(text)) depth -= text.length
      else if (!(kind === 'name' || (kind === 'op' && [',', '.', '?', '[', ']'].includes(text)))) return false
      if (depth === 0) {
        this.at = index + 1
        return true
      }
      if (depth < 0) return false
    }
    return false
  }

  /** Whether the parenthesis at the cursor closes before a token with this text. */
  protected parenthesesBefore(text: string): boolean {
    let depth = 0
    for (let index = this.at; index < this.tokens.length; index++) {
      const token = this.tokens[index]!
      if (token.kind !== 'op') continue
      if (token.text === '(') depth++
      else if (token.text === ')' && --depth === 0) return this.is(text, this.tokens[index + 1])
    }
    return false
  }
}
