import { raise, type Thrown } from '../instance.ts'
import { isZone, type Temporal, type TemporalType } from '../temporal.ts'
import { clock, date, make, zonedOfLocal } from './time-arithmetic.ts'
import { namesOf, type PatternPart, type PatternStyle } from './date-pattern.ts'
import { SECOND } from './time-enums.ts'

/** What a text says, by the letters of its pattern. */
export interface ParsedFields {
  readonly numbers: ReadonlyMap<string, number>
  readonly zone: string | undefined
}

class Failure extends Error {
  readonly index: number

  constructor(index: number) {
    super('the text does not fit the pattern')
    this.index = index
  }
}

/** Reads a text by a pattern. `end` is where it stopped; with `whole` that must be the end of the text. */
export function parseParts(
  text: string,
  parts: readonly PatternPart[],
  style: PatternStyle,
  whole = true,
): { readonly fields: ParsedFields; readonly end: number } {
  const reader = new Reader(text, style)
  try {
    reader.all(parts)
    if (whole && reader.at < text.length) throw new Failure(reader.at)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw unparsed(
      text,
      error.index,
      reader.at < text.length && reader.at > 0 && error.index === reader.at,
      style.simple,
    )
  }
  return { fields: { numbers: reader.numbers, zone: reader.zone }, end: reader.at }
}

function unparsed(text: string, index: number, trailing: boolean, simple: boolean): Thrown {
  if (simple) return raise('java.text.ParseException', `Unparseable date: "${text}"`)
  const what = trailing
    ? `could not be parsed, unparsed text found at index ${index}`
    : `could not be parsed at index ${index}`
  return raise('java.time.format.DateTimeParseException', `Text '${text}' ${what}`)
}

const ZONE = /(?:Z|UTC|GMT|UT|[A-Z][A-Za-z_]+(?:\/[A-Za-z_+\-0-9]+)+|[+-]\d\d(?::?\d\d)?(?::?\d\d)?)/y

class Reader {
  readonly text: string
  readonly style: PatternStyle
  numbers = new Map<string, number>()
  zone: string | undefined
  at = 0

  constructor(text: string, style: PatternStyle) {
    this.text = text
    this.style = style
  }

  all(parts: readonly PatternPart[]): void {
    for (const [i, part] of parts.entries()) this.one(part, parts[i + 1])
  }

  private one(part: PatternPart, next: PatternPart | undefined): void {
    if (part.kind === 'text') {
      if (!this.text.startsWith(part.text, this.at)) throw new Failure(this.at)
      this.at += part.text.length
    } else if (part.kind === 'optional') {
      const before = { at: this.at, zone: this.zone, numbers: new Map(this.numbers) }
      try {
        this.all(part.parts)
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        Object.assign(this, before)
      }
    } else this.field(part.letter, part.width, next)
  }

  private field(letter: string, width: number, next: PatternPart | undefined): void {
    const { simple, locale } = this.style
    switch (letter) {
      case 'a':
      case 'B':
        return this.named('a', namesOf('half', locale, true), 0)
      case 'G':
        return this.named('G', ['BC', 'AD'], 0)
      case 'E':
        return this.named('E', namesOf('weekday', locale, width < 4), 0, namesOf('weekday', locale, width >= 4))
      case 'M':
      case 'L':
        if (width < 3) return this.digits('M', width, next)
        return this.named('M', namesOf('month', locale, width === 3), 1, namesOf('month', locale, width !== 3))
      case 'X':
      case 'x':
      case 'Z':
      case 'z':
      case 'V':
      case 'v':
      case 'O':
        return this.readZone()
      case 'S':
        return simple ? this.digits('L', width, next) : this.fraction(width)
      default:
        return this.digits(simple && letter === 'u' ? 'e' : letter, width, next)
    }
  }

  /** Where a number follows at once, a number has just the digits of its width. */
  private digits(letter: string, width: number, next: PatternPart | undefined): void {
    const { simple } = this.style
    const adjacent = next?.kind === 'field' && !'aEGXxZzVvO'.includes(next.letter)
    const isYear = 'yuY'.includes(letter)
    const exact = adjacent || (!simple && ((width === 2 && isYear) || width > 1) && !(isYear && width > 2))
    const most = exact ? width : isYear ? 19 : 10
    const found = new RegExp(`[+-]?\\d{1,${most}}`, 'y')
    found.lastIndex = this.at
    const match = found.exec(this.text)?.[0]
    const least = simple ? 1 : width
    if (match === undefined || match.replace(/^[+-]/, '').length < least) throw new Failure(this.at)
    if (!isYear && /^[+-]/.test(match)) throw new Failure(this.at)
    let value = Number(match)
    if (isYear && width === 2 && match.length === 2) value += simple && value > 99 ? 0 : 2000
    this.numbers.set(isYear ? 'y' : letter, value)
    this.at += match.length
  }

  private fraction(width: number): void {
    const match = /\d+/y
    match.lastIndex = this.at
    const digits = match.exec(this.text)?.[0].slice(0, width)
    if (digits === undefined || digits.length < width) throw new Failure(this.at)
    this.numbers.set('n', Number(digits.padEnd(9, '0').slice(0, 9)))
    this.at += width
  }

  private named(letter: string, names: readonly string[], base: number, others: readonly string[] = []): void {
    const rest = this.text.slice(this.at)
    for (const list of this.style.simple ? [names, others] : [names]) {
      const index = list.findIndex((name) => name !== '' && rest.toLowerCase().startsWith(name.toLowerCase()))
      const found = list[index]
      if (found === undefined || (!this.style.simple && !rest.startsWith(found))) continue
      this.numbers.set(letter, index + base)
      this.at += found.length
      return
    }
    throw new Failure(this.at)
  }

  private readZone(): void {
    ZONE.lastIndex = this.at
    const zone = ZONE.exec(this.text)?.[0]
    if (zone === undefined) throw new Failure(this.at)
    const plain = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone
    const id = /^[+-]00(?::00)?$/.test(plain) ? 'Z' : /^[+-]\d\d$/.test(plain) ? `${plain}:00` : plain
    if (!isZone(id)) throw new Failure(this.at)
    this.zone = id
    this.at += zone.length
  }
}

/** The value of a type that the fields make. @throws DateTimeParseException where some are missing */
export function ofFields(
  type: TemporalType,
  text: string,
  { numbers, zone }: ParsedFields,
  zoneOfFormatter?: string,
): Temporal {
  const failed = (): never => {
    const simple = type.slice(type.lastIndexOf('.') + 1)
    const what = `Text '${text}' could not be parsed: Unable to obtain ${simple} from TemporalAccessor`
    throw raise('java.time.format.DateTimeParseException', what)
  }
  const inZone = zone ?? zoneOfFormatter
  try {
    const day = dayOf(numbers)
    const time = timeOf(numbers)
    if (type === 'java.time.LocalTime') return time === undefined ? failed() : make(type, time, 'Z')
    if (type === 'java.time.LocalDate') return day === undefined ? failed() : make(type, day, 'Z')
    if (type === 'java.time.Year') return numbers.has('y') ? make(type, date(numbers.get('y')!, 1, 1), 'Z') : failed()
    if (type === 'java.time.YearMonth')
      return numbers.has('y') && numbers.has('M')
        ? make(type, date(numbers.get('y')!, numbers.get('M')!, 1), 'Z')
        : failed()
    if (day === undefined || time === undefined) return failed()
    if (type === 'java.time.LocalDateTime') return make(type, day + time, 'Z')
    if (inZone === undefined) return failed()
    const zoned = zonedOfLocal(day + time, inZone)
    return type === 'java.time.ZonedDateTime'
      ? zoned
      : make(type, zoned.nanos, type === 'java.time.Instant' ? 'Z' : inZone)
  } catch (error) {
    const reason = (error as { exception?: { typeName: string; message: string | null } }).exception
    if (reason?.typeName !== 'java.time.DateTimeException') throw error
    throw raise(
      'java.time.format.DateTimeParseException',
      `Text '${text}' could not be parsed: ${reason.message ?? ''}`,
    )
  }
}

/** The most that the fields make, as `DateTimeFormatter.parse` answers with them. */
export function bestOf(text: string, fields: ParsedFields, zoneOfFormatter?: string): Temporal {
  const hasDay = dayOf(fields.numbers) !== undefined
  const hasTime = timeOf(fields.numbers) !== undefined
  const zone = fields.zone ?? zoneOfFormatter
  const type: TemporalType = hasDay && hasTime ? (zone === undefined ? 'java.time.LocalDateTime' : 'java.time.ZonedDateTime') : hasDay ? 'java.time.LocalDate' : 'java.time.LocalTime' // prettier-ignore
  return ofFields(type, text, fields, zoneOfFormatter)
}

export function dayOf(numbers: ReadonlyMap<string, number>): bigint | undefined {
  const year = numbers.get('y')
  if (year === undefined) return undefined
  const ofYear = numbers.get('D')
  if (ofYear !== undefined) return date(year, 1, 1) + BigInt(ofYear - 1) * 86_400n * SECOND
  const [month, day] = [numbers.get('M'), numbers.get('d')]
  return month === undefined || day === undefined ? undefined : date(year, month, day)
}

export function timeOf(numbers: ReadonlyMap<string, number>): bigint | undefined {
  const half = numbers.get('a')
  const twelve = numbers.get('h') ?? numbers.get('K')
  const hour =
    numbers.get('H') ??
    (numbers.has('k')
      ? numbers.get('k')! % 24
      : twelve === undefined || half === undefined
        ? undefined
        : (twelve % 12) + half * 12)
  if (hour === undefined) return undefined
  const nanos = numbers.get('n') ?? (numbers.get('L') ?? 0) * 1_000_000
  return clock(hour, numbers.get('m') ?? 0, numbers.get('s') ?? 0, nanos)
}
