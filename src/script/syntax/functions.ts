import type { Expression, FunctionBody, Statement, TypeName, Variable } from './ast.ts'
import { TokenReader } from './parser.ts'
import { FunctionScope } from './scope.ts'

const DEF: TypeName = { name: 'def', dims: 0 }

/** Lambdas and references of Painless, closures of Groovy: functions within expressions. */
export abstract class FunctionParser extends TokenReader {
  abstract parseBlock(): Statement
  abstract parseStatement(): Statement
  abstract parseStatements(): Statement[]
  abstract parseExpression(): Expression

  /** Painless has lambdas and references as arguments only. */
  protected tryLambda(): Expression | undefined {
    const named = this.token.kind === 'name' && (this.is('->', this.ahead(1)) || this.is('->', this.ahead(2)))
    return named || (this.is('(') && this.parenthesesBefore('->')) ? this.nested(() => this.parseLambda()) : undefined
  }

  protected tryReference(): Expression | undefined {
    const before = this.at
    const { start, text } = this.token
    let target: Expression | TypeName | undefined
    if (this.is('this')) {
      this.advance()
      target = DEF
    } else if (this.token.kind === 'name') {
      const local = this.scope.lookup(text)
      const place = { start, end: this.token.end }
      if (local !== undefined) {
        this.advance()
        target = { kind: 'local', variable: local, ...place }
      } else {
        const type = this.tryType()
        if (type !== undefined) target = type.dims > 0 ? type : { kind: 'class', name: type.name, ...place }
      }
    }
    if (target === undefined || !this.is('::')) {
      this.at = before
      return undefined
    }
    this.advance()
    const name = this.is('new') ? this.advance() : this.expectName()
    return { kind: 'reference', target, name: name.text, start, end: name.end }
  }

  /** Painless: `x -> e`, `(a, int b) -> { ... }`. */
  private parseLambda(): Expression {
    const { start } = this.token
    const fn = this.functionBody(new FunctionScope(this.scope), () => {
      const parameters: Variable[] = []
      if (this.eat('(')) {
        while (!this.is(')')) {
          parameters.push(this.parseParameter())
          if (!this.eat(',')) break
        }
        this.expect(')')
      } else parameters.push(this.parseParameter())
      this.expect('->')
      const body = this.is('{') ? this.parseBlock() : this.returned(this.parseExpression())
      return { parameters, body, defaults: [], implicitIt: false }
    })
    return { kind: 'lambda', fn, start, end: this.ahead(-1).end }
  }

  private parseParameter(): Variable {
    const type = this.tryParameterType()
    return this.declare(this.expectName(), type)
  }

  /** The type before a parameter's name, or `def` where there is none. */
  private tryParameterType(): TypeName {
    const before = this.at
    const type = this.tryType()
    if (type !== undefined && this.token.kind === 'name') return type
    this.at = before
    return DEF
  }

  private returned(value: Expression): Statement {
    return { kind: 'return', value, start: value.start, end: value.end }
  }

  /** Groovy: `{ a, b -> ... }`, `{ it ... }`. */
  protected parseClosure(): Expression {
    const { start } = this.expect('{')
    const fn = this.functionBody(new FunctionScope(this.scope), () =>
      this.outside(() => {
        const explicit = this.closureHasParameters()
        const parameters: Variable[] = []
        const defaults: (Expression | undefined)[] = []
        if (explicit) {
          while (!this.is('->')) {
            const type = this.tryParameterType()
            const name = this.expectName()
            const variable = this.scope.lookup(name.text)
            if (variable !== undefined && variable.name !== 'it') {
              this.fail(`The current scope already contains a variable of the name ${name.text}`, name)
            }
            parameters.push(this.scope.force(name.text, type))
            defaults.push(this.eat('=') ? this.parseExpression() : undefined)
            if (!this.eat(',')) break
          }
          this.expect('->')
        } else parameters.push(this.scope.force('it'))
        const { start } = this.token
        const body: Statement = { kind: 'block', body: this.parseStatements(), start, end: this.token.end }
        return { parameters, body, defaults, implicitIt: !explicit }
      }),
    )
    this.expect('}')
    return { kind: 'lambda', fn, start, end: this.ahead(-1).end }
  }

  /** A statement that begins with `{ -> ...` or `{ x -> ...` is a closure, not a block. */
  protected closureAhead(): boolean {
    this.at++
    const closure = this.closureHasParameters()
    this.at--
    return closure
  }

  /** Whether `->` comes before anything that cannot stand in a parameter list. */
  private closureHasParameters(): boolean {
    for (let index = this.at; index < this.tokens.length; index++) {
      const { kind, text } = this.tokens[index]!
      if (kind === 'op' && text === '->') return true
      const allowed = ['name', 'number', 'string'].includes(kind) || [',', '.', '[', ']', '<', '>', '='].includes(text)
      if (!allowed) return false
    }
    return false
  }

  protected functionBody(
    scope: FunctionScope,
    parse: () => Pick<FunctionBody, 'parameters' | 'body' | 'defaults' | 'implicitIt'>,
  ): FunctionBody {
    const outer = this.scope
    this.scope = scope
    const parts = this.nested(parse)
    this.scope = outer
    return { ...parts, captures: scope.captures, slots: scope.slots }
  }
}
