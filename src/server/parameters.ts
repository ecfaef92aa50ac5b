import { didYouMean, fail } from '../diagnostic/index.ts'
import { COMMON_PARAMETERS } from '../search/index.ts'

/** Parameters of a URL; a broken escape is refused. */
export function readQuery(url: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>()
  const start = url.indexOf('?')
  if (start < 0) return query
  for (const pair of url.slice(start + 1).split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decode(equals < 0 ? pair : pair.slice(0, equals))
    query.set(name, equals < 0 ? '' : decode(pair.slice(equals + 1)))
  }
  return query
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw fail('rest.parameter_invalid', { reason: `partial escape sequence at end of string: ${text.slice(0, 100)}` })
  }
}

/** @throws DiagnosticError with Elasticsearch's sentence for parameters that a route does not know */
export function checkParameters(path: string, query: ReadonlyMap<string, string>, known: readonly string[]): void {
  const all = [...known, ...COMMON_PARAMETERS]
  const unknown = [...query.keys()].filter((name) => !all.includes(name)).sort()
  if (unknown.length === 0) return
  const described = unknown.map((name) => {
    const near = didYouMean(name, all)
    return `[${name}]${near === undefined ? '' : ` -> did you mean [${near}]?`}`
  })
  throw fail('rest.parameter_unknown', {
    path,
    parameters: `${unknown.length > 1 ? 'parameters' : 'parameter'}: ${described.join(', ')}`,
  })
}
