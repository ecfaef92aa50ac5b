export { parseConfiguration, type ParseOptions } from './parser.ts'
export { printConfiguration } from './print.ts'
export {
  resolveConfiguration,
  type ResolvedConfiguration,
  type ResolvedPlugin,
  type ResolvedStatement,
} from './resolve.ts'
export type { Condition, Configuration, Operand } from './ast.ts'
export { fillVariables, type VariableLookup } from './raw-values.ts'
export { checkOptions, type GivenOption } from './check-options.ts'
