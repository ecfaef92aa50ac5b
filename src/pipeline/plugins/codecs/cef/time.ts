import { compileJodaParser, regionOfAbbreviation } from '../../../../event/index.ts'

const FORMAT = /^(\S+ +\d{1,2})(?: (\d{4}))? (\d\d:\d\d:\d\d)(?:\.(\d{3}|\d{6}|\d{9}))?(?: (\S+))?$/
const DAY = 86_400_000
const MOST_ZONES = 200

/**
 * A parser of CEF's times: milliseconds since the epoch, or `MMM dd[ yyyy] HH:mm:ss[.SSS][ zone]`.
 *
 * - A zone in the text comes before the event's, which comes before `zone`.
 * - Without a year it is the last such day, or the coming one where that is at most two days away.
 * - Answers microseconds, or undefined where the text is no such time.
 * @throws RangeError for a zone or locale that does not exist.
 */
export function cefTimeParser(options: {
  readonly zone: string | undefined
  readonly locale: string | undefined
  readonly now: () => number
}): (text: string, eventZone: string | undefined) => number | undefined {
  const parsers = new Map<string, (text: string) => number | undefined>()
  const parserFor = (zone: string | undefined): ((text: string) => number | undefined) => {
    const known = parsers.get(zone ?? '')
    if (known !== undefined) return known
    const { locale } = options
    const made = compileJodaParser('MMM d yyyy HH:mm:ss', {
      zone: zone === undefined ? undefined : (regionOfAbbreviation(zone) ?? zone),
      locale: locale?.replace('_', '-'),
    })
    // Names of zones come from events.
    if (parsers.size < MOST_ZONES) parsers.set(zone ?? '', made)
    return made
  }
  parserFor(options.zone)
  return (text, eventZone) => {
    if (/^[1-9]\d*(?:\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000)
    const match = FORMAT.exec(text)
    if (match === null) return undefined
    const [, day, year, clock, fraction = '', ownZone] = match
    let parse: (text: string) => number | undefined
    try {
      parse = parserFor(ownZone ?? eventZone ?? options.zone)
    } catch {
      return undefined
    }
    const at = (y: number): number | undefined => parse(`${day!.replace(/ +/, ' ')} ${y} ${clock!}`)
    const micros = year === undefined ? assumeYear(at, options.now()) : at(Number(year))
    return micros === undefined ? undefined : micros + Number(fraction.slice(0, 6).padEnd(6, '0'))
  }
}

function assumeYear(at: (year: number) => number | undefined, now: number): number | undefined {
  const limit = (now + 2 * DAY) * 1000
  const today = new Date(now)
  const year = today.getUTCFullYear()
  const current = at(year)
  if (current !== undefined && current > limit) return at(year - 1)
  if (today.getUTCMonth() === 11) {
    const next = at(year + 1)
    if (next !== undefined && next <= limit) return next
  }
  return current
}
