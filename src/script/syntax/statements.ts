import type { CatchClause, Expression, FunctionDeclaration, Program, Statement, TypeName, Variable } from './ast.ts'
import { ExpressionParser } from './expressions.ts'
import { FunctionScope } from './scope.ts'

const DEF: TypeName = { name: 'def', dims: 0 }

/** Statements of both languages. */
export class ScriptParser extends ExpressionParser {
  readonly functions: FunctionDeclaration[] = []

  parseProgram(): Program {
    const main = this.functionBody(this.scope, () => {
      const { start } = this.token
      if (!this.groovy) while (this.tryFunction());
      const body = this.parseStatements()
      if (this.token.kind !== 'end') this.unexpected(this.groovy ? undefined : this.afterStatement() ? 'end' : ';')
      return {
        parameters: [],
        body: { kind: 'block', body, start, end: this.token.end },
        defaults: [],
        implicitIt: false,
      }
    })
    return { functions: this.functions, main, casts: new Map(), globals: this.globals }
  }

  parseStatements(): Statement[] {
    const list: Statement[] = []
    for (;;) {
      while (this.groovy && this.eat(';'));
      if (this.token.kind === 'end' || this.is('}') || this.is('case') || this.is('default')) return list
      if (this.groovy && this.tryFunction()) continue
      list.push(this.parseStatement())
    }
  }

  /** Whether a statement before the cursor has ended, or none has begun. */
  private afterStatement(): boolean {
    return this.at === 0 || /^[;}]$/.test(this.ahead(-1).text)
  }

  parseBlock(): Statement {
    const { start } = this.expect('{')
    return this.nested(() =>
      this.outside(() => {
        this.scope.open()
        const body = this.parseStatements()
        this.scope.close()
        const { end } = this.expect('}')
        return { kind: 'block', body, start, end }
      }),
    )
  }

  parseStatement(): Statement {
    const { token } = this
    const { start } = token
    if (this.groovy && this.is('{') && !this.closureAhead()) return this.parseBlock()
    if (!this.groovy && (this.is('{') || this.is(';'))) {
      this.fail(`invalid sequence of tokens near ['${token.text}'].`, token)
    }
    if (token.kind === 'name') {
      switch (token.text) {
        case 'if':
          return this.parseIf()
        case 'for':
          return this.parseFor()
        case 'while': {
          this.advance()
          const test = this.parseTest()
          const body = this.parseBody()
          return { kind: 'while', test, body, start, end: body.end }
        }
        case 'do': {
          this.advance()
          const body = this.groovy ? this.parseBody() : this.parseBlock()
          this.expect('while')
          const test = this.parseTest()
          this.endStatement()
          return { kind: 'do', test, body, start, end: this.ahead(-1).end }
        }
        case 'return': {
          this.advance()
          const none = this.is(';') || this.is('}') || this.token.kind === 'end' || (this.groovy && this.token.newline)
          const value = none ? undefined : this.parseExpression()
          this.endStatement()
          return { kind: 'return', value, start, end: value?.end ?? token.end }
        }
        case 'break':
        case 'continue':
          this.advance()
          this.endStatement()
          return { kind: token.text, start, end: token.end }
        case 'throw': {
          this.advance()
          const value = this.parseExpression()
          this.endStatement()
          return { kind: 'throw', value, start, end: value.end }
        }
        case 'try':
          return this.parseTry()
        case 'switch':
          if (this.groovy) return this.parseSwitch()
          break
        case 'assert':
          if (this.groovy) return this.parseAssert()
          break
        case 'class':
        case 'interface':
        case 'enum':
        case 'import':
        case 'package':
          this.fail(`[${token.text}] is not allowed in a script.`, token)
          break
        default:
          break
      }
    }
    const declaration = this.tryDeclaration()
    if (declaration !== undefined) {
      this.endStatement()
      return declaration
    }
    const expression = this.parseCommand()
    this.endStatement()
    return { kind: 'expression', expression, start, end: expression.end }
  }

  /** Groovy: `name argument, argument` without parentheses. */
  private parseCommand(): Expression {
    const expression = this.parseExpression()
    if (!this.groovy || (expression.kind !== 'field' && expression.kind !== 'global')) return expression
    const { token } = this
    const starts = ['name', 'number', 'string', 'template'].includes(token.kind)
    if (!starts || token.newline || ['in', 'as', 'instanceof'].includes(token.text)) return expression
    const args = [this.parseExpression()]
    while (this.eat(',')) args.push(this.parseExpression())
    const place = { start: expression.start, end: args.at(-1)!.end }
    if (expression.kind === 'global') return { kind: 'function', name: expression.name, args, ...place }
    const { target, name, safe, spread } = expression
    return { kind: 'call', target, name, args, safe, spread, ...place }
  }

  /** `;`, or a line break in Groovy, or the end of the block; Painless may leave it out before `}` only. */
  private endStatement(): void {
    if (this.eat(';') || this.token.kind === 'end' || this.is('}')) return
    if (this.groovy && (this.token.newline || this.is('else') || this.ahead(-1).text === '}')) return
    this.unexpected(';')
  }

  private parseTest(): Expression {
    this.expect('(')
    const test = this.within(() => this.parseExpression())
    this.expect(')')
    return test
  }

  /** The body of a loop or branch: a block, a statement, or nothing but `;`. */
  private parseBody(): Statement {
    const { token } = this
    if (this.is(';')) {
      this.advance()
      return { kind: 'block', body: [], start: token.start, end: token.end }
    }
    return this.nested(() => {
      if (this.is('{')) return this.parseBlock()
      this.scope.open()
      const body = this.parseStatement()
      this.scope.close()
      return body
    })
  }

  private parseIf(): Statement {
    const { start } = this.advance()
    const test = this.parseTest()
    const yes = this.parseBody()
    const before = this.at
    if (this.groovy) while (this.eat(';'));
    if (!this.is('else')) {
      this.at = before
      return { kind: 'if', test, yes, no: undefined, start, end: yes.end }
    }
    this.advance()
    const no = this.parseBody()
    return { kind: 'if', test, yes, no, start, end: no.end }
  }

  private parseFor(): Statement {
    const { start } = this.advance()
    this.expect('(')
    this.scope.open()
    const statement = this.within(() => this.tryForEach(start)) ?? this.parseClassicFor(start)
    this.scope.close()
    return statement
  }

  /** `for (def x : list)`, `for (x in list)`. */
  private tryForEach(start: number): Statement | undefined {
    const before = this.at
    this.eat('final')
    let type = this.tryType()
    if (type === undefined || this.token.kind !== 'name' || this.is('in')) {
      this.at = before
      type = DEF
    }
    const name = this.token
    const typed = this.at > before
    const [colon, inside] = [this.is(':', this.ahead(1)), this.is('in', this.ahead(1))]
    // Painless has `for (int x : list)` and `for (x in list)` only.
    if (name.kind !== 'name' || !(this.groovy ? colon || inside : typed ? colon : inside)) {
      this.at = before
      return undefined
    }
    this.at += 2
    const over = this.parseExpression()
    const variable = this.declare(name, type)
    this.expect(')')
    const body = this.outside(() => this.parseBody())
    return { kind: 'each', variable, over, body, start, end: body.end }
  }

  private parseClassicFor(start: number): Statement {
    const [init, test, update] = this.within(() => {
      const init: Statement[] = []
      if (!this.is(';')) {
        const declaration = this.tryDeclaration()
        if (declaration !== undefined) init.push(declaration)
        else {
          const expression = this.parseExpression()
          init.push({ kind: 'expression', expression, start: expression.start, end: expression.end })
        }
      }
      this.expect(';')
      const test = this.is(';') ? undefined : this.parseExpression()
      this.expect(';')
      const update: Expression[] = []
      while (!this.is(')')) {
        update.push(this.parseExpression())
        if (!this.groovy || !this.eat(',')) break
      }
      this.expect(')')
      return [init, test, update] as const
    })
    const body = this.parseBody()
    return { kind: 'for', init, test, update, body, start, end: body.end }
  }

  /** `int a = 1, b`, `def x`, `String[] s`, `final x = 1`, `def (a, b) = list`. */
  private tryDeclaration(): Statement | undefined {
    const before = this.at
    const { start } = this.token
    const final = this.groovy && this.eat('final')
    if (this.groovy && this.is('def') && this.is('(', this.ahead(1))) return this.parseDestructuring()
    let type = this.tryType()
    if (final && (type === undefined || this.token.kind !== 'name')) {
      this.at = before + 1
      type = DEF
    }
    const { token } = this
    const named = token.kind === 'name' && !['in', 'instanceof', 'as'].includes(token.text)
    if (type === undefined || !named || (this.groovy && this.enclosed === 0 && token.newline)) {
      this.at = before
      return undefined
    }
    if (type.name === 'void') this.fail('cannot declare a variable of type [void].', token)
    const body: Statement[] = []
    do {
      const name = this.expectName()
      // A closure may use the variable it is assigned to only where it has been declared before.
      const value = this.eat('=') ? this.parseExpression() : undefined
      const variable = this.declare(name, type)
      body.push({ kind: 'declare', variable, value, start: name.start, end: value?.end ?? name.end })
    } while (this.eat(','))
    return body.length === 1 ? body[0]! : { kind: 'block', body, start, end: this.ahead(-1).end }
  }

  private parseDestructuring(): Statement {
    const { start } = this.advance()
    this.expect('(')
    const names = []
    do {
      const type = this.ahead(1).kind === 'name' ? this.expectType() : DEF
      names.push({ name: this.expectName(), type })
    } while (this.eat(','))
    this.expect(')')
    this.expect('=')
    const value = this.parseExpression()
    const variables = names.map(({ name, type }) => this.declare(name, type))
    return { kind: 'destructure', variables, value, start, end: value.end }
  }

  private parseTry(): Statement {
    const { start } = this.advance()
    const body = this.parseBlock()
    const catches: CatchClause[] = []
    while (this.is('catch')) {
      this.advance()
      this.expect('(')
      this.scope.open()
      const types: string[] = []
      if (this.ahead(1).kind === 'op' && this.is(')', this.ahead(1))) types.push('java.lang.Exception')
      else {
        do types.push(this.expectType().name)
        while (this.groovy && this.eat('|'))
      }
      const variable = this.declare(this.expectName(), DEF)
      this.expect(')')
      catches.push({ types, variable, body: this.parseBlock() })
      this.scope.close()
    }
    const last = this.groovy && this.eat('finally') ? this.parseBlock() : undefined
    if (catches.length === 0 && last === undefined) this.unexpected('catch')
    return { kind: 'try', body, catches, finally: last, start, end: this.ahead(-1).end }
  }

  private parseSwitch(): Statement {
    const { start } = this.advance()
    const subject = this.parseTest()
    this.expect('{')
    const cases: { match: Expression | undefined; body: Statement[] }[] = []
    this.scope.open()
    while (!this.is('}')) {
      let match: Expression | undefined
      if (!this.eat('default')) {
        this.expect('case')
        match = this.parseExpression()
      }
      this.expect(':')
      cases.push({ match, body: this.outside(() => this.parseStatements()) })
    }
    this.scope.close()
    const { end } = this.expect('}')
    return { kind: 'switch', subject, cases, start, end }
  }

  private parseAssert(): Statement {
    const { start } = this.advance()
    const test = this.parseExpression()
    const message = this.eat(':') || this.eat(',') ? this.parseExpression() : undefined
    this.endStatement()
    return { kind: 'assert', test, message, start, end: this.ahead(-1).end }
  }

  /** `int twice(int x) { ... }`. A function sees no variable of the script, only its own. */
  private tryFunction(): boolean {
    const before = this.at
    const { start } = this.token
    const returns = this.tryType()
    const name = this.token
    if (
      returns === undefined ||
      name.kind !== 'name' ||
      !this.is('(', this.ahead(1)) ||
      !this.parenthesesBeforeBody()
    ) {
      this.at = before
      return false
    }
    this.at += 2
    const fn = this.functionBody(new FunctionScope(), () => {
      const parameters: Variable[] = []
      const defaults: (Expression | undefined)[] = []
      while (!this.is(')')) {
        const untyped = this.groovy && (this.is(',', this.ahead(1)) || this.is(')', this.ahead(1)) || this.is('=', this.ahead(1))) // prettier-ignore
        const type = untyped ? DEF : this.expectType()
        parameters.push(this.declare(this.expectName(), type))
        defaults.push(this.groovy && this.eat('=') ? this.parseExpression() : undefined)
        if (!this.eat(',')) break
      }
      this.expect(')')
      return { parameters, body: this.parseBlock(), defaults, implicitIt: false }
    })
    this.functions.push({ name: name.text, returns, fn, start, end: this.ahead(-1).end })
    return true
  }

  private parenthesesBeforeBody(): boolean {
    const before = this.at
    this.at++
    const found = this.parenthesesBefore('{')
    this.at = before
    return found
  }
}
