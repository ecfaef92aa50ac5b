/**
 * From a local time, in milliseconds as if it were UTC, to the offset that holds there: the earlier moment where clocks go back
 * and the time comes twice, undefined where they go forward and it never comes, as in Joda.
 */
export type ZoneOffset = (localMillis: number) => number | undefined

const zones = new Map<string, ZoneOffset>()

/** @throws RangeError for a zone that does not exist. */
export function zoneOffset(name: string): ZoneOffset {
  const known = zones.get(name)
  if (known !== undefined) return known
  const made = /^(?:Z|[+-]\d\d:?\d\d)$/i.test(name) ? constant(offsetMillis(name)) : named(name)
  // Names may come from events.
  if (zones.size < 1000) zones.set(name, made)
  return made
}

function constant(millis: number): ZoneOffset {
  return () => millis
}

/** Milliseconds of `Z`, `+02:00` or `-0330`. */
export function offsetMillis(text: string): number {
  if (text.toUpperCase() === 'Z') return 0
  const digits = text.slice(1).replace(':', '')
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))
  return (text.startsWith('-') ? -minutes : minutes) * 60_000
}

const QUARTER = 900_000
const DAY = 86_400_000

/**
 * How far local time is ahead of UTC in a zone of the IANA database, at a moment: both in milliseconds.
 * @throws RangeError for a zone that does not exist.
 */
export function offsetOfZone(name: string): (utcMillis: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    era: 'short',
  })
  return (utcMillis) => {
    const part: Record<string, string> = {}
    for (const { type, value } of format.formatToParts(utcMillis)) part[type] = value
    const year = part['era'] === 'BC' ? 1 - Number(part['year']) : Number(part['year'])
    const local = Date.UTC(
      year,
      Number(part['month']) - 1,
      Number(part['day']),
      Number(part['hour']),
      Number(part['minute']),
      Number(part['second']),
    )
    return local - Math.floor(utcMillis / 1000) * 1000
  }
}

function named(name: string): ZoneOffset {
  const offsetAt = offsetOfZone(name)
  // Offsets change on quarters of an hour, and events come in order: one entry answers nearly all.
  let lastQuarter = NaN
  let last: number | undefined
  return (localMillis) => {
    const quarter = Math.floor(localMillis / QUARTER)
    if (quarter === lastQuarter) return last
    // No zone changes twice within two days: what holds is the offset of the day before or of the day after.
    const before = offsetAt(localMillis - DAY)
    const after = offsetAt(localMillis + DAY)
    lastQuarter = quarter
    last = [Math.max(before, after), Math.min(before, after)].find(
      (offset) => offsetAt(localMillis - offset) === offset,
    )
    return last
  }
}
