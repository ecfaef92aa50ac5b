import type { Program } from '../syntax/ast.ts'
import { compileExpression, makeFunction } from './expressions.ts'
import type { Compiler, Frame } from './frame.ts'
import type { FunctionValue, ScriptValue } from './instance.ts'
import type { Dialect, Machine } from './machine.ts'
import { compileStatement } from './statements.ts'

export type MutableMachine = Machine & { readonly functions: Map<string, FunctionValue> }

export interface CompiledProgram {
  readonly run: (machine: MutableMachine) => ScriptValue
  /** Where its statements begin, in no order; bodies of functions appear when they are first called. */
  readonly starts: readonly number[]
}

/** Makes a function of a whole script: its functions are made first, then its statements run. */
export function compileProgram(program: Program, dialect: Dialect): CompiledProgram {
  const functions = new Map(program.functions.map((declaration) => [declaration.name, declaration]))
  const starts: number[] = []
  const { casts } = program
  const compiler: Compiler = { dialect, functions, casts, starts, statement: compileStatement, expression: compileExpression } // prettier-ignore
  const makers = program.functions.flatMap((declaration) => {
    const make = makeFunction(compiler, declaration.fn, declaration.returns)
    // Functions of one name differ by how many parameters they have.
    return [declaration.name, `${declaration.name}/${declaration.fn.parameters.length}`].map(
      (name) => [name, make] as const,
    )
  })
  const body = compileStatement(compiler, program.main.body, true)
  const { count } = program.main.slots
  const run = (machine: MutableMachine): ScriptValue => {
    for (const [name, make] of makers) machine.functions.set(name, make(machine, undefined))
    const frame: Frame = { machine, slots: Array.from({ length: count }, () => null), result: null } // prettier-ignore
    body(frame)
    return frame.result
  }
  return { run, starts }
}
