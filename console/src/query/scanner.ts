import { QueryError } from './ast.ts'

export interface Token {
  readonly kind: 'word' | 'phrase' | 'regexp' | 'mark' | 'end'
  /** With escapes taken away; of a word, `*` and `?` that were escaped are in `literal`. */
  readonly text: string
  readonly wild: boolean
  readonly at: number
  readonly length: number
}

/** Splits a query into words, quoted phrases and the marks of its language (the longest first). */
export function scan(text: string, marks: readonly string[], regexps: boolean): Token[] {
  const tokens: Token[] = []
  let at = 0
  const markAt = (from: number): string | undefined => marks.find((mark) => text.startsWith(mark, from))
  while (at < text.length) {
    const start = at
    if (/\s/.test(text[at]!)) {
      at++
      continue
    }
    if (text[at] === '"' || (regexps && text[at] === '/')) {
      const quote = text[at]!
      let value = ''
      at++
      while (at < text.length && text[at] !== quote) {
        if (text[at] === '\\' && at + 1 < text.length) {
          if (quote === '/' && text[at + 1] !== '/') value += '\\'
          at++
        }
        value += text[at++]!
      }
      if (at >= text.length) throw new QueryError(`${quote} is not closed`, start, text.length - start)
      at++
      tokens.push({
        kind: quote === '"' ? 'phrase' : 'regexp',
        text: value,
        wild: false,
        at: start,
        length: at - start,
      })
      continue
    }
    const mark = markAt(at)
    if (mark !== undefined) {
      at += mark.length
      tokens.push({ kind: 'mark', text: mark, wild: false, at: start, length: mark.length })
      continue
    }
    let value = ''
    let wild = false
    while (at < text.length && !/\s/.test(text[at]!) && text[at] !== '"') {
      // A sign inside a word belongs to it: 10.0.0.1-x, a+b.
      const inner = markAt(at)
      if (inner !== undefined && !(at > start && /^[-+!&|]/.test(inner))) break
      if (text[at] === '\\' && at + 1 < text.length) {
        at++
        value += text[at++]!
        continue
      }
      if (text[at] === '*' || text[at] === '?') wild = true
      value += text[at++]!
    }
    tokens.push({ kind: 'word', text: value, wild, at: start, length: at - start })
  }
  tokens.push({ kind: 'end', text: '', wild: false, at: text.length, length: 1 })
  return tokens
}

/** Reads the tokens of a query one after the other; what follows its end is its end. */
export class TokenReader {
  private at = 0
  private readonly tokens: readonly Token[]

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens
  }

  /** The next token, or one further on. */
  peek(further = 0): Token {
    return this.tokens[Math.min(this.at + further, this.tokens.length - 1)]!
  }

  next(): Token {
    const token = this.peek()
    if (token.kind !== 'end') this.at++
    return token
  }

  isMark(mark: string): boolean {
    const { kind, text } = this.peek()
    return kind === 'mark' && text === mark
  }

  takeMark(mark: string): boolean {
    const found = this.isMark(mark)
    if (found) this.at++
    return found
  }

  /** Takes a word as it is written, or with `anyCase` in capitals or not. */
  takeWord(word: string, anyCase = false): boolean {
    const { kind, text } = this.peek()
    const found = kind === 'word' && (anyCase ? text.toLowerCase() : text) === word
    if (found) this.at++
    return found
  }

  /** @throws QueryError where another token comes */
  expectMark(mark: string): void {
    const token = this.next()
    if (token.kind !== 'mark' || token.text !== mark)
      throw new QueryError(`'${mark}' is missing`, token.at, token.length)
  }
}
