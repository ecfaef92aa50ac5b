/**
 * Keys as senders write them: words, with dotted parts and an index in brackets, which the specification does not have.
 * What is between dots may hold anything but what has a meaning in CEF.
 */
const KEY = /^\w+(?:\.[^.=\s|\\[\]]+)*(?:\[\d+\])?$/
const KEY_AT_END = /\w+(?:\.[^.=\s|\\[\]]+)*(?:\[\d+\])?$/

/** A key that is longer is none; before the first, which nothing marks the beginning of, fewer characters are looked at. */
const LONGEST_KEY = 1024
const LONGEST_FIRST_KEY = 100

/**
 * The keys and values of an extension, values as written. A value goes up to white space that a key and `=` follow, so it may
 * hold spaces and, against the specification, `=`. Each part of the text is looked at a bounded number of times.
 */
export function scanExtension(text: string): [key: string, value: string][] {
  const found: { key: string; start: number; valueStart: number }[] = []
  let previous = -1
  for (let at = text.indexOf('='); at >= 0; at = text.indexOf('=', at + 1)) {
    let start = at
    while (start > previous + 1 && at - start <= LONGEST_KEY && !/\s/.test(text[start - 1]!)) start--
    const token = text.slice(start, at)
    if (found.length === 0) {
      const key = KEY_AT_END.exec(token.slice(-LONGEST_FIRST_KEY))?.[0]
      if (key !== undefined) found.push({ key, start: at - key.length, valueStart: at + 1 })
    } else if (start > 0 && /\s/.test(text[start - 1]!) && KEY.test(token)) {
      found.push({ key: token, start, valueStart: at + 1 })
    }
    previous = at
  }
  return found.map(({ key, valueStart }, i) => {
    const end = found[i + 1]?.start ?? text.length
    const value = text.slice(valueStart, end)
    return [key, i + 1 < found.length ? value.trimEnd() : value]
  })
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', '=': '=', '\\': '\\' }

/** A value with its escapes undone: `\=`, `\\`, `\n`, `\r`; a backslash before anything else stays. */
export function unescapeValue(value: string): string {
  return value.includes('\\') ? value.replace(/\\([\\=nr])/g, (_all, c: string) => ESCAPES[c]!) : value
}

/** A value as it is written: equals signs and backslashes escaped, each end of a line as `\n`. */
export function escapeValue(value: string): string {
  return value.replace(/\r\n|[\\=\n\r]/g, (c) => (c === '\\' ? '\\\\' : c === '=' ? '\\=' : '\\n'))
}

/** A header's field: pipes and backslashes escaped, ends of lines as a space. */
export function escapeHeader(value: string): string {
  return value.replace(/\r\n|[\\|\n\r]/g, (c) => (c === '\\' || c === '|' ? `\\${c}` : ' '))
}

/**
 * The header's fields, at most `count`, and the rest. A pipe ends a field unless it is escaped.
 */
export function splitHeader(text: string, count: number): { fields: string[]; rest: string } {
  const fields: string[] = []
  let start = 0
  for (let at = 0; at < text.length && fields.length < count; at++) {
    const c = text[at]
    if (c === '\\' && (text[at + 1] === '|' || text[at + 1] === '\\')) at++
    else if (c === '|') {
      const field = text.slice(start, at)
      fields.push(field.includes('\\') ? field.replace(/\\([\\|])/g, '$1') : field)
      start = at + 1
    }
  }
  return { fields, rest: text.slice(start) }
}
