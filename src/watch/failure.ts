import { DiagnosticError, formatDiagnostic } from '../diagnostic/index.ts'
import { toValue, type Value, type ValueObject } from '../event/index.ts'
import { scriptFailure } from '../script/index.ts'
import { object } from './status.ts'

const SELF_REFERENCE = 'Iterable object is self-referencing itself'

/** Why something failed, in one line. */
export function reasonOf(error: unknown): string {
  if (error instanceof DiagnosticError) return error.diagnostics.map((problem) => formatDiagnostic(problem)).join('; ')
  return error instanceof Error ? error.message : String(error)
}

/** A failure as Elasticsearch writes it into a record. */
export function errorValue(error: unknown): ValueObject {
  const failure = scriptFailure(error)
  // A payload that holds itself is no failure of the script, which has ended by then.
  if (failure?.caused_by.reason?.startsWith(SELF_REFERENCE) === true) {
    const { type } = failure.caused_by
    const reason = `${SELF_REFERENCE} (watcher action payload)`
    return object({ root_cause: [object({ type, reason })], type, reason })
  }
  if (failure !== undefined) return toValue({ root_cause: [failure], ...failure }) as ValueObject
  const cause: Value = error instanceof DiagnosticError ? error.http.type : 'exception'
  const reason = reasonOf(error)
  return object({ root_cause: [object({ type: cause, reason })], type: cause, reason })
}
