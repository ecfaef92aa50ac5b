const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  M: 2_629_746_000,
  y: 31_556_952_000,
}

/** The time zone of every table, chart and export: `browser`, or a name such as UTC. */
export function chosenZone(): string {
  const stored = localStorage.getItem('vedetta.zone')
  if (stored === null || stored === 'browser') return Intl.DateTimeFormat().resolvedOptions().timeZone
  return stored
}

const formatters = new Map<string, Intl.DateTimeFormat>()

function formatter(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = chosenZone() + JSON.stringify(options)
  let found = formatters.get(key)
  if (found === undefined) {
    found = new Intl.DateTimeFormat('sv-SE', { ...options, timeZone: chosenZone() })
    formatters.set(key, found)
  }
  return found
}

/** `2026-11-24 10:55:31.250` in the chosen zone; what is no time is shown as it is. */
export function formatTime(value: unknown, precise = true): string {
  const millis = typeof value === 'number' ? value : Date.parse(String(value))
  if (Number.isNaN(millis)) return value === undefined || value === null ? '' : String(value)
  const text = formatter({ dateStyle: 'short', timeStyle: 'medium' }).format(millis)
  return precise
    ? `${text}.${String(((millis % 1000) + 1000) % 1000)
        .padStart(3, '0')
        .slice(0, 3)}`
    : text
}

export function formatClock(millis: number): string {
  return formatter({ timeStyle: 'medium' }).format(millis)
}

/** The instant that a bound of a range means: `now-1d/d`, ISO 8601, epoch seconds or milliseconds; undefined for none. */
export function resolveTime(text: string, now: number, up = false): number | undefined {
  const trimmed = text.trim()
  if (/^\d{9,10}$/.test(trimmed)) return Number(trimmed) * 1000
  if (/^\d{12,13}$/.test(trimmed)) return Number(trimmed)
  if (!trimmed.startsWith('now')) {
    const parsed = Date.parse(trimmed)
    return Number.isNaN(parsed) ? undefined : parsed
  }
  let time = now
  let rest = trimmed.slice(3)
  while (rest !== '') {
    const match = /^(?:([+-])(\d+)([smhdwMy])|\/([smhdwMy]))/.exec(rest)
    if (match === null) return undefined
    const [whole, sign, count, unit, round] = match
    if (round === undefined) time += (sign === '-' ? -1 : 1) * Number(count) * UNITS[unit!]!
    else time = roundDown(time, round) + (up ? UNITS[round]! - 1 : 0)
    rest = rest.slice(whole.length)
  }
  return time
}

function roundDown(time: number, unit: string): number {
  const size = UNITS[unit]!
  if (unit === 's' || unit === 'm') return Math.floor(time / size) * size
  const shift = zoneShift(time)
  if (unit === 'h' || unit === 'd') return Math.floor((time + shift) / size) * size - shift
  const local = new Date(time + shift)
  if (unit === 'w') {
    const day = (local.getUTCDay() + 6) % 7
    return Math.floor((time + shift) / UNITS['d']!) * UNITS['d']! - day * UNITS['d']! - shift
  }
  return Date.UTC(local.getUTCFullYear(), unit === 'M' ? local.getUTCMonth() : 0, 1) - shift
}

/** What to add to an instant to read its wall clock in the chosen zone as if it were UTC. */
function zoneShift(time: number): number {
  const text = formatter({ dateStyle: 'short', timeStyle: 'medium' }).format(time)
  return Date.parse(`${text.replace(' ', 'T')}Z`) - Math.floor(time / 1000) * 1000
}

export interface Span {
  readonly from: number
  readonly to: number
}

export function resolveSpan(from: string, to: string, now: number): Span {
  const end = resolveTime(to, now, true) ?? now
  return { from: resolveTime(from, now) ?? end - UNITS['d']!, to: end }
}

const STEPS = ['1s', '5s', '10s', '30s', '1m', '5m', '10m', '30m', '1h', '3h', '6h', '12h', '1d', '7d', '30d']

/** The finest interval that makes no more bars than `most`. */
export function intervalFor({ from, to }: Span, most: number): { text: string; millis: number } {
  for (const text of STEPS) {
    const millis = Number(text.slice(0, -1)) * UNITS[text.at(-1)!]!
    if ((to - from) / millis <= most) return { text, millis }
  }
  return { text: '30d', millis: 30 * UNITS['d']! }
}

export function ago(value: unknown, now: number): string {
  const millis = typeof value === 'number' ? value : Date.parse(String(value))
  if (Number.isNaN(millis)) return ''
  const seconds = Math.max(0, Math.round((now - millis) / 1000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}
