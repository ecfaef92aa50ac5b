import type { Expression } from './ast.ts'
import { negated } from './lexer.ts'
import { OperandParser } from './operands.ts'
import { MAX_CHAIN } from './parser.ts'

const ASSIGNMENTS = new Set(['=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '<<=', '>>=', '>>>=', '**='])

/** Binary operators from loosest to tightest, as each language's grammar orders them. */
const PAINLESS_LEVELS = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!=', '===', '!=='],
  ['instanceof'],
  ['<', '<=', '>', '>='],
  ['<<', '>>', '>>>'],
  ['=~', '==~'],
  ['+', '-'],
  ['*', '/', '%'],
]
const GROOVY_LEVELS = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['=~', '==~'],
  ['==', '!=', '<=>', '===', '!=='],
  ['<', '<=', '>', '>=', 'in', 'instanceof', 'as'],
  ['<<', '>>', '>>>', '..', '..<'],
  ['+', '-'],
  ['*', '/', '%'],
]

/** Recursive descent with operator precedence, for both languages; what only one has asks `groovy`. */
export abstract class ExpressionParser extends OperandParser {
  parseExpression(): Expression {
    return this.nested(() => this.parseAssignment())
  }

  private parseAssignment(): Expression {
    const target = this.parseConditional()
    const op = this.token
    if (op.kind !== 'op' || !ASSIGNMENTS.has(op.text) || !this.continues()) return target
    if (this.groovy && !['local', 'global', 'field', 'index'].includes(target.kind)) {
      this.fail('invalid assignment: cannot assign a value to this expression.', target)
    }
    this.advance()
    const value = this.parseExpression()
    const place = { start: target.start, end: value.end }
    return { kind: 'assign', op: op.text === '=' ? null : op.text.slice(0, -1), target, value, ...place }
  }

  private parseConditional(): Expression {
    const test = this.parseBinary(0)
    if (this.is('?')) {
      this.advance()
      const yes = this.parseExpression()
      this.expect(':')
      const no = this.nested(() => this.parseConditionalOrAssignment())
      return { kind: 'conditional', test, yes, no, start: test.start, end: no.end }
    }
    if (this.is('?:')) {
      this.advance()
      const right = this.nested(() => this.parseConditional())
      return { kind: 'elvis', left: test, right, start: test.start, end: right.end }
    }
    return test
  }

  private parseConditionalOrAssignment(): Expression {
    return this.groovy ? this.parseConditional() : this.parseAssignment()
  }

  private parseBinary(level: number): Expression {
    const levels = this.groovy ? GROOVY_LEVELS : PAINLESS_LEVELS
    const operators = levels[level]
    if (operators === undefined) return this.groovy ? this.parsePower() : this.parseUnary()
    let left = this.parseBinary(level + 1)
    for (let chain = 0; ; chain++) {
      const { token } = this
      const not = this.is('!') && (this.is('in', this.ahead(1)) || this.is('instanceof', this.ahead(1)))
      if (not && operators.includes('in') && this.continues()) this.advance()
      else if (!(token.kind === 'op' || token.kind === 'name') || !operators.includes(token.text)) return left
      if (!this.continues(token)) return left
      if (chain > MAX_CHAIN) this.fail('the expression is too long.', token)
      const op = this.advance().text
      left = this.combine(op, left, level, not)
    }
  }

  private combine(op: string, left: Expression, level: number, negated: boolean): Expression {
    const { start } = left
    if (op === 'instanceof') {
      const type = this.expectType()
      return { kind: 'instanceof', operand: left, type, negated, start, end: this.ahead(-1).end }
    }
    if (op === 'as') {
      const type = this.expectType()
      return { kind: 'cast', type, operand: left, as: true, start, end: this.ahead(-1).end }
    }
    const right = this.parseBinary(level + 1)
    const place = { start, end: right.end }
    if (op === '&&' || op === '||') return { kind: 'logical', op, left, right, ...place }
    if (op === 'in') return { kind: 'in', left, right, negated, ...place }
    if (op === '..' || op === '..<') {
      return { kind: 'range', from: left, to: right, exclusive: op === '..<', ...place }
    }
    return { kind: 'binary', op, left, right, ...place }
  }

  /** Groovy: `-2 ** 2` is -(2 ** 2). */
  private parsePower(): Expression {
    if (this.is('-') || this.is('+')) {
      const op = this.token
      const after = this.ahead(1)
      if (!(op.text === '-' && after.kind === 'number' && !this.is('**', this.ahead(2)))) {
        this.advance()
        const operand = this.nested(() => this.parsePower())
        return { kind: 'unary', op: op.text as '-' | '+', operand, start: op.start, end: operand.end }
      }
    }
    let left = this.parseUnary()
    while (this.is('**') && this.continues()) {
      this.advance()
      const right = this.nested(() => this.parseUnary())
      left = { kind: 'binary', op: '**', left, right, start: left.start, end: right.end }
    }
    return left
  }

  private parseUnary(): Expression {
    const { token } = this
    const { start } = token
    if (token.kind !== 'op') return this.parsePostfix()
    if (token.text === '-' && this.ahead(1).kind === 'number' && this.ahead(1).start === token.end) {
      const number = this.ahead(1)
      const value = negated(number.value!)
      if (value !== undefined && !this.is('.', this.ahead(2))) {
        this.at += 2
        return this.parseSuffixes({ kind: 'literal', value, start, end: number.end })
      }
    }
    if (['!', '-', '+', '~'].includes(token.text)) {
      this.advance()
      const operand = this.nested(() => this.parseUnary())
      return { kind: 'unary', op: token.text as '!' | '-' | '+' | '~', operand, start, end: operand.end }
    }
    if (token.text === '++' || token.text === '--') {
      this.advance()
      const target = this.nested(() => this.parseUnary())
      if (this.groovy && !['local', 'global', 'field', 'index'].includes(target.kind)) {
        this.fail('invalid assignment: cannot assign a value to this expression.', target)
      }
      return { kind: 'step', op: token.text[0] as '+' | '-', prefix: true, target, start, end: target.end }
    }
    return this.tryCast() ?? this.parsePostfix()
  }

  /** `(int) x`; the cursor stays where it was if it is something else. */
  private tryCast(): Expression | undefined {
    if (!this.is('(')) return undefined
    const before = this.at
    const { start } = this.advance()
    const type = this.tryType()
    if (type !== undefined && this.is(')')) {
      this.advance()
      const { token } = this
      const primitive = /^(int|long|double|float|boolean|byte|short|char)$/.test(type.name) && type.dims === 0
      const operand =
        token.kind === 'number' || token.kind === 'string' || token.kind === 'template' || token.kind === 'regex' ||
        (token.kind === 'name' && !['in', 'instanceof', 'as'].includes(token.text)) ||
        (token.kind === 'op' && ['(', '!', '~', '['].includes(token.text)) ||
        (token.kind === 'op' && primitive && ['-', '+', '++', '--'].includes(token.text)) // prettier-ignore
      if (operand && this.continues()) {
        const inner = this.nested(() => this.parseUnary())
        return { kind: 'cast', type, operand: inner, as: false, start, end: inner.end }
      }
    }
    this.at = before
    return undefined
  }
}
