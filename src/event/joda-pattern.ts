/**
 * Date patterns of Joda-Time (DateTimeFormat), as Logstash's `%{+...}` and date filter use them:
 * letters are fields, repeated for width or form; text in single quotes is literal.
 */

export interface Token {
  readonly letter: string
  readonly count: number
  readonly literal: string
}

const LETTERS = 'GCYxwyDeEMdaKhHkmsSzZ'

/**
 * Splits a pattern.
 * @throws RangeError for a letter that Joda does not know.
 */
export function tokenize(pattern: string): Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < pattern.length;) {
    const c = pattern[at]!
    if (c === "'") {
      let literal = ''
      let end = at + 1
      if (pattern[end] === "'") {
        literal = "'"
        end++
      } else {
        while (end < pattern.length) {
          if (pattern[end] !== "'") literal += pattern[end++]
          else if (pattern[end + 1] === "'") {
            literal += "'"
            end += 2
          } else break
        }
        end++
      }
      tokens.push({ letter: '', count: 0, literal })
      at = end
    } else if (/[A-Za-z]/.test(c)) {
      if (!LETTERS.includes(c)) throw new RangeError(`illegal pattern component: ${c}`)
      let count = 1
      while (pattern[at + count] === c) count++
      tokens.push({ letter: c, count, literal: '' })
      at += count
    } else {
      tokens.push({ letter: '', count: 0, literal: c })
      at++
    }
  }
  return tokens
}
