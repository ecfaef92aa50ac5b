import type { Expression, TypeName } from './ast.ts'
import type { Token } from './lexer.ts'
import { FunctionParser } from './functions.ts'
import { MAX_CHAIN } from './parser.ts'

const DEF: TypeName = { name: 'def', dims: 0 }

const KEYWORDS = new Set(
  (
    'if else while do for in continue break return new try catch throw this instanceof switch case default finally ' +
    'assert class interface enum import package static final extends implements def'
  ).split(' '),
)

/** What operators stand between: names, literals, calls, lists and maps, closures, and what follows them. */
export abstract class OperandParser extends FunctionParser {
  protected parsePostfix(): Expression {
    return this.parseSuffixes(this.parsePrimary())
  }

  protected parseSuffixes(start: Expression): Expression {
    let target = start
    for (let chain = 0; ; chain++) {
      if (chain > MAX_CHAIN) this.fail('the expression is too long.', this.token)
      const next = this.parseSuffix(target)
      if (next === undefined) return target
      target = next
    }
  }

  private parseSuffix(target: Expression): Expression | undefined {
    const { token } = this
    if (token.kind !== 'op') return undefined
    const { start } = target
    switch (token.text) {
      case '.':
      case '?.':
      case '*.':
        return this.parseMember(target)
      case '[': {
        if (!this.continues()) return undefined
        this.advance()
        const index = this.within(() => {
          const first = this.parseExpression()
          if (!this.groovy || !this.is(',')) return first
          const items = [first]
          while (this.eat(',')) items.push(this.parseExpression())
          return { kind: 'list', items, start: first.start, end: this.ahead(-1).end } as const
        })
        return { kind: 'index', target, index, safe: false, start, end: this.expect(']').end }
      }
      case '(':
        if (!this.groovy || !this.continues() || (target.kind !== 'lambda' && target.kind !== 'invoke' && target.kind !== 'call' && target.kind !== 'function')) return undefined // prettier-ignore
        return { kind: 'invoke', callee: target, args: this.parseArguments(), start, end: this.ahead(-1).end }
      case '++':
      case '--':
        if (!this.continues() || !['local', 'global', 'field', 'index'].includes(target.kind)) return undefined
        this.advance()
        return { kind: 'step', op: token.text[0] as '+' | '-', prefix: false, target, start, end: token.end }
      case '.&': {
        this.advance()
        const name = this.is('new') ? this.advance() : this.expectName()
        return { kind: 'reference', target, name: name.text, start, end: name.end }
      }
      default:
        return undefined
    }
  }

  private parseMember(target: Expression): Expression {
    const op = this.advance().text
    const { token } = this
    const { start } = target
    const [safe, spread] = [op === '?.', op === '*.']
    if (token.kind !== 'name' && !(this.groovy && token.kind === 'string') && token.kind !== 'number') {
      this.unexpected('a name')
    }
    this.advance()
    const name = token.text
    if (token.kind === 'name' && this.is('(') && this.continues()) {
      const args = this.parseArguments()
      return { kind: 'call', target, name, args, safe, spread, start, end: this.ahead(-1).end }
    }
    if (this.groovy && this.is('{') && this.continues()) {
      const args = [this.parseClosure()]
      return { kind: 'call', target, name, args, safe, spread, start, end: this.ahead(-1).end }
    }
    return { kind: 'field', target, name, safe, spread, start, end: token.end }
  }

  /** `(a, b)`, in Groovy also `(name: value)`, `(*list)` and closures behind the parenthesis. */
  protected parseArguments(): Expression[] {
    const open = this.expect('(')
    const args: Expression[] = []
    const named: [Expression, Expression][] = []
    this.within(() => {
      while (!this.is(')')) {
        const key = this.groovy && this.is(':', this.ahead(1)) ? this.tryMapKey() : undefined
        if (key !== undefined) {
          this.expect(':')
          named.push([key, this.parseExpression()])
        } else args.push(this.parseArgument())
        if (!this.eat(',')) break
      }
    })
    this.expect(')')
    if (named.length > 0) args.unshift({ kind: 'map', entries: named, start: open.start, end: this.ahead(-1).end })
    while (this.groovy && this.is('{') && this.continues()) args.push(this.parseClosure())
    return args
  }

  protected parseArgument(): Expression {
    if (this.groovy && this.is('*')) {
      const { start } = this.advance()
      const operand = this.parseExpression()
      return { kind: 'spread', operand, start, end: operand.end }
    }
    if (this.groovy) return this.parseExpression()
    return this.tryLambda() ?? this.tryReference() ?? this.parseExpression()
  }

  private tryMapKey(): Expression | undefined {
    const { token } = this
    const { start, end } = token
    if (token.kind === 'name' || token.kind === 'string') {
      this.advance()
      return { kind: 'literal', value: token.text, start, end }
    }
    if (token.kind === 'number') {
      this.advance()
      return { kind: 'literal', value: token.value!, start, end }
    }
    return undefined
  }

  private parsePrimary(): Expression {
    const { token } = this
    const { start, end } = token
    switch (token.kind) {
      case 'number':
        this.advance()
        if (!this.groovy && !/[lL]$/.test(token.text) && /^2_?147_?483_?648$/.test(token.text)) {
          const long = `If you want a long constant then change it to [${token.text}L].`
          this.fail(`Invalid int constant [${token.text}]. ${long}`, token)
        }
        return { kind: 'literal', value: token.value!, start, end }
      case 'string':
        this.advance()
        return { kind: 'literal', value: token.text, start, end }
      case 'template':
        return this.parseTemplate()
      case 'regex': {
        this.advance()
        const source: Expression = { kind: 'literal', value: token.text, start, end }
        return { kind: 'pattern', source, flags: token.flags ?? '', start, end }
      }
      case 'name':
        return this.parseName()
      default:
        break
    }
    if (this.is('(')) {
      this.advance()
      const inner = this.within(() => this.parseExpression())
      this.expect(')')
      return inner
    }
    if (this.is('[')) return this.parseListOrMap()
    if (this.groovy && this.is('{')) return this.parseClosure()
    return this.unexpected()
  }

  private parseTemplate(): Expression {
    const token = this.advance()
    const parts = token.parts!.map((part) => {
      if (typeof part === 'string') return part
      const { text } = this.options
      // `${-> x}` is a closure that is called when the text is made; here the text is made at once.
      const lazy = /^\s*->/.exec(text.slice(part.start, part.end))
      return this.inside({ start: part.start + (lazy?.[0].length ?? 0), end: part.end }, () => this.parseExpression())
    })
    return { kind: 'template', parts, start: token.start, end: token.end }
  }

  private parseName(): Expression {
    const { token } = this
    const { start, end } = token
    const { text } = token
    if (text === 'true' || text === 'false' || text === 'null') {
      this.advance()
      return { kind: 'literal', value: text === 'null' ? null : text === 'true', start, end }
    }
    if (text === 'new') return this.parseNew()
    if (text === 'this' && this.groovy && this.is('.&', this.ahead(1))) {
      this.at += 2
      const name = this.expectName()
      return { kind: 'reference', target: DEF, name: name.text, start, end: name.end }
    }
    const local = this.scope.lookup(text)
    const call = this.is('(', this.ahead(1)) && this.continues(this.ahead(1))
    const closure = this.groovy && this.is('{', this.ahead(1)) && this.continues(this.ahead(1))
    if (local !== undefined) {
      this.advance()
      const name: Expression = { kind: 'local', variable: local, start, end }
      if (!call || !this.groovy) return name
      return { kind: 'invoke', callee: name, args: this.parseArguments(), start, end: this.ahead(-1).end }
    }
    if (KEYWORDS.has(text)) this.unexpected()
    if (call || (closure && this.options.resolveType(text) === undefined)) {
      this.advance()
      const args = call ? this.parseArguments() : [this.parseClosure()]
      if (this.groovy) this.globals.add(text)
      return { kind: 'function', name: text, args, start, end: this.ahead(-1).end }
    }
    return this.parseTypeOrGlobal(token)
  }

  private parseTypeOrGlobal(token: Token): Expression {
    const { start, end, text } = token
    const before = this.at
    const type = this.provides(text) ? undefined : this.tryType()
    if (type !== undefined) {
      const place = { start, end: this.ahead(-1).end }
      if (type.dims === 0 && this.options.resolveType(type.name) !== undefined) {
        if (this.is('.') && this.is('class', this.ahead(1)) && !this.groovy) this.unexpected()
        return { kind: 'class', name: type.name, ...place }
      }
    }
    this.at = before
    this.advance()
    if (!this.groovy && !this.provides(text)) this.fail(`cannot resolve symbol [${this.dotted(text)}]`, { start, end })
    this.globals.add(text)
    return { kind: 'global', name: text, start, end }
  }

  /** A name with the names that follow it by dots, up to a call. */
  private dotted(first: string): string {
    let name = first
    for (let index = 0; this.is('.', this.ahead(index)); index += 2) {
      const [part, after] = [this.ahead(index + 1), this.ahead(index + 2)]
      if (part.kind !== 'name' || this.is('(', after)) break
      name += `.${part.text}`
    }
    return name
  }

  private parseNew(): Expression {
    const { start } = this.advance()
    const name = this.token
    const base = this.tryTypeName()
    if (base === undefined) return this.fail(`Not a type [${name.text}].`, name)
    if (this.groovy && this.is('<')) this.skipGenerics()
    const type = { name: base, dims: 0 }
    if (this.is('(')) {
      const args = this.parseArguments()
      return { kind: 'new', type, args, start, end: this.ahead(-1).end }
    }
    const sizes: Expression[] = []
    let dims = 0
    while (this.is('[')) {
      this.advance()
      if (!this.is(']')) sizes.push(this.within(() => this.parseExpression()))
      this.expect(']')
      dims++
    }
    if (dims === 0) this.unexpected('(')
    // Painless: each dimension has its size, or there are elements.
    if (!this.groovy && sizes.length > 0 && sizes.length < dims) this.unexpected()
    const component = { name: base, dims: dims - 1 }
    let items: Expression[] | undefined
    if (this.is('{') && sizes.length === 0) {
      this.advance()
      items = []
      while (!this.is('}')) {
        items.push(this.parseExpression())
        if (!this.eat(',')) break
      }
      this.expect('}')
    } else if (sizes.length === 0) this.unexpected('{')
    return { kind: 'array', type: component, sizes, items, start, end: this.ahead(-1).end }
  }

  private parseListOrMap(): Expression {
    const { start } = this.expect('[')
    return this.within(() => {
      if (this.is(':')) {
        this.advance()
        return { kind: 'map', entries: [], start, end: this.expect(']').end } as const
      }
      const items: Expression[] = []
      const entries: [Expression, Expression][] = []
      while (!this.is(']')) {
        const bare = this.groovy && this.is(':', this.ahead(1)) ? this.tryMapKey() : undefined
        const first = bare ?? this.parseArgument()
        if (this.is(':')) {
          if (items.length > 0) this.unexpected(']')
          this.advance()
          entries.push([first, this.parseExpression()])
        } else {
          if (entries.length > 0) this.unexpected(':')
          items.push(first)
        }
        if (!this.eat(',')) break
      }
      const place = { start, end: this.expect(']').end }
      return entries.length > 0 ? { kind: 'map', entries, ...place } : { kind: 'list', items, ...place }
    })
  }
}
