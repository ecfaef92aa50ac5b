/**
 * Lucene's query syntax: `field:value`, quotes, AND OR NOT && || ! + -, parentheses, wildcards,
 * ranges (`[a TO b}`, `>=5`), `_exists_:field`, `^boost`. Recursive descent over the text; clauses combine as in
 * Lucene's classic parser (no precedence: each operator decides about the clauses beside it). Fuzzy terms (`word~1`),
 * phrases with slop (`"a b"~2`) and regular expressions (`/x/`).
 */
import { fail } from '../../diagnostic/index.ts'
import { checkRegex } from './lucene-regex.ts'
import { boolQuery, checkClauses } from './bool-query.ts'
import type { EachFieldQuery, Fuzziness, MatchQuery, Operator, PhraseQuery, Query, TermQuery } from './query-tree.ts'

export interface QueryStringOptions {
  /** Where a clause names no field; `*` is every field. */
  readonly fields: readonly string[]
  readonly operator: Operator
  readonly lenient: boolean | undefined
  readonly minimumShouldMatch: string | undefined
  readonly zone: string | undefined
  readonly analyzer: string | undefined
  /** For phrases. */
  readonly quoteAnalyzer: string | undefined
  readonly allowLeadingWildcard: boolean
  readonly phraseSlop: number
  /** For terms with `~` and no number. */
  readonly fuzziness: Fuzziness
  readonly combine: EachFieldQuery['combine']
  /** Words that stand together are a phrase, whose last one may be the start of a word. */
  readonly phrase: 'phrase' | 'phrase_prefix' | undefined
  readonly tieBreaker: number
}

const MAX_DEPTH = 100
const PREFIX_EXPANSIONS = 50
// A star or question mark that no backslash precedes.
const HAS_WILDCARD = /(^|[^\\])(\\\\)*[*?]/
const MATCH_ALL: Query = { kind: 'match_all', boost: 1 }

/** @throws query_shard_exception, as Elasticsearch does, where the text cannot be parsed. */
export function parseQueryString(text: string, options: QueryStringOptions): Query {
  if (text.trim() === '') return { kind: 'match_none' }
  if (text.trim() === '*') return MATCH_ALL
  const parser = new Parser(text, options)
  const query = parser.clauses(undefined, 0)
  if (!parser.atEnd()) throw parser.wrong()
  if (query.kind === 'bool' && options.minimumShouldMatch !== undefined)
    return { ...query, minimumShouldMatch: options.minimumShouldMatch }
  return query
}

type Occur = 'must' | 'should' | 'not'
interface Part {
  occur: Occur
  readonly query: Query
}

const SPECIAL = new Set(' \t\n\r　()[]{}"^~:/')
/** The characters of a regular expression `/.../`, an escaped slash within. */
const REGEX = /\/((?:[^\\/]|\\.)*)\//y

class Parser {
  private readonly text: string
  private readonly options: QueryStringOptions
  private at = 0

  constructor(text: string, options: QueryStringOptions) {
    this.text = text
    this.options = options
  }

  atEnd(): boolean {
    this.space()
    return this.at >= this.text.length
  }

  wrong(reason = ''): Error {
    return fail(
      'search.query_shard',
      { reason: `Failed to parse query [${this.text}]` },
      {
        hint:
          reason === '' ? `unexpected '${this.text.slice(this.at, this.at + 20) || 'end'}' at ${this.at + 1}` : reason,
      },
    )
  }

  clauses(field: string | undefined, depth: number): Query {
    if (depth > MAX_DEPTH) throw this.wrong('too deeply nested')
    const parts: Part[] = []
    while (!this.atEnd() && this.text[this.at] !== ')') {
      const conjunction = parts.length === 0 ? undefined : this.conjunction()
      this.space()
      const several = conjunction === undefined ? this.severalTerms(field) : undefined
      const modifier = several === undefined ? this.modifier() : undefined
      this.space()
      const query = several ?? this.clause(field, depth)
      if (conjunction === 'and' && parts.at(-1)!.occur === 'should') parts.at(-1)!.occur = 'must'
      const both = this.options.operator === 'and'
      if (both && conjunction === 'or' && parts.at(-1)!.occur === 'must') parts.at(-1)!.occur = 'should'
      let occur: Occur = both && conjunction !== 'or' ? 'must' : 'should'
      if (conjunction === 'and' || modifier === '+') occur = 'must'
      if (modifier === '-') occur = 'not'
      parts.push({ occur, query })
    }
    if (parts.length === 0) throw this.wrong()
    checkClauses(parts.length)
    if (parts.length === 1 && parts[0]!.occur !== 'not') return parts[0]!.query
    const of = (occur: Occur): Query[] => parts.filter((part) => part.occur === occur).map((part) => part.query)
    return boolQuery({ must: of('must'), should: of('should'), mustNot: of('not') })
  }

  private space(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++
  }

  private word(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false
    const next = this.text[this.at + word.length]
    if (next !== undefined && /[A-Z]/.test(word) && !/[\s(]/.test(next)) return false
    this.at += word.length
    return true
  }

  private conjunction(): Operator | undefined {
    this.space()
    if (this.word('AND') || this.word('&&')) return 'and'
    if (this.word('OR') || this.word('||')) return 'or'
    return undefined
  }

  private modifier(): '+' | '-' | undefined {
    if (this.word('+')) return '+'
    if (this.word('-') || this.word('!') || this.word('NOT')) return '-'
    return undefined
  }

  /** Two and more plain words in a row are one text: a keyword field is asked for `a b`, a text field for either. */
  private severalTerms(field: string | undefined): Query | undefined {
    const start = this.at
    const words: string[] = []
    let end = start
    for (;;) {
      this.space()
      if (/^(?:[-+!]|&&|\|\|)/.test(this.text.slice(this.at, this.at + 2))) break
      const raw = this.raw()
      if (
        raw === '' ||
        /^(?:AND|OR|NOT)$/.test(raw) ||
        HAS_WILDCARD.test(raw) ||
        /[:^~]/.test(this.text[this.at] ?? '')
      )
        break
      words.push(unescape(raw))
      end = this.at
    }
    this.at = words.length < 2 ? start : end
    return words.length < 2 ? undefined : this.spread(field, this.match(words.join(' ')))
  }

  private clause(outer: string | undefined, depth: number): Query {
    const named = this.field()
    const field = named ?? outer
    this.space()
    const c = this.text[this.at]
    if (named !== undefined && /[-+!]/.test(c ?? '')) throw this.wrong()
    if (c === '(') {
      this.at++
      const query = this.clauses(field, depth + 1)
      this.space()
      if (this.text[this.at] !== ')') throw this.wrong()
      this.at++
      return this.boosted(query)
    }
    if (c === '"') return this.boosted(this.phrase(field))
    if (c === '[' || c === '{') return this.boosted(this.range(field))
    if (c === '>' || c === '<') return this.boosted(this.comparison(field))
    if (c === '/') return this.boosted(this.regex(field))
    return this.boosted(this.term(field))
  }

  /** `name:`, with backslashes taken out; nothing is consumed where there is none. */
  private field(): string | undefined {
    const start = this.at
    const name = this.raw()
    if (name !== '' && this.text[this.at] === ':') {
      if (name !== '*' && HAS_WILDCARD.test(name))
        throw this.wrong('a wildcard in the name of a field needs a backslash')
      this.at++
      return unescape(name)
    }
    this.at = start
    return undefined
  }

  /** Characters up to the next special one, backslashes kept. */
  private raw(): string {
    const start = this.at
    while (this.at < this.text.length) {
      const c = this.text[this.at]!
      if (c === '\\') {
        this.at += 2
        continue
      }
      if (SPECIAL.has(c)) break
      this.at++
    }
    if (this.at > this.text.length) throw this.wrong('a lone backslash at the end')
    return this.text.slice(start, this.at)
  }

  private boosted(query: Query): Query {
    if (this.text[this.at] !== '^') return query
    this.at++
    const boost = Number(this.raw() || NaN)
    if (!(boost >= 0)) throw this.wrong()
    if (query.kind === 'match_none') return query
    if (query.kind === 'each_field') return { ...query, leaf: { ...query.leaf, boost } }
    return { ...query, boost }
  }

  /** The number after `~`, where there is one. */
  private tilde(): string | undefined {
    if (this.text[this.at] !== '~') return undefined
    const match = /~([\d.]*)/y
    match.lastIndex = this.at
    const found = match.exec(this.text)!
    this.at += found[0].length
    return found[1]!
  }

  private regex(field: string | undefined): Query {
    REGEX.lastIndex = this.at
    const found = REGEX.exec(this.text)
    if (found === null) throw this.wrong('a regular expression is not closed')
    this.at += found[0].length
    const value = found[1]!.replaceAll('\\/', '/')
    checkRegex(value)
    return this.spread(field, { kind: 'regexp', field: '', value, caseInsensitive: false, boost: 1 })
  }

  private phrase(field: string | undefined): Query {
    const start = ++this.at
    while (this.at < this.text.length && this.text[this.at] !== '"') this.at += this.text[this.at] === '\\' ? 2 : 1
    if (this.text[this.at] !== '"') throw this.wrong('a quote is not closed')
    const text = unescape(this.text.slice(start, this.at++))
    const slop = this.tilde()
    if (field === '_exists_') return { kind: 'exists', field: text, boost: 1 }
    const given = slop === undefined || slop === '' ? this.options.phraseSlop : Math.floor(Number(slop))
    return this.spread(field, this.phraseOf(text, given))
  }

  private phraseOf(text: string, slop: number, prefixExpansions?: number): PhraseQuery {
    return {
      kind: 'match_phrase',
      field: '',
      text,
      slop,
      prefixExpansions,
      zeroTerms: 'none',
      analyzer: this.options.quoteAnalyzer,
      lenient: this.lenient(),
      boost: 1,
    }
  }

  private range(field: string | undefined): Query {
    const includeFrom = this.text[this.at++] === '['
    const from = this.bound()
    this.space()
    if (!this.word('TO')) throw this.wrong()
    const to = this.bound()
    this.space()
    const close = this.text[this.at++]
    if (close !== ']' && close !== '}') throw this.wrong()
    return this.rangeQuery(field, from, to, includeFrom, close === ']')
  }

  private bound(): string | undefined {
    this.space()
    if (this.text[this.at] === '"') {
      const start = ++this.at
      while (this.at < this.text.length && this.text[this.at] !== '"') this.at += this.text[this.at] === '\\' ? 2 : 1
      return unescape(this.text.slice(start, this.at++))
    }
    const start = this.at
    while (this.at < this.text.length && !/[\s\]}]/.test(this.text[this.at]!))
      this.at += this.text[this.at] === '\\' ? 2 : 1
    if (this.at === start) throw this.wrong()
    const text = this.text.slice(start, this.at)
    return text === '*' ? undefined : unescape(text)
  }

  private comparison(field: string | undefined): Query {
    const lower = this.text[this.at++] === '>'
    const included = this.text[this.at] === '='
    if (included) this.at++
    this.space()
    const start = this.at
    while (this.at < this.text.length && !/[\s()]/.test(this.text[this.at]!)) this.at++
    const value = unescape(this.text.slice(start, this.at).replace(/^"(.*)"$/, '$1'))
    if (value === '') throw this.wrong()
    return lower
      ? this.rangeQuery(field, value, undefined, included, true)
      : this.rangeQuery(field, undefined, value, true, included)
  }

  private rangeQuery(
    field: string | undefined,
    from: string | undefined,
    to: string | undefined,
    includeFrom: boolean,
    includeTo: boolean,
  ): Query {
    return this.spread(field, {
      kind: 'range',
      field: '',
      from,
      to,
      includeFrom,
      includeTo,
      format: undefined,
      zone: this.options.zone,
      relation: 'intersects',
      boost: 1,
    })
  }

  private term(field: string | undefined): Query {
    const raw = this.raw()
    if (/^(?:AND|OR|NOT)?$/.test(raw)) throw this.wrong()
    if (field === '_exists_') return { kind: 'exists', field: unescape(raw), boost: 1 }
    if (raw === '*') return field === undefined || field === '*' ? MATCH_ALL : { kind: 'exists', field, boost: 1 }
    if (HAS_WILDCARD.test(raw)) return this.wildcard(field, raw)
    const edits = this.tilde()
    if (edits !== undefined) {
      const { fuzziness } = this.options
      const given = edits === '' ? fuzziness.edits : Number(edits)
      // Older than edits are similarities below 1: they are edits by the length of the term.
      const value = unescape(raw)
      const least = typeof given === 'number' && given > 0 && given < 1
      const fixed = least ? Math.min(2, Math.floor((1 - given) * value.length)) : given
      return this.spread(field, {
        kind: 'fuzzy',
        field: '',
        value,
        fuzziness: { ...fuzziness, edits: typeof fixed === 'number' ? Math.min(2, Math.floor(fixed)) : fixed },
        boost: 1,
      })
    }
    return this.spread(field, this.match(unescape(raw)))
  }

  private match(text: string): MatchQuery | PhraseQuery {
    const { phrase } = this.options
    if (phrase !== undefined)
      return this.phraseOf(text, this.options.phraseSlop, phrase === 'phrase' ? undefined : PREFIX_EXPANSIONS)
    return {
      kind: 'match',
      field: '',
      text,
      operator: this.options.operator,
      minimumShouldMatch: undefined,
      analyzer: this.options.analyzer,
      zeroTerms: 'none',
      fuzziness: undefined,
      lastIsPrefix: false,
      lenient: this.lenient(),
      boost: 1,
    }
  }

  private wildcard(field: string | undefined, raw: string): Query {
    if (!this.options.allowLeadingWildcard && /^[*?]/.test(raw))
      throw this.wrong("'*' or '?' not allowed as first character in WildcardQuery")
    const leaf: TermQuery = {
      kind: 'wildcard',
      field: '',
      value: raw,
      caseInsensitive: false,
      normalized: true,
      boost: 1,
    }
    return this.spread(field, leaf)
  }

  /** Where every field is asked, values that do not fit one match nothing of it. */
  private lenient(): boolean {
    return this.options.lenient ?? this.options.fields.includes('*')
  }

  private spread(field: string | undefined, leaf: EachFieldQuery['leaf']): Query {
    const lenient = this.lenient()
    if (field !== undefined && !field.includes('*') && !lenient) return { ...leaf, field }
    const fields = field === undefined ? this.options.fields : [field]
    const { combine, tieBreaker } = this.options
    return { kind: 'each_field', fields, leaf, combine, tieBreaker, lenient }
  }
}

function unescape(text: string): string {
  return text.replace(/\\(.)/gs, '$1')
}
