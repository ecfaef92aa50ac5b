import { raise } from '../instance.ts'
import { offsetText, Temporal, type TemporalType } from '../temporal.ts'
import type { Signatures } from './define.ts'
import { localNanos, make, timeOfDay } from './time-arithmetic.ts'
import { DAY } from './time-enums.ts'
import { parse, parseBy, type FormatterValue } from './time-text.ts'
import { floorDiv } from '../temporal.ts'

/** `parse(text)` and `parse(text, formatter)` of a type. */
export function parsing(type: TemporalType): Signatures {
  const simple = type.slice(type.lastIndexOf('.') + 1)
  return {
    [`${simple} parse(CharSequence)`]: (_m: unknown, _s: null, text: string) => parse(type, text),
    [`${simple} parse(CharSequence,DateTimeFormatter)`]: (_m: unknown, _s: null, text: string, by: FormatterValue) =>
      parseBy(type, text, by),
  }
}

/** `from(temporal)` of a type: what another has of it. */
export function from(type: TemporalType): Signatures {
  const simple = type.slice(type.lastIndexOf('.') + 1)
  return { [`${simple} from(def)`]: (_m: unknown, _s: null, t: Temporal) => convertTo(type, t) }
}

const HAS_DATE: readonly TemporalType[] = ['java.time.LocalDate', 'java.time.LocalDateTime', 'java.time.ZonedDateTime', 'java.time.OffsetDateTime'] // prettier-ignore
const HAS_TIME: readonly TemporalType[] = ['java.time.LocalTime', 'java.time.LocalDateTime', 'java.time.ZonedDateTime', 'java.time.OffsetDateTime', 'java.time.OffsetTime'] // prettier-ignore
const HAS_MOMENT: readonly TemporalType[] = ['java.time.ZonedDateTime', 'java.time.OffsetDateTime']

export function convertTo(type: TemporalType, t: Temporal): Temporal {
  if (!(t instanceof Temporal)) throw raise('ClassCastException')
  if (t.typeName === type) return t
  const simple = type.slice(type.lastIndexOf('.') + 1)
  const unable = (): never => {
    throw raise('java.time.DateTimeException', `Unable to obtain ${simple} from TemporalAccessor: ${t.typeName}`)
  }
  const local = localNanos(t)
  switch (type) {
    case 'java.time.Instant':
      return HAS_MOMENT.includes(t.typeName) ? make(type, t.nanos, 'Z') : unable()
    case 'java.time.ZonedDateTime':
      return HAS_MOMENT.includes(t.typeName) ? make(type, t.nanos, t.zone) : unable()
    case 'java.time.OffsetDateTime':
      return HAS_MOMENT.includes(t.typeName) ? make(type, t.nanos, offsetText(t.offsetSeconds)) : unable()
    case 'java.time.LocalDateTime':
      return HAS_DATE.includes(t.typeName) && HAS_TIME.includes(t.typeName) ? make(type, local, 'Z') : unable()
    case 'java.time.LocalTime':
      return HAS_TIME.includes(t.typeName) ? make(type, timeOfDay(t), 'Z') : unable()
    case 'java.time.OffsetTime':
      return HAS_MOMENT.includes(t.typeName)
        ? make(type, timeOfDay(t) - (local - t.nanos), offsetText(t.offsetSeconds))
        : unable()
    case 'java.time.LocalDate':
      return HAS_DATE.includes(t.typeName) ? make(type, floorDiv(local, DAY) * DAY, 'Z') : unable()
    case 'java.time.YearMonth':
    case 'java.time.Year':
    case 'java.time.MonthDay': {
      if (!HAS_DATE.includes(t.typeName) && !(type === 'java.time.Year' && t.typeName === 'java.time.YearMonth'))
        return unable()
      const at = t.local
      const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()]
      const moment =
        type === 'java.time.Year'
          ? Date.UTC(year, 0, 1)
          : type === 'java.time.YearMonth'
            ? Date.UTC(year, month, 1)
            : Date.UTC(2000, month, day)
      return make(type, BigInt(moment) * 1_000_000n, 'Z')
    }
    default:
      return unable()
  }
}
