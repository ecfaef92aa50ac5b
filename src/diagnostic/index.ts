export { wireCause } from './wire-cause.ts'
export { CATALOG, type ErrorCode } from './catalog/index.ts'
export type { ErrorEntry } from './catalog/entry.ts'
export {
  diagnose,
  didYouMean,
  DiagnosticError,
  fail,
  formatDiagnostic,
  position,
  type Diagnostic,
  type Params,
  type Severity,
  type Source,
  type Span,
} from './diagnostic.ts'
export { refusalOf } from './refusal.ts'
export { nullLogger, type Logger } from './logger.ts'
