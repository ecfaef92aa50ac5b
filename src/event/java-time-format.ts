import { compileJodaFormat } from './joda-format.ts'

const DAY_MICROS = 86_400_000_000

/** Letters that mean the same to Joda. */
const AS_JODA: Readonly<Record<string, string>> = {
  ...Object.fromEntries([...'yMdDHhKkmsaE'].map((letter) => [letter, letter])),
  u: 'y',
  L: 'M',
}

type Writer = (micros: number) => string

/** What Joda has no letter for, or means otherwise; the zone is UTC, and weeks are those of the United States, as in Java there. */
const WRITERS: Readonly<Record<string, (count: number) => Writer>> = {
  S: (count) => (micros) => padded(mod(micros, 1_000_000), 6).padEnd(count, '0').slice(0, count),
  n: (count) => (micros) => padded(mod(micros, 1_000_000) * 1000, count),
  N: (count) => (micros) => padded(mod(micros, DAY_MICROS) * 1000, count),
  A: (count) => (micros) => padded(Math.floor(mod(micros, DAY_MICROS) / 1000), count),
  Q: (count) => (micros) => {
    const quarter = Math.floor(new Date(micros / 1000).getUTCMonth() / 3) + 1
    return count < 3
      ? padded(quarter, count)
      : count === 3
        ? `Q${quarter}`
        : `${['1st', '2nd', '3rd', '4th'][quarter - 1]} quarter`
  },
  Y: (count) => (micros) => {
    const year = weekOf(micros).year
    return count === 2 ? padded(year % 100, 2) : padded(year, count)
  },
  w: (count) => (micros) => padded(weekOf(micros).week, count),
  G: () => () => 'AD',
  X: () => () => 'Z',
  x: (count) => () => (count === 1 ? '+00' : count % 2 === 0 ? '+0000' : '+00:00'),
  Z: (count) => () => (count < 4 ? '+0000' : count === 4 ? 'GMT' : 'Z'),
  z: () => () => 'Z',
  V: () => () => 'Z',
  O: () => () => 'GMT',
}

/**
 * A formatter of moments in UTC by a pattern of java.time's DateTimeFormatter, in English.
 * @throws RangeError for a letter that is none or is not supported, and for an open quote.
 */
export function compileJavaTimeFormat(pattern: string): Writer {
  const parts: Writer[] = []
  let joda = ''
  const flush = (): void => {
    if (joda !== '') parts.push(compileJodaFormat(joda))
    joda = ''
  }
  for (const [token, quoted, letter] of pattern.matchAll(/'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z]/g)) {
    if (letter === undefined) {
      if (quoted === undefined && "'{}#[]".includes(token)) throw refused(pattern, token)
      joda += token
      continue
    }
    const same = AS_JODA[letter]
    const writer = WRITERS[letter]
    if (same !== undefined && token.length < 5) joda += same.repeat(token.length)
    else if (writer !== undefined) {
      flush()
      parts.push(writer(token.length))
    } else throw refused(pattern, token)
  }
  flush()
  return (micros) => {
    let text = ''
    for (const part of parts) text += part(micros)
    return text
  }
}

/** Week 1 is the one with January 1st; weeks begin on Sunday. */
function weekOf(micros: number): { readonly year: number; readonly week: number } {
  const date = new Date(micros / 1000)
  const saturday = new Date(date.getTime() + (6 - date.getUTCDay()) * 86_400_000)
  const year = saturday.getUTCFullYear()
  return { year, week: Math.floor((saturday.getTime() - Date.UTC(year, 0, 1)) / (7 * 86_400_000)) + 1 }
}

function mod(value: number, by: number): number {
  return ((value % by) + by) % by
}

function padded(value: number, count: number): string {
  return String(value).padStart(count, '0')
}

function refused(pattern: string, token: string): RangeError {
  return new RangeError(`'${pattern}' must be a pattern of java.time, got '${token}' in it`)
}
