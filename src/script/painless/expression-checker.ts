import type { Method } from '../runtime/classes/define.ts'
import { Thrown } from '../runtime/instance.ts'
import { JavaLong } from '../runtime/numbers.ts'
import { compilePattern } from '../runtime/regex.ts'
import { classNamed, methodsOf } from '../runtime/registry.ts'
import type { Expression, ExpressionOf } from '../syntax/ast.ts'
import { CallChecker, signatureType } from './call-checker.ts'
import { arithmeticType, commonType, comparable, describe, operatorName, ordered, refusal } from './operators.ts'
import {
  castable,
  DEF,
  fits,
  isArray,
  isNumeric,
  isPrimitive,
  NULL,
  promote,
  shown,
  STRING,
  typeName,
  typeOfConstant,
  type Wanted,
} from './types.ts'

const ASSIGNABLE = ['local', 'global', 'field', 'index']
const PATTERN = 'java.util.regex.Pattern'
const LIST = /^java\.util\.(?:\w*List|Vector|Stack)$/
const MAP = /^java\.util\.\w*Map$/

/** Types of expressions, and what of them Painless refuses before it runs a script. Where a type is `def` the run decides. */
export abstract class ExpressionChecker extends CallChecker {
  protected condition(test: Expression): void {
    this.given(test, { type: 'boolean' })
  }

  /** A value where a type is wanted. */
  protected given(value: Expression, wanted: Wanted): void {
    if (value.kind === 'lambda' || value.kind === 'reference') return this.functionGiven(value, wanted.type)
    if (value.kind === 'literal' && wanted.explicit === true && wanted.type === 'char') this.#character(value)
    const type = this.type(value, wanted)
    if (castable(type, wanted)) return
    if (value.kind === 'literal' && fits(value.value, wanted.type)) return this.#becomes(value, wanted.type)
    if (type === NULL) this.fail(`Cannot cast null to a primitive type [${wanted.type}].`, value)
    this.fail(`Cannot cast from [${shown(type)}] to [${shown(wanted.type)}].`, value)
  }

  #becomes(e: Expression, primitive: string): void {
    this.casts.set(e, { name: primitive, dims: 0 })
  }

  #character(e: ExpressionOf<'literal'>): void {
    if (typeof e.value === 'string' && e.value.length !== 1) {
      this.fail('cannot cast java.lang.String with length not equal to one to char', e)
    }
  }

  /** The static type of an expression; what is wanted of it decides what both branches of a conditional become. */
  protected type(e: Expression, wanted?: Wanted): string {
    switch (e.kind) {
      case 'literal':
        return typeOfConstant(e.value)
      case 'pattern':
        return this.#pattern(e)
      case 'local':
        return this.inferred.get(e.variable) ?? typeName(e.variable.type)
      case 'global':
        return e.name === 'params' ? 'java.util.Map' : DEF
      case 'class':
        return this.fail(`value required: instead found unexpected type [${e.name}]`, e)
      case 'unary':
        return this.#unary(e)
      case 'step':
        return this.#step(e)
      case 'binary':
        return this.#binary(e)
      case 'logical':
        this.condition(e.left)
        this.condition(e.right)
        return 'boolean'
      case 'conditional':
        this.condition(e.test)
        return this.#either(e.yes, e.no, wanted, e)
      case 'elvis':
        return this.#elvis(e, wanted)
      case 'assign':
        return this.#assign(e)
      case 'cast':
        this.given(e.operand, { type: typeName(e.type), explicit: true })
        return typeName(e.type)
      case 'instanceof':
        this.type(e.operand)
        return 'boolean'
      case 'list':
        for (const item of e.items) this.given(item, { type: DEF })
        return 'java.util.ArrayList'
      case 'map':
        for (const entry of e.entries) for (const part of entry) this.given(part, { type: DEF })
        return 'java.util.HashMap'
      case 'new':
        return this.construction(e)
      case 'array':
        for (const size of e.sizes) this.given(size, { type: 'int' })
        for (const item of e.items ?? []) this.given(item, { type: typeName(e.type) })
        return `${typeName(e.type)}[]`
      case 'field':
        return this.#nullable(e, this.#field(e))
      case 'index':
        return this.#index(e)
      case 'call':
        return this.#nullable(e, this.call(e))
      case 'function':
        return this.userFunction(e)
      default:
        return DEF
    }
  }

  /** `?.` may give null, which no primitive is. */
  #nullable(e: ExpressionOf<'field'> | ExpressionOf<'call'>, type: string): string {
    if (!e.safe || !(isPrimitive(type) || isPrimitive(this.type(e.target)))) return type
    return this.fail('Result of null safe operator must be nullable', e)
  }

  #pattern(e: ExpressionOf<'pattern'>): string {
    const source = e.source.kind === 'literal' ? String(e.source.value) : ''
    try {
      compilePattern(source, e.flags)
    } catch (error) {
      if (!(error instanceof Thrown)) throw error
      this.fail(`invalid regular expression: could not compile ${describe(e)}`, e)
    }
    return PATTERN
  }

  #unary(e: ExpressionOf<'unary'>): string {
    if (e.op === '!') {
      this.condition(e.operand)
      return 'boolean'
    }
    const type = this.type(e.operand)
    if (type === DEF) return DEF
    const result = isNumeric(type) ? promote(type, 'int') : undefined
    if (result !== undefined && (e.op !== '~' || result === 'int' || result === 'long')) return result
    return this.fail(`cannot apply the ${operatorName(e.op)} to the type [${shown(type)}]`, e)
  }

  #step(e: ExpressionOf<'step'>): string {
    this.#writable(e.target)
    const type = this.type(e.target)
    if (type !== DEF && type !== STRING && !isNumeric(type)) this.fail(`Cannot cast from [${shown(type)}] to [int].`, e)
    return type
  }

  #binary(e: ExpressionOf<'binary'>): string {
    const { op } = e
    if (op === '=~' || op === '==~') {
      this.given(e.left, { type: 'java.lang.CharSequence' })
      this.given(e.right, { type: PATTERN })
      return 'boolean'
    }
    const [left, right] = [this.type(e.left), this.type(e.right)]
    for (const [type, side] of [
      [left, e.left],
      [right, e.right],
    ] as const)
      // prettier-ignore
      if (type === 'void') this.fail(`Cannot cast from [void] to [def].`, side)
    if (['==', '!=', '===', '!=='].includes(op)) {
      if (left === NULL && right === NULL) this.fail('extraneous comparison of [null] constants', e)
      if (!comparable(left, right)) this.#uncomparable(left, right, e)
      return 'boolean'
    }
    if (['<', '<=', '>', '>='].includes(op)) {
      if (!ordered(left, right)) this.fail(refusal(op, left, right), e)
      return 'boolean'
    }
    this.#divisionByZero(e)
    return arithmeticType(op, left, right) ?? this.fail(refusal(op, left, right), e)
  }

  #uncomparable(left: string, right: string, e: Expression): never {
    const [primitive, other] = isPrimitive(left) ? [left, right] : [right, left]
    const wanted = isPrimitive(other) ? other : shown(NULL)
    return this.fail(`Cannot cast from [${primitive}] to [${wanted}].`, e)
  }

  #divisionByZero({ op, left, right, start, end }: ExpressionOf<'binary'>): void {
    if ((op !== '/' && op !== '%') || left.kind !== 'literal' || right.kind !== 'literal') return
    const whole = typeof left.value === 'number' || left.value instanceof JavaLong
    const zero = right.value === 0 || (right.value instanceof JavaLong && right.value.value === 0n)
    if (whole && zero) this.fail('/ by zero', { start, end })
  }

  #elvis(e: ExpressionOf<'elvis'>, wanted: Wanted | undefined): string {
    const { left, right } = e
    if (left.kind === 'literal') {
      this.fail(`Extraneous elvis operator. LHS is ${left.value === null ? 'null' : 'a constant'}.`, e)
    }
    if (isPrimitive(this.type(left))) this.fail('Extraneous elvis operator. LHS is a primitive.', e)
    if (right.kind === 'literal' && right.value === null) this.fail('Extraneous elvis operator. RHS is null.', e)
    if (wanted !== undefined && isPrimitive(wanted.type)) {
      this.fail('Elvis operator cannot return primitives', e)
    }
    return this.#either(left, right, wanted, e)
  }

  #either(left: Expression, right: Expression, wanted: Wanted | undefined, e: Expression): string {
    if (wanted !== undefined) {
      this.given(left, wanted)
      this.given(right, wanted)
      return wanted.type
    }
    const [first, second] = [this.type(left), this.type(right)]
    const common = commonType(first, second) ?? this.#uncomparable(first, second, e)
    if (first !== second && isNumeric(common)) this.#becomes(e, common)
    return common
  }

  #assign(e: ExpressionOf<'assign'>): string {
    this.#writable(e.target)
    const type = this.type(e.target)
    if (e.op === null) {
      this.given(e.value, { type })
      return type
    }
    const value = this.type(e.value)
    const boolean = ['&', '|', '^'].includes(e.op) && type === 'boolean' && (value === 'boolean' || value === DEF)
    if (boolean) return type
    const result = arithmeticType(e.op, type, value)
    const text = result === STRING && type !== STRING && type !== DEF
    if (result === undefined || text || !castable(result, { type, explicit: true })) {
      const why =
        result === undefined ? refusal(e.op, type, value) : `Cannot cast from [${result}] to [${shown(type)}].`
      this.fail(why.replace('cannot apply the', 'invalid compound assignment: cannot apply the'), e)
    }
    return type
  }

  /** Where a value is stored: a variable, a field, a place in a list, map or array. */
  #writable(target: Expression): void {
    if (target.kind === 'class') {
      this.fail(`invalid assignment: cannot write a value to a static type [${target.name}]`, target)
    }
    if (!ASSIGNABLE.includes(target.kind)) {
      this.fail(`invalid assignment: cannot assign a value to ${describe(target)}`, target)
    }
    if (target.kind === 'local' && this.captured.has(target.variable)) {
      this.fail(`Variable [${target.variable.name}] is read-only.`, target)
    }
    if (target.kind !== 'field') return
    if (target.target.kind === 'class' && classNamed(target.target.name)?.fields.has(target.name) === true) {
      this.fail(`invalid assignment: cannot assign a value to read-only field [${target.name}]`, target)
    }
    if (target.name === 'length' && target.target.kind !== 'class' && isArray(this.type(target.target))) {
      this.fail('invalid assignment: cannot assign a value write to read-only field [length] for an array.', target)
    }
  }

  #field(e: ExpressionOf<'field'>): string {
    if (e.target.kind === 'class') {
      const value = classNamed(e.target.name)?.fields.get(e.name)
      if (value === undefined) this.fail(`field [${e.target.name}, ${e.name}] not found`, e)
      return typeof value === 'boolean' ? 'java.lang.Boolean' : typeOfConstant(value)
    }
    const type = this.type(e.target)
    if (type === DEF || MAP.test(type)) return DEF
    if (isArray(type)) return e.name === 'length' ? 'int' : this.fail(`Field [${e.name}] does not exist for type [${type}].`, e) // prettier-ignore
    const getter = this.#getter(type, e.name)
    if (getter !== undefined) return signatureType(getter.returns)
    if (!LIST.test(type)) return this.fail(`field [${shown(type)}, ${e.name}] not found`, e)
    return /^\d+$/.test(e.name) ? DEF : this.fail(`invalid list index [${e.name}]`, e)
  }

  /** `x.length` of a list is its method `getLength`. */
  #getter(type: string, name: string): Method | undefined {
    const capital = name[0]!.toUpperCase() + name.slice(1)
    const methods = [`get${capital}`, `is${capital}`].flatMap((method) => methodsOf(type, method, 'painless'))
    return methods.find((method) => method.params.length === 0)
  }

  #index(e: ExpressionOf<'index'>): string {
    const type = this.type(e.target)
    if (isArray(type)) {
      this.given(e.index, { type: 'int' })
      return type.slice(0, -2)
    }
    if (LIST.test(type)) this.given(e.index, { type: 'int' })
    else if (type === DEF || MAP.test(type)) this.given(e.index, { type: DEF })
    else this.fail(`Illegal array access on type [${shown(type)}].`, e)
    return DEF
  }
}
