import type { Program } from '../syntax/ast.ts'
import type { ParserOptions } from '../syntax/parser.ts'
import { ScriptParser } from '../syntax/statements.ts'
import { checkPainless } from './check.ts'

/**
 * Parses and checks Painless. @throws by `options.fail` with the place of the first problem.
 * @param provided are the functions that the context gives, as `name/arguments`.
 */
export function parsePainless(options: Omit<ParserOptions, 'dialect'>, provided: ReadonlySet<string>): Program {
  const program = new ScriptParser({ ...options, dialect: 'painless' }).parseProgram()
  return { ...program, casts: checkPainless(program, provided, options.fail) }
}
