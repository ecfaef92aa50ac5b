/** Calls, and references to methods. */
import type { Expression, ExpressionOf } from '../syntax/ast.ts'
import { construct, invoke, invokeStatic } from './access.ts'
import { ArrayValue, ListValue } from './containers.ts'
import { FunctionValue, raise, type ScriptValue } from './instance.ts'
import { itemsOf } from './classes/iteration.ts'
import type { Machine } from './machine.ts'
import { asInt } from './numbers.ts'
import { simpleName, staticsOf } from './registry.ts'
import { type Compiler, type Eval, type Frame, at } from './frame.ts'

/** Arguments; Groovy's `*list` is spread out. */
export function compileArguments(compiler: Compiler, args: readonly Expression[]): (frame: Frame) => ScriptValue[] {
  const evals = args.map((arg) => compiler.expression(compiler, arg.kind === 'spread' ? arg.operand : arg))
  if (args.some((arg) => arg.kind === 'spread')) {
    return (frame) =>
      evals.flatMap((arg, index) => {
        const value = arg(frame)
        return args[index]!.kind === 'spread' && value !== null ? [...itemsOf(frame.machine, value)] : [value]
      })
  }
  const [first, second] = evals
  if (first === undefined) return () => []
  if (second === undefined) return (frame) => [first(frame)]
  if (evals.length === 2) return (frame) => [first(frame), second(frame)]
  return (frame) => evals.map((arg) => arg(frame))
}

export function compileCall(c: Compiler, e: ExpressionOf<'call'>): Eval {
  const args = compileArguments(c, e.args)
  const { name, safe, spread } = e
  const [start, end] = [e.target.end, e.end]
  if (e.target.kind === 'class') {
    const type = e.target.name
    return (frame) => {
      const given = args(frame)
      frame.machine.start = start
      frame.machine.end = end
      return invokeStatic(frame.machine, type, name, given)
    }
  }
  const target = c.expression(c, e.target)
  return (frame) => {
    const object = target(frame)
    if (object === null && (safe || spread)) return null
    const { machine } = frame
    if (!spread) {
      const given = args(frame)
      machine.start = start
      machine.end = end
      return invoke(machine, object, name, given)
    }
    machine.start = start
    machine.end = end
    const items = itemsOf(machine, object)
    machine.budget.allocate(items.length)
    return new ListValue(items.map((item) => (item === null ? null : invoke(machine, item, name, args(frame))))) // prettier-ignore
  }
}

/** `Type::method`, `value::method`, `Type::new`, `this::function`. */
export function compileReference(c: Compiler, e: ExpressionOf<'reference'>): Eval {
  const { name, target } = e
  if (!('kind' in target)) {
    if (target.dims > 0) {
      const component = simpleName(target.name)
      return () =>
        new FunctionValue(1, ([length]) => new ArrayValue(component, Array.from({ length: Math.min(asInt(length!), 1000) }, () => null))) // prettier-ignore
    }
    return at(e, (frame) => {
      const fn = frame.machine.functions.get(name)
      if (fn !== undefined) return fn
      if (c.dialect === 'groovy')
        throw raise('groovy.lang.MissingMethodException', `No signature of method: Script1.${name}()`)
      throw raise('IllegalArgumentException', `function reference [this::${name}] matching [${name}] not found`)
    })
  }
  if (target.kind === 'class') {
    const type = target.name
    if (name === 'new') return (frame) => new FunctionValue(0, (args) => construct(frame.machine, type, args))
    return (frame) => {
      const { machine } = frame
      return new FunctionValue(
        COMPARING.has(name) ? 2 : 1,
        (args) => callReference(machine, type, name, args), // prettier-ignore
      )
    }
  }
  const object = c.expression(c, target)
  return (frame) => {
    const value = object(frame)
    return new FunctionValue(1, (args) => invoke(frame.machine, value, name, args))
  }
}

/** Methods of two arguments that are used as comparators or reducers. */
const COMPARING = new Set(['compare', 'compareTo', 'compareToIgnoreCase', 'max', 'min', 'sum', 'concat'])

function callReference(machine: Machine, type: string, name: string, args: ScriptValue[]): ScriptValue {
  if (hasStatic(machine, type, name, args.length)) return invokeStatic(machine, type, name, args)
  return invoke(machine, args[0] ?? null, name, args.slice(1))
}

function hasStatic(machine: Machine, type: string, name: string, count: number): boolean {
  return staticsOf(type, name, machine.dialect).some((method) => method.params.length === count || method.varargs)
}
