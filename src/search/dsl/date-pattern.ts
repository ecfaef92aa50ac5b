/** Date formats written as patterns of java.time. */
import { fail } from '../../diagnostic/index.ts'
import { ENGLISH_DAYS, ENGLISH_MONTHS, regionOfAbbreviation } from '../../event/index.ts'
import type { DateFormat } from './date-format.ts'
import { dayOfYear, moment, offsetText, pad, weekOf, type Parts } from './date-parts.ts'
import { parseZone, UTC, type Zone } from './zone.ts'

interface Piece {
  readonly regex: string
  read?(text: string, into: Parts & { zone?: Zone; pm?: boolean }): void
  write(local: Date, offset: number, zone: Zone): string
}

/**
 * A java.time pattern as a regular expression and a writer.
 * @param name is what the format was asked for by.
 * @throws illegal_argument_exception for a pattern that java.time would not take either, or that is not supported.
 */
export function compilePattern(name: string, pattern: string): DateFormat {
  const pieces: Piece[] = []
  let regex = '^'
  for (let i = 0; i < pattern.length;) {
    const c = pattern[i]!
    if (c === "'") {
      const end = pattern.indexOf("'", i + 1)
      if (end < 0) throw badFormat(name, 'Pattern ends with an incomplete string literal')
      const literal = end === i + 1 ? "'" : pattern.slice(i + 1, end)
      regex += escape(literal)
      pieces.push({ regex: '', write: () => literal })
      i = end + 1
    } else if (/[a-zA-Z]/.test(c)) {
      let end = i
      while (pattern[end] === c) end++
      const made = piece(c, end - i, name)
      regex += `(${made.regex})`
      pieces.push(made)
      i = end
    } else if (c === '[' || c === ']') {
      regex += c === '[' ? '(?:' : ')?'
      i++
    } else {
      regex += escape(c)
      pieces.push({ regex: '', write: () => c })
      i++
    }
  }
  let matcher: RegExp
  try {
    matcher = new RegExp(`${regex}$`, 'i')
  } catch {
    throw badFormat(name, 'unbalanced [ and ]')
  }
  const readers = pieces.filter((part) => part.read !== undefined)
  return {
    pattern: name,
    numeric: false,
    parse(text, zone = UTC, roundUp = false) {
      const match = matcher.exec(text)
      if (match === null) return undefined
      const parts: Parts & { zone?: Zone; pm?: boolean } = {}
      readers.forEach((reader, index) => {
        const value = match[index + 1]
        if (value !== undefined) reader.read!(value, parts)
      })
      if (parts.pm !== undefined && parts.hour !== undefined) parts.hour = (parts.hour % 12) + (parts.pm ? 12 : 0)
      return moment(parts, parts.zone ?? zone, roundUp)
    },
    format(millis, zone = UTC) {
      const offset = zone.offsetAt(millis)
      const local = new Date(millis + offset)
      return pieces.map((part) => part.write(local, offset, zone)).join('')
    },
  }
}

function escape(literal: string): string {
  return literal.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')
}

function badFormat(pattern: string, reason: string): Error {
  return fail('search.argument', { reason: `Invalid format: [${pattern}]: ${reason}` })
}

/** A letter that is a number of up to two digits: how it is read, and what is written. */
type NumberLetter = readonly [read: (value: number, into: Parts) => void, write: (local: Date) => number]

const MONTH: NumberLetter = [(value, p) => void (p.month = value), (d) => d.getUTCMonth() + 1]

const NUMBERS: ReadonlyMap<string, NumberLetter> = new Map([
  ['w', [(value, p) => void (p.week = value), (d) => weekOf(d).week]],
  ['d', [(value, p) => void (p.day = value), (d) => d.getUTCDate()]],
  ['H', [(value, p) => void (p.hour = value), (d) => d.getUTCHours()]],
  ['k', [(value, p) => void (p.hour = value % 24), (d) => d.getUTCHours() || 24]],
  ['K', [(value, p) => void (p.hour = value), (d) => d.getUTCHours() % 12]],
  ['h', [(value, p) => void (p.hour = value), (d) => d.getUTCHours() % 12 || 12]],
  ['m', [(value, p) => void (p.minute = value), (d) => d.getUTCMinutes()]],
  ['s', [(value, p) => void (p.second = value), (d) => d.getUTCSeconds()]],
])

function number([read, write]: NumberLetter, count: number): Piece {
  return {
    regex: count === 1 ? '\\d{1,2}' : `\\d{${count}}`,
    read: (text, into) => read(Number(text), into),
    write: (local) => pad(write(local), count),
  }
}

function piece(letter: string, count: number, pattern: string): Piece {
  const known = NUMBERS.get(letter)
  if (known !== undefined) return number(known, count)
  switch (letter) {
    case 'y':
    case 'u':
      return count === 2
        ? {
            regex: '\\d\\d',
            read: (t, p) => void (p.year = 2000 + Number(t)),
            write: (d) => pad(d.getUTCFullYear() % 100, 2),
          }
        : {
            regex: '[+-]?\\d{4,9}',
            read: (t, p) => void (p.year = Number(t)),
            write: (d) => pad(d.getUTCFullYear(), count),
          }
    case 'Y':
      return {
        regex: count === 2 ? '\\d\\d' : '[+-]?\\d{4,9}',
        read: (t, p) => void (p.weekYear = Number(t) + (count === 2 ? 2000 : 0)),
        write: (d) => (count === 2 ? pad(weekOf(d).weekYear % 100, 2) : pad(weekOf(d).weekYear, count)),
      }
    case 'e':
      return {
        regex: '\\d',
        read: (t, p) => void (p.weekday = Number(t)),
        write: (d) => String(d.getUTCDay() || 7),
      }
    case 'D':
      return {
        regex: count === 1 ? '\\d{1,3}' : `\\d{${count}}`,
        read: (t, p) => void (p.dayOfYear = Number(t)),
        write: (d) => pad(dayOfYear(d), count),
      }
    case 'Q':
    case 'q':
      return { regex: '[1-4]', read: () => undefined, write: (d) => pad(Math.floor(d.getUTCMonth() / 3) + 1, count) }
    case 'M':
    case 'L':
      if (count >= 3) {
        const names = count === 3 ? ENGLISH_MONTHS.map((month) => month.slice(0, 3)) : ENGLISH_MONTHS
        const lower = names.map((month) => month.toLowerCase())
        return {
          regex: names.join('|'),
          read: (t, p) => void (p.month = lower.indexOf(t.toLowerCase()) + 1),
          write: (d) => names[d.getUTCMonth()]!,
        }
      }
      return number(MONTH, count)
    case 'S':
      return {
        regex: `\\d{1,${Math.max(count, 1)}}`,
        read: (t, p) => void (p.micros = Number(t.slice(0, 6).padEnd(6, '0'))),
        write: (d) => pad(d.getUTCMilliseconds(), 3).padEnd(count, '0').slice(0, count),
      }
    case 'a':
      return {
        regex: 'AM|PM',
        read: (t, p) => void (p.pm = t.toUpperCase() === 'PM'),
        write: (d) => (d.getUTCHours() < 12 ? 'AM' : 'PM'),
      }
    case 'E': {
      const names = count <= 3 ? ENGLISH_DAYS.map((day) => day.slice(0, 3)) : ENGLISH_DAYS
      return { regex: names.join('|'), read: () => undefined, write: (d) => names[d.getUTCDay()]! }
    }
    case 'X':
    case 'x':
    case 'Z': {
      const colon = count === 3 || (letter === 'Z' && count === 5)
      const zulu = letter === 'X' || (letter === 'Z' && count === 5)
      return {
        regex: 'Z|[+-]\\d\\d(?::?\\d\\d)?',
        read: (t, p) => void (p.zone = parseZone(t.toUpperCase())),
        write: (_, offset) => offsetText(offset, colon ? ':' : '', zulu),
      }
    }
    case 'z':
    case 'V':
      return {
        regex: '[A-Za-z][A-Za-z0-9_/+-]*|[+-]\\d\\d:?\\d\\d',
        read: (t, p) => void (p.zone = parseZone((letter === 'z' ? regionOfAbbreviation(t) : undefined) ?? t)),
        write: (_, offset, zone) => (offset === 0 && zone.fixed ? 'UTC' : zone.name),
      }
  }
  throw badFormat(pattern, `Unknown pattern letter: ${letter}`)
}
