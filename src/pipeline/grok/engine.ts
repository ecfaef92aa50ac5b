/** What `v` finds of `qab`: in V8 before 12, which is Node 20, a class repeated inside a repeated group matches nothing. */
const SETS_WORK = new RegExp('(?:q[^q]*)+', 'v').exec('qab')?.[0] === 'qab'

/**
 * Ruby's: dot matches newline (grok alone); digits, spaces and words are ASCII.
 * The JavaScript flag is `u`; only intersections of classes need `v`.
 */
export function regexOptions(regex: string): { flags: string; target: 'ES2018' | 'ES2024' } {
  return { flags: 'DSW', target: SETS_WORK && regex.includes('&&') ? 'ES2024' : 'ES2018' }
}

/** Why an expression could not be compiled, as the user should read it. */
export function regexReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  if (text.includes('intersection')) return 'intersections of character classes (&&) need Node 22 or later'
  return text.charAt(0).toLowerCase() + text.slice(1)
}
