/** A piece of a JavaScript regular expression's text; what is in a class is in one piece. */
interface Token {
  readonly kind: 'open' | 'close' | 'class' | 'escape' | 'character'
  /** Of an opening bracket with what says its kind: `(?:`, `(?<name>`. */
  readonly text: string
}

const OPENING = /\((?:\?(?:<(?![=!])[^>]*>|<[=!]|[^:=!)]*[:=!]))?/y
const ESCAPE = /\\(?:k<\w+>|[^])/y

/** @param nested whether classes may hold classes, as with the flag `v`. */
export function regexTokens(pattern: string, nested: boolean): Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < pattern.length;) {
    const token = tokenAt(pattern, at, nested)
    tokens.push(token)
    at += token.text.length
  }
  return tokens
}

function tokenAt(pattern: string, at: number, nested: boolean): Token {
  const c = pattern[at]!
  if (c === '\\') return { kind: 'escape', text: matchAt(ESCAPE, pattern, at) }
  if (c === '[') return { kind: 'class', text: classAt(pattern, at, nested) }
  if (c === '(') return { kind: 'open', text: matchAt(OPENING, pattern, at) }
  return { kind: c === ')' ? 'close' : 'character', text: c }
}

function classAt(pattern: string, start: number, nested: boolean): string {
  let depth = 0
  for (let at = start; at < pattern.length; at++) {
    const c = pattern[at]
    if (c === '\\') at++
    else if (c === '[' && (nested || depth === 0)) depth++
    else if (c === ']' && --depth === 0) return pattern.slice(start, at + 1)
  }
  return pattern.slice(start)
}

function matchAt(sticky: RegExp, text: string, at: number): string {
  sticky.lastIndex = at
  return sticky.exec(text)?.[0] ?? text[at]!
}

/** Groups without names save making an object of them for every match: their numbers are counted here, once. */
export function withoutNames(tokens: readonly Token[]): { tokens: Token[]; indexes: Map<string, number> } {
  const indexes = new Map<string, number>()
  let count = 0
  const unnamed = tokens.flatMap((token): Token[] => {
    const { kind, text } = token
    if (kind === 'open') {
      const name = /^\(\?<(\w+)>/.exec(text)?.[1]
      if (text === '(' || name !== undefined) count++
      if (name === undefined) return [token]
      indexes.set(name, count)
      return [{ kind, text: '(' }]
    }
    const reference = kind === 'escape' ? /^\\k<(\w+)>/.exec(text)?.[1] : undefined
    if (reference === undefined) return [token]
    // In brackets, lest a digit follows.
    const number: Token = { kind, text: `\\${indexes.get(reference)!}` }
    return [{ kind: 'open', text: '(?:' }, number, { kind: 'close', text: ')' }]
  })
  return { tokens: unnamed, indexes }
}

/**
 * The text, with `(...)?` as `(?:(...)|)`: a group that may be left out may also take part and match nothing, as in Ruby; a `?` of
 * JavaScript gives that up and tries something longer instead.
 */
export function withEmptyOptions(tokens: readonly Token[]): string {
  const pieces: string[] = []
  const open: number[] = []
  for (let i = 0; i < tokens.length; i++) {
    const { kind, text } = tokens[i]!
    const start = kind === 'close' ? open.pop() : undefined
    if (kind === 'open') open.push(pieces.length)
    if (start !== undefined && tokens[i + 1]?.text === '?') {
      const lazy = tokens[i + 2]?.text === '?'
      pieces[start] = `${lazy ? '(?:|' : '(?:'}${pieces[start]}`
      pieces.push(lazy ? '))' : ')|)')
      i += lazy ? 2 : 1
    } else pieces.push(text)
  }
  return pieces.join('')
}

/**
 * Whether a match, if there is one, begins where the text does: the pattern begins with `.*`, which takes in what comes
 * before as well. Then a line without a match is known for one after one attempt, not after one at every character.
 * @param tokens of a pattern in which `.` matches a newline.
 */
export function matchesAtStart(tokens: readonly Token[]): boolean {
  const text = (index: number): string => tokens[index]?.text ?? ''
  let depth = 0
  while (text(depth) === '(' || text(depth) === '(?:') depth++
  if (text(depth) !== '.' || text(depth + 1) !== '*') return false
  // What a reference asks for depends on how much the group before it took.
  if (tokens.some((token) => token.kind === 'escape' && /^\\[1-9]/.test(token.text))) return false
  let leading = depth
  for (let i = depth; i < tokens.length; i++) {
    const { kind } = tokens[i]!
    if (kind === 'open') depth++
    else if (kind === 'character' && text(i) === '|' && depth <= leading) return false
    else if (kind === 'close' && depth-- <= leading) {
      leading = depth
      if (/^(?:[?*]|\{0)/.test(text(i + 1) + text(i + 2))) return false
    }
  }
  return true
}
