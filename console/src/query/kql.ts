import { QueryError, type Query } from './ast.ts'
import { scan, TokenReader, type Token } from './scanner.ts'

const MARKS = ['<=', '>=', '(', ')', ':', '<', '>']
const RANGE = { '<': 'lt', '<=': 'lte', '>': 'gt', '>=': 'gte' } as const

/** Reads Kibana's query language. @throws QueryError with the place */
export function parseKql(text: string): Query {
  if (text.trim() === '') return { kind: 'everything' }
  const parser = new KqlParser(scan(text, MARKS, false))
  return parser.whole()
}

class KqlParser extends TokenReader {
  whole(): Query {
    const query = this.or(undefined)
    const token = this.peek()
    if (token.kind !== 'end')
      throw new QueryError(`'${token.text}' is not expected here; and, or?`, token.at, token.length)
    return query
  }

  private or(field: string | undefined): Query {
    const parts = [this.and(field)]
    while (this.takeWord('or', true)) parts.push(this.and(field))
    return parts.length === 1 ? parts[0]! : { kind: 'or', parts }
  }

  private and(field: string | undefined): Query {
    const parts = [this.not(field)]
    while (this.takeWord('and', true)) parts.push(this.not(field))
    return parts.length === 1 ? parts[0]! : { kind: 'and', parts }
  }

  private not(field: string | undefined): Query {
    return this.takeWord('not', true) ? { kind: 'not', part: this.not(field) } : this.leaf(field)
  }

  private leaf(field: string | undefined): Query {
    const token = this.next()
    if (token.kind === 'mark' && token.text === '(') {
      const inner = this.or(field)
      this.expectMark(')')
      return inner
    }
    if (token.kind === 'end') throw new QueryError('the query ends too early', token.at, 1)
    if (token.kind === 'mark')
      throw new QueryError(`a field or a value is expected, got '${token.text}'`, token.at, token.length)
    if (field !== undefined) return this.value(field, token)
    if (this.takeMark(':')) {
      if (this.isMark('(')) return this.leaf(token.text)
      const after = this.peek()
      if (after.kind === 'end') throw new QueryError(`a value for '${token.text}' is missing`, after.at, 1)
      return this.value(token.text, this.next())
    }
    const mark = this.peek()
    const range = mark.kind === 'mark' ? RANGE[mark.text as keyof typeof RANGE] : undefined
    if (range !== undefined) {
      this.next()
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
    const after = this.peek(1)
    return !(after.kind === 'mark' && after.text !== ')' && after.text !== '(')
  }
}
