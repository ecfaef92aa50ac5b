import { offsetOfZone } from '../../event/index.ts'
import { Instance } from './instance.ts'

export type TemporalType =
  | 'java.time.Instant'
  | 'java.time.ZonedDateTime'
  | 'java.time.LocalDateTime'
  | 'java.time.LocalDate'
  | 'java.time.LocalTime'
  | 'java.time.OffsetDateTime'
  | 'java.time.OffsetTime'
  | 'java.time.Year'
  | 'java.time.YearMonth'
  | 'java.time.MonthDay'
  | 'java.time.Duration'
  | 'java.util.Date'

const NANOS = 1_000_000_000n

/** Types with a zone or an offset. */
const ZONED: ReadonlySet<TemporalType> = new Set([
  'java.time.ZonedDateTime',
  'java.time.OffsetDateTime',
  'java.time.OffsetTime',
])

/**
 * A date, a time or a duration: nanoseconds since the epoch (of the local clock for local types), and for a
 * ZonedDateTime its zone with the offset that holds then.
 */
export class Temporal extends Instance {
  readonly typeName: TemporalType
  readonly nanos: bigint
  readonly zone: string
  readonly offsetSeconds: number

  constructor(typeName: TemporalType, nanos: bigint, zone = 'Z') {
    super()
    this.typeName = typeName
    this.nanos = nanos
    this.zone = zone
    this.offsetSeconds = ZONED.has(typeName) ? zoneOffset(zone, nanos) : 0
  }

  /** What compareTo compares. */
  get order(): bigint {
    return this.nanos
  }

  get millis(): number {
    return Number(floorDiv(this.nanos, 1_000_000n))
  }

  /** Calendar fields are read from this as if it were UTC. */
  get local(): Date {
    return new Date(this.millis + this.offsetSeconds * 1000)
  }

  get nanoOfSecond(): number {
    return Number(((this.nanos % NANOS) + NANOS) % NANOS)
  }
}

export function floorDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient
}

export function temporalKey(value: Temporal): string {
  return `${value.nanos}${ZONED.has(value.typeName) ? value.zone : ''}`
}

const OFFSET = /^(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d\d))?(?::?(\d\d))?$/

/** Whether a zone id is one: `Z`, `UTC`, `+02:00`, `Europe/Rome`. */
export function isZone(id: string): boolean {
  if (['Z', 'UTC', 'GMT', 'UT'].includes(id) || OFFSET.test(id)) return true
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: id }).format(0)
    return true
  } catch {
    return false
  }
}

const offsets = new Map<string, (utcMillis: number) => number>()

/** Seconds east of Greenwich that hold in a zone at a moment. */
export function zoneOffset(zone: string, nanos: bigint): number {
  if (['Z', 'UTC', 'GMT', 'UT'].includes(zone)) return 0
  const fixed = OFFSET.exec(zone)
  if (fixed !== null) {
    const seconds = Number(fixed[2]) * 3600 + Number(fixed[3] ?? 0) * 60 + Number(fixed[4] ?? 0)
    return fixed[1] === '-' ? -seconds : seconds
  }
  let offset = offsets.get(zone)
  if (offset === undefined) {
    offset = offsetOfZone(zone)
    if (offsets.size < 1000) offsets.set(zone, offset)
  }
  return Math.round(offset(Number(floorDiv(nanos, NANOS)) * 1000) / 1000)
}

export function offsetText(seconds: number): string {
  if (seconds === 0) return 'Z'
  const minutes = Math.abs(Math.trunc(seconds / 60))
  const rest = Math.abs(seconds) % 60
  const text = `${seconds < 0 ? '-' : '+'}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`
  return rest === 0 ? text : `${text}:${two(rest)}`
}

export function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** ISO 8601 as java.time prints it: fractions in groups of three digits, seconds left out where they are zero. */
export function formatTemporal(value: Temporal): string {
  const date = value.local
  switch (value.typeName) {
    case 'java.time.Duration':
      return formatDuration(value.nanos)
    case 'java.util.Date':
      return date.toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) ([\d:]+) GMT$/, '$1 $3 $2 $5 UTC $4')
    case 'java.time.Instant':
      return `${dateText(date)}T${timeText(date, value.nanoOfSecond, true)}Z`
    case 'java.time.LocalDate':
      return dateText(date)
    case 'java.time.LocalTime':
      return timeText(date, value.nanoOfSecond, false)
    case 'java.time.LocalDateTime':
      return `${dateText(date)}T${timeText(date, value.nanoOfSecond, false)}`
    case 'java.time.ZonedDateTime': {
      const zone = value.zone === 'Z' || OFFSET.test(value.zone) ? '' : `[${value.zone}]`
      return `${dateText(date)}T${timeText(date, value.nanoOfSecond, false)}${offsetText(value.offsetSeconds)}${zone}`
    }
    case 'java.time.OffsetDateTime':
      return `${dateText(date)}T${timeText(date, value.nanoOfSecond, false)}${offsetText(value.offsetSeconds)}`
    case 'java.time.OffsetTime':
      return `${timeText(date, value.nanoOfSecond, false)}${offsetText(value.offsetSeconds)}`
    case 'java.time.Year':
      return String(date.getUTCFullYear())
    case 'java.time.YearMonth':
      return dateText(date).slice(0, -3)
    case 'java.time.MonthDay':
      return `--${dateText(date).slice(-5)}`
  }
}

/** As Joda prints a DateTime: always with milliseconds. */
export function formatDateTime({ local, offsetSeconds }: Temporal): string {
  const milliseconds = String(local.getUTCMilliseconds()).padStart(3, '0')
  return `${dateText(local)}T${timeText(local, 0, true)}.${milliseconds}${offsetText(offsetSeconds)}`
}

function dateText(date: Date): string {
  const year = date.getUTCFullYear()
  const digits = String(Math.abs(year)).padStart(4, '0')
  const sign = year < 0 ? '-' : year > 9999 ? '+' : ''
  return `${sign}${digits}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`
}

function timeText(date: Date, nanos: number, seconds: boolean): string {
  const minutes = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`
  if (!seconds && nanos === 0 && date.getUTCSeconds() === 0) return minutes
  return `${minutes}:${two(date.getUTCSeconds())}${fractionText(nanos)}`
}

function fractionText(nanos: number): string {
  if (nanos === 0) return ''
  const digits = String(nanos).padStart(9, '0')
  if (digits.endsWith('000000')) return `.${digits.slice(0, 3)}`
  return digits.endsWith('000') ? `.${digits.slice(0, 6)}` : `.${digits}`
}

function formatDuration(nanos: bigint): string {
  if (nanos === 0n) return 'PT0S'
  const total = nanos / NANOS
  const rest = nanos % NANOS
  const [hours, minutes, seconds] = [total / 3600n, (total % 3600n) / 60n, total % 60n]
  let text = 'PT'
  if (hours !== 0n) text += `${hours}H`
  if (minutes !== 0n) text += `${minutes}M`
  if (seconds !== 0n || rest !== 0n) {
    const sign = nanos < 0n && seconds === 0n ? '-' : ''
    const fraction =
      rest === 0n
        ? ''
        : `.${String(rest < 0n ? -rest : rest)
            .padStart(9, '0')
            .replace(/0+$/, '')}`
    text += `${sign}${seconds}${fraction}S`
  }
  return text
}
