/**
 * Sigma's strings: text with wildcards, read into parts before any modifier touches them, so that `\Desktop\` with a
 * wildcard added at its end cannot become an escaped star.
 */

/** Text is a string; the wildcards are the numbers ANY (`*`) and ONE (`?`); a placeholder waits for a pipeline. */
export type Part = string | typeof ANY | typeof ONE | Placeholder
export interface Placeholder {
  readonly placeholder: string
}
export const ANY = 0
export const ONE = 1

export type Pattern = readonly Part[]

/** `\` escapes `*`, `?` and itself before one of them; anywhere else it is text. */
export function parsePattern(text: string): Pattern {
  const parts: Part[] = []
  let run = ''
  const wildcard = (part: Part): void => {
    if (run !== '') parts.push(run)
    run = ''
    if (part !== ANY || parts.at(-1) !== ANY) parts.push(part)
  }
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    const next = text[i + 1]
    if (c === '\\' && (next === '*' || next === '?' || next === '\\')) {
      run += next
      i++
    } else if (c === '*') wildcard(ANY)
    else if (c === '?') wildcard(ONE)
    else run += c
  }
  if (run !== '') parts.push(run)
  return parts
}

export function hasWildcard(pattern: Pattern): boolean {
  return pattern.some((part) => typeof part === 'number')
}

export function isPlaceholder(part: Part): part is Placeholder {
  return typeof part === 'object'
}

/** `%name%` in the text of a pattern as placeholders; a backslash is never part of a name. */
export function insertPlaceholders(pattern: Pattern): Pattern {
  return pattern.flatMap((part): Part[] => {
    if (typeof part !== 'string') return [part]
    return part.split(/%([^%\\]+)%/).flatMap((piece, index): Part[] => {
      if (index % 2 === 1) return [{ placeholder: piece }]
      return piece === '' ? [] : [piece]
    })
  })
}

/** Parts side by side that are text become one, wildcards `*` side by side too. */
export function joinParts(parts: readonly Part[]): Pattern {
  const joined: Part[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    if (typeof part === 'string' && typeof last === 'string') joined[joined.length - 1] = last + part
    else if (part !== '' && !(part === ANY && last === ANY)) joined.push(part)
  }
  return joined
}

export function plainText(pattern: Pattern): string {
  return pattern.filter((part) => typeof part === 'string').join('')
}

/** The longest text that every match has in it. */
export function longestText(pattern: Pattern): string {
  return pattern.reduce<string>(
    (best, part) => (typeof part === 'string' && part.length > best.length ? part : best),
    '',
  )
}

export function openStart(pattern: Pattern): Pattern {
  return pattern[0] === ANY ? pattern : [ANY, ...pattern]
}

export function openEnd(pattern: Pattern): Pattern {
  return pattern.at(-1) === ANY ? pattern : [...pattern, ANY]
}

const NOT_ASCII = /[^\0-\x7f]/
const folded = new Map<string, string>()

/** Simple case folding (Unicode, CaseFolding.txt, status C and S): every character keeps its length, so indices hold. */
export function fold(text: string): string {
  if (!NOT_ASCII.test(text)) return text.toLowerCase()
  let result = ''
  for (const c of text) result += foldCharacter(c)
  return result
}

function foldCharacter(c: string): string {
  if (c <= '\x7f') return c.toLowerCase()
  let known = folded.get(c)
  if (known === undefined) {
    const upper = c.toUpperCase()
    const candidates = [upper.length === c.length ? upper.toLowerCase() : c.toLowerCase(), c.toLowerCase(), c]
    known = candidates.find((candidate) => candidate.length === c.length) ?? c
    if (folded.size < 10_000) folded.set(c, known)
  }
  return known
}

/** Matches a whole text; the text must be folded where `cased` is false. Its time is at most pattern times text. */
export function compilePattern(pattern: Pattern, cased: boolean): (text: string) => boolean {
  const parts = cased ? pattern : pattern.map((part) => (typeof part === 'string' ? fold(part) : part))
  if (parts.length === 0) return (text) => text === ''
  if (parts.length === 1) {
    const [only] = parts
    if (only === ANY) return () => true
    if (typeof only === 'string') return (text) => text === only
  }
  const texts = parts.filter((part) => typeof part === 'string')
  if (texts.length === 1 && !parts.includes(ONE)) {
    const [text] = texts as [string]
    const open = [parts[0] === ANY, parts.at(-1) === ANY]
    if (open[0] === true && open[1] === true) return (value) => value.includes(text)
    return open[0] === true ? (value) => value.endsWith(text) : (value) => value.startsWith(text)
  }
  const units = parts.flatMap<string | number>((part) =>
    typeof part === 'string' ? part.split('') : typeof part === 'number' ? [part] : [],
  )
  const longest = longestText(parts)
  // Most values do not have it, which is found faster than by steps.
  return (text) => text.includes(longest) && glob(units, text)
}

/** Greedy with one point to go back to: the last star (as in every shell's matcher). `?` is one UTF-16 unit or a pair. */
function glob(units: readonly (string | number)[], text: string): boolean {
  let at = 0
  let unit = 0
  let star = -1
  let starAt = 0
  while (at < text.length) {
    const want = units[unit]
    if (want === ANY) {
      star = unit++
      starAt = at
    } else if (want === ONE) {
      at += text.codePointAt(at)! > 0xffff ? 2 : 1
      unit++
    } else if (want !== undefined && want === text[at]) {
      at++
      unit++
    } else if (star >= 0) {
      at = ++starAt
      unit = star + 1
    } else return false
  }
  while (units[unit] === ANY) unit++
  return unit === units.length
}
