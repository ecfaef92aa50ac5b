import type { Program } from '../syntax/ast.ts'
import { makeFunction } from './compiler.ts'
import type { Compiler, Frame } from './frame.ts'
import type { FunctionValue, ScriptValue } from './instance.ts'
import type { Dialect, Machine } from './machine.ts'
import { compileStatement } from './statements.ts'

export type MutableMachine = Machine & { readonly functions: Map<string, FunctionValue> }

/** Runs a whole script: its functions are made first, then its statements run. */
export function compileProgram(program: Program, dialect: Dialect): (machine: MutableMachine) => ScriptValue {
  const functions = new Map(program.functions.map((declaration) => [declaration.name, declaration]))
  const compiler: Compiler = { dialect, functions, statement: compileStatement }
  const makers = program.functions.map(
    (declaration) => [declaration.name, makeFunction(compiler, declaration.fn, declaration.returns)] as const,
  )
  const body = compileStatement(compiler, program.main.body, true)
  const { count } = program.main.slots
  return (machine) => {
    for (const [name, make] of makers) machine.functions.set(name, make(machine, undefined))
    const frame: Frame = { machine, slots: Array.from({ length: count }, () => null), result: null } // prettier-ignore
    body(frame)
    return frame.result
  }
}
