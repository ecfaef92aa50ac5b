/**
 * The types of options and settings: one spec gives validation, defaults, the reference page and the TypeScript type.
 * A type reads a raw value, as a configuration language or YAML gives it, and answers the value or what was expected.
 */

/** A raw value is a scalar, a list, or a hash as its pairs in the order written (a name may come twice). */
export type Raw = string | number | boolean | null | RawList | RawHash | RawPlugin
export type RawList = readonly Raw[]

export class RawHash {
  readonly pairs: readonly (readonly [string, Raw])[]

  constructor(pairs: readonly (readonly [string, Raw])[]) {
    this.pairs = pairs
  }
}

/** A plugin as a value: `codec => json { charset => "UTF-8" }`. */
export class RawPlugin {
  readonly name: string
  readonly options: RawHash

  constructor(name: string, options: RawHash) {
    this.name = name
    this.options = options
  }
}

/** `expected` completes the sentence "'x' must be ...". */
export type Read<T> = { ok: true; value: T } | { ok: false; expected: string }

export interface OptionType<T> {
  /** For the reference page: `string`, `list of strings`, `one of "a", "b"`. */
  readonly name: string
  read(raw: Raw): Read<T>
}

export interface Option<T = unknown> {
  readonly type: OptionType<T>
  readonly describe: string
  readonly default?: T
  readonly required?: boolean
  /** Older or newer names that mean the same. */
  readonly aliases?: readonly string[]
  /** Never printed, logged or returned. */
  readonly secret?: boolean
  /** Accepted in the original, without effect here: the sentence is shown as a notice where it is used. */
  readonly ignored?: string
  /** Known in the original, not supported here: the sentence says what to do instead. */
  readonly refused?: string
  /** Shown in the reference and in hints. */
  readonly deprecated?: string
}

export type OptionSchema = Readonly<Record<string, Option<any>>>

/** The value type of one option: present where it has a default or is required. */
type ValueOf<O> =
  O extends Option<infer T> ? (O extends { default: any } | { required: true } ? T : T | undefined) : never

export type OptionsOf<S extends OptionSchema> = { readonly [Name in keyof S]: ValueOf<S[Name]> }

/** Declares an option; keeps the literal types that {@link OptionsOf} looks at. */
export function option<T, const D extends Omit<Option<T>, 'type'>>(
  type: OptionType<T>,
  details: D,
): D & { readonly type: OptionType<T> } {
  return { type, ...details }
}

export const string: OptionType<string> = {
  name: 'string',
  read: (raw) =>
    typeof raw === 'string'
      ? ok(raw)
      : typeof raw === 'number' || typeof raw === 'boolean'
        ? ok(String(raw))
        : no('a string'),
}

export const boolean: OptionType<boolean> = {
  name: 'boolean',
  read: (raw) =>
    raw === true || raw === 'true' ? ok(true) : raw === false || raw === 'false' ? ok(false) : no('true or false'),
}

export function number(limits: { integer?: boolean; min?: number; max?: number } = {}): OptionType<number> {
  const { integer = false, min = -Infinity, max = Infinity } = limits
  const noun = integer ? 'an integer' : 'a number'
  const range =
    min > -Infinity && max < Infinity
      ? ` from ${min} to ${max}`
      : min > -Infinity
        ? ` of at least ${min}`
        : max < Infinity
          ? ` of at most ${max}`
          : ''
  return {
    name: integer ? 'integer' : 'number',
    read(raw) {
      const value = typeof raw === 'string' && /^[+-]?\d+(\.\d+)?$/.test(raw.trim()) ? Number(raw) : raw
      if (
        typeof value !== 'number' ||
        Number.isNaN(value) ||
        (integer && !Number.isInteger(value)) ||
        value < min ||
        value > max
      )
        return no(noun + range)
      return ok(value)
    },
  }
}

export const port = number({ integer: true, min: 1, max: 65_535 })

export function oneOf<const V extends string>(...values: readonly V[]): OptionType<V> {
  const listed = values.map((value) => `"${value}"`).join(', ')
  return {
    name: `one of ${listed}`,
    read: (raw) =>
      values.includes(String(raw) as V) && typeof raw !== 'object' ? ok(String(raw) as V) : no(`one of ${listed}`),
  }
}

/** A list; a single value counts as a list of one, as everywhere in Logstash. */
export function list<T>(type: OptionType<T>): OptionType<readonly T[]> {
  return {
    name: `list of ${type.name}`,
    read(raw) {
      const values: T[] = []
      for (const inner of Array.isArray(raw) ? (raw as RawList) : [raw]) {
        const read = type.read(inner)
        if (!read.ok) return no(`a list in which each value is ${read.expected}`)
        values.push(read.value)
      }
      return ok(values)
    },
  }
}

/**
 * A hash; a list `[k, v, k, v]` counts as one, as in Logstash. A name given twice collects
 * its values into a list, which `type` must then accept.
 */
export function hash<T>(type: OptionType<T>): OptionType<ReadonlyMap<string, T>> {
  return {
    name: `hash of ${type.name}`,
    read(raw) {
      const gathered = new Map<string, Raw>()
      for (const [name, value] of pairsOf(raw) ?? []) {
        const before = gathered.get(name)
        gathered.set(name, before === undefined ? value : ([before, value].flat() as RawList))
      }
      if (pairsOf(raw) === undefined) return no('a hash')
      const values = new Map<string, T>()
      for (const [name, inner] of gathered) {
        const read = type.read(inner)
        if (!read.ok) return no(`a hash in which each value is ${read.expected}`)
        values.set(name, read.value)
      }
      return ok(values)
    },
  }
}

function pairsOf(raw: Raw): readonly (readonly [string, Raw])[] | undefined {
  if (raw instanceof RawHash) return raw.pairs
  if (!Array.isArray(raw)) return undefined
  const items = raw as RawList
  if (items.length % 2 !== 0) return undefined
  const pairs: [string, Raw][] = []
  for (let i = 0; i < items.length; i += 2) pairs.push([String(items[i]), items[i + 1]!])
  return pairs
}

/** Any value, as it is. */
export const raw: OptionType<Raw> = { name: 'any', read: ok }

const DURATION_UNITS: Readonly<Record<string, number>> = {
  nanos: 1e-6,
  micros: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** A time value of Elasticsearch (`10s`, `500ms`, `1d`) in milliseconds. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(nanos|micros|ms|s|m|h|d|w)$/i.exec(text.trim())
  return match === null ? undefined : Number(match[1]) * DURATION_UNITS[match[2]!.toLowerCase()]!
}

/** A duration in milliseconds. */
export const duration: OptionType<number> = {
  name: 'duration',
  read(raw) {
    const millis = typeof raw === 'string' ? parseDuration(raw) : undefined
    return millis === undefined ? no('a duration such as "10s" or "5m"') : ok(millis)
  },
}

const BYTE_UNITS: Readonly<Record<string, number>> = { b: 1, kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30, tb: 2 ** 40 }

/** A time zone of the IANA's names. */
export const timeZone: OptionType<string> = {
  name: 'time zone',
  read(raw) {
    const expected = 'a time zone such as "Europe/Rome"'
    if (typeof raw !== 'string') return no(expected)
    try {
      new Date(0).toLocaleString('en', { timeZone: raw })
      return ok(raw)
    } catch {
      return no(expected)
    }
  },
}

/** A size in bytes: `512kb`, `1gb`, or a bare number. */
export const bytes: OptionType<number> = {
  name: 'byte size',
  read(raw) {
    if (typeof raw === 'number' && raw >= 0) return ok(raw)
    const match = /^(\d+(?:\.\d+)?)\s*(b|kb|mb|gb|tb)?$/i.exec(String(raw).trim())
    return match === null
      ? no('a size such as "512kb" or "1gb"')
      : ok(Number(match[1]) * BYTE_UNITS[(match[2] ?? 'b').toLowerCase()]!)
  },
}

/** A codec: a plugin, or the name of one. */
export const codec: OptionType<RawPlugin> = {
  name: 'codec',
  read: (raw) =>
    raw instanceof RawPlugin
      ? ok(raw)
      : typeof raw === 'string'
        ? ok(new RawPlugin(raw, new RawHash([])))
        : no('a codec'),
}

export function ok<T>(value: T): Read<T> {
  return { ok: true, value }
}

export function no(expected: string): { ok: false; expected: string } {
  return { ok: false, expected }
}
