import { fail, type Source, type Span } from '../diagnostic/index.ts'
import { newObject, parseJson, type Value, type ValueObject } from '../event/index.ts'

/** A value with the places of everything in it, so that a message can point at what it speaks of. */
export interface LocatedJson {
  readonly value: Value
  /** The place of the value at a path, or of its name where `name` asks for that. */
  span(path: readonly (string | number)[], part?: 'value' | 'name'): Span | undefined
  /** Names that an object has twice, each with its path and place. */
  readonly duplicates: readonly { readonly path: string; readonly span: Span }[]
}

interface Place {
  readonly start: number
  end: number
  readonly name?: readonly [start: number, end: number]
  readonly children?: Map<string | number, Place>
}

const DEPTH_LIMIT = 500

/**
 * Reads JSON and keeps the place of every value. Comments may stand between values, as Elasticsearch lets them, and
 * texts of several lines between three quotes, as its console writes them.
 * @throws DiagnosticError `watch.syntax` with the place of the first mistake
 */
export function readLocatedJson(source: Source): LocatedJson {
  const reader = new Reader(source)
  const [value, root] = reader.document()
  return {
    value,
    duplicates: reader.duplicates,
    span(path, part = 'value') {
      let place: Place | undefined = root
      for (const step of path) place = place?.children?.get(step)
      if (place === undefined) return undefined
      const [start, end] = part === 'name' && place.name !== undefined ? place.name : [place.start, place.end]
      return { source, start, end }
    },
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const BLANK = /(?:[ \t\r\n]+|\/\/[^\n]*|\/\*[^]*?\*\/)+/y
/** Stands around a text of several lines. */
export const TRIPLE = '"""'
const STRING_BODY = /[^"\\\n]*/y

class Reader {
  readonly duplicates: { path: string; span: Span }[] = []
  private readonly source: Source
  private readonly text: string
  private at = 0
  private readonly path: (string | number)[] = []

  constructor(source: Source) {
    this.source = source
    this.text = source.text
    if (this.text.startsWith('\ufeff')) this.at = 1
  }

  document(): [Value, Place] {
    const result = this.value()
    this.space()
    if (this.at < this.text.length) throw this.error('the end of the text')
    return result
  }

  private value(name?: readonly [number, number]): [Value, Place] {
    this.space()
    if (this.path.length > DEPTH_LIMIT)
      throw this.problem(`nested deeper than ${DEPTH_LIMIT} levels`, this.at, this.at + 1)
    const start = this.at
    const c = this.text[start]
    const place = (children?: Map<string | number, Place>): Place => ({
      start,
      end: this.at,
      ...(name === undefined ? {} : { name }),
      ...(children === undefined ? {} : { children }),
    })
    if (c === '{') {
      const [object, children] = this.object()
      return [object, place(children)]
    }
    if (c === '[') {
      const [list, children] = this.list()
      return [list, place(children)]
    }
    const scalar = c === '"' ? this.string() : this.word()
    return [scalar, place()]
  }

  private object(): [ValueObject, Map<string | number, Place>] {
    const object = newObject()
    const children = new Map<string | number, Place>()
    this.at++
    this.space()
    if (this.take('}')) return [object, children]
    for (;;) {
      this.space()
      const start = this.at
      if (this.text[start] !== '"') throw this.error('a name in double quotes')
      const name = this.string()
      const end = this.at
      this.space()
      if (!this.take(':')) throw this.error("':'")
      this.path.push(name)
      const [value, place] = this.value([start, end])
      if (children.has(name))
        this.duplicates.push({ path: this.path.join('.'), span: { source: this.source, start, end } })
      this.path.pop()
      object[name] = value
      children.set(name, place)
      this.space()
      if (this.take('}')) return [object, children]
      if (!this.take(',')) throw this.error("',' or '}'")
    }
  }

  private list(): [Value[], Map<string | number, Place>] {
    const list: Value[] = []
    const children = new Map<string | number, Place>()
    this.at++
    this.space()
    if (this.take(']')) return [list, children]
    for (;;) {
      this.path.push(list.length)
      const [value, place] = this.value()
      this.path.pop()
      children.set(list.length, place)
      list.push(value)
      this.space()
      if (this.take(']')) return [list, children]
      if (!this.take(',')) throw this.error("',' or ']'")
    }
  }

  private string(): string {
    const start = this.at
    if (this.text.startsWith(TRIPLE, start)) return this.tripleQuoted()
    this.at++
    for (;;) {
      STRING_BODY.lastIndex = this.at
      STRING_BODY.exec(this.text)
      this.at = STRING_BODY.lastIndex
      const c = this.text[this.at]
      if (c === '"') break
      if (c !== '\\') throw this.problem('the string is not closed', start, this.at)
      this.at += 2
    }
    this.at++
    try {
      return JSON.parse(this.text.slice(start, this.at)) as string
    } catch {
      throw this.problem('the string has an escape or a character that JSON does not allow', start, this.at)
    }
  }

  private tripleQuoted(): string {
    const start = this.at
    const end = this.text.indexOf(TRIPLE, start + TRIPLE.length)
    if (end < 0) throw this.problem('the string is not closed', start, this.text.length)
    this.at = end + TRIPLE.length
    return this.text.slice(start + TRIPLE.length, end)
  }

  private word(): Value {
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length
        return value
      }
    }
    NUMBER.lastIndex = this.at
    const match = NUMBER.exec(this.text)
    if (match === null) throw this.error('a value')
    this.at += match[0].length
    return parseJson(match[0])
  }

  private take(char: string): boolean {
    if (this.text[this.at] !== char) return false
    this.at++
    return true
  }

  private space(): void {
    BLANK.lastIndex = this.at
    this.at += BLANK.exec(this.text)?.[0].length ?? 0
    if (this.text.startsWith('/*', this.at)) throw this.problem('the comment is not closed', this.at, this.text.length)
  }

  private error(expected: string): Error {
    const got =
      this.at >= this.text.length ? 'the end of the text' : `'${String.fromCodePoint(this.text.codePointAt(this.at)!)}'`
    return this.problem(`expected ${expected}, got ${got}`, this.at, this.at + 1)
  }

  private problem(reason: string, start: number, end: number): Error {
    return fail('watch.syntax', { reason }, { span: { source: this.source, start, end } })
  }
}
