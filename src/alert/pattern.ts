import { RE2JS } from 're2js'
import { fail } from '../diagnostic/index.ts'

/**
 * A regular expression of a matcher, in RE2's syntax and for the whole text, as Alertmanager has them; its time is linear in the text.
 * @throws DiagnosticError `alert.invalid`
 */
export function compilePattern(source: string): (text: string) => boolean {
  try {
    const pattern = RE2JS.compile(source, RE2JS.DOTALL)
    return (text) => pattern.matches(text)
  } catch (error) {
    throw fail('alert.invalid', {
      name: 'value',
      expected: `a regular expression (${(error as Error).message})`,
      got: source,
    })
  }
}
