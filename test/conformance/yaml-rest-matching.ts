import { isDeepStrictEqual } from 'node:util'

/** What a section has kept under a name, and the answer at hand as `body`. */
export type Stash = Map<string, unknown>

/** The value with `$name` and `${name}` replaced by what the section kept. */
export function unstash(value: unknown, stash: Stash): unknown {
  if (typeof value === 'string') {
    const whole = /^\$(?:(\w[\w.]*)|\{([^}]+)\})$/.exec(value)
    if (whole !== null) return stashed(whole[1] ?? whole[2]!, stash)
    return value.replaceAll(/\$\{([^}]+)\}/g, (_, path: string) => shown(stashed(path, stash)))
  }
  if (Array.isArray(value)) return value.map((item) => unstash(item, stash))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [String(unstash(key, stash)), unstash(inner, stash)]),
  )
}

function stashed(path: string, stash: Stash): unknown {
  if (stash.has(path)) return stash.get(path)
  const [name = '', ...rest] = path.split('.')
  if (!stash.has(name)) throw new Error(`nothing was kept as $${name}`)
  return at(stash.get(name), rest.join('.'), stash)
}

/** The value at a dotted path of an answer; the empty path and `$body` are all of it. */
export function at(body: unknown, path: string, stash: Stash): unknown {
  if (path === '' || path === '$body') return body
  let value = body
  for (const raw of path.split(/(?<!\\)\./)) {
    let key = raw.replaceAll('\\.', '.')
    if (key === '$body') continue
    if (key.startsWith('$')) key = String(unstash(key, stash))
    else key = key.replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => shown(stashed(name, stash)))
    if (typeof value !== 'object' || value === null) return undefined
    if (key === '_arbitrary_key_') [key = ''] = Object.keys(value)
    if (raw === '_arbitrary_key_') return key
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

/** @throws where the value is not the expected one: equal, or for `/.../` a text that the pattern finds something in */
export function checkMatch(expected: unknown, actual: unknown, where: string): void {
  if (typeof expected === 'string' && expected.trim().length > 2) {
    const pattern = expected.trim()
    if (pattern.startsWith('/') && pattern.endsWith('/')) {
      if (!javaPattern(pattern.slice(1, -1)).test(shown(actual)))
        throw new Error(`${where} must match ${pattern}, got ${shown(actual)}`)
      return
    }
  }
  // What is not there is null for the suite.
  if (expected === null && actual === undefined) return
  if (!isDeepStrictEqual(plain(expected), plain(actual)))
    throw new Error(`${where} must be ${shown(expected)}, got ${shown(actual)}`)
}

/** The suite's patterns are Java's with comments: blanks and what follows `#` do not count. */
function javaPattern(source: string): RegExp {
  let result = ''
  let inClass = false
  for (let i = 0; i < source.length; i++) {
    const c = source[i]!
    if (c === '\\') {
      result += c + (source[++i] ?? '')
      continue
    }
    if (!inClass && c === '#') {
      while (i < source.length && source[i] !== '\n') i++
      continue
    }
    if (/\s/.test(c)) continue
    if (!inClass && c === '$') {
      // Java's end is also before a last line break.
      result += '(?=\\n?(?![\\s\\S]))'
      continue
    }
    if (c === '[') inClass = true
    else if (c === ']') inClass = false
    result += c
  }
  // Possessive quantifiers only save time.
  return new RegExp(result.replaceAll(/([*+?}])\+/g, '$1'))
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown)
}

export function isTrue(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && value !== false && value !== 0 && value !== 'false'
}

export function lengthOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length
  return typeof value === 'object' && value !== null ? Object.keys(value).length : -1
}

export function checkContains(expected: unknown, actual: unknown, where: string): void {
  const found =
    typeof actual === 'string'
      ? actual.includes(shown(expected))
      : Array.isArray(actual) && actual.some((item) => includes(item, expected))
  if (!found) throw new Error(`${where} must contain ${shown(expected)}, got ${shown(actual)}`)
}

function includes(item: unknown, expected: unknown): boolean {
  if (isDeepStrictEqual(plain(item), plain(expected))) return true
  if (typeof item !== 'object' || item === null || typeof expected !== 'object' || expected === null) return false
  return Object.entries(expected).every(([key, value]) =>
    isDeepStrictEqual(plain((item as Record<string, unknown>)[key]), plain(value)),
  )
}

export function shown(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')
}
