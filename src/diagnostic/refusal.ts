import { DiagnosticError, fail } from './diagnostic.ts'

/**
 * What an error says against the request that met it, or of a full disk; undefined for an error of our own.
 *
 * Values have no prototype, so an object that stands where a text or a number belongs cannot become one, wherever it is
 * read: the language's error for that is the request's fault, as is one for nesting beyond the stack.
 */
export function refusalOf(error: unknown): DiagnosticError | undefined {
  if (error instanceof DiagnosticError) return error
  if (error instanceof TypeError && error.message === 'Cannot convert object to primitive value')
    return fail('rest.object_value')
  if (error instanceof RangeError && error.message === 'Maximum call stack size exceeded') return fail('rest.too_deep')
  const { code } = error as { code?: string }
  if (code === 'ENOSPC' || code === 'EDQUOT') return fail('store.write', { reason: 'no space left on the disk' })
  return undefined
}
