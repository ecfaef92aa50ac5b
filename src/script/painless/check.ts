import type { Expression, FunctionBody, Program, Statement } from '../syntax/ast.ts'
import type { Refuse } from './call-checker.ts'
import { ExpressionChecker } from './expression-checker.ts'
import { unused } from './operators.ts'
import { castable, isArray, isPrimitive, OBJECT, STRING, typeName, UNKNOWN } from './types.ts'

/** What the place where a script runs decides. */
export interface PainlessContext {
  /** The functions it gives, as `name/arguments`. */
  readonly provided: ReadonlySet<string>
  /** The type of the script's result, an object by default; see {@link UNKNOWN}. */
  readonly returns: string | undefined
}

/** How control leaves a statement, as Painless's own analysis tracks it. */
interface Flow {
  /** No path goes on after it. */
  readonly escapes: boolean
  /** Every path leaves the loop around it. */
  readonly leavesLoop: boolean
  readonly breaks: boolean
  readonly continues: boolean
}

const ON: Flow = { escapes: false, leavesLoop: false, breaks: false, continues: false }
const OUT: Flow = { escapes: true, leavesLoop: true, breaks: false, continues: false }

/** Where a statement stands. */
interface Position {
  readonly returns: string
  readonly inLoop: boolean
  /** It ends the body of a loop. */
  readonly endsLoop: boolean
  /** It ends its function: the value of an expression there is the result. */
  readonly endsFunction: boolean
}

const DOING = ['assign', 'step', 'call', 'function', 'invoke', 'new']

/**
 * What Painless refuses before it runs a script: types that do not fit, names and methods that do not exist,
 * statements that cannot be reached or do nothing.
 *
 * @returns what values become on their way, for the compiler.
 */
export function checkPainless(program: Program, context: PainlessContext, refuse: Refuse): Program['casts'] {
  const checker = new Checker(program.functions, context.provided, refuse)
  checker.program(program, context.returns ?? OBJECT)
  return checker.casts
}

class Checker extends ExpressionChecker {
  program({ functions, main }: Program, result: string): void {
    const seen = new Set<string>()
    for (const { name, fn, returns, ...place } of functions) {
      const count = fn.parameters.length
      const problem = 'invalid function definition:'
      if (seen.has(`${name}/${count}`)) this.fail(`${problem} found duplicate function [${name}/${count}].`, place)
      seen.add(`${name}/${count}`)
      const which = `function [${name}] with [${count}] parameters`
      if (isEmpty(fn.body)) this.fail(`${problem} found no statements for ${which}`, place)
      this.body(fn, typeName(returns), `${problem} not all paths provide a return value for ${which}`)
    }
    if (isEmpty(main.body) && functions.length === 0) {
      this.fail('invalid function definition: found no statements for function [execute]', main.body)
    }
    this.#statement(main.body, { returns: result, inLoop: false, endsLoop: false, endsFunction: true })
  }

  protected body(fn: FunctionBody, returns: string, missing: string): void {
    const flow = this.#statement(fn.body, { returns, inLoop: false, endsLoop: false, endsFunction: true })
    if (returns === 'void' || returns === UNKNOWN || flow.escapes || this.#endsWithValue(fn.body)) return
    this.fail(missing, fn.body)
  }

  #endsWithValue(body: Statement): boolean {
    if (body.kind === 'block') return body.body.length > 0 && this.#endsWithValue(body.body.at(-1)!)
    if (body.kind === 'if') {
      return body.no !== undefined && this.#endsWithValue(body.yes) && this.#endsWithValue(body.no)
    }
    return body.kind === 'expression' && this.type(body.expression) !== 'void'
  }

  #statement(statement: Statement, at: Position): Flow {
    switch (statement.kind) {
      case 'block':
        return this.#block(statement.body, at)
      case 'declare':
        if (statement.value !== undefined) this.given(statement.value, { type: typeName(statement.variable.type) })
        return ON
      case 'expression':
        this.#expression(statement.expression, at)
        return ON
      case 'if':
        return this.#if(statement, at)
      case 'while':
        return this.#loop('while', statement.test, statement.body, at)
      case 'do':
        return this.#loop('do-while', statement.test, statement.body, at)
      case 'for': {
        for (const part of statement.init) this.#statement(part, { ...at, endsFunction: false })
        for (const part of statement.update) this.#effect(part)
        return this.#loop('for', statement.test, statement.body, at)
      }
      case 'each':
        return this.#each(statement, at)
      case 'return':
        this.#return(statement, at.returns)
        return OUT
      case 'throw':
        this.given(statement.value, { type: 'java.lang.Exception' })
        return OUT
      case 'break':
        if (!at.inLoop) this.fail('invalid break statement: not inside loop', statement)
        return { ...OUT, breaks: true }
      case 'continue':
        if (!at.inLoop) this.fail('invalid continue statement: not inside loop', statement)
        if (at.endsLoop) this.fail('extraneous continue statement', statement)
        return { ...ON, escapes: true, continues: true }
      case 'try':
        return this.#try(statement, at)
      default:
        return ON
    }
  }

  #block(body: readonly Statement[], at: Position): Flow {
    let flow = ON
    for (const [index, inner] of body.entries()) {
      if (flow.escapes) this.fail('invalid block: unreachable statement', inner)
      const last = index === body.length - 1
      const next = this.#statement(inner, {
        ...at,
        endsLoop: at.endsLoop && last,
        endsFunction: at.endsFunction && last,
      })
      const [breaks, continues] = [flow.breaks || next.breaks, flow.continues || next.continues]
      flow = { escapes: next.escapes, leavesLoop: next.leavesLoop, breaks, continues }
    }
    return flow
  }

  #expression(e: Expression, { endsFunction, returns }: Position): void {
    const result = endsFunction && returns !== 'void'
    if (!result) return this.#effect(e)
    const type = this.type(e, DOING.includes(e.kind) ? undefined : { type: returns, internal: true })
    if (type !== 'void') this.given(e, { type: returns, internal: true })
  }

  /** An expression for what it does. */
  #effect(e: Expression): void {
    if (!DOING.includes(e.kind)) {
      if (e.kind !== 'field' || e.target.kind !== 'class') this.type(e)
      this.fail(unused(e), e)
    }
    this.type(e)
  }

  #return({ value, ...place }: Extract<Statement, { kind: 'return' }>, returns: string): void {
    if (value === undefined) {
      if (returns !== 'void' && returns !== UNKNOWN) this.fail(`cannot cast from [${returns}] to [void]`, place)
      return
    }
    if (returns === UNKNOWN) this.type(value)
    else this.given(value, { type: returns, internal: true })
  }

  #if(statement: Extract<Statement, { kind: 'if' }>, at: Position): Flow {
    this.condition(statement.test)
    const { test, yes, no } = statement
    if (test.kind === 'literal' || isEmpty(yes)) this.fail('extraneous if block', statement)
    const first = this.#statement(yes, at)
    if (no === undefined) return { ...ON, breaks: first.breaks, continues: first.continues }
    if (isEmpty(no)) this.fail('extraneous else block.', no)
    return together([first, this.#statement(no, at)])
  }

  #loop(name: string, test: Expression | undefined, body: Statement, at: Position): Flow {
    const flow = this.#loopBody(name, body, at, test)
    const endless = test === undefined || isTrue(test)
    return endless && !isEmpty(body) && !flow.breaks ? OUT : ON
  }

  #loopBody(name: string, body: Statement, at: Position, test: Expression | undefined): Flow {
    if (test !== undefined) this.condition(test)
    if (test?.kind === 'literal' && test.value === false) this.fail(`extraneous ${name} loop`, test)
    if (isEmpty(body)) {
      if (name === 'do-while') this.fail(`extraneous ${name} loop`, body)
      if (test !== undefined && isTrue(test)) this.fail(`no paths escape from ${name} loop`, body)
    }
    const flow = this.#statement(body, { ...at, inLoop: true, endsLoop: true, endsFunction: false })
    if (flow.leavesLoop && !flow.continues) this.fail(`extraneous ${name} loop`, body)
    return flow
  }

  #each(statement: Extract<Statement, { kind: 'each' }>, at: Position): Flow {
    const { over, variable, body } = statement
    const type = this.type(over)
    if (isPrimitive(type) || type === STRING) this.fail(`Illegal for each type [${type}].`, over)
    const wanted = { type: typeName(variable.type), explicit: true }
    if (isArray(type) && !castable(type.slice(0, -2), wanted)) {
      this.fail(`Cannot cast from [${type.slice(0, -2)}] to [${wanted.type}].`, over)
    }
    if (isEmpty(body)) this.fail('extraneous foreach loop', statement)
    const flow = this.#statement(body, { ...at, inLoop: true, endsLoop: true, endsFunction: false })
    if (flow.leavesLoop && !flow.continues) this.fail('extraneous foreach loop', body)
    return ON
  }

  #try({ body, catches, ...place }: Extract<Statement, { kind: 'try' }>, at: Position): Flow {
    if (isEmpty(body)) this.fail('extraneous try statement', place)
    return together([body, ...catches.map((clause) => clause.body)].map((block) => this.#statement(block, at)))
  }
}

/** Branches of which one is taken. */
function together(flows: readonly Flow[]): Flow {
  return {
    escapes: flows.every((flow) => flow.escapes),
    leavesLoop: flows.every((flow) => flow.leavesLoop),
    breaks: flows.some((flow) => flow.breaks),
    continues: flows.some((flow) => flow.continues),
  }
}

function isEmpty(body: Statement): boolean {
  return body.kind === 'block' && body.body.length === 0
}

function isTrue(test: Expression): boolean {
  return test.kind === 'literal' && test.value === true
}
