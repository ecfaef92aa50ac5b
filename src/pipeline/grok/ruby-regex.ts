import { toRegExp } from 'oniguruma-to-es'
import { fail } from '../../diagnostic/index.ts'
import { TARGET } from './pattern.ts'

/**
 * A Ruby regular expression as a JavaScript one: `^` and `$` at lines, ASCII `\d` `\w` `\s`; `.` does not match a newline.
 * @throws DiagnosticError `grok.invalid_regex`
 */
export function compileRubyRegex(source: string, flags = ''): RegExp {
  try {
    return toRegExp(source, { flags: 'DSW', target: TARGET, global: flags.includes('g') })
  } catch (error) {
    const reason = error instanceof Error ? error.message.charAt(0).toLowerCase() + error.message.slice(1) : 'unknown'
    throw fail(
      'grok.invalid_regex',
      { reason, within: '' },
      { span: { source: { name: 'regular expression', text: source }, start: 0, end: source.length } },
    )
  }
}
