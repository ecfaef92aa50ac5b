/** Dissections by Elasticsearch's rules: `%{key}`, `%{+key/2}`, `%{?skipped}`, `%{*name} %{&name}`, `%{padded->}`. */
import { fail } from '../../diagnostic/index.ts'

interface Part {
  readonly kind: 'set' | 'append' | 'skip' | 'name' | 'value'
  readonly key: string
  readonly order: number
  readonly padded: boolean
  /** The delimiter behind it; empty at the end. */
  readonly after: string
}

/**
 * @param separator joins what is appended.
 * @returns a function that gives fields and their texts, or undefined where a delimiter is missing
 * @throws parse_exception for what is no dissection
 */
export function compileDissection(
  pattern: string,
  separator: string,
): (text: string) => [string, string][] | undefined {
  const matches = [...pattern.matchAll(/%\{([^}]*)\}/g)]
  if (matches.length === 0)
    throw fail('ingest.parse', {
      reason: `Unable to parse pattern: ${pattern} Reason: Unable to find any keys or delimiters.`,
    })
  const before = pattern.slice(0, matches[0]!.index)
  const parts = matches.map((match, i): Part => {
    const padded = match[1]!.endsWith('->')
    const inner = padded ? match[1]!.slice(0, -2) : match[1]!
    const [, prefix = '', key = '', order] = /^([+?*&]?)(.*?)(?:\/(\d+))?$/s.exec(inner)!
    const end = match.index + match[0].length
    const kind = key === '' || prefix === '?' ? 'skip' : KINDS[prefix]!
    const after = pattern.slice(end, matches[i + 1]?.index)
    return { kind, key, order: Number(order ?? i), padded, after }
  })
  for (const { kind, key } of parts)
    if (
      (kind === 'name' || kind === 'value') &&
      !parts.some((other) => other.kind === (kind === 'name' ? 'value' : 'name') && other.key === key)
    )
      throw fail('ingest.parse', {
        reason: `Unable to parse pattern: ${pattern} Reason: Found invalid key/reference associations: '${key}' Please ensure each '*<key>' is matched with a matching '&<key>`,
      })
  return (text) => {
    const values = take(text, before, parts)
    return values === undefined ? undefined : gather(parts, values, separator)
  }
}

const KINDS: Readonly<Record<string, Part['kind']>> = { '': 'set', '+': 'append', '*': 'name', '&': 'value' }

function take(text: string, before: string, parts: readonly Part[]): string[] | undefined {
  if (!text.startsWith(before)) return undefined
  const values: string[] = []
  let at = before.length
  for (const { after, padded } of parts) {
    if (after === '') {
      values.push(text.slice(at))
      at = text.length
      continue
    }
    const end = text.indexOf(after, at)
    if (end < 0) return undefined
    values.push(text.slice(at, end))
    at = end + after.length
    if (padded) while (text.startsWith(after, at)) at += after.length
  }
  return values
}

function gather(parts: readonly Part[], values: readonly string[], separator: string): [string, string][] {
  const found = new Map<string, string>()
  const appended = new Map<string, { order: number; value: string }[]>()
  for (const [i, { kind, key, order }] of parts.entries()) {
    const value = values[i]!
    const appends = parts.some((part) => part.kind === 'append' && part.key === key)
    if (kind === 'append' || (kind === 'set' && appends)) {
      const list = appended.get(key) ?? []
      list.push({ order: kind === 'set' ? -1 : order, value })
      appended.set(key, list)
    } else if (kind === 'set') found.set(key, value)
    else if (kind === 'name')
      found.set(value, values[parts.findIndex((part) => part.kind === 'value' && part.key === key)]!)
  }
  for (const [key, list] of appended)
    found.set(
      key,
      list
        .sort((a, b) => a.order - b.order)
        .map(({ value }) => value)
        .join(separator),
    )
  return [...found]
}
