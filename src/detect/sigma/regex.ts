import { RE2JS } from 're2js'
import { withWatchdog } from '../../clock/index.ts'
import { fail, type Span } from '../../diagnostic/index.ts'
import { perlRegex } from './perl-regex.ts'
import type { RegexFlags } from './value.ts'

const LENGTH_LIMIT = 10_000
/**
 * Milliseconds of a search that can go back. After one that took longer there is half, so that hostile events hold up others
 * less, but no less than a search may take that waits for a core.
 */
const SEARCH_LIMIT = { most: 100, least: 10 }

/** What RE2 does not have for want of linear time: of such an expression JavaScript's engine knows better what is wrong. */
const BACKTRACKING = /\(\?<?[=!]|\\[1-9]/

/**
 * A regular expression that is searched for: in time linear in the text where it can be, else under a time limit.
 * @param timedOut is told of a search that took too long, which is taken for one that finds nothing
 * @throws DiagnosticError `sigma.regex`
 */
export function compileRegex(
  source: string,
  { i, m, s }: RegexFlags,
  item: { readonly text: string; readonly span: Span },
  timedOut: () => void = () => {},
): (text: string) => boolean {
  const problem = (reason: string): Error => fail('sigma.regex', { item: item.text, reason }, { span: item.span })
  if (source.length > LENGTH_LIMIT) throw problem(`it is longer than ${LENGTH_LIMIT} characters`)
  const flags = (i ? RE2JS.CASE_INSENSITIVE : 0) | (m ? RE2JS.MULTILINE : 0) | (s ? RE2JS.DOTALL : 0)
  try {
    const compiled = RE2JS.compile(source, flags)
    return (text) => compiled.test(text)
  } catch (error) {
    const made = perlRegex(source, `${i ? 'i' : ''}${m ? 'm' : ''}${s ? 's' : ''}`)
    if ('regex' in made) return bounded(made.regex, timedOut)
    const reason = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error)
    throw problem(BACKTRACKING.test(source) ? made.reason : reason)
  }
}

function bounded(regex: RegExp, timedOut: () => void): (text: string) => boolean {
  let limit = SEARCH_LIMIT.most
  return (text) => {
    let found = false
    if (withWatchdog(limit, () => (found = regex.test(text)))) {
      if (limit < SEARCH_LIMIT.most) limit++
      return found
    }
    limit = Math.max(SEARCH_LIMIT.least, Math.ceil(limit / 2))
    timedOut()
    return false
  }
}

/** @throws DiagnosticError as {@link compileRegex} */
export function checkRegex(
  source: string,
  flags: RegexFlags,
  item: { readonly text: string; readonly span: Span },
): void {
  compileRegex(source, flags, item)
}
