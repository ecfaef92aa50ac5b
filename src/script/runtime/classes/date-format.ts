import { Instance, raise } from '../instance.ts'
import { isZone, Temporal, zoneOffset } from '../temporal.ts'
import { dayOf, parseParts, timeOf } from './date-parse.ts'
import { formatParts, readPattern, type PatternPart } from './date-pattern.ts'
import { isLeap } from './date-numbers.ts'
import { defineClass, type Signatures } from './define.ts'
import { LocaleValue } from './locale.ts'
import { make, zonedOfLocal } from './time-arithmetic.ts'
import { ZoneValue } from './time-values.ts'

const MILLI = 1_000_000n

class TimeZoneValue extends Instance {
  readonly typeName = 'java.util.TimeZone'
  readonly id: string

  constructor(id: string) {
    super()
    this.id = id
  }

  get equality(): string {
    return this.id
  }

  /** `Z` of the ids of java.time. */
  get zone(): string {
    return this.id === 'GMT' || this.id === 'UTC' ? 'Z' : this.id.replace(/^(?:GMT|UTC)(?=[+-])/, '')
  }

  offset(millis: number): number {
    return zoneOffset(this.zone, BigInt(Math.floor(millis)) * MILLI) * 1000
  }

  /** Of the standard time. */
  get raw(): number {
    const year = 2024
    return Math.min(this.offset(Date.UTC(year, 0, 1)), this.offset(Date.UTC(year, 6, 1)))
  }
}

/** What is no zone is GMT, as in Java. */
function timeZone(id: string): TimeZoneValue {
  const match = /^GMT([+-])(\d{1,2})(?::?(\d\d))?$/.exec(id)
  if (match !== null) return new TimeZoneValue(`GMT${match[1]}${match[2]!.padStart(2, '0')}:${match[3] ?? '00'}`)
  return new TimeZoneValue(isZone(id) && /^[A-Za-z]/.test(id) && id !== 'Z' ? id : 'GMT')
}

export const TIME_ZONE = defineClass('java.util.TimeZone', {
  static: {
    'TimeZone getTimeZone(String)': (_m, _s, id: string) => timeZone(id),
    'TimeZone getTimeZone(ZoneId)': (_m, _s, zone: ZoneValue) => timeZone(zone.text === 'Z' ? 'UTC' : /^[+-]/.test(zone.text) ? `GMT${zone.text}` : zone.text), // prettier-ignore
    'TimeZone getDefault()': () => new TimeZoneValue('UTC'),
  },
  methods: {
    'String getID()': (_m, z: TimeZoneValue) => z.id,
    'int getRawOffset()': (_m, z: TimeZoneValue) => z.raw,
    'int getOffset(long)': (_m, z: TimeZoneValue, millis: bigint) => z.offset(Number(millis)),
    'int getDSTSavings()': (_m, z: TimeZoneValue) => (z.offset(Date.UTC(2024, 0, 1)) === z.offset(Date.UTC(2024, 6, 1)) ? 0 : 3_600_000), // prettier-ignore
    'boolean inDaylightTime(Date)': (_m, z: TimeZoneValue, date: Temporal) => z.offset(date.millis) !== z.raw,
    'boolean useDaylightTime()': (_m, z: TimeZoneValue) => z.offset(Date.UTC(2024, 0, 1)) !== z.offset(Date.UTC(2024, 6, 1)), // prettier-ignore
    'ZoneId toZoneId()': (_m, z: TimeZoneValue) => new ZoneValue(z.id),
  },
})

class SimpleDateFormatValue extends Instance {
  readonly typeName = 'java.text.SimpleDateFormat'
  pattern: string
  parts: readonly PatternPart[]
  zone = new TimeZoneValue('UTC')
  lenient = true
  readonly locale: string

  constructor(pattern: string, locale = 'en-US') {
    super()
    this.pattern = pattern
    this.parts = readPattern(pattern, true)
    this.locale = locale
  }

  format(date: Temporal): string {
    const shown = new Temporal('java.time.ZonedDateTime', date.nanos, this.zone.zone)
    // A zone is told by its name here, and UTC is one.
    const parts = this.zone.zone === 'Z' ? this.parts.map((part) => (part.kind === 'field' && part.letter === 'z' ? { kind: 'text' as const, text: part.width >= 4 ? 'Coordinated Universal Time' : this.zone.id } : part)) : this.parts // prettier-ignore
    return formatParts(shown, parts, { simple: true, locale: this.locale })
  }

  parse(text: string): Temporal {
    const { fields } = parseParts(text, this.parts, { simple: true, locale: this.locale }, false)
    const numbers = new Map([['y', 1970], ['M', 1], ['d', 1], ['H', 0], ...fields.numbers])
    const half = fields.numbers.has('h') || fields.numbers.has('K') || fields.numbers.has('k')
    if (half) numbers.delete('H')
    if (half && !numbers.has('a')) numbers.set('a', 0)
    const nanos = this.lenient ? lenientNanos(numbers) : strictNanos(numbers, text)
    return make('java.util.Date', zonedOfLocal(nanos, fields.zone ?? this.zone.zone).nanos, 'Z')
  }
}

/** Numbers beyond their range go over into the next unit. */
function lenientNanos(numbers: ReadonlyMap<string, number>): bigint {
  const at = (letter: string): number => numbers.get(letter) ?? 0
  const hour = numbers.has('H') ? at('H') : numbers.has('k') ? at('k') % 24 : ((numbers.get('h') ?? at('K')) % 12) + at('a') * 12 // prettier-ignore
  const date = new Date(0)
  const byYear = numbers.get('D')
  date.setUTCFullYear(at('y'), byYear === undefined ? at('M') - 1 : 0, byYear ?? at('d'))
  date.setUTCHours(hour, at('m'), at('s'), at('L'))
  return BigInt(date.getTime()) * MILLI
}

function strictNanos(numbers: ReadonlyMap<string, number>, text: string): bigint {
  try {
    return dayOf(numbers)! + timeOf(numbers)!
  } catch {
    throw raise('java.text.ParseException', `Unparseable date: "${text}"`)
  }
}

const FORMAT_METHODS: Signatures = {
  'String format(def)': (machine, f: SimpleDateFormatValue, date: Temporal) => {
    if (!(date instanceof Temporal) || date.typeName !== 'java.util.Date') throw raise('IllegalArgumentException', 'Cannot format given Object as a Date') // prettier-ignore
    const text = f.format(date)
    machine.budget.allocate(text.length)
    return text
  },
  'Date parse(String)': (_m, f: SimpleDateFormatValue, text: string) => f.parse(text),
  'void setTimeZone(TimeZone)': (_m, f: SimpleDateFormatValue, zone: TimeZoneValue) => {
    f.zone = zone
  },
  'TimeZone getTimeZone()': (_m, f: SimpleDateFormatValue) => f.zone,
  'void setLenient(boolean)': (_m, f: SimpleDateFormatValue, lenient: boolean) => {
    f.lenient = lenient
  },
  'boolean isLenient()': (_m, f: SimpleDateFormatValue) => f.lenient,
}

export const DATE_FORMAT = defineClass('java.text.DateFormat', { methods: FORMAT_METHODS })

export const SIMPLE_DATE_FORMAT = defineClass('java.text.SimpleDateFormat', {
  extends: ['java.text.DateFormat', 'java.lang.Object'],
  new: {
    'SimpleDateFormat(String)': (_m, _s, pattern: string) => new SimpleDateFormatValue(pattern),
    'SimpleDateFormat(String,Locale)': (_m, _s, pattern: string, locale: LocaleValue) => new SimpleDateFormatValue(pattern, locale.tag), // prettier-ignore
  },
  methods: {
    ...FORMAT_METHODS,
    'void applyPattern(String)': (_m, f: SimpleDateFormatValue, pattern: string) => {
      f.parts = readPattern(pattern, true)
      f.pattern = pattern
    },
    'String toPattern()': (_m, f: SimpleDateFormatValue) => f.pattern,
  },
})

const FIELDS = ['ERA', 'YEAR', 'MONTH', 'WEEK_OF_YEAR', 'WEEK_OF_MONTH', 'DAY_OF_MONTH', 'DAY_OF_YEAR', 'DAY_OF_WEEK', 'DAY_OF_WEEK_IN_MONTH', 'AM_PM', 'HOUR', 'HOUR_OF_DAY', 'MINUTE', 'SECOND', 'MILLISECOND', 'ZONE_OFFSET', 'DST_OFFSET'] // prettier-ignore
const CONSTANTS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(FIELDS.map((name, i) => [name, i])),
  DATE: 5,
  ...Object.fromEntries(['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'].map((name, i) => [name, i + 1])), // prettier-ignore
  ...Object.fromEntries(['JANUARY', 'FEBRUARY', 'MARCH', 'APRIL', 'MAY', 'JUNE', 'JULY', 'AUGUST', 'SEPTEMBER', 'OCTOBER', 'NOVEMBER', 'DECEMBER', 'UNDECIMBER'].map((name, i) => [name, i])), // prettier-ignore
  AM: 0,
  PM: 1,
}

/** A `java.util.GregorianCalendar`: a moment in a zone. */
class CalendarValue extends Instance {
  readonly typeName = 'java.util.GregorianCalendar'
  millis: number
  zone: TimeZoneValue

  constructor(millis: number, zone: TimeZoneValue) {
    super()
    this.millis = millis
    this.zone = zone
  }

  get order(): number {
    return this.millis
  }

  get local(): Date {
    return new Date(this.millis + this.zone.offset(this.millis))
  }

  moveTo(local: Date): void {
    this.millis = zonedOfLocal(BigInt(local.getTime()) * MILLI, this.zone.zone).millis
  }
}

function readField(c: CalendarValue, field: number): number {
  const { local } = c
  const [day, weekday] = [local.getUTCDate(), local.getUTCDay()]
  const first = new Date(Date.UTC(local.getUTCFullYear(), 0, 1))
  const dayOfYear = Math.floor((local.getTime() - first.getTime()) / 86_400_000) + 1
  switch (FIELDS[field]) {
    case 'ERA':
      return local.getUTCFullYear() > 0 ? 1 : 0
    case 'YEAR':
      return local.getUTCFullYear()
    case 'MONTH':
      return local.getUTCMonth()
    case 'WEEK_OF_YEAR': {
      const last = new Date(local.getTime() + (6 - weekday) * 86_400_000)
      if (last.getUTCFullYear() !== local.getUTCFullYear()) return 1
      return Math.floor((dayOfYear + first.getUTCDay() - 1) / 7) + 1
    }
    case 'WEEK_OF_MONTH':
      return Math.ceil((day + new Date(Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), 1)).getUTCDay()) / 7)
    case 'DAY_OF_MONTH':
      return day
    case 'DAY_OF_YEAR':
      return dayOfYear
    case 'DAY_OF_WEEK':
      return weekday + 1
    case 'DAY_OF_WEEK_IN_MONTH':
      return Math.floor((day - 1) / 7) + 1
    case 'AM_PM':
      return local.getUTCHours() < 12 ? 0 : 1
    case 'HOUR':
      return local.getUTCHours() % 12
    case 'HOUR_OF_DAY':
      return local.getUTCHours()
    case 'MINUTE':
      return local.getUTCMinutes()
    case 'SECOND':
      return local.getUTCSeconds()
    case 'MILLISECOND':
      return local.getUTCMilliseconds()
    case 'ZONE_OFFSET':
      return c.zone.raw
    case 'DST_OFFSET':
      return c.zone.offset(c.millis) - c.zone.raw
    default:
      throw raise('ArrayIndexOutOfBoundsException', `Index ${field} out of bounds for length 17`)
  }
}

function addField(c: CalendarValue, field: number, amount: number): void {
  const { local } = c
  const name = FIELDS[field]
  if (name === 'YEAR' || name === 'MONTH') {
    const months = local.getUTCFullYear() * 12 + local.getUTCMonth() + amount * (name === 'YEAR' ? 12 : 1)
    const [year, month] = [Math.floor(months / 12), ((months % 12) + 12) % 12]
    const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
    local.setUTCFullYear(year, month, Math.min(local.getUTCDate(), last))
    return c.moveTo(local)
  }
  const days = { WEEK_OF_YEAR: 7, WEEK_OF_MONTH: 7, DAY_OF_WEEK_IN_MONTH: 7, DAY_OF_MONTH: 1, DAY_OF_YEAR: 1, DAY_OF_WEEK: 1 }[name as 'DAY_OF_MONTH'] // prettier-ignore
  if (days !== undefined) return c.moveTo(new Date(local.getTime() + amount * days * 86_400_000))
  const millis = { AM_PM: 43_200_000, HOUR: 3_600_000, HOUR_OF_DAY: 3_600_000, MINUTE: 60_000, SECOND: 1000, MILLISECOND: 1 }[name as 'SECOND'] // prettier-ignore
  if (millis === undefined) throw raise('IllegalArgumentException')
  c.millis += amount * millis
}

function setField(c: CalendarValue, field: number, value: number): void {
  const { local } = c
  const name = FIELDS[field]
  if (name === 'YEAR') local.setUTCFullYear(value)
  else if (name === 'MONTH') local.setUTCMonth(value)
  else if (name === 'DAY_OF_MONTH') local.setUTCDate(value)
  else if (name === 'HOUR_OF_DAY') local.setUTCHours(value)
  else if (name === 'MINUTE') local.setUTCMinutes(value)
  else if (name === 'SECOND') local.setUTCSeconds(value)
  else if (name === 'MILLISECOND') local.setUTCMilliseconds(value)
  else return addField(c, field, value - readField(c, field))
  c.moveTo(local)
}

function newCalendar(zone: TimeZoneValue, ...fields: number[]): CalendarValue {
  const [year = 1970, month = 0, day = 1, hour = 0, minute = 0, second = 0] = fields
  const calendar = new CalendarValue(0, zone)
  const local = new Date(0)
  local.setUTCFullYear(year, month, day)
  local.setUTCHours(hour, minute, second)
  calendar.moveTo(local)
  return calendar
}

const UTC = new TimeZoneValue('UTC')

const CALENDAR_METHODS: Signatures = {
  'int get(int)': (_m, c: CalendarValue, field: number) => readField(c, field),
  'void set(int,int)': (_m, c: CalendarValue, field: number, value: number) => setField(c, field, value),
  'void set(int,int,int)': (_m, c: CalendarValue, y: number, m: number, d: number) => {
    const { local } = c
    local.setUTCFullYear(y, m, d)
    c.moveTo(local)
  },
  'void set(int,int,int,int,int)': (_m, c: CalendarValue, y: number, m: number, d: number, h: number, mi: number) => {
    const { local } = c
    local.setUTCFullYear(y, m, d)
    local.setUTCHours(h, mi)
    c.moveTo(local)
  },
  'void set(int,int,int,int,int,int)': (
    _m,
    c: CalendarValue,
    y: number,
    m: number,
    d: number,
    h: number,
    mi: number,
    s: number,
  ) => {
    // prettier-ignore
    const { local } = c
    local.setUTCFullYear(y, m, d)
    local.setUTCHours(h, mi, s)
    c.moveTo(local)
  },
  'void add(int,int)': (_m, c: CalendarValue, field: number, amount: number) => addField(c, field, amount),
  'Date getTime()': (_m, c: CalendarValue) => make('java.util.Date', BigInt(c.millis) * MILLI, 'Z'),
  'void setTime(Date)': (_m, c: CalendarValue, date: Temporal) => {
    c.millis = date.millis
  },
  'long getTimeInMillis()': (_m, c: CalendarValue) => c.millis,
  'void setTimeInMillis(long)': (_m, c: CalendarValue, millis: bigint) => {
    c.millis = Number(millis)
  },
  'Instant toInstant()': (_m, c: CalendarValue) => make('java.time.Instant', BigInt(c.millis) * MILLI, 'Z'),
  'TimeZone getTimeZone()': (_m, c: CalendarValue) => c.zone,
  'void setTimeZone(TimeZone)': (_m, c: CalendarValue, zone: TimeZoneValue) => {
    c.zone = zone
  },
  'boolean after(def)': (_m, c: CalendarValue, other: CalendarValue) => c.millis > other.millis,
  'boolean before(def)': (_m, c: CalendarValue, other: CalendarValue) => c.millis < other.millis,
  'int compareTo(Calendar)': (_m, c: CalendarValue, other: CalendarValue) => Math.sign(c.millis - other.millis),
  'int getFirstDayOfWeek()': () => 1,
  'int getActualMaximum(int)': (_m, c: CalendarValue, field: number) => {
    const year = c.local.getUTCFullYear()
    if (FIELDS[field] === 'DAY_OF_MONTH') return new Date(Date.UTC(year, c.local.getUTCMonth() + 1, 0)).getUTCDate()
    if (FIELDS[field] === 'DAY_OF_YEAR') return isLeap(year) ? 366 : 365
    return { MONTH: 11, HOUR: 11, HOUR_OF_DAY: 23, MINUTE: 59, SECOND: 59, MILLISECOND: 999, DAY_OF_WEEK: 7 }[FIELDS[field] as 'MONTH'] ?? 0 // prettier-ignore
  },
}

export const CALENDAR = defineClass('java.util.Calendar', {
  extends: ['java.lang.Comparable', 'java.lang.Object'],
  fields: CONSTANTS,
  static: {
    'Calendar getInstance()': (machine) => new CalendarValue(Math.floor(machine.now()), UTC),
    'Calendar getInstance(TimeZone)': (machine, _s, zone: TimeZoneValue) =>
      new CalendarValue(Math.floor(machine.now()), zone),
    'Calendar getInstance(Locale)': (machine) => new CalendarValue(Math.floor(machine.now()), UTC),
  },
  methods: CALENDAR_METHODS,
})

export const GREGORIAN_CALENDAR = defineClass('java.util.GregorianCalendar', {
  extends: ['java.util.Calendar', 'java.lang.Comparable', 'java.lang.Object'],
  fields: { ...CONSTANTS, BC: 0, AD: 1 },
  new: {
    'GregorianCalendar()': (machine) => new CalendarValue(Math.floor(machine.now()), UTC),
    'GregorianCalendar(TimeZone)': (machine, _s, zone: TimeZoneValue) =>
      new CalendarValue(Math.floor(machine.now()), zone),
    'GregorianCalendar(int,int,int)': (_m, _s, y: number, m: number, d: number) => newCalendar(UTC, y, m, d),
    'GregorianCalendar(int,int,int,int,int)': (_m, _s, y: number, m: number, d: number, h: number, mi: number) => newCalendar(UTC, y, m, d, h, mi), // prettier-ignore
    'GregorianCalendar(int,int,int,int,int,int)': (_m, _s, y: number, m: number, d: number, h: number, mi: number, s: number) => newCalendar(UTC, y, m, d, h, mi, s), // prettier-ignore
  },
  static: {
    'GregorianCalendar from(ZonedDateTime)': (_m, _s, t: Temporal) =>
      new CalendarValue(t.millis, timeZone(t.zone === 'Z' ? 'UTC' : /^[+-]/.test(t.zone) ? `GMT${t.zone}` : t.zone)),
  },
  methods: {
    'boolean isLeapYear(int)': (_m, _c: CalendarValue, year: number) => isLeap(year),
    'ZonedDateTime toZonedDateTime()': (_m, c: CalendarValue) => make('java.time.ZonedDateTime', BigInt(c.millis) * MILLI, c.zone.id === 'UTC' ? 'UTC' : c.zone.id), // prettier-ignore
  },
})
