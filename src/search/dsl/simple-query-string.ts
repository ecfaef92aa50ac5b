/**
 * simple_query_string: `+` and, `|` or, `-` not, `"..."` phrase, `word*` prefix, `( )`, `~N` edits or slop.
 * What does not parse is left out, never refused, as in Lucene's SimpleQueryParser.
 */
import type { ValueObject } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { analyzerOf } from './analysis.ts'
import { boolQuery, checkClauses } from './bool-query.ts'
import { Clause } from './clause.ts'
import { minimum } from './field-clause.ts'
import type { EachFieldQuery, Fuzziness, Operator, PhraseQuery, Query } from './query-tree.ts'

const FLAGS = ['AND', 'ESCAPE', 'FUZZY', 'NEAR', 'NOT', 'OR', 'PHRASE', 'PRECEDENCE', 'PREFIX', 'SLOP', 'WHITESPACE']
const MAX_DEPTH = 100

interface Options {
  readonly fields: readonly string[]
  readonly operator: Operator
  readonly lenient: boolean
  readonly analyzer: string | undefined
  readonly flags: ReadonlySet<string>
  /** What a phrase's fields end in, where there is such a field. */
  readonly quoteSuffix: string | undefined
  readonly fuzziness: Omit<Fuzziness, 'edits'>
}

export function checkSimpleQueryString(body: ValueObject): Query {
  const clause = new Clause('simple_query_string', body)
  const text = clause.string('query')
  if (text === undefined) throw fail('search.parsing', { reason: '[simple_query_string] query text missing' })
  const fields = (clause.list('fields') ?? ['*']).map(String)
  const analyzer = clause.string('analyzer')
  if (analyzer !== undefined) analyzerOf('*', analyzer)
  const options: Options = {
    fields,
    operator: clause.oneOf('default_operator', ['and', 'or']) ?? 'or',
    lenient: clause.boolean('lenient') ?? fields.includes('*'),
    analyzer,
    flags: flagsOf(clause),
    quoteSuffix: clause.string('quote_field_suffix'),
    fuzziness: {
      prefixLength: clause.integer('fuzzy_prefix_length') ?? 0,
      maxExpansions: clause.integer('fuzzy_max_expansions') ?? 50,
      transpositions: clause.boolean('fuzzy_transpositions') ?? true,
    },
  }
  const minimumShouldMatch = minimum(clause)
  // They change nothing for the analyzers there are.
  clause.take('analyze_wildcard', 'auto_generate_synonyms_phrase_query')
  const boost = clause.boost()
  clause.done()
  const query = new Parser(text, options).all()
  const whole: Query =
    query.kind === 'bool' && minimumShouldMatch !== undefined ? { ...query, minimumShouldMatch } : query
  return boost === 1 ? whole : boolQuery({ must: [whole], boost })
}

function flagsOf(clause: Clause): ReadonlySet<string> {
  const text = clause.string('flags')
  if (text === undefined || /^(all|-1)$/i.test(text)) return new Set(FLAGS)
  const flags = text
    .toUpperCase()
    .split('|')
    .map((flag) => flag.trim())
  const unknown = flags.find((flag) => flag !== 'NONE' && flag !== 'ALL' && !FLAGS.includes(flag))
  if (unknown !== undefined) throw fail('search.argument', { reason: `Unknown simple_query_string flag [${unknown}]` })
  return new Set(flags.includes('ALL') ? FLAGS : flags)
}

class Parser {
  private readonly text: string
  private readonly options: Options
  private at = 0

  constructor(text: string, options: Options) {
    this.text = text
    this.options = options
  }

  all(): Query {
    if (this.text.trim() === '*') return { kind: 'match_all', boost: 1 }
    return this.sequence(0, false) ?? { kind: 'match_none' }
  }

  /** Clauses in a row; `+` and `|` combine what stands before them with what comes after. */
  private sequence(depth: number, inner: boolean): Query | undefined {
    const { flags, operator } = this.options
    let current: Query | undefined
    let how: Operator | undefined
    let next: Operator | undefined
    let negated = false
    let clauses = 0
    while (this.at < this.text.length) {
      const c = this.text[this.at]!
      if (/\s/.test(c) && flags.has('WHITESPACE')) {
        this.at++
        continue
      }
      if (inner && c === ')') break
      if (c === '+' && flags.has('AND')) {
        next ??= current === undefined ? undefined : 'and'
        this.at++
        continue
      }
      if (c === '|' && flags.has('OR')) {
        next ??= current === undefined ? undefined : 'or'
        this.at++
        continue
      }
      if (c === '-' && flags.has('NOT')) {
        negated = !negated
        this.at++
        continue
      }
      const part = this.clause(c, depth)
      if (part === undefined) continue
      checkClauses(++clauses)
      const one = negated ? boolQuery({ mustNot: [part], should: [{ kind: 'match_all', boost: 1 }] }) : part
      negated = false
      if (current === undefined) current = one
      else {
        const by: Operator = next ?? operator
        current = joined(current, one, by, how)
        how = by
      }
      next = undefined
    }
    return current
  }

  private clause(c: string, depth: number): Query | undefined {
    const { flags } = this.options
    if (c === '(' && flags.has('PRECEDENCE') && depth < MAX_DEPTH) {
      const close = this.closing()
      this.at++
      if (close === undefined) return undefined
      const query = this.sequence(depth + 1, true)
      if (this.text[this.at] === ')') this.at++
      return query
    }
    if (c === ')' && flags.has('PRECEDENCE')) {
      this.at++
      return undefined
    }
    if (c === '"' && flags.has('PHRASE')) {
      let end = this.at + 1
      while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === '\\' ? 2 : 1
      if (end >= this.text.length) {
        this.at++
        return undefined
      }
      const text = this.text.slice(this.at + 1, end).replace(/\\(.)/gs, '$1')
      this.at = end + 1
      const slop = flags.has('NEAR') || flags.has('SLOP') ? this.number() : undefined
      const { analyzer, lenient, quoteSuffix } = this.options
      const phrase: PhraseQuery = {
        kind: 'match_phrase',
        field: '',
        text,
        slop: slop ?? 0,
        prefixExpansions: undefined,
        zeroTerms: 'none',
        analyzer,
        lenient,
        boost: 1,
      }
      return this.spread(phrase, quoteSuffix)
    }
    return this.word()
  }

  /** Where the parenthesis closes; undefined where it does not. */
  private closing(): number | undefined {
    let depth = 0
    for (let i = this.at; i < this.text.length; i++) {
      const c = this.text[i]
      if (c === '\\') i++
      else if (c === '(') depth++
      else if (c === ')' && --depth === 0) return i
    }
    return undefined
  }

  private number(): number | undefined {
    const match = /~(\d*)/y
    match.lastIndex = this.at
    const found = match.exec(this.text)
    if (found === null) return undefined
    this.at += found[0].length
    return found[1] === '' ? 2 : Number(found[1])
  }

  private word(): Query | undefined {
    const { flags, analyzer, lenient, operator } = this.options
    let text = ''
    let escaped = false
    let fuzzy: number | undefined
    while (this.at < this.text.length) {
      const c = this.text[this.at]!
      if (c === '\\' && flags.has('ESCAPE') && this.at + 1 < this.text.length) {
        text += this.text[this.at + 1]!
        escaped = true
        this.at += 2
        continue
      }
      if (
        (/\s/.test(c) && flags.has('WHITESPACE')) ||
        (c === '+' && flags.has('AND')) ||
        (c === '|' && flags.has('OR')) ||
        (c === '"' && flags.has('PHRASE')) ||
        ((c === '(' || c === ')') && flags.has('PRECEDENCE'))
      )
        break
      if (c === '~' && text !== '' && flags.has('FUZZY')) {
        const edits = this.number()!
        if (this.at >= this.text.length || /[\s+|"()]/.test(this.text[this.at]!)) {
          fuzzy = Math.min(2, edits)
          break
        }
        text += '~'
        continue
      }
      text += c
      escaped = false
      this.at++
    }
    if (text === '') return undefined
    if (fuzzy !== undefined)
      return this.spread({
        kind: 'fuzzy',
        field: '',
        value: text,
        fuzziness: { ...this.options.fuzziness, edits: fuzzy },
        boost: 1,
      })
    if (text.length > 1 && text.endsWith('*') && !escaped && flags.has('PREFIX'))
      return this.spread({
        kind: 'match',
        field: '',
        text: text.slice(0, -1),
        operator,
        minimumShouldMatch: undefined,
        analyzer,
        zeroTerms: 'none',
        fuzziness: undefined,
        lastIsPrefix: true,
        lenient,
        boost: 1,
      })
    return this.spread({
      kind: 'match',
      field: '',
      text,
      operator,
      minimumShouldMatch: undefined,
      analyzer,
      zeroTerms: 'none',
      fuzziness: undefined,
      lastIsPrefix: false,
      lenient,
      boost: 1,
    })
  }

  private spread(leaf: EachFieldQuery['leaf'], suffix?: string): Query {
    const [field] = this.options.fields
    if (suffix === undefined && this.options.fields.length === 1 && !/[*^]/.test(field!))
      return { ...leaf, field: field! } as Query
    return { kind: 'each_field', fields: this.options.fields, suffix, leaf, combine: 'best', tieBreaker: 1 }
  }
}

/** Clauses of one operator stay in one bool; another operator takes all before it as one clause. */
function joined(left: Query, right: Query, by: Operator, how: Operator | undefined): Query {
  if (left.kind === 'bool' && by === how)
    return by === 'and' ? { ...left, must: [...left.must, right] } : { ...left, should: [...left.should, right] }
  return by === 'and' ? boolQuery({ must: [left, right] }) : boolQuery({ should: [left, right] })
}
