import { QueryError, type Query } from './ast.ts'
import { scan, TokenReader, type Token } from './scanner.ts'

const MARKS = ['&&', '||', '>=', '<=', '(', ')', '[', ']', '{', '}', ':', '+', '-', '!', '<', '>', '^', '~']
const RANGE = { '<': 'lt', '<=': 'lte', '>': 'gt', '>=': 'gte' } as const

/** Reads Lucene's query syntax: OR between words, AND and NOT in capitals. @throws QueryError with the place */
export function parseLucene(text: string): Query {
  if (text.trim() === '') return { kind: 'everything' }
  return new LuceneParser(scan(text, MARKS, true)).whole()
}

interface Part {
  readonly query: Query
  readonly must: boolean
}

class LuceneParser extends TokenReader {
  whole(): Query {
    const query = this.list(undefined)
    const token = this.peek()
    if (token.kind !== 'end') throw new QueryError(`'${token.text}' is not expected here`, token.at, token.length)
    return query
  }

  /** Clauses: those joined by AND or marked `+` must match, those marked `-` or NOT must not, of the others one. */
  private list(field: string | undefined): Query {
    const parts: Part[] = []
    while (!this.isEnd()) {
      const and = this.takeWord('AND') || this.takeMark('&&')
      if (!and && !this.takeWord('OR')) this.takeMark('||')
      if (and && parts.length > 0) parts.push({ ...parts.pop()!, must: true })
      if (this.isEnd()) {
        const token = this.peek()
        throw new QueryError('the query ends too early', token.at, token.length)
      }
      const plus = this.takeMark('+')
      const minus = this.takeMark('-') || this.takeMark('!') || this.takeWord('NOT')
      const query = this.leaf(field)
      parts.push(minus ? { query: { kind: 'not', part: query }, must: true } : { query, must: plus || and })
    }
    const must = parts.filter((part) => part.must).map(({ query }) => query)
    const may = parts.filter((part) => !part.must).map(({ query }) => query)
    // Where something must match, what may match only ranks.
    const all =
      must.some(({ kind }) => kind !== 'not') || may.length === 0
        ? must
        : [...must, may.length === 1 ? may[0]! : ({ kind: 'or', parts: may } as const)]
    if (all.length === 0) throw new QueryError('a clause is missing', this.peek().at, 1)
    return all.length === 1 ? all[0]! : { kind: 'and', parts: all }
  }

  private leaf(field: string | undefined): Query {
    const token = this.next()
    if (token.kind === 'end') throw new QueryError('the query ends too early', token.at, 1)
    if (token.kind === 'mark') {
      if (token.text === '(') {
        const inner = this.list(field)
        this.expectMark(')')
        return inner
      }
      if ((token.text === '[' || token.text === '{') && field !== undefined)
        return this.range(field, token.text === '[')
      const bound = RANGE[token.text as keyof typeof RANGE]
      if (bound !== undefined && field !== undefined) {
        const value = this.next()
        if (value.kind !== 'word' && value.kind !== 'phrase')
          throw new QueryError('a bound is missing', value.at, value.length)
        return { kind: 'range', field, bounds: { [bound]: value.text } }
      }
      throw new QueryError(`'${token.text}' is not expected here`, token.at, token.length)
    }
    if (token.kind === 'word' && field === undefined && this.takeMark(':')) {
      if (token.text === '_exists_') return { kind: 'exists', field: this.next().text }
      return this.leaf(token.text)
    }
    const query = this.term(field, token)
    // A boost ranks and does not select.
    if (this.takeMark('^')) this.next()
    if (this.isMark('~')) throw new QueryError('fuzzy terms are not supported; use * or /regexp/', this.peek().at, 1)
    return query
  }

  private term(field: string | undefined, token: Token): Query {
    if (token.kind === 'regexp') {
      if (field === undefined) throw new QueryError('a regular expression needs a field', token.at, token.length)
      return { kind: 'regexp', field, pattern: token.text }
    }
    if (token.wild) {
      if (token.text === '*') return field === undefined ? { kind: 'everything' } : { kind: 'exists', field }
      if (field === undefined) throw new QueryError('a wildcard needs a field', token.at, token.length)
      return { kind: 'wildcard', field, pattern: token.text }
    }
    return { kind: 'match', field, value: token.text, phrase: token.kind === 'phrase' }
  }

  private range(field: string, closed: boolean): Query {
    const low = this.next()
    if (!this.takeWord('TO')) throw new QueryError("'TO' is missing", this.peek().at, 1)
    const high = this.next()
    const end = this.next()
    if (end.kind !== 'mark' || (end.text !== ']' && end.text !== '}'))
      throw new QueryError("']' is missing", end.at, end.length)
    const bounds: Record<string, string> = {}
    if (low.text !== '*') bounds[closed ? 'gte' : 'gt'] = low.text
    if (high.text !== '*') bounds[end.text === ']' ? 'lte' : 'lt'] = high.text
    return { kind: 'range', field, bounds }
  }

  private isEnd(): boolean {
    return this.peek().kind === 'end' || this.isMark(')')
  }
}
