import type { Program } from '../syntax/ast.ts'
import type { ParserOptions } from '../syntax/parser.ts'
import { ScriptParser } from '../syntax/statements.ts'

/** Parses Groovy 2.4 as far as scripts embedded in Elasticsearch use it. @throws by `options.fail`. */
export function parseGroovy(options: Omit<ParserOptions, 'dialect'>): Program {
  return new ScriptParser({ ...options, dialect: 'groovy' }).parseProgram()
}
