import { BOXES } from '../runtime/boxes.ts'
import type { Method } from '../runtime/classes/define.ts'
import { FUNCTIONAL_INTERFACES, type FunctionalMethod } from '../runtime/functional-interfaces.ts'
import { classNamed, methodsOf, resolveType, staticsOf } from '../runtime/registry.ts'
import type {
  Expression,
  ExpressionOf,
  FunctionBody,
  FunctionDeclaration,
  Place,
  TypeName,
  Variable,
} from '../syntax/ast.ts'
import { castable, DEF, isArray, isPrimitive, NULL, typeName, UNKNOWN, type Wanted } from './types.ts'

export type Refuse = (message: string, start: number, end: number) => never

/** Calls: of methods, constructors and a script's own functions, and the lambdas and references given to them. */
export abstract class CallChecker {
  readonly #functions: ReadonlyMap<string, FunctionDeclaration>
  /** Of the context, as `name/arguments`. */
  readonly #provided: ReadonlySet<string>
  readonly #refuse: Refuse
  /** What a lambda sees of variables around it, which it cannot change. */
  protected readonly captured = new Set<Variable>()
  /** Parameters of lambdas whose types come from the interface. */
  protected readonly inferred = new Map<Variable, string>()

  /** What values become on their way; see {@link Program}. */
  readonly casts = new Map<Expression, TypeName>()

  constructor(functions: readonly FunctionDeclaration[], provided: ReadonlySet<string>, refuse: Refuse) {
    this.#provided = provided
    this.#functions = new Map(
      functions.map((declaration) => [`${declaration.name}/${declaration.fn.parameters.length}`, declaration]),
    )
    this.#refuse = refuse
  }

  /** The body of a lambda; what its statements return goes to the interface's method. */
  protected abstract body(fn: FunctionBody, returns: string, missing: string): void

  protected fail(message: string, place: Place): never {
    return this.#refuse(message, place.start, Math.max(place.end, place.start + 1))
  }

  protected abstract type(e: Expression, wanted?: Wanted): string

  protected abstract given(value: Expression, wanted: Wanted): void

  protected construction(e: ExpressionOf<'new'>): string {
    const type = e.type.name
    const candidates = classNamed(type)?.constructors ?? []
    this.#choose(candidates, e.args, `constructor [${type}, <init>/${e.args.length}] not found`, e)
    return type
  }

  protected call(e: ExpressionOf<'call'>): string {
    const count = e.args.length
    if (e.target.kind === 'class') {
      const { name } = e.target
      const missing = `static method [${name}, ${e.name}/${count}] not found`
      return this.#choose(staticsOf(name, e.name, 'painless'), e.args, missing, e)
    }
    const type = this.type(e.target)
    if (type === 'void') return this.fail(`member method [void, ${e.name}/${count}] not found`, e)
    if (type === DEF) return this.#anyArguments(e.args)
    if (type === NULL) return this.fail('Illegal method call on null.', e)
    const receiver = BOXES[type] ?? type
    const missing = `member method [${receiver}, ${e.name}/${count}] not found`
    if (isArray(type)) return this.fail(missing, e)
    const single = FUNCTIONAL_INTERFACES.get(receiver)
    if (single !== undefined) return this.#interfaceCall(e, single, missing)
    if (resolveType(receiver) === undefined) return this.#anyArguments(e.args)
    return this.#choose(methodsOf(receiver, e.name, 'painless'), e.args, missing, e)
  }

  /** A call of an interface's own method, or of those that every function has: `andThen`, `reversed`. */
  #interfaceCall(e: ExpressionOf<'call'>, single: FunctionalMethod, missing: string): string {
    if (single.name !== e.name) {
      const own = SINGLE_METHODS.has(e.name) ? [] : methodsOf('groovy.lang.Closure', e.name, 'painless')
      return this.#choose(own, e.args, missing, e)
    }
    if (single.params.length !== e.args.length) return this.fail(missing, e)
    for (const [index, arg] of e.args.entries()) this.given(arg, { type: single.params[index]!, internal: true })
    return single.returns
  }

  #anyArguments(args: readonly Expression[]): string {
    for (const arg of args) {
      if (arg.kind === 'lambda') this.#lambda(arg.fn, DEF, undefined, arg)
      else this.given(arg, { type: arg.kind === 'reference' ? UNKNOWN : DEF })
    }
    return DEF
  }

  /** The type of the method that is meant; arguments are compared where there is but one. */
  #choose(methods: readonly Method[], args: readonly Expression[], missing: string, e: Expression): string {
    const fitting = methods.filter(({ params, varargs }) =>
      varargs ? args.length >= params.length - 1 : params.length === args.length,
    )
    const [only, other] = fitting
    if (only === undefined) return this.fail(missing, e)
    const open = other !== undefined || only.varargs
    for (const [index, arg] of args.entries()) {
      this.given(arg, { type: open ? UNKNOWN : signatureType(only.params[index]!), internal: true })
    }
    return fitting.every((method) => method.returns === only.returns) ? signatureType(only.returns) : DEF
  }

  protected userFunction(e: ExpressionOf<'function'>): string {
    const declared = this.#functions.get(`${e.name}/${e.args.length}`)
    if (declared === undefined) {
      if (!this.#provided.has(`${e.name}/${e.args.length}`)) {
        return this.fail(`Unknown call [${e.name}] with [${e.args.length}] arguments.`, e)
      }
      this.#anyArguments(e.args)
      return 'void'
    }
    for (const [index, arg] of e.args.entries()) {
      this.given(arg, { type: typeName(declared.fn.parameters[index]!.type), internal: true })
    }
    return typeName(declared.returns)
  }

  /** A lambda or reference where an interface is wanted. */
  protected functionGiven(e: ExpressionOf<'lambda'> | ExpressionOf<'reference'>, wanted: string): void {
    const method = FUNCTIONAL_INTERFACES.get(wanted)
    if (e.kind === 'lambda') {
      if (method === undefined && wanted !== UNKNOWN) {
        this.fail(`Cannot pass lambda to [${wanted}], not a functional interface`, e)
      }
      return this.#lambda(e.fn, wanted, method, e)
    }
    if (method !== undefined) return this.#reference(e, wanted, method)
    if (wanted !== UNKNOWN) {
      const shownName = `${this.#owner(e)}::${e.name}`
      this.fail(`cannot convert function reference [${shownName}] to a non-functional interface [${wanted}]`, e)
    }
  }

  #lambda(fn: FunctionBody, wanted: string, method: FunctionalMethod | undefined, e: Expression): void {
    if (method !== undefined && method.params.length !== fn.parameters.length) {
      this.fail(`Incorrect number of parameters for [${method.name}] in [${wanted}]`, e)
    }
    for (const { to } of fn.captures) this.captured.add(to)
    for (const [index, parameter] of fn.parameters.entries()) {
      if (method !== undefined && parameter.type.name === DEF) this.inferred.set(parameter, method.params[index]!)
    }
    const returns = method?.returns ?? (wanted === UNKNOWN ? UNKNOWN : DEF)
    // Where nothing is wanted back, anything is; but something has to be there.
    this.body(fn, returns === 'void' ? DEF : returns, 'not all paths return a value for lambda')
  }

  /** What stands before `::` of a reference. */
  #owner({ target }: ExpressionOf<'reference'>): string {
    if (!('kind' in target)) return target.dims > 0 ? typeName(target) : 'this'
    if (target.kind === 'class') return target.name.replace(/^(?:[a-z]\w*\.)+/, '')
    return target.kind === 'local' ? target.variable.name : DEF
  }

  /** A method that takes what the interface's takes, or all but the first as that one's own; what it gives must fit. */
  #reference(e: ExpressionOf<'reference'>, wanted: string, { name: method, params, returns }: FunctionalMethod): void {
    const { name, target } = e
    const count = params.length
    const candidates = this.#candidates(e, count)
    if (candidates === undefined) return
    if (candidates.length === 0) {
      const matching = `[${wanted}, ${method}/${count}]`
      this.fail(`function reference [${this.#owner(e)}::${name}/${count}] matching ${matching} not found`, e)
    }
    const given = new Set(candidates)
    const [type] = given
    if (given.size > 1 || returns === 'void' || ('kind' in target && target.kind !== 'class' && type !== 'void')) return
    if (!castable(type!, { type: returns, internal: true })) {
      this.fail(`Cannot cast from [${type}] to [${returns}].`, e)
    }
  }

  /** What each method that a reference could mean gives; undefined where only the run knows. */
  #candidates({ target, name }: ExpressionOf<'reference'>, count: number): string[] | undefined {
    const given = (methods: readonly Method[], args: number): string[] =>
      methods.filter((candidate) => takes(candidate, args)).map((candidate) => signatureType(candidate.returns))
    if (!('kind' in target)) {
      if (target.dims > 0) return undefined
      const declared = this.#functions.get(`${name}/${count}`)
      return declared === undefined ? [] : [typeName(declared.returns)]
    }
    if (target.kind === 'class') {
      if (name === 'new') return undefined
      const statics = given(staticsOf(target.name, name, 'painless'), count)
      return [...statics, ...given(methodsOf(target.name, name, 'painless'), count - 1)]
    }
    const type = this.type(target)
    const receiver = BOXES[type] ?? type
    if (classNamed(receiver) === undefined) return undefined
    return given(methodsOf(receiver, name, 'painless'), count)
  }
}

/** Names that belong to one interface each. */
const SINGLE_METHODS = new Set([...FUNCTIONAL_INTERFACES.values()].map((method) => method.name))

function takes({ params, varargs }: Method, count: number): boolean {
  return varargs ? count >= params.length - 1 : params.length === count
}

/** A type of our signatures. */
export function signatureType(name: string): string {
  if (name === 'void' || isPrimitive(name)) return name
  if (name === 'Closure') return UNKNOWN
  if (name === DEF || name === 'array') return DEF
  if (name === 'Iterable' || name === 'Temporal' || name === 'Object') return DEF
  return resolveType(name) ?? DEF
}
