import type { Expression, Statement, TypeName, Variable, FunctionDeclaration } from '../syntax/ast.ts'
import { convert } from './casting.ts'
import type { ScriptValue } from './instance.ts'
import type { Dialect, Machine } from './machine.ts'

/** A variable that a closure shares with the function it was made in. */
export interface Cell {
  value: ScriptValue
}

/** The variables of one call. */
export interface Frame {
  readonly machine: Machine
  readonly slots: (ScriptValue | Cell)[]
  /** What `return` gave. */
  result: ScriptValue
}

export type Eval = (frame: Frame) => ScriptValue

/** How a statement ended. */
export const NORMAL = 0
export const BREAK = 1
export const CONTINUE = 2
export const RETURN = 3

export type Signal = typeof NORMAL | typeof BREAK | typeof CONTINUE | typeof RETURN

export type Exec = (frame: Frame) => Signal

export interface Compiler {
  readonly dialect: Dialect
  readonly functions: ReadonlyMap<string, FunctionDeclaration>
  readonly casts: ReadonlyMap<Expression, TypeName>
  /** Where statements begin; an error shows the one it is in. */
  readonly starts: number[]
  /** Makes a function of a statement; expressions need it for the bodies of closures. */
  readonly statement: (compiler: Compiler, statement: Statement, last?: boolean) => Exec
  readonly expression: (compiler: Compiler, expression: Expression) => Eval
}

/** A variable's value is written: at its declaration into a new cell, so that each turn of a loop has its own. */
export function store(variable: Variable, declaring: boolean): (frame: Frame, value: ScriptValue) => void {
  const { slot } = variable
  if (!variable.captured) {
    return (frame, value) => {
      frame.slots[slot] = value
    }
  }
  if (declaring) {
    return (frame, value) => {
      frame.slots[slot] = { value }
    }
  }
  return (frame, value) => {
    ;(frame.slots[slot] as Cell).value = value
  }
}

/** Converts to a declared type, `explicit` as a cast does; nothing to do for `def`. */
export function converter(
  type: TypeName,
  explicit = false,
): ((machine: Machine, value: ScriptValue) => ScriptValue) | undefined {
  if (type.dims === 0 && (type.name === 'def' || type.name === 'java.lang.Object')) return undefined
  return (machine, value) => convert(machine, type, value, explicit)
}

export function load(variable: Variable): Eval {
  const { slot } = variable
  if (variable.captured) return (frame) => (frame.slots[slot] as Cell).value
  return (frame) => frame.slots[slot] as ScriptValue
}

/** Marks where the script is, for messages. */
export function at(expression: Expression, run: Eval): Eval {
  const { start, end } = expression
  return (frame) => {
    frame.machine.start = start
    frame.machine.end = end
    return run(frame)
  }
}
