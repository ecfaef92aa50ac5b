/** Values rounded down to the intervals they lie in. */
import type { DateHistogramParameters, HistogramParameters } from '../../dsl/aggregation-tree.ts'
import { addUnits, floorToUnit } from '../../dsl/date-math.ts'
import { localToUtc, type Zone } from '../../dsl/zone.ts'

/** Which interval a value is in. Keys are milliseconds for dates, the field's own numbers else. */
export interface Rounding {
  /** The key of the interval that a value in the column's terms lies in. */
  floor(value: number): number
  /** The first key above. */
  next(key: number): number
  /** The column's value at which the interval of a key begins. */
  start(key: number): number
}

export function dateRounding(
  { interval, offset }: Pick<DateHistogramParameters, 'interval' | 'offset'>,
  zone: Zone,
  scale: number,
): Rounding {
  const start = (key: number): number => key * scale
  if ('calendar' in interval) {
    const { calendar } = interval
    return {
      start,
      floor: (value) => floorToUnit(Math.floor(value / scale) - offset, calendar, zone) + offset,
      next(key) {
        const next = addUnits(key - offset, 1, calendar, zone)
        return floorToUnit(next, calendar, zone) + offset
      },
    }
  }
  const { millis } = interval
  if (zone.fixed) {
    const shift = zone.offsetAt(0) - offset
    return {
      start,
      floor: (value) => Math.floor((Math.floor(value / scale) + shift) / millis) * millis - shift,
      next: (key) => key + millis,
    }
  }
  const floorAt = (moment: number): number => {
    const local = moment + zone.offsetAt(moment)
    const key = localToUtc(Math.floor(local / millis) * millis, zone)
    // Where clocks go back a local time is twice: the second one is meant where the first is too far away.
    return moment - key >= millis + 3_600_000 ? key + millis : key
  }
  return {
    start,
    floor: (value) => floorAt(Math.floor(value / scale) - offset) + offset,
    next(key) {
      let next = floorAt(key - offset + millis) + offset
      if (next <= key) next = key + millis
      return next
    },
  }
}

export function numberRounding(
  { interval, offset }: Pick<HistogramParameters, 'interval' | 'offset'>,
  scale: number,
): Rounding {
  return {
    start: (key) => key * scale,
    floor: (value) => Math.floor((value / scale - offset) / interval) * interval + offset,
    next: (key) => (Math.round((key - offset) / interval) + 1) * interval + offset,
  }
}
