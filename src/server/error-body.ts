import { DiagnosticError, refusalOf, wireCause } from '../diagnostic/index.ts'
import { newObject, toValue, type ValueObject } from '../event/index.ts'
import { scriptFailure } from '../script/index.ts'

/** An error on the wire: its status and the body that Elasticsearch's clients read. */
export interface ErrorAnswer {
  readonly status: number
  readonly body: ValueObject
}

/** Unknown errors say nothing of what is inside; the caller logs them. */
export function errorAnswer(error: unknown, options: { trace?: boolean } = {}): ErrorAnswer {
  const { status, type, reason } = describe(error)
  const cause = wireCause(type, reason)
  const own = scriptFailure(error)
  const script = own ?? scriptFailure((error as { cause?: unknown } | undefined)?.cause)
  // A watch's own message says where in the watch the script stands.
  if (script !== undefined) Object.assign(cause, script, own === undefined ? { reason } : {})
  const inner = Object.assign(newObject(), { root_cause: [cause] }, cause)
  if (options.trace === true && error instanceof DiagnosticError) inner['stack_trace'] = withoutFolders(error.stack)
  return { status, body: Object.assign(newObject(), { error: toValue(inner), status }) }
}

/** A stack names our files, not where they are installed. */
function withoutFolders(stack = ''): string {
  return stack.replaceAll(/(?:file:\/\/)?\/[^\s()]*?\/(?=(?:src|dist|node_modules)\/)/g, '')
}

function describe(error: unknown): { status: number; type: string; reason: string } {
  const refusal = refusalOf(error)
  if (refusal !== undefined) {
    const reason = refusal.diagnostics
      .map(({ message, hint }) => (hint === undefined ? message : `${message}; ${hint}`))
      .join('\n')
    return { ...refusal.http, reason }
  }
  const { code, statusCode } = error as { code?: string; statusCode?: number }
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE')
    return { status: 400, type: 'parse_exception', reason: 'the request ended before its body was complete' }
  if (code === 'Z_DATA_ERROR' || code === 'Z_BUF_ERROR')
    return { status: 400, type: 'parse_exception', reason: 'the request body is not what its Content-Encoding says' }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return { status: statusCode, type: 'illegal_argument_exception', reason: (error as Error).message }
  return { status: 500, type: 'exception', reason: 'an unexpected error; the log of Vedetta has the details' }
}
