/**
 * The first row of a text by RFC 4180, as strict as Ruby's CSV: a quoted value may hold separators and line ends, a quote in it is
 * doubled, and a quote anywhere else is an error. A value that is not there is null, a quoted empty one is ''.
 * @returns undefined where the row is not well formed, an empty list for an empty text.
 */
export function parseCsvRow(text: string, separator: string, quote: string): (string | null)[] | undefined {
  const row: (string | null)[] = []
  if (text === '' || text === '\n' || text === '\r\n') return row
  let at = 0
  for (;;) {
    let value: string | null
    if (text[at] === quote) {
      let end = at + 1
      let inner = ''
      for (;;) {
        const next = text.indexOf(quote, end)
        if (next < 0) return undefined
        inner += text.slice(end, next)
        end = next + 1
        if (text[end] !== quote) break
        inner += quote
        end++
      }
      value = inner
      at = end
    } else {
      let end = text.indexOf(separator, at)
      const line = lineEnd(text, at)
      if (end < 0 || end > line) end = line
      const plain = text.slice(at, end)
      if (plain.includes(quote)) return undefined
      value = plain === '' ? null : plain
      at = end
    }
    row.push(value)
    if (text.startsWith(separator, at)) {
      at += separator.length
      continue
    }
    return at >= text.length || text[at] === '\n' || text[at] === '\r' ? row : undefined
  }
}

function lineEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) if (text[at] === '\n' || text[at] === '\r') return at
  return text.length
}
