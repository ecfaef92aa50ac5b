import { DiagnosticError, formatDiagnostic } from '../diagnostic/index.ts'
import { toValue, type Value, type ValueObject } from '../event/index.ts'
import { scriptFailure } from '../script/index.ts'
import { object } from './status.ts'

/** Why something failed, in one line. */
export function reasonOf(error: unknown): string {
  if (error instanceof DiagnosticError) return error.diagnostics.map((problem) => formatDiagnostic(problem)).join('; ')
  return error instanceof Error ? error.message : String(error)
}

/** A failure as Elasticsearch writes it into a record. */
export function errorValue(error: unknown): ValueObject {
  const failure = scriptFailure(error)
  if (failure !== undefined) return toValue({ root_cause: [failure], ...failure }) as ValueObject
  const cause: Value = error instanceof DiagnosticError ? error.http.type : 'exception'
  const reason = reasonOf(error)
  return object({ root_cause: [object({ type: cause, reason })], type: cause, reason })
}
