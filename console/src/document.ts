/** A document as it is stored: nested, dotted, or both. */
export type Document = { readonly [field: string]: unknown }

/** The value of a dotted field, however the document is nested; undefined where it has none. */
export function fieldOf(document: unknown, field: string): unknown {
  if (document === null || typeof document !== 'object') return undefined
  if (Array.isArray(document)) {
    const found = document.map((item) => fieldOf(item, field)).filter((value) => value !== undefined)
    return found.length === 0 ? undefined : found.flat()
  }
  const object = document as Record<string, unknown>
  if (Object.hasOwn(object, field)) return object[field]
  for (let dot = field.indexOf('.'); dot > 0; dot = field.indexOf('.', dot + 1)) {
    const head = field.slice(0, dot)
    if (!Object.hasOwn(object, head)) continue
    const value = fieldOf(object[head], field.slice(dot + 1))
    if (value !== undefined) return value
  }
  return undefined
}

/** Every leaf with its dotted name, sorted by name. */
export function leaves(document: Document): [string, unknown][] {
  const found: [string, unknown][] = []
  const walk = (value: unknown, name: string): void => {
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) walk(inner, name === '' ? key : `${name}.${key}`)
    } else found.push([name, value])
  }
  walk(document, '')
  return found.sort(([a], [b]) => (a < b ? -1 : 1))
}

// C0, C1 and bidirectional controls: shown as symbols, never obeyed. Tab and line feed stay.
const CONTROL = /(?![\t\n])[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu
const LONGEST = 20_000

/** A value as text that is safe to look at: control characters visible, endless values cut with their length said. */
export function show(value: unknown, longest = LONGEST): string {
  if (value === undefined || value === null) return ''
  const text = typeof value === 'string' ? value : typeof value === 'object' ? JSON.stringify(value) : String(value)
  const cut = text.length > longest ? `${text.slice(0, longest)}… (${text.length.toLocaleString('en')})` : text
  return cut.replace(CONTROL, (character) => {
    const code = character.charCodeAt(0)
    return code < 0x20
      ? String.fromCharCode(0x2400 + code)
      : `\u2039U+${code.toString(16).padStart(4, '0').toUpperCase()}\u203a`
  })
}
