import { fail } from '../../../diagnostic/index.ts'
import type { Located } from '../located-yaml.ts'

/**
 * A regular expression of a pipeline, which are written for Python, as one of JavaScript.
 * @throws DiagnosticError `sigma.regex`
 */
export function pythonRegex(source: string, flags: string, at: Located): RegExp {
  const inline = /^\(\?([aimsux]+)\)/.exec(source)
  const given = inline === null ? '' : inline[1]!.replaceAll(/[^ims]/g, '')
  const body = (inline === null ? source : source.slice(inline[0].length))
    .replaceAll('(?P<', '(?<')
    .replaceAll(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replaceAll('\\A', '^')
    .replaceAll('\\Z', '$')
  try {
    return new RegExp(body, [...new Set(flags + given)].join(''))
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : String(error)
    throw fail('sigma.regex', { item: source, reason }, { span: at.span })
  }
}

/** As `re.sub` of Python: `\1`, `\g<1>` and `\g<name>` in the replacement are groups. */
export function substitute(text: string, regex: RegExp, replacement: string): string {
  return text.replace(regex, (...args: unknown[]) => {
    const groups = typeof args.at(-1) === 'object' ? (args.at(-1) as Record<string, string | undefined>) : {}
    const group = (name: string): string =>
      /^\d+$/.test(name) ? ((args[Number(name)] as string | undefined) ?? '') : (groups[name] ?? '')
    return replacement.replace(
      /\\(?:(\d{1,2})|g<(\w+)>|(\\)|(n)|(t))/g,
      (_, number?: string, name?: string, slash?: string, line?: string) => {
        if (number !== undefined || name !== undefined) return group(number ?? name!)
        if (slash !== undefined) return '\\'
        return line === undefined ? '\t' : '\n'
      },
    )
  })
}
