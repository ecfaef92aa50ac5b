import { parseIsoTimestamp } from '../../../event/index.ts'
import { Instance, raise } from '../instance.ts'
import { formatTemporal, isZone, Temporal, type TemporalType } from '../temporal.ts'
import { dayOfYear, weekOf } from './date-numbers.ts'
import { formatParts, offsetField, readPattern, type PatternPart, type PatternStyle } from './date-pattern.ts'
import { bestOf, ofFields, parseParts } from './date-parse.ts'
import { make } from './time-arithmetic.ts'

/** Formatters that no pattern describes: fractions and zones are there only where they are not zero. */
const SPECIAL = ['local-date-time', 'local-time', 'offset-date-time', 'zoned', 'instant', 'week-date', 'ordinal-date', 'offset-date'] // prettier-ignore

/** A DateTimeFormatter. */
export class FormatterValue extends Instance {
  readonly typeName = 'java.time.format.DateTimeFormatter'
  /** A pattern, or one of the special forms. */
  readonly text: string
  readonly zone: string | undefined
  readonly style: PatternStyle
  #parts: readonly PatternPart[] | undefined

  constructor(pattern: string, zone?: string, locale = 'en-US') {
    super()
    this.text = pattern
    this.zone = zone
    this.style = { simple: false, locale }
    if (!this.special) this.#parts = readPattern(pattern, false)
  }

  get special(): boolean {
    return SPECIAL.includes(this.text)
  }

  get parts(): readonly PatternPart[] {
    return this.#parts ?? []
  }
}

const SHAPES: Readonly<Partial<Record<TemporalType, RegExp>>> = {
  'java.time.Instant': /^[+-]?\d{4,}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/i,
  'java.time.ZonedDateTime': /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)(?:\[[\w/+-]+\])?$/i,
  'java.time.OffsetDateTime': /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/i,
  'java.time.OffsetTime': /^\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/i,
  'java.time.LocalDateTime': /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?$/i,
  'java.time.LocalDate': /^\d{4}-\d\d-\d\d$/,
  'java.time.LocalTime': /^\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?$/,
  'java.time.Year': /^\d{4}$/,
  'java.time.YearMonth': /^\d{4}-\d\d$/,
  'java.time.MonthDay': /^--\d\d-\d\d$/,
}

/** What stands around a part of a moment to make it a whole one. */
function wholeText(type: TemporalType, text: string): string {
  if (type === 'java.time.LocalTime' || type === 'java.time.OffsetTime') return `1970-01-01T${text}`
  if (type === 'java.time.Year') return `${text}-01-01`
  if (type === 'java.time.YearMonth') return `${text}-01`
  return type === 'java.time.MonthDay' ? `2000${text.slice(1)}` : text
}

export function parse(type: TemporalType, text: string): Temporal {
  const failed = (): never => {
    throw raise('java.time.format.DateTimeParseException', `Text '${text}' could not be parsed at index 0`)
  }
  if (!SHAPES[type]!.test(text)) return failed()
  const named = /\[([^\]]+)\]$/.exec(text)
  const plain = text.replace(/\[[^\]]+\]$/, '')
  const full = wholeText(type, plain)
  const fraction = /\.(\d+)/.exec(full)?.[1] ?? ''
  const moment = parseIsoTimestamp(full.replace(/\.\d+/, '').toUpperCase())
  if (moment === undefined) return failed()
  const nanos = BigInt(moment.micros) * 1000n + BigInt(fraction.padEnd(9, '0').slice(0, 9) || '0')
  const offset = /T.*(Z|[+-]\d\d:\d\d)$/i.exec(full)?.[1] ?? 'Z'
  const zone = named?.[1] ?? (offset === '+00:00' ? 'Z' : offset.toUpperCase())
  if (!isZone(zone)) return failed()
  const zoned =
    type === 'java.time.ZonedDateTime' || type === 'java.time.OffsetDateTime' || type === 'java.time.OffsetTime'
  return make(type, nanos, zoned ? zone : 'Z')
}

/** A text read by a formatter as a type. */
export function parseBy(type: TemporalType, text: string, formatter: FormatterValue): Temporal {
  if (formatter.special)
    return parse(type === 'java.time.LocalDate' && formatter.text !== 'instant' ? type : specialType(type, text), text)
  const { fields } = parseParts(text, formatter.parts, formatter.style)
  return ofFields(type, text, fields, formatter.zone)
}

/** An instant may be asked of a text with a zone. */
function specialType(type: TemporalType, text: string): TemporalType {
  return type === 'java.time.Instant' && text.endsWith(']') ? 'java.time.ZonedDateTime' : type
}

/** A text read as the most that it says. */
export function parseBest(text: string, formatter: FormatterValue): Temporal {
  if (!formatter.special) return bestOf(text, parseParts(text, formatter.parts, formatter.style).fields, formatter.zone)
  const types: TemporalType[] =
    formatter.text === 'instant'
      ? ['java.time.Instant']
      : ['java.time.ZonedDateTime', 'java.time.LocalDateTime', 'java.time.LocalDate', 'java.time.LocalTime']
  const type = types.find((candidate) => SHAPES[candidate]!.test(text))
  return parse(type ?? types[0]!, text)
}

/** By the letters of SimpleDateFormat. */
export function formatPattern(value: Temporal, pattern: string, locale = 'en-US'): string {
  return formatParts(value, readPattern(pattern, true), { simple: true, locale })
}

export const ISO_PATTERNS: Readonly<Record<string, string>> = {
  ISO_LOCAL_DATE: 'uuuu-MM-dd',
  ISO_DATE: 'uuuu-MM-dd',
  ISO_OFFSET_DATE: 'offset-date',
  ISO_LOCAL_TIME: 'local-time',
  ISO_TIME: 'local-time',
  ISO_OFFSET_TIME: 'zoned',
  ISO_LOCAL_DATE_TIME: 'local-date-time',
  ISO_OFFSET_DATE_TIME: 'offset-date-time',
  ISO_DATE_TIME: 'zoned',
  ISO_ZONED_DATE_TIME: 'zoned',
  ISO_INSTANT: 'instant',
  ISO_WEEK_DATE: 'week-date',
  ISO_ORDINAL_DATE: 'ordinal-date',
  BASIC_ISO_DATE: 'uuuuMMdd',
  RFC_1123_DATE_TIME: "EEE, d MMM uuuu HH:mm:ss 'GMT'",
}

const UNSUPPORTED = 'java.time.temporal.UnsupportedTemporalTypeException'

const DATE_LETTERS = 'GuyDMLdQqYwWEecF'
const TIME_LETTERS = 'aBhKkHmsSAnN'
const ZONE_LETTERS = 'VvzOXxZ'

const HAS_NO: Readonly<Partial<Record<TemporalType, string>>> = {
  'java.time.Instant': DATE_LETTERS + TIME_LETTERS + ZONE_LETTERS,
  'java.time.LocalDate': TIME_LETTERS + ZONE_LETTERS,
  'java.time.LocalTime': DATE_LETTERS + ZONE_LETTERS,
  'java.time.LocalDateTime': ZONE_LETTERS,
  'java.time.OffsetTime': DATE_LETTERS,
}

export function format(value: Temporal, formatter: FormatterValue): string {
  if (formatter.special) return formatSpecial(value, formatter)
  const inZone =
    formatter.zone !== undefined && value.typeName !== 'java.time.LocalDate' && value.typeName !== 'java.time.LocalTime'
  const moved = inZone && value.typeName !== 'java.time.LocalDateTime'
  const shown = moved ? new Temporal('java.time.ZonedDateTime', value.nanos, formatter.zone) : value
  const missing = HAS_NO[shown.typeName] ?? ''
  const check = (part: PatternPart): void => {
    if (
      part.kind === 'field' &&
      missing.includes(part.letter) &&
      !(formatter.zone !== undefined && ZONE_LETTERS.includes(part.letter))
    )
      throw raise(UNSUPPORTED, `Unsupported field: ${part.letter === 'y' ? 'YearOfEra' : part.letter}`)
  }
  for (const part of formatter.parts) check(part)
  return formatParts(shown, formatter.parts, formatter.style)
}

function formatSpecial(value: Temporal, { text, zone, style }: FormatterValue): string {
  if (text === 'instant') return formatTemporal(new Temporal('java.time.Instant', value.nanos))
  const shown = zone === undefined ? value : new Temporal('java.time.ZonedDateTime', value.nanos, zone)
  if (shown.typeName === 'java.time.Instant') throw raise(UNSUPPORTED, 'Unsupported field: Year')
  const by = (pattern: string): string => formatParts(shown, readPattern(pattern, false), style)
  const fraction = shown.nanoOfSecond === 0 ? '' : `.${String(shown.nanoOfSecond).padStart(9, '0').replace(/0+$/, '')}`
  const isZoned = shown.typeName === 'java.time.ZonedDateTime' || shown.typeName.startsWith('java.time.Offset')
  const offset = isZoned ? offsetField(shown.offsetSeconds, 'X', 3) : ''
  const dateTime = `${by("uuuu-MM-dd'T'HH:mm:ss")}${fraction}`
  switch (text) {
    case 'week-date': {
      const { year, week } = weekOf(shown, false)
      return `${year}-W${String(week).padStart(2, '0')}-${shown.local.getUTCDay() || 7}${offset}`
    }
    case 'ordinal-date':
      return `${by('uuuu')}-${String(dayOfYear(shown)).padStart(3, '0')}${offset}`
    case 'offset-date':
      return `${by('uuuu-MM-dd')}${offset}`
    case 'local-time':
      return `${by('HH:mm:ss')}${fraction}`
    case 'local-date-time':
      return dateTime
    case 'offset-date-time':
      return dateTime + offset
    default: {
      if (shown.typeName === 'java.time.OffsetTime') return `${by('HH:mm:ss')}${fraction}${offset}`
      const named = isZoned && !/^(?:Z|[+-].*)$/.test(shown.zone) ? `[${shown.zone}]` : ''
      return dateTime + offset + named
    }
  }
}
