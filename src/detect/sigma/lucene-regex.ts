import { posixClass } from './perl-regex.ts'

/** What Lucene's expressions do not know by these names. */
const CLASSES: Readonly<Record<string, string>> = {
  d: '0-9',
  w: 'A-Za-z0-9_',
  s: ' \t\r\n\f',
}
const NOT_CLASSES: Readonly<Record<string, string>> = { D: CLASSES['d']!, W: CLASSES['w']!, S: CLASSES['s']! }
const CHARACTERS: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n', f: '\f', v: '\v', a: '\u0007' }
/** Operators of Lucene that are text in other languages. */
const LUCENE = /[~&@<>#"]/

/**
 * An expression that is searched for, in the language of Lucene, where an expression is the whole value.
 * @returns the expression, or what of it cannot be said
 */
export function luceneRegex(source: string): { readonly regex: string } | { readonly reason: string } {
  let rest = source.replace(/^\(\?i\)/, '')
  const whole = { start: rest.startsWith('^'), end: /(?:^|[^\\])(?:\\\\)*\$$/.test(rest) }
  if (whole.start) rest = rest.slice(1)
  if (whole.end) rest = rest.slice(0, -1)
  // `^a|b$`: the beginning belongs to one alternative alone.
  if ((whole.start || whole.end) && hasAlternatives(rest)) return { reason: "'^' and '$' beside '|'" }
  let made = ''
  let inClass = false
  for (let i = 0; i < rest.length; i++) {
    const c = rest[i]!
    const next = rest[i + 1] ?? ''
    if (c === '\\') {
      i++
      if (next in CLASSES) made += inClass ? CLASSES[next]! : `[${CLASSES[next]!}]`
      else if (next in NOT_CLASSES && !inClass) made += `[^${NOT_CLASSES[next]!}]`
      else if (next in CHARACTERS) made += CHARACTERS[next]!
      else if (/[A-Za-z0-9]/.test(next) || next === '') return { reason: `'\\${next}'` }
      else made += `\\${next}`
    } else if (inClass) {
      const named = posixClass(rest.slice(i, i + 20))
      if (named !== undefined) {
        const { written, members } = named
        if (members === undefined) return { reason: `'${written}'` }
        made += members.replaceAll('\\s', CLASSES['s']!).replaceAll('\\w', CLASSES['w']!)
        i += written.length - 1
        continue
      }
      if (c === ']') inClass = false
      made += c === '"' || c === '[' ? `\\${c}` : c
    } else if (c === '[') {
      inClass = true
      const opening = /^\[\^?\]?/.exec(rest.slice(i, i + 3))![0]
      // A bracket that comes first is one of the characters.
      made += opening.replace(']', '\\]')
      i += opening.length - 1
    } else if (c === '(' && next === '?') {
      const group = /^\(\?(?::|P?<[A-Za-z_]\w*>)/.exec(rest.slice(i))
      if (group === null) return { reason: `'${rest.slice(i, i + 4)}'` }
      made += '('
      i += group[0].length - 1
    } else if (c === '^' || c === '$') return { reason: `'${c}' in the middle` }
    // Lazy and possessive repetition find the same values.
    else if ((c === '?' || c === '+') && /[*+?}]/.test(made.at(-1) ?? '') && rest[i - 2] !== '\\') continue
    else made += LUCENE.test(c) ? `\\${c}` : c
  }
  if (inClass) return { reason: "'[' without ']'" }
  const body = hasAlternatives(made) ? `(${made})` : made
  return { regex: `${whole.start ? '' : '.*'}${body}${whole.end ? '' : '.*'}` }
}

/** Whether there is a `|` outside of groups. */
function hasAlternatives(text: string): boolean {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '\\') i++
    else if (c === '(') depth++
    else if (c === ')') depth--
    else if (c === '|' && depth === 0) return true
  }
  return false
}
