/** The field types of mappings: which parameters each takes, and how a JSON value becomes a column's value. */
import { DiagnosticError } from '../../diagnostic/index.ts'
import { Double, stringifyJson, Timestamp, type Value } from '../../event/index.ts'
import { analyzerOf } from './analysis.ts'
import { dateFormat, DEFAULT_FORMAT, type DateFormat } from './date-format.ts'
import { NotAPoint, offEarth, pointText, readPoint } from './geo.ts'
import { canonicalIp } from './ip.ts'
import { roundFeature } from './rank-feature.ts'
import { intervalText, isRange, NotAnInterval, readInterval, type RangeType } from './range-field.ts'

export type LeafType =
  | 'text'
  | 'match_only_text'
  | 'keyword'
  | 'wildcard'
  | 'long'
  | 'unsigned_long'
  | 'integer'
  | 'short'
  | 'byte'
  | 'double'
  | 'float'
  | 'half_float'
  | 'scaled_float'
  | 'boolean'
  | 'date'
  | 'date_nanos'
  | 'ip'
  | 'binary'
  | 'geo_point'
  | 'token_count'
  | 'rank_feature'
  | RangeType

/** What a column holds: strings (text, keyword; ip, points and intervals as canonical text) or numbers (dates as integer microseconds). */
export type ColumnKind = 'string' | 'number'

/** A value as it lies in a column; a bigint only for longs beyond 2^53. */
export type ColumnValue = string | number | bigint

/** Parameters as written, checked. */
export type Parameters = Readonly<Record<string, Value>>

const ANY = ['meta', 'store', 'index', 'doc_values', 'fields', 'boost', 'similarity', 'on_script_error', 'copy_to']
const NUMERIC = [...ANY, 'coerce', 'ignore_malformed', 'null_value']
const RANGE = ['meta', 'store', 'index', 'doc_values', 'boost', 'coerce', 'copy_to']
const TEXT = [
  ...ANY,
  'analyzer',
  'search_analyzer',
  'search_quote_analyzer',
  'norms',
  'index_options',
  'fielddata',
  'fielddata_frequency_filter',
  'position_increment_gap',
  'index_phrases',
  'index_prefixes',
  'term_vector',
  'eager_global_ordinals',
]

export const PARAMETERS: Readonly<Record<LeafType, readonly string[]>> = {
  text: TEXT,
  match_only_text: ['meta', 'fields'],
  keyword: [
    ...ANY,
    'ignore_above',
    'null_value',
    'norms',
    'index_options',
    'eager_global_ordinals',
    'normalizer',
    'split_queries_on_whitespace',
  ],
  wildcard: ['meta', 'fields', 'ignore_above', 'null_value'],
  long: NUMERIC,
  unsigned_long: NUMERIC,
  integer: NUMERIC,
  short: NUMERIC,
  byte: NUMERIC,
  double: NUMERIC,
  float: NUMERIC,
  half_float: NUMERIC,
  scaled_float: [...NUMERIC, 'scaling_factor'],
  boolean: [...ANY, 'null_value', 'ignore_malformed'],
  date: [...ANY, 'format', 'locale', 'ignore_malformed', 'null_value'],
  date_nanos: [...ANY, 'format', 'locale', 'ignore_malformed', 'null_value'],
  ip: [...ANY, 'ignore_malformed', 'null_value'],
  binary: ['meta', 'store', 'doc_values'],
  geo_point: [
    'meta',
    'store',
    'index',
    'doc_values',
    'fields',
    'copy_to',
    'ignore_malformed',
    'ignore_z_value',
    'null_value',
  ],
  token_count: [...ANY, 'analyzer', 'null_value'],
  rank_feature: ['meta', 'positive_score_impact'],
  integer_range: RANGE,
  long_range: RANGE,
  float_range: RANGE,
  double_range: RANGE,
  date_range: [...RANGE, 'format', 'locale'],
  ip_range: RANGE,
}

export function isLeafType(name: string): name is LeafType {
  return Object.hasOwn(PARAMETERS, name)
}

export function columnKind(type: LeafType): ColumnKind {
  switch (type) {
    case 'text':
    case 'match_only_text':
    case 'keyword':
    case 'wildcard':
    case 'ip':
    case 'binary':
    case 'geo_point':
      return 'string'
    default:
      return isRange(type) ? 'string' : 'number'
  }
}

const INTEGERS: Partial<Record<LeafType, readonly [number, number]>> = {
  integer: [-(2 ** 31), 2 ** 31 - 1],
  short: [-32_768, 32_767],
  byte: [-128, 127],
}

export function isInteger(type: LeafType): boolean {
  return type === 'long' || type === 'unsigned_long' || type === 'token_count' || type in INTEGERS
}

export function isFloat(type: LeafType): boolean {
  return type === 'double' || type === 'float' || type === 'half_float' || type === 'scaled_float'
}

export function isDate(type: LeafType): boolean {
  return type === 'date' || type === 'date_nanos'
}

export function isText(type: LeafType): boolean {
  return type === 'text' || type === 'match_only_text'
}

/** Of words, which patterns can be matched with. */
export function hasTerms(type: LeafType): boolean {
  return isText(type) || type === 'keyword' || type === 'wildcard'
}

/** Of values that are neither words nor numbers: a point or an interval, which queries of their own ask. */
export function isShape(type: LeafType): boolean {
  return type === 'geo_point' || isRange(type)
}

/** Thrown by a reader: the text is Elasticsearch's reason, without the field's name. */
export class Malformed extends Error {}

/**
 * How a JSON value becomes a column's value.
 * @returns undefined for a value that is not kept (over `ignore_above`). Throws {@link Malformed}.
 */
export type Reader = (value: Value) => ColumnValue | undefined

export function readerOf(type: LeafType, parameters: Parameters): Reader {
  switch (type) {
    case 'text':
    case 'match_only_text':
    case 'binary':
      return textOf
    case 'keyword':
    case 'wildcard':
      return keywordReader(parameters['ignore_above'], parameters['normalizer'] === 'lowercase')
    case 'boolean':
      return readBoolean
    case 'ip':
      return readIp
    case 'date':
    case 'date_nanos':
      return dateReader(type, dateFormat(String(parameters['format'] ?? DEFAULT_FORMAT)))
    case 'long':
      return longReader(parameters['coerce'] !== false, LONG)
    case 'unsigned_long':
      return longReader(parameters['coerce'] !== false, UNSIGNED_LONG)
    case 'integer':
    case 'short':
    case 'byte':
      return integerReader(type, parameters['coerce'] !== false)
    case 'token_count':
      return tokenCounter(String(parameters['analyzer'] ?? ''))
    case 'rank_feature':
      return featureReader(String(parameters['positive_score_impact']) !== 'false')
    case 'geo_point':
      return pointReader(String(parameters['ignore_z_value']) !== 'false')
    default:
      return isRange(type) ? intervalReader(type, parameters) : floatReader(type, parameters)
  }
}

/** One by the value where less is better, so that what is kept is always better where it is more. */
function featureReader(better: boolean): Reader {
  return (value) => {
    const feature = plainNumber(value, true, false)
    if (!(Math.fround(feature) >= 2 ** -126))
      throw new Malformed(`featureValue must be a positive normal float, got: ${preview(value)}`)
    return roundFeature(better ? feature : 1 / feature)
  }
}

function tokenCounter(name: string): Reader {
  const analyzer = analyzerOf('', name)
  return (value) => analyzer.terms(textOf(value)).length
}

function pointReader(ignoreZ: boolean): Reader {
  return (value) => {
    try {
      const point = readPoint(value, { ignoreZ })
      const problem = offEarth(point)
      if (problem !== undefined) throw new NotAPoint(problem)
      return pointText(point)
    } catch (error) {
      if (error instanceof NotAPoint) throw new Malformed(error.message)
      throw error
    }
  }
}

function intervalReader(type: RangeType, parameters: Parameters): Reader {
  const format = type === 'date_range' ? dateFormat(String(parameters['format'] ?? DEFAULT_FORMAT)) : undefined
  return (value) => {
    try {
      return intervalText(readInterval(type, value, { format, now: NaN }))
    } catch (error) {
      if (error instanceof NotAnInterval || error instanceof DiagnosticError) throw new Malformed(error.message)
      throw error
    }
  }
}

/** A scalar's text as Elasticsearch indexes it in a string field. */
function textOf(value: Value): string {
  if (typeof value === 'string') return value
  if (typeof value === 'object' && !(value instanceof Double) && !(value instanceof Timestamp))
    throw new Malformed("Can't get text on a START_OBJECT")
  return String(value)
}

function keywordReader(limit: Value | undefined, lowercase: boolean): Reader {
  if (limit === undefined && !lowercase) return textOf
  const above = Number(limit ?? Infinity)
  return (value) => {
    const text = typeof value === 'string' ? value : textOf(value)
    if (text.length > above) return undefined
    return lowercase ? text.toLowerCase() : text
  }
}

function readBoolean(value: Value): number {
  if (value === true || value === 'true') return 1
  if (value === false || value === 'false' || value === '') return 0
  throw new Malformed(`Failed to parse value [${preview(value)}] as only [true] or [false] are allowed.`)
}

function readIp(value: Value): string {
  const address = typeof value === 'string' ? canonicalIp(value) : undefined
  if (address === undefined) throw new Malformed(`'${preview(value)}' is not an IP string literal.`)
  return address
}

/** Microseconds: what a signed count of nanoseconds reaches. */
const LAST_NANOS = Number((2n ** 63n - 1n) / 1000n)

function dateReader(type: LeafType, format: DateFormat): Reader {
  const unit = type === 'date' ? 1000 : 1
  return (value) => {
    let micros: number | undefined
    if (typeof value === 'string') micros = format.parse(value)
    else if (value instanceof Timestamp) micros = value.micros
    else if (typeof value === 'number' || value instanceof Double || typeof value === 'bigint')
      micros = format.parse(String(Number(value)))
    if (micros === undefined)
      throw new Malformed(`failed to parse date field [${preview(value)}] with format [${format.pattern}]`)
    if (type === 'date_nanos' && (micros < 0 || micros > LAST_NANOS))
      throw new Malformed(
        micros < 0
          ? `date[${preview(value)}] is before the epoch in 1970 and cannot be stored in nanosecond resolution`
          : `date[${preview(value)}] is after 2262-04-11T23:47:16.854775807 and cannot be stored in nanosecond resolution`,
      )
    // A date keeps milliseconds, as in Elasticsearch; date_nanos keeps all that the store holds.
    return unit === 1 ? micros : Math.floor(micros / unit) * unit
  }
}

interface Longs {
  readonly name: string
  readonly least: bigint
  readonly greatest: bigint
}

const LONG: Longs = { name: 'a long', least: -(2n ** 63n), greatest: 2n ** 63n - 1n }
const UNSIGNED_LONG: Longs = { name: 'an unsigned long', least: 0n, greatest: 2n ** 64n - 1n }

function longReader(coerce: boolean, { name, least, greatest }: Longs, first = Number(least)): Reader {
  return (value) => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= first) return value
    const exact = exactInteger(value, coerce)
    if (exact < least || exact > greatest) throw new Malformed(`Value [${preview(value)}] is out of range for ${name}`)
    return exact >= Number.MIN_SAFE_INTEGER && exact <= Number.MAX_SAFE_INTEGER ? Number(exact) : exact
  }
}

function exactInteger(value: Value, coerce: boolean): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'string' && coerce && /^[+-]?\d+$/.test(value)) return BigInt(value.replace(/^\+/, ''))
  return BigInt(Math.trunc(plainNumber(value, coerce, true)))
}

function plainNumber(value: Value, coerce: boolean, integral: boolean): number {
  if (typeof value === 'string' && !coerce)
    throw new Malformed(`${integral ? 'Integer' : 'Float'} value passed as String`)
  const number =
    typeof value === 'number'
      ? value
      : value instanceof Double
        ? value.value
        : typeof value === 'bigint'
          ? Number(value)
          : typeof value === 'string'
            ? decimal(value)
            : NaN
  if (!Number.isFinite(number)) {
    if (typeof value === 'string') throw new Malformed(value === '' ? 'empty String' : `For input string: "${value}"`)
    throw new Malformed(`${preview(value)} cannot be converted to a number`)
  }
  if (integral && !coerce && !Number.isInteger(number))
    throw new Malformed(`${number} cannot be converted to Long without data loss`)
  return number
}

function decimal(text: string): number {
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(text) ? Number(text) : NaN
}

function integerReader(type: LeafType, coerce: boolean): Reader {
  const [least, greatest] = INTEGERS[type]!
  return (value) => {
    const number = Math.trunc(plainNumber(value, coerce, true))
    if (number < least || number > greatest)
      throw new Malformed(`Value [${preview(value)}] is out of range for ${type === 'integer' ? 'an' : 'a'} ${type}`)
    return number === 0 ? 0 : number
  }
}

function floatReader(type: LeafType, parameters: Parameters): Reader {
  const coerce = parameters['coerce'] !== false
  const round = floatRounding(type, parameters)
  return (value) => {
    const number = round(plainNumber(value, coerce, false))
    if (!Number.isFinite(number))
      throw new Malformed(`[${type}] supports only finite values, but got [${preview(value)}]`)
    return number
  }
}

/** A float's precision: what is stored of a double. */
export function floatRounding(type: LeafType, parameters: Parameters): (value: number) => number {
  if (type === 'float') return Math.fround
  if (type === 'half_float') return halfPrecision
  if (type === 'scaled_float') {
    const factor = Number(parameters['scaling_factor'])
    return (value) => Math.round(value * factor) / factor
  }
  return (value) => value
}

/** Rounds to the nearest value of IEEE 754 binary16; ties go to even. */
function halfPrecision(value: number): number {
  const magnitude = Math.abs(value)
  if (magnitude >= 65_520) return value > 0 ? Infinity : -Infinity
  if (magnitude === 0) return value
  const step = 2 ** (Math.max(Math.floor(Math.log2(magnitude)), -14) - 10)
  const steps = value / step
  const floor = Math.floor(steps)
  const rest = steps - floor
  return (rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor) * step
}

/** A value as messages show it, cut at 100 characters. */
export function preview(value: Value): string {
  const text = typeof value === 'string' ? value : value instanceof Timestamp ? value.toString() : stringifyJson(value)
  return text.length > 100 ? `${text.slice(0, 100)}...` : text
}
