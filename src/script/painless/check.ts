import type {
  Expression,
  ExpressionOf,
  FunctionBody,
  FunctionDeclaration,
  Program,
  Statement,
  TypeName,
} from '../syntax/ast.ts'
import { BOXES } from '../runtime/boxes.ts'
import { castable, isBoolean, isNumeric, isReference, promote, shown, typeName, unboxed } from './types.ts'
import { JavaDouble, JavaFloat, JavaLong } from '../runtime/numbers.ts'
import { classNamed, methodsOf, resolveType, staticsOf } from '../runtime/registry.ts'
import type { Method } from '../runtime/classes/define.ts'

type Refuse = (message: string, start: number, end: number) => never

/** How control leaves a statement, as Painless's own analysis tracks it. */
interface Flow {
  /** No path goes on after it. */
  readonly escapes: boolean
  readonly breaks: boolean
}

const ON: Flow = { escapes: false, breaks: false }

/**
 * What Painless refuses before it runs a script: types that do not fit, names and methods that do not exist,
 * statements that cannot be reached. Where a type is `def` the run decides.
 */
export function checkPainless(program: Program, provided: ReadonlySet<string>, refuse: Refuse): void {
  new Checker(program.functions, provided, refuse).program(program)
}

class Checker {
  readonly #functions: ReadonlyMap<string, FunctionDeclaration>
  /** Of the context, as `name/arguments`. */
  readonly #provided: ReadonlySet<string>
  readonly #refuse: Refuse

  constructor(functions: readonly FunctionDeclaration[], provided: ReadonlySet<string>, refuse: Refuse) {
    this.#provided = provided
    this.#functions = new Map(
      functions.map((declaration) => [`${declaration.name}/${declaration.fn.parameters.length}`, declaration]),
    )
    this.#refuse = refuse
  }

  #fail(message: string, place: { start: number; end: number }): never {
    return this.#refuse(message, place.start, Math.max(place.end, place.start + 1))
  }

  program({ functions, main }: Program): void {
    for (const { name, fn, returns } of functions) {
      const flow = this.#statement(fn.body, returns)
      if (returns.name !== 'void' && !flow.escapes && !this.#endsWithValue(fn.body)) {
        this.#fail(`not all paths provide a return value for function [${name}]`, fn.body)
      }
    }
    if (main.body.kind === 'block' && main.body.body.length === 0 && functions.length === 0) {
      this.#fail('invalid function definition: found no statements for function [execute]', main.body)
    }
    this.#statement(main.body, { name: 'def', dims: 0 })
  }

  #endsWithValue(body: Statement): boolean {
    if (body.kind === 'block') return body.body.length > 0 && this.#endsWithValue(body.body.at(-1)!)
    return body.kind === 'expression'
  }

  #statement(statement: Statement, returns: TypeName): Flow {
    switch (statement.kind) {
      case 'block': {
        let last = ON
        for (const inner of statement.body) {
          if (last.escapes) this.#fail('invalid block: unreachable statement', inner)
          const flow = this.#statement(inner, returns)
          last = { escapes: flow.escapes, breaks: last.breaks || flow.breaks }
        }
        return last
      }
      case 'declare':
        if (statement.value !== undefined) this.#assignable(statement.value, typeName(statement.variable.type))
        return ON
      case 'expression':
        this.#type(statement.expression)
        return ON
      case 'if':
        return this.#if(statement, returns)
      case 'while':
        this.#condition(statement.test)
        if (isEmpty(statement.body) && isTrue(statement.test)) this.#fail('no paths escape from while loop', statement)
        return this.#loop(isTrue(statement.test), this.#statement(statement.body, returns))
      case 'do': {
        const flow = this.#statement(statement.body, returns)
        this.#condition(statement.test)
        return this.#loop(isTrue(statement.test), flow)
      }
      case 'for': {
        for (const part of statement.init) this.#statement(part, returns)
        if (statement.test !== undefined) this.#condition(statement.test)
        for (const part of statement.update) this.#type(part)
        const endless = statement.test === undefined || isTrue(statement.test)
        return this.#loop(endless && !isEmpty(statement.body), this.#statement(statement.body, returns))
      }
      case 'each': {
        const type = this.#type(statement.over)
        if (isNumeric(type) || isBoolean(type) || type === 'java.lang.String') {
          this.#fail(`Illegal for each type [${shown(type)}].`, statement.over)
        }
        this.#statement(statement.body, returns)
        return ON
      }
      case 'return':
        if (statement.value === undefined) {
          if (returns.name !== 'void') this.#fail(`cannot cast from [${shown(typeName(returns))}] to [void]`, statement)
        } else this.#assignable(statement.value, typeName(returns))
        return { escapes: true, breaks: false }
      case 'throw':
        this.#type(statement.value)
        return { escapes: true, breaks: false }
      case 'break':
        return { escapes: true, breaks: true }
      case 'continue':
        return { escapes: true, breaks: false }
      case 'try': {
        const flows = [statement.body, ...statement.catches.map((clause) => clause.body)].map((body) =>
          this.#statement(body, returns),
        )
        return { escapes: flows.every((flow) => flow.escapes), breaks: flows.some((flow) => flow.breaks) }
      }
      default:
        return ON
    }
  }

  #if(statement: Extract<Statement, { kind: 'if' }>, returns: TypeName): Flow {
    this.#condition(statement.test)
    if (statement.test.kind === 'literal') this.#fail('extraneous if block', statement)
    const yes = this.#statement(statement.yes, returns)
    if (statement.no === undefined) return { escapes: false, breaks: yes.breaks }
    const no = this.#statement(statement.no, returns)
    return { escapes: yes.escapes && no.escapes, breaks: yes.breaks || no.breaks }
  }

  #loop(endless: boolean, body: Flow): Flow {
    return { escapes: endless && !body.breaks, breaks: false }
  }

  #condition(test: Expression): void {
    const type = this.#type(test)
    if (type !== 'def' && !isBoolean(type)) this.#fail(`Cannot cast from [${shown(type)}] to [boolean].`, test)
  }

  /** A value where a type is wanted. */
  #assignable(value: Expression, wanted: string): void {
    const type = this.#type(value)
    if (castable(type, wanted, value.kind === 'literal' ? value.value : undefined)) return
    this.#fail(`Cannot cast from [${shown(type)}] to [${shown(wanted)}].`, value)
  }

  /** The static type of an expression, `def` where only the run knows. */
  #type(e: Expression): string {
    switch (e.kind) {
      case 'literal':
        return literalType(e.value)
      case 'pattern':
        return 'java.util.regex.Pattern'
      case 'local':
        return typeName(e.variable.type)
      case 'global':
        return e.name === 'params' ? 'java.util.Map' : 'def'
      case 'unary':
        return this.#unary(e)
      case 'step':
        return this.#numberOf(e.target, e.op === '+' ? '++' : '--')
      case 'binary':
        return this.#binary(e)
      case 'logical':
        this.#condition(e.left)
        this.#condition(e.right)
        return 'boolean'
      case 'conditional': {
        this.#condition(e.test)
        const [yes, no] = [this.#type(e.yes), this.#type(e.no)]
        return yes === no ? yes : 'def'
      }
      case 'elvis': {
        const left = this.#type(e.left)
        this.#type(e.right)
        if (e.left.kind === 'literal') this.#fail(e.left.value === null ? 'Extraneous elvis operator. LHS is null.' : 'Extraneous elvis operator. LHS is a constant.', e) // prettier-ignore
        if (isNumeric(left) || left === 'boolean') this.#fail('Extraneous elvis operator. LHS is a primitive.', e)
        return 'def'
      }
      case 'assign':
        return this.#assign(e)
      case 'cast':
        return this.#cast(e)
      case 'instanceof':
        this.#type(e.operand)
        return 'boolean'
      case 'list':
        for (const item of e.items) this.#type(item)
        return 'java.util.ArrayList'
      case 'map':
        for (const [key, value] of e.entries) {
          this.#type(key)
          this.#type(value)
        }
        return 'java.util.HashMap'
      case 'new':
        return this.#new(e)
      case 'array':
        for (const size of e.sizes) this.#assignable(size, 'int')
        for (const item of e.items ?? []) this.#assignable(item, typeName(e.type))
        return `${typeName(e.type)}[]`
      case 'field':
        return this.#field(e)
      case 'index':
        return this.#index(e)
      case 'call':
        return this.#call(e)
      case 'function':
        return this.#function(e)
      case 'lambda':
        this.#lambda(e.fn)
        return 'def'
      case 'reference':
        return 'def'
      default:
        return 'def'
    }
  }

  #numberOf(e: Expression, op: string): string {
    const type = this.#type(e)
    if (type !== 'def' && !isNumeric(unboxed(type))) {
      this.#fail(`cannot apply the operator [${op}] to the type [${shown(type)}]`, e)
    }
    return type
  }

  #unary(e: ExpressionOf<'unary'>): string {
    if (e.op === '!') {
      this.#condition(e.operand)
      return 'boolean'
    }
    const type = unboxed(this.#numberOf(e.operand, e.op))
    return type === 'def' ? 'def' : promote(type, 'int')
  }

  #binary(e: ExpressionOf<'binary'>): string {
    const [left, right] = [this.#type(e.left), this.#type(e.right)]
    const { op } = e
    if (op === '=~' || op === '==~') {
      if (right !== 'def' && right !== 'java.util.regex.Pattern') this.#fail(`Cannot cast from [${shown(right)}] to [java.util.regex.Pattern].`, e) // prettier-ignore
      return 'boolean'
    }
    if (['==', '!=', '===', '!=='].includes(op)) return 'boolean'
    if (op === '+' && (left === 'java.lang.String' || right === 'java.lang.String')) return 'java.lang.String'
    this.#divisionByZero(e)
    const result = this.#arithmetic(e, unboxed(left), unboxed(right))
    return ['<', '<=', '>', '>='].includes(op) ? 'boolean' : result
  }

  #arithmetic(e: ExpressionOf<'binary'>, left: string, right: string): string {
    const { op } = e
    const refuse = (): never =>
      this.#fail(`cannot apply the operator [${op}] to the types [${shown(left)}] and [${shown(right)}]`, e)
    if (left === 'def' || right === 'def') {
      const other = left === 'def' ? right : left
      if (other === 'null') refuse()
      return 'def'
    }
    if (['&', '|', '^'].includes(op) && isBoolean(left) && isBoolean(right)) return 'boolean'
    if (!isNumeric(left) || !isNumeric(right)) return refuse()
    const bits = ['&', '|', '^', '<<', '>>', '>>>'].includes(op)
    if (bits && [left, right].some((type) => type === 'double' || type === 'float')) return refuse()
    if (op.length > 1 && bits) return promote(left, 'int')
    return promote(promote(left, right), 'int')
  }

  #divisionByZero({ op, left, right, start, end }: ExpressionOf<'binary'>): void {
    if ((op !== '/' && op !== '%') || left.kind !== 'literal' || right.kind !== 'literal') return
    const whole = typeof left.value === 'number' || left.value instanceof JavaLong
    const zero = right.value === 0 || (right.value instanceof JavaLong && right.value.value === 0n)
    if (whole && zero) this.#fail('/ by zero', { start, end })
  }

  #assign(e: ExpressionOf<'assign'>): string {
    const target = this.#type(e.target)
    if (e.op === null) {
      this.#assignable(e.value, target)
      return target
    }
    const value = this.#type(e.value)
    if (e.op === '+' && (target === 'java.lang.String' || value === 'java.lang.String')) {
      if (target !== 'java.lang.String' && target !== 'def' && target !== 'java.lang.Object') {
        this.#fail(`Cannot cast from [java.lang.String] to [${shown(target)}].`, e)
      }
      return target
    }
    const operands = { ...e, kind: 'binary', op: e.op, left: e.target, right: e.value } as const
    this.#arithmetic(operands, unboxed(target), unboxed(value))
    return target
  }

  #cast(e: ExpressionOf<'cast'>): string {
    const [from, to] = [unboxed(this.#type(e.operand)), typeName(e.type)]
    const target = unboxed(to)
    const numbers = isNumeric(from) && isNumeric(target)
    const text = (from === 'java.lang.String' && target === 'char') || (from === 'char' && to === 'java.lang.String')
    const down = isReference(from) && isReference(to)
    if (numbers || text || down || from === 'def' || castable(from, to)) return to
    this.#fail(`Cannot cast from [${shown(from)}] to [${shown(to)}].`, e)
  }

  #new(e: ExpressionOf<'new'>): string {
    const type = e.type.name
    const candidates = classNamed(type)?.constructors ?? []
    this.#choose(candidates, e.args, `constructor [${type}, <init>/${e.args.length}] not found`, e)
    return type
  }

  #field(e: ExpressionOf<'field'>): string {
    if (e.target.kind === 'class') {
      const value = classNamed(e.target.name)?.fields.get(e.name)
      if (value === undefined) this.#fail(`field [${e.target.name}, ${e.name}] not found`, e)
      return literalType(value)
    }
    const type = this.#type(e.target)
    if (type.endsWith('[]')) return e.name === 'length' ? 'int' : this.#fail(`Field [${e.name}] does not exist for type [${type}].`, e) // prettier-ignore
    if (isNumeric(type) || type === 'boolean') this.#fail(`field [${shown(type)}, ${e.name}] not found`, e)
    return 'def'
  }

  #index(e: ExpressionOf<'index'>): string {
    const type = this.#type(e.target)
    const index = this.#type(e.index)
    if (type.endsWith('[]')) {
      if (!castable(index, 'int')) this.#fail(`Cannot cast from [${shown(index)}] to [int].`, e.index)
      return type.slice(0, -2)
    }
    const addressable = type === 'def' || /^java\.util\.(?:\w*List|\w*Map)$/.test(type)
    if (!addressable) this.#fail(`Illegal array access on type [${shown(type)}].`, e)
    return 'def'
  }

  #call(e: ExpressionOf<'call'>): string {
    const count = e.args.length
    if (e.target.kind === 'class') {
      const { name } = e.target
      const missing = `static method [${name}, ${e.name}/${count}] not found`
      return this.#choose(staticsOf(name, e.name, 'painless'), e.args, missing, e)
    }
    const type = this.#type(e.target)
    if (type === 'def' || type.endsWith('[]')) {
      for (const arg of e.args) this.#type(arg)
      return 'def'
    }
    if (type === 'null') return this.#fail('Illegal method call on null.', e)
    const receiver = BOXES[type] ?? type
    if (resolveType(receiver) === undefined || receiver.startsWith('java.util.function')) {
      for (const arg of e.args) this.#type(arg)
      return 'def'
    }
    const missing = `member method [${receiver}, ${e.name}/${count}] not found`
    return this.#choose(methodsOf(receiver, e.name, 'painless'), e.args, missing, e)
  }

  /** The type of the method that is meant; arguments are compared where there is but one. */
  #choose(methods: readonly Method[], args: readonly Expression[], missing: string, e: Expression): string {
    const fitting = methods.filter(({ params, varargs }) =>
      varargs ? args.length >= params.length - 1 : params.length === args.length,
    )
    const [only, other] = fitting
    if (only === undefined) return this.#fail(missing, e)
    for (const [index, arg] of args.entries()) {
      const type = this.#type(arg)
      if (other !== undefined || only.varargs) continue
      const wanted = signatureType(only.params[index]!)
      if (wanted !== 'def' && !castable(type, wanted)) {
        this.#fail(`Cannot cast from [${shown(type)}] to [${shown(wanted)}].`, arg)
      }
    }
    return fitting.every((method) => method.returns === only.returns) ? signatureType(only.returns) : 'def'
  }

  #function(e: ExpressionOf<'function'>): string {
    const declared = this.#functions.get(`${e.name}/${e.args.length}`)
    if (declared === undefined) {
      if (this.#provided.has(`${e.name}/${e.args.length}`)) {
        for (const arg of e.args) this.#type(arg)
        return 'void'
      }
      return this.#fail(`Unknown call [${e.name}] with [${e.args.length}] arguments.`, e)
    }
    for (const [index, arg] of e.args.entries()) this.#assignable(arg, typeName(declared.fn.parameters[index]!.type))
    return typeName(declared.returns)
  }

  #lambda(fn: FunctionBody): void {
    const flow = this.#statement(fn.body, { name: 'def', dims: 0 })
    if (!flow.escapes && !this.#endsWithValue(fn.body)) {
      this.#fail('not all paths return a value for lambda', fn.body)
    }
  }
}

function isEmpty(body: Statement): boolean {
  return body.kind === 'block' && body.body.length === 0
}

function isTrue(test: Expression): boolean {
  return test.kind === 'literal' && test.value === true
}

function literalType(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'number') return 'int'
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'string') return 'java.lang.String'
  if (value instanceof JavaLong) return 'long'
  if (value instanceof JavaDouble) return 'double'
  return value instanceof JavaFloat ? 'float' : 'def'
}

/** A type of our signatures; what they leave open is `def`. Streams keep their kind only at run time. */
function signatureType(name: string): string {
  if (name === 'void' || isNumeric(name) || name === 'boolean') return name
  if (name === 'array' || name === 'def' || name === 'Object' || name === 'Function' || name.endsWith('Stream'))
    return 'def'
  if (name === 'CharSequence' || name === 'Iterable' || name === 'Temporal' || name === 'Comparator') return 'def'
  return resolveType(name) ?? 'def'
}
