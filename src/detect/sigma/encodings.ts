import { hasWildcard, joinParts, plainText, type Part, type Pattern } from './pattern.ts'

/** A text between other characters in UTF-16, each byte a character; a byte order mark only where asked for. */
export const ENCODINGS: Readonly<Record<string, (text: string) => Buffer>> = {
  utf16le: (text) => Buffer.from(text, 'utf16le'),
  wide: (text) => Buffer.from(text, 'utf16le'),
  utf16be: (text) => Buffer.from(text, 'utf16le').swap16(),
  utf16: (text) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]),
}

export const WINDASH_LIMIT = 5_000
const DASHES = ['-', '/', '\u2013', '\u2014', '\u2015']

/** The texts of a pattern in another encoding; wildcards stay between them. */
export function encoded(pattern: Pattern, name: string): Pattern {
  const encode = ENCODINGS[name]!
  let first = true
  return pattern.map((part) => {
    if (typeof part !== 'string') return part
    // The byte order mark stands at the beginning alone.
    const bytes = name === 'utf16' && !first ? ENCODINGS['utf16le']!(part) : encode(part)
    first = false
    return bytes.toString('latin1')
  })
}

/** A dash or slash at the start of a word, in every kind of it: not after a word character, and before one. */
export function dashes(pattern: Pattern): Pattern[] {
  let variants: Part[][] = [[]]
  for (const part of pattern) {
    if (typeof part !== 'string') {
      for (const variant of variants) variant.push(part)
      continue
    }
    const pieces = part.split(/\B[-/]\b/)
    for (const variant of variants) variant.push(pieces[0]!)
    for (const piece of pieces.slice(1)) {
      if (variants.length > WINDASH_LIMIT) return variants
      variants = variants.flatMap((variant) => DASHES.map((dash) => [...variant, `${dash}${piece}`]))
    }
  }
  return variants.map(joinParts)
}

/** The base64 text of a pattern without wildcards; undefined where it has some. */
export function base64(pattern: Pattern, binary: boolean): Pattern | undefined {
  if (hasWildcard(pattern)) return undefined
  return [bytesOf(pattern, binary).toString('base64')]
}

/** The middle of the base64 text at offsets 0, 1, 2: the parts that do not depend on the neighbours. */
export function base64Offsets(pattern: Pattern, binary: boolean): Pattern[] | undefined {
  if (hasWildcard(pattern)) return undefined
  const bytes = bytesOf(pattern, binary)
  return [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset, 0x20), bytes]).toString('base64')
    const end = [undefined, -3, -2][(bytes.length + offset) % 3]
    return [text.slice([0, 2, 3][offset], end)]
  })
}

/** @param binary whether each character is a byte already, as {@link encoded} leaves it */
function bytesOf(pattern: Pattern, binary: boolean): Buffer {
  return Buffer.from(plainText(pattern), binary ? 'latin1' : 'utf8')
}
