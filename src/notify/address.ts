import { fail } from '../diagnostic/index.ts'

/** One mail address, taken apart, so that nothing after this parses it again. */
export interface MailAddress {
  readonly name: string
  readonly address: string
}

const LENGTH_LIMIT = 320
const CONTROL = /[\p{Cc}\u2028\u2029]/u
const ADDRESS = /^[^\s@<>(),;:\\"[\]]+@(?:[^\s@<>(),;:\\"[\]]+|\[[0-9A-Fa-f.:]+\])$/

/**
 * Reads exactly one address: `ann@example.org`, `Ann <ann@example.org>` or `"Ann, Ops" <ann@example.org>`.
 * A text with a line break, or one that holds several addresses, is refused: what an event brings into an address
 * can neither add a header nor a recipient.
 * @throws DiagnosticError `notify.invalid_address`
 */
export function parseAddress(text: string, field: string): MailAddress {
  const read = readAddress(text)
  if (read === undefined) throw fail('notify.invalid_address', { field, got: JSON.stringify(text.slice(0, 200)) })
  return read
}

export function isAddress(text: string): boolean {
  return readAddress(text) !== undefined
}

function readAddress(text: string): MailAddress | undefined {
  const trimmed = text.trim()
  const match = /^(?:([^<>]*?)\s*<([^<>]*)>|([^<>]*))$/.exec(trimmed)
  const address = (match?.[2] ?? match?.[3] ?? '').trim()
  const name = unquote(match?.[1] ?? '')
  const valid = match !== null && !CONTROL.test(trimmed) && address.length <= LENGTH_LIMIT && ADDRESS.test(address)
  return valid && name !== undefined ? { name, address } : undefined
}

/** A name without its quotes; undefined where it is none (a bare comma or `@` would start another address). */
function unquote(name: string): string | undefined {
  const trimmed = name.trim()
  if (trimmed.startsWith('"') || trimmed.endsWith('"')) {
    if (!/^"(?:[^"\\]|\\.)*"$/.test(trimmed)) return undefined
    return trimmed.slice(1, -1).replace(/\\(.)/g, '$1')
  }
  return /[,;:@"\\]/.test(trimmed) ? undefined : trimmed
}

/** True where the address fits one of the patterns, in which `*` stands for any text. */
export function matchesAllowlist(address: string, patterns: readonly string[]): boolean {
  const wanted = address.toLowerCase()
  return patterns.some((pattern) => {
    const parts = pattern.toLowerCase().split('*')
    let at = 0
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!
      if (i === parts.length - 1) return parts.length === 1 ? wanted === part : wanted.slice(at).endsWith(part)
      const found = i === 0 ? (wanted.startsWith(part) ? 0 : -1) : wanted.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return false
  })
}
