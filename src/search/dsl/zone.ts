import { fail } from '../../diagnostic/index.ts'
import { offsetOfZone } from '../../event/index.ts'

/** A time zone: how far local time is ahead of UTC at a moment. */
export interface Zone {
  readonly name: string
  /** Milliseconds to add to UTC to get local time, at a moment in UTC milliseconds. */
  offsetAt(millis: number): number
  /** True where the offset never changes. */
  readonly fixed: boolean
}

export const UTC: Zone = { name: 'UTC', fixed: true, offsetAt: () => 0 }

const zones = new Map<string, Zone>()

/** Reads `+02:00`, `-3`, `UTC`, `Europe/Rome`. @throws illegal_argument_exception for an unknown zone. */
export function parseZone(text: string): Zone {
  if (text === 'UTC' || text === 'Z' || text === 'GMT') return UTC
  const known = zones.get(text)
  if (known !== undefined) return known
  const zone = fixedZone(text) ?? namedZone(text)
  if (zones.size < 1000) zones.set(text, zone)
  return zone
}

function fixedZone(text: string): Zone | undefined {
  const match = /^(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d\d))?$/.exec(text)
  if (match === null) return undefined
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0)
  if (minutes > 18 * 60) return undefined
  const offset = (match[1] === '-' ? -1 : 1) * minutes * 60_000
  return { name: text, fixed: true, offsetAt: () => offset }
}

// Zone rules change at quarter hours at the finest.
const QUARTER = 900_000

function namedZone(name: string): Zone {
  let offsetAt: (millis: number) => number
  try {
    offsetAt = offsetOfZone(name)
  } catch {
    throw fail('search.argument', { reason: `Unknown time-zone ID: ${name}` })
  }
  const cache = new Map<number, number>()
  return {
    name,
    fixed: false,
    offsetAt(millis) {
      const slot = Math.floor(millis / QUARTER)
      const known = cache.get(slot)
      if (known !== undefined) return known
      const offset = offsetAt(slot * QUARTER)
      if (cache.size > 100_000) cache.clear()
      cache.set(slot, offset)
      return offset
    },
  }
}

/** The UTC moment of a local time; a time that does not exist moves on by the gap, one that is twice is the first. */
export function localToUtc(local: number, zone: Zone): number {
  if (zone.fixed) return local - zone.offsetAt(local)
  const before = zone.offsetAt(local - 86_400_000)
  const after = zone.offsetAt(local + 86_400_000)
  const first = local - before
  if (before === after || zone.offsetAt(first) === before) return first
  const second = local - after
  return zone.offsetAt(second) === after ? second : first
}
