/**
 * A matcher for `*` (any characters) and `?` (one), a backslash before a character that stands for itself.
 * It takes at most pattern times text steps, whatever the pattern.
 */
export function wildcardMatcher(pattern: string): (text: string) => boolean {
  const parts: (string | 'ANY' | 'ONE')[] = []
  const literals: boolean[] = []
  const characters = [...pattern]
  for (let i = 0; i < characters.length; i++) {
    const c = characters[i]!
    if (c === '\\' && i + 1 < characters.length) {
      parts.push(characters[++i]!)
      literals.push(true)
    } else {
      parts.push(c === '*' ? 'ANY' : c === '?' ? 'ONE' : c)
      literals.push(c !== '*' && c !== '?')
    }
  }
  return (text) => {
    const units = /[\ud800-\udfff]/.test(text) ? [...text] : text
    let [p, t, star, mark] = [0, 0, -1, 0]
    while (t < units.length) {
      if (p < parts.length && (literals[p] ? parts[p] === units[t] : parts[p] === 'ONE')) {
        p++
        t++
      } else if (p < parts.length && !literals[p] && parts[p] === 'ANY') {
        star = p++
        mark = t
      } else if (star >= 0) {
        p = star + 1
        t = ++mark
      } else return false
    }
    while (p < parts.length && !literals[p] && parts[p] === 'ANY') p++
    return p === parts.length
  }
}
