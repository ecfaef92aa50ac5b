/** What may be assigned to: variables, members, elements; assignments and steps. */
import type { Expression, ExpressionOf, TypeName } from '../syntax/ast.ts'
import { index, invoke, property, setIndex, setProperty } from './access.ts'
import { convert, primitiveOf } from './casting.ts'
import { className } from './equality.ts'
import type { ScriptValue } from './instance.ts'
import type { Machine } from './machine.ts'
import { isNumber } from './numbers.ts'
import { binary } from './operators.ts'
import { simpleName } from './registry.ts'
import { converter, store, type Compiler, type Eval, type Frame, load } from './frame.ts'

const NOTHING: readonly ScriptValue[] = []

interface Place {
  /** Evaluates what the place is in, once. */
  locate(frame: Frame): readonly ScriptValue[]
  read(frame: Frame, located: readonly ScriptValue[]): ScriptValue
  write(frame: Frame, located: readonly ScriptValue[], value: ScriptValue): ScriptValue
  readonly type: TypeName | undefined
}

/** What can stand left of `=`. */
function compilePlace(c: Compiler, target: Expression): Place {
  switch (target.kind) {
    case 'local': {
      const [read, write] = [load(target.variable), store(target.variable, false)]
      const convert = converter(target.variable.type)
      return {
        type: target.variable.type,
        locate: () => NOTHING,
        read: (frame) => read(frame),
        write: (frame, _located, value) => {
          const converted = convert === undefined ? value : convert(frame.machine, value)
          write(frame, converted)
          return converted
        },
      }
    }
    case 'global': {
      const read = c.expression(c, target)
      return {
        type: undefined,
        locate: () => NOTHING,
        read: (frame) => read(frame),
        write: (frame, _located, value) => {
          if (!frame.machine.globals.has(target.name)) frame.machine.budget.allocate(1)
          frame.machine.globals.set(target.name, value)
          return value
        },
      }
    }
    case 'field': {
      const object = c.expression(c, target.target)
      return {
        type: undefined,
        locate: (frame) => [object(frame)],
        read: (frame, [owner]) => property(frame.machine, owner!, target.name),
        write: (frame, [owner], value) => {
          if (owner === null && target.safe) return null
          setProperty(frame.machine, owner!, target.name, value)
          return value
        },
      }
    }
    default: {
      const { target: inner, index: key } = target as ExpressionOf<'index'>
      const [object, at] = [c.expression(c, inner), c.expression(c, key)]
      return {
        type: undefined,
        locate: (frame) => [object(frame), at(frame)],
        read: (frame, [owner, position]) => index(frame.machine, owner!, position!),
        write: (frame, [owner, position], value) => {
          setIndex(frame.machine, owner!, position!, value)
          return value
        },
      }
    }
  }
}

/** A compound assignment casts back to the variable's type: `int i; i += 2.5` is allowed. */
function backTo(c: Compiler, place: Place): (machine: Machine, before: ScriptValue, value: ScriptValue) => ScriptValue {
  const { type } = place
  if (type !== undefined && type.name !== 'def') return (machine, _before, value) => convert(machine, type, value, true)
  if (c.dialect === 'groovy') return (_machine, _before, value) => value
  // Painless keeps the type that a `def` had, as long as it is a number.
  return (machine, before, value) => {
    const primitive = isNumber(before) && isNumber(value) ? primitiveOf(before) : undefined
    return primitive === undefined ? value : convert(machine, { name: primitive, dims: 0 }, value, true)
  }
}

export function compileAssign(c: Compiler, e: ExpressionOf<'assign'>): Eval {
  const place = compilePlace(c, e.target)
  const value = c.expression(c, e.value)
  const { op, start, end } = e
  if (op === null) {
    return (frame) => {
      const located = place.locate(frame)
      const given = value(frame)
      frame.machine.start = start
      frame.machine.end = end
      return place.write(frame, located, given)
    }
  }
  const back = backTo(c, place)
  return (frame) => {
    const located = place.locate(frame)
    const before = place.read(frame, located)
    const given = value(frame)
    const { machine } = frame
    machine.start = start
    machine.end = end
    return place.write(frame, located, back(machine, before, binary(machine, op, before, given)))
  }
}

export function compileStep(c: Compiler, e: ExpressionOf<'step'>): Eval {
  const place = compilePlace(c, e.target)
  const back = backTo(c, place)
  const { op, prefix, start, end } = e
  return (frame) => {
    const located = place.locate(frame)
    const before = place.read(frame, located)
    const { machine } = frame
    machine.start = start
    machine.end = end
    const changed = typeof before === 'string' && machine.dialect === 'groovy' ? invoke(machine, before, 'next', []) : binary(machine, op, before, 1) // prettier-ignore
    const after = place.write(frame, located, back(machine, before, sameKind(before, changed, machine)))
    return prefix ? after : before
  }
}

/** `++` on a byte, short or char of unknown type stays what it was. */
function sameKind(before: ScriptValue, after: ScriptValue, machine: Machine): ScriptValue {
  const name = className(before)
  if (typeof before === 'number' || !['java.lang.Byte', 'java.lang.Short', 'java.lang.Character'].includes(name)) return after // prettier-ignore
  return convert(machine, { name: name === 'java.lang.Character' ? 'char' : simpleName(name).toLowerCase(), dims: 0 }, after, true) // prettier-ignore
}
