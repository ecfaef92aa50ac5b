import { ANY, isPlaceholder, ONE, type Pattern } from '../pattern.ts'

/** A pattern as pipelines look at it: wildcards and placeholders as they are written, other stars and question marks escaped. */
export function plain(pattern: Pattern): string {
  return pattern
    .map((part) => {
      if (part === ANY) return '*'
      if (part === ONE) return '?'
      return isPlaceholder(part) ? `%${part.placeholder}%` : part.replaceAll(/[*?]/g, '\\$&')
    })
    .join('')
}
