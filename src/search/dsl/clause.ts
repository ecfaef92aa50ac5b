import { Double, isObject, stringifyJson, type Value, type ValueObject } from '../../event/index.ts'
import { didYouMean, fail } from '../../diagnostic/index.ts'

/**
 * An object of a request that is read key by key; what nobody asked for is refused at the end by name.
 * `style` chooses between Elasticsearch's two ways to say so.
 */
export class Clause {
  readonly name: string
  readonly body: ValueObject
  private readonly style: 'query' | 'object'
  private readonly asked = new Set<string>()

  constructor(name: string, body: ValueObject, style: 'query' | 'object' = 'query') {
    this.name = name
    this.body = body
    this.style = style
  }

  take(...keys: readonly string[]): Value | undefined {
    for (const key of keys) this.asked.add(key)
    for (const key of keys) if (this.body[key] !== undefined) return this.body[key]
    return undefined
  }

  string(...keys: readonly string[]): string | undefined {
    const value = this.take(...keys)
    if (value === undefined || value === null) return undefined
    if (typeof value === 'object') throw this.wrong(keys[0]!, 'a string', value)
    return String(value)
  }

  needString(...keys: readonly string[]): string {
    const value = this.string(...keys)
    if (value === undefined)
      throw fail('search.argument', { reason: `[${this.name}] requires '${keys[0]!}' to be set` })
    return value
  }

  number(key: string): number | undefined {
    const value = this.take(key)
    if (value === undefined || value === null) return undefined
    const number = numberOf(value)
    if (number === undefined) throw this.wrong(key, 'a number', value)
    return number
  }

  integer(key: string): number | undefined {
    const number = this.number(key)
    if (number !== undefined && !Number.isInteger(number)) throw this.wrong(key, 'an integer', number)
    return number
  }

  boolean(key: string): boolean | undefined {
    const value = this.take(key)
    if (value === undefined || value === null) return undefined
    if (value === true || value === 'true') return true
    if (value === false || value === 'false') return false
    throw this.wrong(key, 'true or false', value)
  }

  object(key: string): ValueObject | undefined {
    const value = this.take(key)
    if (value === undefined || value === null) return undefined
    if (!isObject(value)) throw this.wrong(key, 'an object', value)
    return value
  }

  /** A list, or a single value as a list of one. */
  list(key: string): Value[] | undefined {
    const value = this.take(key)
    if (value === undefined || value === null) return undefined
    return Array.isArray(value) ? value : [value]
  }

  oneOf<T extends string>(key: string, allowed: readonly T[]): T | undefined {
    const text = this.string(key)
    if (text === undefined) return undefined
    const found = allowed.find((value) => value === text.toLowerCase())
    if (found === undefined) throw this.wrong(key, `one of ${allowed.join(', ')}`, text)
    return found
  }

  boost(): number {
    this.take('_name')
    const boost = this.number('boost') ?? 1
    if (boost < 0)
      throw fail('search.argument', {
        reason: `negative [boost] are not allowed in [${this.name}], use a value between 0 and 1 to deboost`,
      })
    return boost
  }

  wrong(key: string, expected: string, value: Value): Error {
    return fail(this.style === 'query' ? 'search.parsing' : 'search.content', {
      reason: `[${this.name}] '${key}' must be ${expected}, got ${typeof value === 'string' ? `'${value}'` : short(value)}`,
    })
  }

  /** A value of the right type that is not allowed. */
  failed(key: string, hint: string): Error {
    return fail('search.content', { reason: `[${this.name}] failed to parse field [${key}]` }, { hint })
  }

  /** @throws for keys that were never asked for. */
  done(): void {
    for (const key of Object.keys(this.body)) {
      if (this.asked.has(key)) continue
      if (this.style === 'query')
        throw fail('search.parsing', { reason: `[${this.name}] query does not support [${key}]` })
      const meant = didYouMean(key, this.asked)
      throw fail('search.content', {
        reason: `[${this.name}] unknown field [${key}]${meant === undefined ? '' : ` did you mean [${meant}]?`}`,
      })
    }
  }
}

export function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return value
  if (value instanceof Double) return value.value
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'string' && /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value)) return Number(value)
  return undefined
}

function short(value: Value): string {
  const text = stringifyJson(value)
  return text.length > 100 ? `${text.slice(0, 100)}...` : text
}

/** `[x] did you mean [y]?` in Elasticsearch's words. */
export function suggestion(typed: string, candidates: Iterable<string>): string {
  const meant = didYouMean(typed, candidates)
  return meant === undefined ? '' : ` did you mean [${meant}]?`
}
