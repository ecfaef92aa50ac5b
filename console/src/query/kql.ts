import { QueryError, type Query } from './ast.ts'
import { scan, type Token } from './scanner.ts'

const MARKS = ['<=', '>=', '(', ')', ':', '<', '>']
const RANGE = { '<': 'lt', '<=': 'lte', '>': 'gt', '>=': 'gte' } as const

/** Reads Kibana's query language. @throws QueryError with the place */
export function parseKql(text: string): Query {
  if (text.trim() === '') return { kind: 'everything' }
  const parser = new KqlParser(scan(text, MARKS, false))
  return parser.whole()
}

class KqlParser {
  private at = 0
  private readonly tokens: readonly Token[]

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens
  }

  whole(): Query {
    const query = this.or(undefined)
    const token = this.peek()
    if (token.kind !== 'end')
      throw new QueryError(`'${token.text}' is not expected here; and, or?`, token.at, token.length)
    return query
  }

  private or(field: string | undefined): Query {
    const parts = [this.and(field)]
    while (this.takeWord('or')) parts.push(this.and(field))
    return parts.length === 1 ? parts[0]! : { kind: 'or', parts }
  }

  private and(field: string | undefined): Query {
    const parts = [this.not(field)]
    while (this.takeWord('and')) parts.push(this.not(field))
    return parts.length === 1 ? parts[0]! : { kind: 'and', parts }
  }

  private not(field: string | undefined): Query {
    return this.takeWord('not') ? { kind: 'not', part: this.not(field) } : this.leaf(field)
  }

  private leaf(field: string | undefined): Query {
    const token = this.next()
    if (token.kind === 'mark' && token.text === '(') {
      const inner = this.or(field)
      const close = this.next()
      if (close.kind !== 'mark' || close.text !== ')') throw new QueryError("')' is missing", close.at, close.length)
      return inner
    }
    if (token.kind === 'end') throw new QueryError('the query ends too early', token.at, 1)
    if (token.kind === 'mark')
      throw new QueryError(`a field or a value is expected, got '${token.text}'`, token.at, token.length)
    if (field !== undefined) return this.value(field, token)
    const mark = this.peek()
    if (mark.kind === 'mark' && mark.text === ':') {
      this.at++
      const after = this.peek()
      if (after.kind === 'mark' && after.text === '(') return this.leaf(token.text)
      if (after.kind === 'end') throw new QueryError(`a value for '${token.text}' is missing`, after.at, 1)
      return this.value(token.text, this.next())
    }
    const range = mark.kind === 'mark' ? RANGE[mark.text as keyof typeof RANGE] : undefined
    if (range !== undefined) {
      this.at++
      const bound = this.next()
      if (bound.kind !== 'word' && bound.kind !== 'phrase')
        throw new QueryError('a bound is missing', bound.at, bound.length)
      return { kind: 'range', field: token.text, bounds: { [range]: bound.text } }
    }
    return this.value(undefined, token)
  }

  /** Words that follow each other are one value, as Kibana takes them. */
  private value(field: string | undefined, first: Token): Query {
    if (first.kind === 'mark') throw new QueryError(`a value is expected, got '${first.text}'`, first.at, first.length)
    if (first.kind === 'phrase') return { kind: 'match', field, value: first.text, phrase: true }
    let text = first.text
    let wild = first.wild
    while (this.isPlainWord()) {
      const word = this.next()
      text += ` ${word.text}`
      wild ||= word.wild
    }
    if (wild && field !== undefined)
      return text === '*' ? { kind: 'exists', field } : { kind: 'wildcard', field, pattern: text }
    if (text === '*' && wild) return { kind: 'everything' }
    return { kind: 'match', field, value: text, phrase: false }
  }

  private isPlainWord(): boolean {
    const token = this.peek()
    if (token.kind !== 'word' || /^(and|or|not)$/i.test(token.text)) return false
    const after = this.tokens[this.at + 1]!
    return !(after.kind === 'mark' && after.text !== ')' && after.text !== '(')
  }

  private takeWord(word: string): boolean {
    const token = this.peek()
    if (token.kind !== 'word' || token.text.toLowerCase() !== word) return false
    this.at++
    return true
  }

  private peek(): Token {
    return this.tokens[this.at]!
  }

  private next(): Token {
    const token = this.tokens[this.at]!
    if (token.kind !== 'end') this.at++
    return token
  }
}
