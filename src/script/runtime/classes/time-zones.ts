import { raise } from '../instance.ts'
import { isZone, Temporal, two, zoneOffset } from '../temporal.ts'
import { newSet } from '../equality.ts'
import { Instance } from '../instance.ts'
import { defineClass } from './define.ts'
import { localNanos, make, zonedOfLocal } from './time-arithmetic.ts'
import { SECOND } from './time-enums.ts'
import { ZoneValue } from './time-values.ts'

function zone(_m: unknown, _s: null, id: string): ZoneValue {
  if (!isZone(id)) {
    const type = /^[A-Za-z][A-Za-z0-9~/._+-]+$/.test(id)
      ? 'java.time.zone.ZoneRulesException'
      : 'java.time.DateTimeException'
    throw raise(type, type.endsWith('RulesException') ? `Unknown time-zone ID: ${id}` : `Invalid ID for region-based ZoneId, invalid format: ${id}`) // prettier-ignore
  }
  const prefixed = /^(UTC|GMT|UT)([+-].*)$/.exec(id)
  return new ZoneValue(prefixed === null ? id : `${prefixed[1]}${offset(zoneOffset(prefixed[2]!, 0n)).text}`)
}

function offset(seconds: number): ZoneValue {
  if (Math.abs(seconds) > 18 * 3600)
    throw raise('java.time.DateTimeException', 'Zone offset not in valid range: -18:00 to +18:00')
  if (seconds === 0) return new ZoneValue('Z')
  const rest = Math.abs(seconds)
  const text = `${seconds < 0 ? '-' : '+'}${two(Math.floor(rest / 3600))}:${two(Math.floor(rest / 60) % 60)}`
  return new ZoneValue(rest % 60 === 0 ? text : `${text}:${two(rest % 60)}`)
}

/** The rules of a zone. */
class RulesValue extends Instance {
  readonly typeName = 'java.time.zone.ZoneRules'
  readonly zone: string

  constructor(id: string) {
    super()
    this.zone = id
  }

  /** Of summer time: what is added to the standard offset, which is the smallest of the year. */
  savings(nanos: bigint): number {
    return zoneOffset(this.zone, nanos) - this.standard(nanos)
  }

  standard(nanos: bigint): number {
    const year = new Date(Number(nanos / 1_000_000n)).getUTCFullYear()
    const at = (month: number): number => zoneOffset(this.zone, BigInt(Date.UTC(year, month, 1)) * 1_000_000n)
    return Math.min(at(0), at(6))
  }
}

export const ZONE_RULES = defineClass('java.time.zone.ZoneRules', {
  methods: {
    'ZoneOffset getOffset(Instant)': (_m, rules: RulesValue, t: Temporal) => offset(zoneOffset(rules.zone, t.nanos)),
    'ZoneOffset getOffset(LocalDateTime)': (_m, rules: RulesValue, t: Temporal) =>
      offset(zonedOfLocal(t.nanos, rules.zone).offsetSeconds),
    'ZoneOffset getStandardOffset(Instant)': (_m, rules: RulesValue, t: Temporal) => offset(rules.standard(t.nanos)),
    'Duration getDaylightSavings(Instant)': (_m, rules: RulesValue, t: Temporal) =>
      make('java.time.Duration', BigInt(rules.savings(t.nanos)) * SECOND, 'Z'),
    'boolean isDaylightSavings(Instant)': (_m, rules: RulesValue, t: Temporal) => rules.savings(t.nanos) !== 0,
    'boolean isFixedOffset()': (_m, rules: RulesValue) => /^(?:Z|UTC|GMT|UT|[+-].*)$/.test(rules.zone),
    'boolean isValidOffset(LocalDateTime,ZoneOffset)': (_m, rules: RulesValue, t: Temporal, given: ZoneValue) =>
      zonedOfLocal(t.nanos, rules.zone).offsetSeconds === given.seconds,
  },
})

const METHODS = {
  'String getId()': (_m: unknown, z: ZoneValue) => z.text,
  'ZoneRules getRules()': (_m: unknown, z: ZoneValue) => new RulesValue(z.text),
  'ZoneId normalized()': (_m: unknown, z: ZoneValue) =>
    ['UTC', 'GMT', 'UT'].includes(z.text) ? new ZoneValue('Z') : z,
}

export const ZONE_ID = defineClass('java.time.ZoneId', {
  static: {
    'ZoneId of(String)': zone,
    'ZoneId systemDefault()': () => new ZoneValue('Z'),
    'Set getAvailableZoneIds()': (machine) => {
      const ids = Intl.supportedValuesOf('timeZone')
      machine.budget.allocate(ids.length)
      return newSet('hash', ids)
    },
    'ZoneId ofOffset(String,ZoneOffset)': (_m, _s, prefix: string, given: ZoneValue) =>
      new ZoneValue(given.text === 'Z' ? prefix || 'Z' : `${prefix}${given.text}`),
    'ZoneId from(def)': (_m, _s, t: Temporal) => new ZoneValue(t.zone),
  },
  methods: METHODS,
})

export const ZONE_OFFSET = defineClass('java.time.ZoneOffset', {
  extends: ['java.time.ZoneId', 'java.lang.Comparable', 'java.lang.Object'],
  fields: { UTC: new ZoneValue('Z'), MIN: new ZoneValue('-18:00'), MAX: new ZoneValue('+18:00') },
  static: {
    'ZoneOffset of(String)': (_m, _s, id: string) => {
      if (!/^(?:Z|[+-]\d{1,2}(?::?\d\d(?::?\d\d)?)?)$/.test(id))
        throw raise('java.time.DateTimeException', `Invalid ID for ZoneOffset, invalid format: ${id}`)
      return offset(zoneOffset(id, 0n))
    },
    'ZoneOffset ofHours(int)': (_m, _s, hours: number) => offset(hours * 3600),
    'ZoneOffset ofHoursMinutes(int,int)': (_m, _s, hours: number, minutes: number) =>
      offset(hours * 3600 + minutes * 60),
    'ZoneOffset ofHoursMinutesSeconds(int,int,int)': (_m, _s, h: number, m: number, s: number) =>
      offset(h * 3600 + m * 60 + s),
    'ZoneOffset ofTotalSeconds(int)': (_m, _s, seconds: number) => offset(seconds),
    'ZoneOffset from(def)': (_m, _s, t: Temporal) => offset(Number((localNanos(t) - t.nanos) / SECOND)),
  },
  methods: {
    ...METHODS,
    'int getTotalSeconds()': (_m, z: ZoneValue) => z.seconds,
    'int compareTo(def)': (_m, z: ZoneValue, other: ZoneValue) => other.seconds - z.seconds,
  },
})
