import { BOXES } from './boxes.ts'
import type { Expression, ExpressionOf, FunctionBody, TypeName } from '../syntax/ast.ts'
import { construct, index, invoke, property } from './access.ts'
import { convert, defaultValue } from './casting.ts'
import { ArrayValue, ListValue, RangeValue } from './containers.ts'
import { className, elements, newMap } from './equality.ts'
import { ClassValue, FunctionValue, raise, type ScriptValue } from './instance.ts'
import { itemsOf } from './classes/iteration.ts'
import type { Machine } from './machine.ts'
import { asInt, numberKind } from './numbers.ts'
import { binary, concat, contains, truth, unary } from './operators.ts'
import { compilePattern, PatternValue } from './regex.ts'
import { isInstance, simpleName } from './registry.ts'
import { at, converter, load, store, type Compiler, type Eval, type Exec, type Frame } from './frame.ts'
import { compileAssign, compileStep } from './places.ts'
import { compileArguments, compileCall, compileReference } from './calls.ts'

/** A function value over a body, with the frame it was made in. */
export function makeFunction(
  compiler: Compiler,
  fn: FunctionBody,
  returns?: TypeName,
): (machine: Machine, outer: Frame | undefined) => FunctionValue {
  const stores = fn.parameters.map((parameter) => ({
    write: store(parameter, true),
    convert: converter(parameter.type),
    name: parameter.name,
  }))
  const defaults = fn.defaults.map((value) => (value === undefined ? undefined : compileExpression(compiler, value)))
  const required = fn.parameters.length - defaults.filter((value) => value !== undefined).length
  // The body is compiled when it is first called: functions may call each other.
  let body: Exec | undefined
  const result = returns === undefined ? undefined : converter(returns)
  const groovy = compiler.dialect === 'groovy'
  const count = fn.parameters.length
  return (machine, outer) => {
    const cells = fn.captures.map(({ from, to }) => [to.slot, outer!.slots[from.slot]!] as const)
    const call = (args: ScriptValue[]): ScriptValue => {
      body ??= compiler.statement(compiler, fn.body, returns?.name !== 'void')
      let given = args
      if (args.length !== count) given = fit(args)
      const { budget } = machine
      budget.enter()
      const frame: Frame = { machine, slots: Array.from({ length: fn.slots.count }, () => null), result: null } // prettier-ignore
      for (const [slot, cell] of cells) frame.slots[slot] = cell
      for (let index = 0; index < count; index++) {
        const parameter = stores[index]!
        const value = index < given.length ? given[index]! : (defaults[index]?.(frame) ?? null)
        parameter.write(frame, parameter.convert === undefined ? value : parameter.convert(machine, value))
      }
      body(frame)
      budget.leave()
      return result === undefined ? frame.result : result(machine, frame.result)
    }
    const fit = (args: ScriptValue[]): ScriptValue[] => {
      if (fn.implicitIt) return args.slice(0, 1)
      if (groovy && args.length === 1 && count > 1 && elements(args[0]!) !== undefined) return [...elements(args[0]!)!]
      if (groovy && args.length < count && args.length >= required) return args
      throw groovy
        ? raise('groovy.lang.MissingMethodException', `No signature of method: it takes ${count} arguments, got ${args.length}`)
        : raise('IllegalArgumentException', `Incorrect number of arguments: expected [${count}], got [${args.length}].`)
    } // prettier-ignore
    return new FunctionValue(fn.implicitIt ? 1 : count, call, fn.implicitIt)
  }
}

type Kinds = { [K in Expression['kind']]: (compiler: Compiler, e: ExpressionOf<K>) => Eval }

/** Makes a function of an expression; everything that can be decided once is decided here. */
export function compileExpression(compiler: Compiler, expression: Expression): Eval {
  const compile = KINDS[expression.kind] as (compiler: Compiler, e: Expression) => Eval
  const run = compile(compiler, expression)
  const cast = compiler.casts.get(expression)
  return cast === undefined ? run : (frame) => convert(frame.machine, cast, run(frame), true)
}

/** A condition: Painless takes booleans only, Groovy anything. */
export function compileCondition(compiler: Compiler, expression: Expression): (frame: Frame) => boolean {
  const value = compileExpression(compiler, expression)
  return (frame) => {
    const result = value(frame)
    if (result === true) return true
    if (result === false) return false
    return truth(frame.machine, result)
  }
}

const KINDS: Kinds = {
  literal:
    (_c, { value }) =>
    () =>
      value,
  template: (c, e) => {
    const parts = e.parts.map((part) => (typeof part === 'string' ? part : compileExpression(c, part)))
    return (frame) => {
      let text = ''
      for (const part of parts) text += typeof part === 'string' ? part : frame.machine.print(part(frame))
      frame.machine.budget.allocate(text.length)
      return text
    }
  },
  pattern: (_c, e) => {
    const source = (e.source as ExpressionOf<'literal'>).value as string
    let pattern: PatternValue | undefined
    return at(e, () => (pattern ??= compilePattern(source, e.flags)))
  },
  local: (_c, e) => load(e.variable),
  global: (_c, e) =>
    at(e, (frame) => {
      const value = frame.machine.globals.get(e.name)
      if (value !== undefined) return value
      throw raise('groovy.lang.MissingPropertyException', `No such property: ${e.name} for class: Script1`)
    }),
  class: (_c, e) => {
    const value = new ClassValue(e.name)
    return () => value
  },
  unary: (c, e) => {
    if (e.op === '!') {
      const test = compileCondition(c, e.operand)
      return at(e, (frame) => !test(frame))
    }
    const operand = compileExpression(c, e.operand)
    const { op } = e
    return (frame) => {
      const value = operand(frame)
      frame.machine.start = e.start
      frame.machine.end = e.end
      return unary(frame.machine, op, value)
    }
  },
  step: (c, e) => compileStep(c, e),
  binary: (c, e) => compileBinary(c, e),
  logical: (c, e) => {
    const [left, right] = [compileCondition(c, e.left), compileCondition(c, e.right)]
    return e.op === '&&' ? (frame) => left(frame) && right(frame) : (frame) => left(frame) || right(frame)
  },
  conditional: (c, e) => {
    const test = compileCondition(c, e.test)
    const [yes, no] = [compileExpression(c, e.yes), compileExpression(c, e.no)]
    return (frame) => (test(frame) ? yes(frame) : no(frame))
  },
  elvis: (c, e) => {
    const [left, right] = [compileExpression(c, e.left), compileExpression(c, e.right)]
    if (c.dialect === 'painless') return (frame) => left(frame) ?? right(frame)
    return (frame) => {
      const value = left(frame)
      return truth(frame.machine, value) ? value : right(frame)
    }
  },
  assign: (c, e) => compileAssign(c, e),
  cast: (c, e) => {
    const operand = compileExpression(c, e.operand)
    return (frame) => {
      const value = operand(frame)
      frame.machine.start = e.start
      frame.machine.end = e.end
      return convert(frame.machine, e.type, value, true)
    }
  },
  instanceof: (c, e) => {
    const operand = compileExpression(c, e.operand)
    const { name, dims } = e.type
    const box = BOXES[name] ?? name
    return (frame) => {
      const value = operand(frame)
      const holds = dims > 0 ? value instanceof ArrayValue && value.component === simpleName(name) : isInstance(value, box) // prettier-ignore
      return holds !== e.negated
    }
  },
  in: (c, e) => {
    const [left, right] = [compileExpression(c, e.left), compileExpression(c, e.right)]
    return (frame) => {
      const [item, container] = [left(frame), right(frame)]
      frame.machine.start = e.start
      frame.machine.end = e.end
      const holds = container instanceof ClassValue ? isInstance(item, container.name) : contains(frame.machine, container, item) // prettier-ignore
      return holds !== e.negated
    }
  },
  range: (c, e) => {
    const [from, to] = [compileExpression(c, e.from), compileExpression(c, e.to)]
    return (frame) => {
      const [a, b] = [from(frame), to(frame)]
      frame.machine.start = e.start
      frame.machine.end = e.end
      return makeRange(frame.machine, a, b, e.exclusive)
    }
  },
  list: (c, e) => {
    const items = compileArguments(c, e.items)
    return (frame) => {
      const list = items(frame)
      frame.machine.budget.allocate(list.length + 1)
      return new ListValue(list)
    }
  },
  map: (c, e) => {
    const entries = e.entries.map(([key, value]) => [compileExpression(c, key), compileExpression(c, value)] as const)
    const order = c.dialect === 'painless' ? 'hash' : 'linked'
    return (frame) => {
      const map = newMap(order)
      frame.machine.budget.allocate(entries.length + 1)
      for (const [key, value] of entries) map.set(key(frame), value(frame))
      return map
    }
  },
  spread: (c, e) => compileExpression(c, e.operand),
  new: (c, e) => {
    const args = compileArguments(c, e.args)
    return (frame) => {
      const given = args(frame)
      frame.machine.start = e.start
      frame.machine.end = e.end
      return construct(frame.machine, e.type.name, given)
    }
  },
  array: (c, e) => compileArray(c, e),
  field: (c, e) => {
    if (e.target.kind === 'class') {
      const type = new ClassValue(e.target.name)
      return at(e, (frame) => property(frame.machine, type, e.name))
    }
    const target = compileExpression(c, e.target)
    const { name, safe, spread } = e
    const [start, end] = [e.target.end, e.end]
    return (frame) => {
      const value = target(frame)
      if (value === null && (safe || spread)) return null
      const { machine } = frame
      machine.start = start
      machine.end = end
      return spread ? eachProperty(machine, value, name) : property(machine, value, name)
    }
  },
  index: (c, e) => {
    const [target, key] = [compileExpression(c, e.target), compileExpression(c, e.index)]
    const [start, end] = [e.target.end, e.end]
    return (frame) => {
      const value = target(frame)
      const at = key(frame)
      frame.machine.start = start
      frame.machine.end = end
      return index(frame.machine, value, at)
    }
  },
  call: (c, e) => compileCall(c, e),
  invoke: (c, e) => {
    const [callee, args] = [compileExpression(c, e.callee), compileArguments(c, e.args)]
    return (frame) => {
      const fn = callee(frame)
      const given = args(frame)
      frame.machine.start = e.start
      frame.machine.end = e.end
      return fn instanceof FunctionValue ? fn.call(given) : invoke(frame.machine, fn, 'call', given)
    }
  },
  function: (c, e) => {
    const args = compileArguments(c, e.args)
    return (frame) => {
      const given = args(frame)
      const { machine } = frame
      machine.start = e.start
      machine.end = e.end
      const fn =
        machine.functions.get(`${e.name}/${given.length}`) ??
        machine.functions.get(e.name) ??
        machine.globals.get(e.name)
      if (fn instanceof FunctionValue) return fn.call(given)
      throw raise('groovy.lang.MissingMethodException', `No signature of method: Script1.${e.name}() is applicable for argument types: (${given.map(className).join(', ')})`) // prettier-ignore
    }
  },
  lambda: (c, e) => {
    const make = makeFunction(c, e.fn)
    return (frame) => make(frame.machine, frame)
  },
  reference: (c, e) => compileReference(c, e),
}

function compileBinary(c: Compiler, e: ExpressionOf<'binary'>): Eval {
  const [left, right] = [compileExpression(c, e.left), compileExpression(c, e.right)]
  const { op, start, end } = e
  if (op === '+') {
    return (frame) => {
      const [a, b] = [left(frame), right(frame)]
      if (typeof a === 'number' && typeof b === 'number') return (a + b) | 0
      const { machine } = frame
      machine.start = start
      machine.end = end
      if (typeof a === 'string') return concat(machine, a, b)
      return binary(machine, '+', a, b)
    }
  }
  return (frame) => {
    const [a, b] = [left(frame), right(frame)]
    const { machine } = frame
    machine.start = start
    machine.end = end
    return binary(machine, op, a, b)
  }
}

/** `list*.name`: null stays null. */
function eachProperty(machine: Machine, value: ScriptValue, name: string): ListValue {
  const items = itemsOf(machine, value)
  machine.budget.allocate(items.length)
  return new ListValue(items.map((item) => (item === null ? null : property(machine, item, name)))) // prettier-ignore
}

function makeRange(machine: Machine, a: ScriptValue, b: ScriptValue, exclusive: boolean): ScriptValue {
  if (typeof a === 'string' && typeof b === 'string' && a.length === 1 && b.length === 1) {
    const [from, to] = [a.charCodeAt(0), b.charCodeAt(0)]
    machine.budget.allocate(Math.abs(to - from) + 1)
    const chars = elements(new RangeValue(from, to))!.map((code) => String.fromCharCode(code as number))
    return new ListValue(exclusive ? chars.slice(0, -1) : chars, 'java.util.ArrayList', true)
  }
  if (numberKind(a) === undefined || numberKind(b) === undefined) {
    throw raise('IllegalArgumentException', `Incompatible arguments to range: ${className(a)} and ${className(b)}`)
  }
  const [from, to] = [asInt(a), asInt(b)]
  if (!exclusive) return new RangeValue(from, to)
  if (from === to) return new ListValue([], 'java.util.ArrayList', true)
  return new RangeValue(from, to > from ? to - 1 : to + 1, `${from}..<${to}`)
}

function compileArray(c: Compiler, e: ExpressionOf<'array'>): Eval {
  const component = simpleName(e.type.name) + '[]'.repeat(e.type.dims)
  if (e.items !== undefined) {
    const items = e.items.map((item) => c.expression(c, item))
    return at(e, (frame) => {
      frame.machine.budget.allocate(items.length)
      return new ArrayValue(component, items.map((item) => convert(frame.machine, e.type, item(frame), false))) // prettier-ignore
    })
  }
  const sizes = e.sizes.map((size) => c.expression(c, size))
  const inner = { name: e.type.name, dims: 0 }
  const build = (machine: Machine, lengths: readonly number[], depth: number): ScriptValue => {
    const length = lengths[depth]
    if (length === undefined) return e.sizes.length > e.type.dims ? defaultValue(inner) : null
    if (length < 0) throw raise('NegativeArraySizeException', String(length))
    machine.budget.allocate(length)
    return new ArrayValue(simpleName(e.type.name) + '[]'.repeat(e.type.dims - depth), Array.from({ length }, () => build(machine, lengths, depth + 1))) // prettier-ignore
  }
  return at(e, (frame) => build(frame.machine, sizes.map((size) => asInt(size(frame))), 0)) // prettier-ignore
}
