import { ENGLISH_DAYS, ENGLISH_MONTHS } from './english-names.ts'
import { tokenize, type Token } from './joda-pattern.ts'

/**
 * A formatter of moments in UTC. The last result is kept for as long as the smallest unit of the
 * pattern lasts, since events that follow each other mostly share a day.
 * @throws RangeError for an unknown letter.
 */
export function compileJodaFormat(pattern: string): (micros: number) => string {
  const tokens = tokenize(pattern)
  const unit = tokens.some((token) => 'sS'.includes(token.letter) && token.letter !== '')
    ? 1000
    : tokens.some((token) => 'HhKkma'.includes(token.letter) && token.letter !== '')
      ? 60_000_000
      : 86_400_000_000
  let lastUnit = NaN
  let last = ''
  return (micros) => {
    const current = Math.floor(micros / unit)
    if (current === lastUnit) return last
    lastUnit = current
    const date = new Date(Math.floor(micros / 1000))
    last = tokens.map((token) => (token.letter === '' ? token.literal : formatToken(token, date))).join('')
    return last
  }
}

function formatToken({ letter, count }: Token, date: Date): string {
  const pad = (value: number): string => String(value).padStart(count, '0')
  const hour = date.getUTCHours()
  switch (letter) {
    case 'y':
    case 'Y':
    case 'x': {
      const year = letter === 'x' ? weekOf(date).year : date.getUTCFullYear()
      return count === 2 ? String(year % 100).padStart(2, '0') : pad(year)
    }
    case 'C':
      return pad(Math.floor(date.getUTCFullYear() / 100))
    case 'w':
      return pad(weekOf(date).week)
    case 'M':
      return count >= 4
        ? ENGLISH_MONTHS[date.getUTCMonth()]!
        : count === 3
          ? ENGLISH_MONTHS[date.getUTCMonth()]!.slice(0, 3)
          : pad(date.getUTCMonth() + 1)
    case 'd':
      return pad(date.getUTCDate())
    case 'D':
      return pad(dayOfYear(date))
    case 'e':
      return pad(date.getUTCDay() === 0 ? 7 : date.getUTCDay())
    case 'E': {
      const name = ENGLISH_DAYS[date.getUTCDay()]!
      return count >= 4 ? name : name.slice(0, 3)
    }
    case 'H':
      return pad(hour)
    case 'k':
      return pad(hour === 0 ? 24 : hour)
    case 'K':
      return pad(hour % 12)
    case 'h':
      return pad(hour % 12 === 0 ? 12 : hour % 12)
    case 'a':
      return hour < 12 ? 'AM' : 'PM'
    case 'm':
      return pad(date.getUTCMinutes())
    case 's':
      return pad(date.getUTCSeconds())
    case 'S':
      return String(date.getUTCMilliseconds()).padStart(3, '0').padEnd(count, '0').slice(0, count)
    case 'Z':
      return count === 1 ? '+0000' : count === 2 ? '+00:00' : 'UTC'
    case 'z':
      return 'UTC'
    default:
      return date.getUTCFullYear() > 0 ? 'AD' : 'BC'
  }
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1
}

/** ISO 8601: the week with the year's first Thursday is week 1. */
function weekOf(date: Date): { year: number; week: number } {
  const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() === 0 ? 7 : date.getUTCDay())) * 86_400_000)
  return { year: thursday.getUTCFullYear(), week: Math.ceil(dayOfYear(thursday) / 7) }
}
