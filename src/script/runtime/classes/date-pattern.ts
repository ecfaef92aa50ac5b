import { raise } from '../instance.ts'
import { Temporal, two } from '../temporal.ts'
import { dayOfYear, weekOf } from './date-numbers.ts'

/** How a pattern is read: java.time's, or that of java.text.SimpleDateFormat, and the language of its names. */
export interface PatternStyle {
  readonly simple: boolean
  /** A BCP 47 tag. */
  readonly locale: string
}

export type PatternPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly letter: string; readonly width: number }
  | { readonly kind: 'optional'; readonly parts: readonly PatternPart[] }

const LETTERS = { simple: 'GyYMLwWDdFEuaHkKhmsSzZX', time: 'GuyDMLdQqYwWEecFaBhKkHmsSAnNVvzOXxZ' }
const MAX_PARTS = 200

/** @throws IllegalArgumentException as Java does for a letter that means nothing */
export function readPattern(pattern: string, simple: boolean): PatternPart[] {
  const stack: PatternPart[][] = [[]]
  const letters = simple ? LETTERS.simple : LETTERS.time
  const push = (part: PatternPart): void => {
    stack.at(-1)!.push(part)
    if (stack.at(-1)!.length > MAX_PARTS) throw raise('IllegalArgumentException', 'the pattern is too long')
  }
  for (let i = 0; i < pattern.length;) {
    const c = pattern[i]!
    if (c === "'") {
      const end = /'(?:[^']|'')*'/y
      end.lastIndex = i
      const quoted = end.exec(pattern)?.[0]
      if (quoted === undefined)
        throw raise('IllegalArgumentException', `Pattern ends with an incomplete string literal: ${pattern}`)
      push({ kind: 'text', text: quoted === "''" ? "'" : quoted.slice(1, -1).replaceAll("''", "'") })
      i += quoted.length
    } else if (!simple && c === '[') {
      stack.push([])
      i++
    } else if (!simple && c === ']') {
      const parts = stack.pop()!
      if (stack.length === 0)
        throw raise('IllegalArgumentException', 'Pattern invalid as it contains ] without previous [')
      push({ kind: 'optional', parts })
      i++
    } else if (/[a-zA-Z]/.test(c)) {
      if (!letters.includes(c))
        throw raise(
          'IllegalArgumentException',
          simple ? `Illegal pattern character '${c}'` : `Unknown pattern letter: ${c}`,
        )
      let width = 1
      while (pattern[i + width] === c) width++
      push({ kind: 'field', letter: c, width })
      i += width
    } else {
      push({ kind: 'text', text: c })
      i++
    }
  }
  while (stack.length > 1) {
    const parts = stack.pop()!
    push({ kind: 'optional', parts })
  }
  return stack[0]!
}

const NAMES = new Map<string, readonly string[]>()

/** The twelve months, seven days (Sunday first) or halves of a day in a language. */
export function namesOf(kind: 'month' | 'weekday' | 'half', locale: string, short: boolean): readonly string[] {
  const key = `${kind}${locale}${short}`
  let names = NAMES.get(key)
  if (names === undefined) {
    const options: Intl.DateTimeFormatOptions =
      kind === 'half' ? { hour: 'numeric', hour12: true } : { [kind]: short ? 'short' : 'long' }
    const format = new Intl.DateTimeFormat(locale === '' || locale === 'und' ? 'en' : locale, {
      ...options,
      timeZone: 'UTC',
    })
    const count = { month: 12, weekday: 7, half: 2 }[kind]
    names = Array.from({ length: count }, (_, i) => {
      // 2023 began on a Sunday.
      const at =
        kind === 'month'
          ? Date.UTC(2023, i, 1)
          : kind === 'weekday'
            ? Date.UTC(2023, 0, 1 + i)
            : Date.UTC(2023, 0, 1, i * 12)
      const type = kind === 'half' ? 'dayPeriod' : kind
      return format.formatToParts(at).find((part) => part.type === type)?.value ?? ''
    })
    if (NAMES.size < 500) NAMES.set(key, names)
  }
  return names
}

export function formatParts(value: Temporal, parts: readonly PatternPart[], style: PatternStyle): string {
  return parts
    .map((part) => {
      if (part.kind === 'text') return part.text
      if (part.kind === 'optional') return formatParts(value, part.parts, style)
      return formatField(value, part.letter, part.width, style)
    })
    .join('')
}

const number = (n: number, width: number): string => (n < 0 ? '-' : '') + String(Math.abs(n)).padStart(width, '0')

function formatField(value: Temporal, letter: string, width: number, { simple, locale }: PatternStyle): string {
  const { local } = value
  const [year, month, day, hour] = [
    local.getUTCFullYear(),
    local.getUTCMonth(),
    local.getUTCDate(),
    local.getUTCHours(),
  ]
  const weekday = local.getUTCDay()
  const yearText = (n: number): string => (width === 2 ? two(Math.abs(n) % 100) : number(n, width))
  switch (letter) {
    case 'G':
      return width === 4 && !simple ? (year > 0 ? 'Anno Domini' : 'Before Christ') : year > 0 ? 'AD' : 'BC'
    case 'u':
      return simple ? number(weekday === 0 ? 7 : weekday, width) : yearText(year)
    case 'y':
      return yearText(year > 0 ? year : 1 - year)
    case 'Y':
      return yearText(weekOf(value, simple || !isIso(locale)).year)
    case 'w':
      return number(weekOf(value, simple || !isIso(locale)).week, width)
    case 'W':
      return number(Math.ceil((day + new Date(Date.UTC(year, month, 1)).getUTCDay()) / 7), width)
    case 'Q':
    case 'q': {
      const quarter = Math.floor(month / 3) + 1
      return width <= 2
        ? number(quarter, width)
        : width === 3
          ? `Q${quarter}`
          : `${['1st', '2nd', '3rd', '4th'][quarter - 1]} quarter`
    }
    case 'M':
    case 'L':
      if (width === 5) return namesOf('month', locale, false)[month]!.slice(0, 1)
      return width >= 3 ? namesOf('month', locale, width === 3)[month]! : number(month + 1, width)
    case 'd':
      return number(day, width)
    case 'D':
      return number(dayOfYear(value), width)
    case 'F':
      return number(Math.floor((day - 1) / 7) + 1, width)
    case 'E':
      if (width === 5) return namesOf('weekday', locale, false)[weekday]!.slice(0, 1)
      return namesOf('weekday', locale, width < 4)[weekday]!
    case 'e':
    case 'c':
      return width >= 3 ? namesOf('weekday', locale, width === 3)[weekday]! : number(weekday + 1, width)
    case 'a':
    case 'B':
      return namesOf('half', locale, true)[hour < 12 ? 0 : 1]!
    case 'H':
      return number(hour, width)
    case 'k':
      return number(hour === 0 ? 24 : hour, width)
    case 'h':
      return number(hour % 12 === 0 ? 12 : hour % 12, width)
    case 'K':
      return number(hour % 12, width)
    case 'm':
      return number(local.getUTCMinutes(), width)
    case 's':
      return number(local.getUTCSeconds(), width)
    case 'S':
      return simple
        ? number(Math.floor(value.nanoOfSecond / 1e6), width)
        : number(value.nanoOfSecond, 9).slice(0, width).padEnd(width, '0')
    case 'n':
      return number(value.nanoOfSecond, width)
    case 'A':
      return number(Math.floor(((local.getTime() % 86_400_000) + 86_400_000) % 86_400_000), width)
    case 'N':
      return number(
        (((local.getTime() % 86_400_000) + 86_400_000) % 86_400_000) * 1e6 + (value.nanoOfSecond % 1e6),
        width,
      )
    case 'V':
      return value.zone
    case 'z':
    case 'v':
      return zoneName(value, width)
    case 'O':
      return value.offsetSeconds === 0
        ? 'GMT'
        : `GMT${width === 4 ? offsetField(value.offsetSeconds, 'x', 3) : shortOffset(value.offsetSeconds)}`
    case 'X':
    case 'x':
    case 'Z':
      if (letter === 'Z' && width === 4 && !simple) return formatField(value, 'O', 4, { simple, locale })
      return offsetField(value.offsetSeconds, letter, width)
    default:
      throw raise('IllegalArgumentException', `Unknown pattern letter: ${letter}`)
  }
}

/** Languages without a country have ISO's weeks in Java. */
function isIso(locale: string): boolean {
  return !/-(?:US|CA|MX|JP|IN|BR)\b/.test(locale) && locale !== 'en-US'
}

/** `+1` or `+5:30`. */
function shortOffset(seconds: number): string {
  return offsetField(seconds, 'x', 3)
    .replace(/^([+-])0/, '$1')
    .replace(/:00$/, '')
}

function zoneName(value: Temporal, width: number): string {
  if (value.zone === 'Z')
    return width >= 4 ? 'Coordinated Universal Time' : value.typeName === 'java.util.Date' ? 'UTC' : 'Z'
  if (/^[+-]/.test(value.zone)) return value.zone
  const style = width >= 4 ? 'long' : 'short'
  const format = new Intl.DateTimeFormat('en-US', { timeZone: value.zone, timeZoneName: style })
  return format.formatToParts(value.millis).find(({ type }) => type === 'timeZoneName')?.value ?? value.zone
}

export function offsetField(seconds: number, letter: string, width: number): string {
  if (seconds === 0 && (letter === 'X' || (letter === 'Z' && width === 5))) return 'Z'
  const minutes = Math.abs(Math.trunc(seconds / 60))
  const sign = seconds < 0 ? '-' : '+'
  const colon = letter === 'Z' ? width === 5 : width === 3 || width === 5
  if (width === 1 && letter !== 'Z' && minutes % 60 === 0) return `${sign}${two(minutes / 60)}`
  return `${sign}${two(Math.trunc(minutes / 60))}${colon ? ':' : ''}${two(minutes % 60)}`
}
