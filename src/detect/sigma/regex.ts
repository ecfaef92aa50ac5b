import { RE2JS } from 're2js'
import { fail, type Span } from '../../diagnostic/index.ts'
import type { RegexFlags } from './value.ts'

const LENGTH_LIMIT = 10_000

/**
 * A regular expression that is searched for in time linear in the text, whatever the text is.
 * @throws DiagnosticError `sigma.regex`
 */
export function compileRegex(
  source: string,
  { i, m, s }: RegexFlags,
  item: { readonly text: string; readonly span: Span },
): (text: string) => boolean {
  const problem = (reason: string): Error => fail('sigma.regex', { item: item.text, reason }, { span: item.span })
  if (source.length > LENGTH_LIMIT) throw problem(`it is longer than ${LENGTH_LIMIT} characters`)
  const flags = (i ? RE2JS.CASE_INSENSITIVE : 0) | (m ? RE2JS.MULTILINE : 0) | (s ? RE2JS.DOTALL : 0)
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(source, flags)
  } catch (error) {
    if (/\(\?<?[=!]/.test(source)) throw problem('lookahead and lookbehind cannot be matched in linear time')
    if (/\\[1-9]/.test(source)) throw problem('back references cannot be matched in linear time')
    throw problem(error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error))
  }
  return (text) => compiled.test(text)
}

/** @throws DiagnosticError as {@link compileRegex} */
export function checkRegex(
  source: string,
  flags: RegexFlags,
  item: { readonly text: string; readonly span: Span },
): void {
  compileRegex(source, flags, item)
}
