import type { SeenEvent } from '../../detect/index.ts'
import { isObject, newObject, parseIsoTimestamp, parseJson, type Value, type ValueObject } from '../../event/index.ts'
import { parseNetfilterLine } from '../../packet/index.ts'

const LONGEST_DOCUMENT = 16 * 2 ** 20

/** Documents out of lines: one a line, or each over many lines that end with a brace or bracket of its own. */
export class JsonDocuments {
  private held = ''

  /** Whether a document has begun that has not ended. */
  get open(): boolean {
    return this.held !== ''
  }

  /** The documents that end with a line, none where one goes on; undefined where the line is of none. */
  take(line: string): ValueObject[] | undefined {
    if (this.held === '') {
      if (!/^[[{]/.test(line)) return undefined
      // A line that only begins one is how documents over many lines are printed; anything else is a broken one.
      if (!/^[[{]\s*$/.test(line)) return documentsOf(line)
      this.held = line
      return []
    }
    this.held += `\n${line}`
    if (/^[\]}],?\s*$/.test(line)) {
      const whole = documentsOf(this.held.replace(/,\s*$/, ''))
      if (whole !== undefined) {
        this.held = ''
        return whole
      }
    }
    if (this.held.length > LONGEST_DOCUMENT) this.held = ''
    return []
  }
}

function documentsOf(text: string): ValueObject[] | undefined {
  try {
    const value = parseJson(text)
    return (Array.isArray(value) ? value : [value]).filter(isObject)
  } catch {
    return undefined
  }
}

/** Where events of other forms say when they were. */
const TIMES = [
  '@timestamp',
  'timestamp',
  'ts',
  'Event.System.TimeCreated.#attributes.SystemTime',
  'System.TimeCreated.#attributes.SystemTime',
  'Event.System.TimeCreated.SystemTime',
  'System.TimeCreated.SystemTime',
  'winlog.time_created',
  'UtcTime',
  'EventTime',
  'TimeCreated',
]

/** A time of the command line: ISO 8601, or `now`, also with what is taken off it, such as `now-7d`. */
export function timeGiven(text: string, now: number): number | undefined {
  const [, count = '0', unit = 's'] = /^now(?:-(\d{1,6})([smhdw]))?$/.exec(text) ?? []
  if (text.startsWith('now'))
    return text === 'now' || count !== '0' ? now - Number(count) * UNITS[unit as keyof typeof UNITS] : undefined
  return parseIsoTimestamp(text)?.millis
}

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const SYSLOG_TIME = /^(?:<\d{1,3}>)?([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)\b/

/**
 * A line of a packet filter in the log of a kernel, as the event that an input makes of it; undefined for any other line. Its time is
 * UTC; without a year, it is of the year that ends `now`.
 */
export function kernelLine(line: string, now: number): SeenEvent | undefined {
  const time = parseIsoTimestamp(/^\S*/.exec(line)![0])?.millis ?? syslogTime(line, now)
  if (time === undefined || parseNetfilterLine(line, time) === undefined) return undefined
  return { fields: Object.assign(newObject(), { message: line }), time, index: 'replay' }
}

function syslogTime(line: string, now: number): number | undefined {
  const [, name = '', day, hour, minute, second] = SYSLOG_TIME.exec(line) ?? []
  const month = MONTHS.indexOf(name)
  if (month < 0) return undefined
  const at = (year: number): number => Date.UTC(year, month, Number(day), Number(hour), Number(minute), Number(second))
  const year = new Date(now).getUTCFullYear()
  return at(year) > now + UNITS.d ? at(year - 1) : at(year)
}

/** A document as an event; one that says no time is of the time of the one before it. */
export function eventOf(fields: ValueObject, before: number): SeenEvent {
  for (const path of TIMES) {
    const value = at(fields, path)
    const time = value === undefined ? undefined : timeOf(value)
    if (time !== undefined) return { fields, time, index: 'replay' }
  }
  return { fields, time: Math.max(before, 0), index: 'replay' }
}

function at(fields: ValueObject, path: string): Value | undefined {
  if (path in fields) return fields[path]
  let value: Value | undefined = fields
  for (const name of path.split('.')) {
    if (value === undefined || !isObject(value)) return undefined
    value = value[name]
  }
  return value
}

/** Seconds or milliseconds since the epoch, or a text of ISO 8601, with a space for its `T` too. */
function timeOf(value: Value): number | undefined {
  if (typeof value === 'number') return value < 1e11 ? value * 1000 : value
  if (typeof value !== 'string') return Number(value) || undefined
  return parseIsoTimestamp(value)?.millis ?? parseIsoTimestamp(value.replace(' ', 'T'))?.millis
}
