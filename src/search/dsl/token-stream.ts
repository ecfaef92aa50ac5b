/** Texts as streams of tokens with their places, for `_analyze`: tokenizers and filters by Elasticsearch's names. */
import { isObject, type Value, type ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { WORD } from './analysis.ts'

export interface Token {
  readonly token: string
  /** In UTF-16 units of the text, as Java counts. */
  readonly start_offset: number
  readonly end_offset: number
  readonly type: string
  readonly position: number
}

export type Tokenizer = (text: string) => Token[]
export type TokenFilter = (tokens: readonly Token[]) => Token[]
export type CharFilter = (text: string) => string

const LONGEST_TOKEN = 255
/** What one text may be cut into, whatever an index allows. */
const MOST_TOKENS = 100_000

function checkCount(tokens: readonly Token[]): void {
  if (tokens.length > MOST_TOKENS)
    throw fail('search.argument', { reason: `a text must give at most ${MOST_TOKENS} tokens` })
}

/** What matches are tokens, numbered in order; longer ones are cut. */
function tokensOf(
  matches: Iterable<RegExpMatchArray>,
  typeOf: (word: string) => string,
  longest = LONGEST_TOKEN,
): Token[] {
  const tokens: Token[] = []
  for (const match of matches) {
    checkCount(tokens)
    const [word] = match
    for (let at = 0; at < word.length; at += longest) {
      const token = word.slice(at, at + longest)
      const start = match.index! + at
      tokens.push({
        token,
        start_offset: start,
        end_offset: start + token.length,
        type: typeOf(token),
        position: tokens.length,
      })
    }
  }
  return tokens
}

function typeOfWord(word: string): string {
  if (/^\p{Script=Hiragana}/u.test(word)) return '<HIRAGANA>'
  if (/^\p{Script=Katakana}/u.test(word)) return '<KATAKANA>'
  if (/^\p{Script=Hangul}/u.test(word)) return '<HANGUL>'
  if (/^\p{Script=Han}/u.test(word)) return '<IDEOGRAPHIC>'
  return /^[\p{N}.,_]+$/u.test(word) && /\p{N}/u.test(word) ? '<NUM>' : '<ALPHANUM>'
}

const asWord = (): string => 'word'

const TOKENIZERS: Readonly<Record<string, (options: ValueObject) => Tokenizer>> = {
  standard: (options) => (text) =>
    tokensOf(text.matchAll(WORD), typeOfWord, count(options, 'max_token_length', LONGEST_TOKEN)),
  letter: () => (text) => tokensOf(text.matchAll(/\p{L}+/gu), asWord),
  lowercase: () => (text) => lowercase(tokensOf(text.matchAll(/\p{L}+/gu), asWord)),
  whitespace: (options) => (text) =>
    tokensOf(text.matchAll(/\S+/g), asWord, count(options, 'max_token_length', LONGEST_TOKEN)),
  keyword: () => (text) =>
    text === '' ? [] : [{ token: text, start_offset: 0, end_offset: text.length, type: 'word', position: 0 }],
  path_hierarchy: (options) => (text) => hierarchy(text, String(options['delimiter'] ?? '/')),
  ngram: (options) => (text) => grams(text, count(options, 'min_gram', 1), count(options, 'max_gram', 2), false),
  edge_ngram: (options) => (text) => grams(text, count(options, 'min_gram', 1), count(options, 'max_gram', 2), true),
}

function hierarchy(text: string, delimiter: string): Token[] {
  const tokens: Token[] = []
  for (let at = text.indexOf(delimiter, 1); ; at = text.indexOf(delimiter, at + 1)) {
    checkCount(tokens)
    const end = at < 0 ? text.length : at
    if (end > 0) tokens.push({ token: text.slice(0, end), start_offset: 0, end_offset: end, type: 'word', position: 0 })
    if (at < 0) return tokens
  }
}

function grams(text: string, least: number, most: number, edge: boolean): Token[] {
  const tokens: Token[] = []
  for (let start = 0; start < (edge ? 1 : text.length); start++)
    for (let length = least; length <= most && start + length <= text.length; length++) {
      checkCount(tokens)
      tokens.push({
        token: text.slice(start, start + length),
        start_offset: start,
        end_offset: start + length,
        type: 'word',
        position: tokens.length,
      })
    }
  return tokens
}

// As Lucene's StopAnalyzer has them.
const ENGLISH_STOP_WORDS =
  'a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with'.split(
    ' ',
  )

const each =
  (change: (token: string) => string): TokenFilter =>
  (tokens) =>
    tokens.map((token) => ({ ...token, token: change(token.token) }))

const lowercase = each((token) => token.toLowerCase())

const FILTERS: Readonly<Record<string, (options: ValueObject) => TokenFilter>> = {
  lowercase: () => lowercase,
  uppercase: () => each((token) => token.toUpperCase()),
  trim: () => each((token) => token.trim()),
  reverse: () => each((token) => [...token].reverse().join('')),
  asciifolding: () => each(foldAccents),
  truncate: (options) => {
    const length = count(options, 'length', 10)
    return each((token) => token.slice(0, length))
  },
  length: (options) => {
    const [min, max] = [count(options, 'min', 0), count(options, 'max', Number.MAX_SAFE_INTEGER)]
    return (tokens) => tokens.filter(({ token }) => token.length >= min && token.length <= max)
  },
  limit: (options) => (tokens) => tokens.slice(0, count(options, 'max_token_count', 1)),
  unique: () => (tokens) => {
    const seen = new Set<string>()
    return tokens.filter(({ token }) => !seen.has(token) && seen.add(token) !== undefined)
  },
  stop: (options) => {
    const ignoreCase = options['ignore_case'] === true
    const words = new Set(stopWords(options['stopwords']).map((word) => (ignoreCase ? word.toLowerCase() : word)))
    return (tokens) => tokens.filter(({ token }) => !words.has(ignoreCase ? token.toLowerCase() : token))
  },
}

function foldAccents(token: string): string {
  return token
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[æÆœŒßøØđĐłŁ]/g, (letter) => FOLDED[letter]!)
}

const FOLDED: Readonly<Record<string, string>> = {
  æ: 'ae',
  Æ: 'AE',
  œ: 'oe',
  Œ: 'OE',
  ß: 'ss',
  ø: 'o',
  Ø: 'O',
  đ: 'd',
  Đ: 'D',
  ł: 'l',
  Ł: 'L',
}

function stopWords(value: Value | undefined): string[] {
  if (value === undefined || value === '_english_') return ENGLISH_STOP_WORDS
  if (value === '_none_') return []
  if (Array.isArray(value)) return value.flatMap((word) => (word === '_english_' ? ENGLISH_STOP_WORDS : String(word)))
  throw fail('search.argument', { reason: `[stopwords] must be a list of words, [_english_] or [_none_]` })
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

const CHAR_FILTERS: Readonly<Record<string, (options: ValueObject) => CharFilter>> = {
  html_strip: () => (text) =>
    text
      .replaceAll(/<(\/?)(p|div|br|li|h\d|tr|table|ul|ol)\b[^<>]*>/gi, '\n')
      .replaceAll(/<[^<>]*>/g, '')
      .replaceAll(/&(\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole),
  mapping: (options) => {
    const given = options['mappings']
    const rules = (Array.isArray(given) ? given : []).map((rule) => {
      const [from = '', to] = String(rule).split(/\s*=>\s*/)
      if (to === undefined) throw fail('search.argument', { reason: `Invalid Mapping Rule : [${String(rule)}]` })
      return [from, to] as const
    })
    // The longest that matches counts.
    rules.sort(([a], [b]) => b.length - a.length)
    return (text) => {
      let result = ''
      for (let at = 0; at < text.length;) {
        const rule = rules.find(([from]) => from !== '' && text.startsWith(from, at))
        result += rule === undefined ? text[at]! : rule[1]
        at += rule === undefined ? 1 : rule[0].length
      }
      return result
    }
  },
}

interface AnalyzerSpec {
  readonly tokenizer: string
  readonly filters: readonly string[]
}

const ANALYZERS: Readonly<Record<string, AnalyzerSpec>> = {
  standard: { tokenizer: 'standard', filters: ['lowercase'] },
  default: { tokenizer: 'standard', filters: ['lowercase'] },
  simple: { tokenizer: 'lowercase', filters: [] },
  whitespace: { tokenizer: 'whitespace', filters: [] },
  keyword: { tokenizer: 'keyword', filters: [] },
  stop: { tokenizer: 'lowercase', filters: ['stop'] },
}

const NORMALIZERS: Readonly<Record<string, AnalyzerSpec>> = {
  lowercase: { tokenizer: 'keyword', filters: ['lowercase'] },
}

function count(options: ValueObject, name: string, otherwise: number): number {
  const value = options[name] ?? otherwise
  if (!Number.isInteger(Number(value)) || Number(value) < 0)
    throw fail('search.argument', { reason: `[${name}] must be a whole number, got [${String(value)}]` })
  return Number(value)
}

function find<T>(
  kind: string,
  table: Readonly<Record<string, (options: ValueObject) => T>>,
  given: Value,
): { name: string; use: T } {
  const options = isObject(given) ? given : ({} as ValueObject)
  const name = isObject(given) ? String(given['type']) : String(given)
  const make = Object.hasOwn(table, name) ? table[name] : undefined
  if (make === undefined) throw fail('search.argument', { reason: `failed to find global ${kind} under [${name}]` })
  return { name: isObject(given) ? `__anonymous__${name}` : name, use: make(options) }
}

export const tokenizerOf = (given: Value): { name: string; use: Tokenizer } => find('tokenizer', TOKENIZERS, given)
export const filterOf = (given: Value): { name: string; use: TokenFilter } => find('filter', FILTERS, given)
export const charFilterOf = (given: Value): { name: string; use: CharFilter } =>
  find('char_filter', CHAR_FILTERS, given)

/** A built-in analyzer, as one step. @throws illegal_argument_exception for one that is not there */
export function tokenStreamOf(name: string, kind: 'analyzer' | 'normalizer' = 'analyzer'): Tokenizer {
  const table = kind === 'analyzer' ? ANALYZERS : NORMALIZERS
  const spec = Object.hasOwn(table, name) ? table[name] : undefined
  if (spec === undefined) throw fail('search.argument', { reason: `failed to find global ${kind} [${name}]` })
  const tokenizer = tokenizerOf(spec.tokenizer).use
  const filters = spec.filters.map((filter) => filterOf(filter).use)
  return (text) => filters.reduce((tokens: Token[], filter) => filter(tokens), tokenizer(text))
}
