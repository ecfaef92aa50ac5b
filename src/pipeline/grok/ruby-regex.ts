import { toRegExp } from 'oniguruma-to-es'
import { fail } from '../../diagnostic/index.ts'
import { regexOptions, regexReason } from './engine.ts'

/**
 * A Ruby regular expression as a JavaScript one: `^` and `$` at lines, ASCII `\d` `\w` `\s`; `.` does not match a newline.
 * @throws DiagnosticError `grok.invalid_regex`
 */
export function compileRubyRegex(source: string, flags = ''): RegExp {
  try {
    return toRegExp(source, { ...regexOptions(source), global: flags.includes('g') })
  } catch (error) {
    throw fail(
      'grok.invalid_regex',
      { reason: regexReason(error), within: '' },
      { span: { source: { name: 'regular expression', text: source }, start: 0, end: source.length } },
    )
  }
}
