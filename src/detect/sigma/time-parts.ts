import { parseIsoTimestamp, Timestamp, type Value } from '../../event/index.ts'

/** Parts of a time, in UTC. */
export const TIME_PARTS: Readonly<Record<string, (date: Date) => number>> = {
  minute: (date) => date.getUTCMinutes(),
  hour: (date) => date.getUTCHours(),
  day: (date) => date.getUTCDate(),
  week: isoWeek,
  month: (date) => date.getUTCMonth() + 1,
  year: (date) => date.getUTCFullYear(),
}

/** The week that holds the year's first Thursday is week 1 (ISO 8601). */
function isoWeek(date: Date): number {
  const thursday = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()))
  thursday.setUTCDate(thursday.getUTCDate() + 4 - (thursday.getUTCDay() || 7))
  return Math.ceil(((thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / 86_400_000 + 1) / 7)
}

/** NaN where the value is no time: an ISO text, a timestamp, or seconds or milliseconds since the epoch. */
export function readTime(value: Value, part: string): number {
  let millis = NaN
  if (value instanceof Timestamp) millis = value.millis
  else if (typeof value === 'number') millis = value < 1e11 ? value * 1000 : value
  else if (typeof value === 'string') millis = parseIsoTimestamp(value)?.millis ?? NaN
  return Number.isNaN(millis) ? NaN : TIME_PARTS[part]!(new Date(millis))
}
