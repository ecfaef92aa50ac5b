import type { Program } from '../syntax/ast.ts'
import type { ParserOptions } from '../syntax/parser.ts'
import { ScriptParser } from '../syntax/statements.ts'
import { checkPainless, type PainlessContext } from './check.ts'

/** Parses and checks Painless. @throws by `options.fail` with the place of the first problem. */
export function parsePainless(options: Omit<ParserOptions, 'dialect'>, context: PainlessContext): Program {
  const program = new ScriptParser({ ...options, dialect: 'painless' }).parseProgram()
  return { ...program, casts: checkPainless(program, context, options.fail) }
}
