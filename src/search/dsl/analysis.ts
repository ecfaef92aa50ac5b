/** Analysis of text: how a text becomes the terms that a match compares. */
import { fail } from '../../diagnostic/index.ts'

export interface Analyzer {
  readonly name: string
  /** Terms are in small letters. */
  readonly lowercases?: boolean
  /** The terms in order; the position of a term is its number. */
  terms(text: string): string[]
}

// Words as Unicode's text segmentation finds them: letters, digits and marks, joined by underscores, by an
// apostrophe, colon or dot between letters, and by a dot, comma or apostrophe between digits (UAX #29, WB5 to WB13).
// Ideographs and kana of Hiragana stand alone.
export const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}])[\p{L}\p{M}\p{N}_]|(?<=\p{L}\p{M}*)['.:’·](?=\p{L})|(?<=\p{N})[.,;'’](?=\p{N}))+/gu
const PLAIN = /^[\w\s]*$/
const PLAIN_WORD = /\w+/g
const MAX_TOKEN = 255

function words(text: string): string[] {
  const found = (PLAIN.test(text) ? text.match(PLAIN_WORD) : text.match(WORD)) ?? []
  const result: string[] = []
  for (const word of found) {
    if (!/[^_]/.test(word)) {
      if (word.length > 0) result.push(word)
      continue
    }
    for (let at = 0; at < word.length; at += MAX_TOKEN) result.push(word.slice(at, at + MAX_TOKEN))
  }
  return result
}

const ANALYZERS: Readonly<Record<string, Analyzer>> = Object.assign(Object.create(null) as Record<string, Analyzer>, {
  standard: {
    name: 'standard',
    lowercases: true,
    terms: (text: string) => words(text).map((word) => word.toLowerCase()),
  },
  simple: {
    name: 'simple',
    lowercases: true,
    terms: (text: string) => (text.match(/\p{L}+/gu) ?? []).map((word) => word.toLowerCase()),
  },
  whitespace: { name: 'whitespace', terms: (text: string) => text.match(/\S+/g) ?? [] },
  keyword: { name: 'keyword', terms: (text: string) => [text] },
})

export const KEYWORD_ANALYZER: Analyzer = ANALYZERS['keyword']!

/** @throws mapper_parsing_exception for an analyzer that is not there. */
export function analyzerOf(field: string, name: string): Analyzer {
  const analyzer = ANALYZERS[name === 'default' ? 'standard' : name]
  if (analyzer === undefined)
    throw fail('mapping.invalid', {
      reason: `analyzer [${name}] has not been configured in mappings of field [${field}]`,
    })
  return analyzer
}
