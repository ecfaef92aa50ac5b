import type { Program } from '../syntax/ast.ts'
import type { ParserOptions } from '../syntax/parser.ts'
import { ScriptParser } from '../syntax/statements.ts'

/** Parses Painless. @throws by `options.fail` with the place of the first problem. */
export function parsePainless(options: Omit<ParserOptions, 'dialect'>): Program {
  return new ScriptParser({ ...options, dialect: 'painless' }).parseProgram()
}
