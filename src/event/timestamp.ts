/**
 * A moment in integer microseconds since the epoch.
 * A JS number holds these exactly until the year 2255.
 */
export class Timestamp {
  readonly micros: number

  constructor(micros: number) {
    this.micros = micros
  }

  static fromMillis(millis: number): Timestamp {
    return new Timestamp(Math.round(millis * 1000))
  }

  get millis(): number {
    return Math.floor(this.micros / 1000)
  }

  /** ISO 8601 in UTC: three digits of a second, six where the microseconds are not zero. */
  toString(): string {
    const { millis } = this
    const second = Math.floor(millis / 1000)
    if (second !== lastSecond) {
      lastText = new Date(second * 1000).toISOString().slice(0, -4)
      lastSecond = second
    }
    const rest = this.micros - millis * 1000
    const text = lastText + String(millis - second * 1000).padStart(3, '0')
    return rest === 0 ? `${text}Z` : `${text}${String(rest).padStart(3, '0')}Z`
  }

  toJSON(): string {
    return this.toString()
  }
}

// The second that was written last, up to its point: most times are of the same second as the one before.
let lastSecond = NaN
let lastText = ''

const ISO =
  /^([+-]?\d{4,6})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d:?(?:\d\d)?)?)?$/

/**
 * Reads an ISO 8601 date or date-time; without a zone it is UTC.
 * Digits past the microsecond are cut off.
 * @returns undefined where the text is not a valid moment.
 */
export function parseIsoTimestamp(text: string): Timestamp | undefined {
  const match = ISO.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = match
  const [h, m, s] = [Number(hour), Number(minute), Number(second)]
  if (h > 24 || m > 59 || s > 60 || Number(month) < 1 || Number(month) > 12) return undefined
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  if (date.getUTCDate() !== Number(day)) return undefined
  const millis = date.getTime() + ((h * 60 + m) * 60 + s) * 1000 - zoneOffsetMillis(zone)
  return new Timestamp(millis * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0')))
}

function zoneOffsetMillis(zone: string): number {
  if (zone === 'Z') return 0
  const digits = zone.slice(1).replace(':', '')
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || '0')
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000
}
