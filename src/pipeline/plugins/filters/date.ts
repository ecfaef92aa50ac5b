import { fail } from '../../../diagnostic/index.ts'
import {
  compileJodaParser,
  compileSprintf,
  Double,
  fieldPath,
  isDynamic,
  parseFieldPath,
  printValue,
  stringifyJson,
  Timestamp,
  type Event,
  type Value,
} from '../../../event/index.ts'
import { option, type } from '../../../settings/index.ts'
import { defineFilter } from '../define.ts'
import { compileIso8601Parser } from './iso8601.ts'
import { fieldReference } from './field-option.ts'

/** Microseconds, or undefined where the value is not of the format. */
type DateParser = (value: Value) => number | undefined

const ZONES_LIMIT = 1000

export const date = defineFilter({
  name: 'date',
  summary: 'Reads a date from a field and makes it the time of the event.',
  options: {
    match: option(type.list(type.string), {
      required: true,
      describe:
        "A field, then the formats to try: Joda's patterns, `ISO8601`, `UNIX` (seconds), `UNIX_MS`, `TAI64N`. Precision is the millisecond.",
    }),
    timezone: option(type.string, {
      describe: "Zone of dates without one, such as `Europe/Rome`; may have references; the machine's by default.",
    }),
    locale: option(type.string, { describe: 'Language of month and day names, such as `en` or `de_DE`.' }),
    target: option(fieldReference, {
      default: fieldPath('@timestamp'),
      describe: 'Where the time goes.',
    }),
    tag_on_failure: option(type.list(type.string), {
      default: ['_dateparsefailure'],
      describe: 'Tags of events whose field is there and in none of the formats.',
    }),
  },
  examples: [
    {
      title: "the seed's time of capture",
      config: 'match => ["timestamp", "yyyy-MM-dd HH:mm:ss.SSSSSS"] timezone => "Europe/Rome"',
      in: { timestamp: '2016-02-08 01:56:58.407625' },
      out: { timestamp: '2016-02-08 01:56:58.407625', '@timestamp': '2016-02-08T00:56:58.407Z' },
    },
    {
      title: 'several formats, another target',
      config: 'match => ["d", "MMM dd yyyy HH:mm:ss", "ISO8601"] timezone => "UTC" target => "[at]"',
      in: { d: '2011-04-19T03:44:01.103Z' },
      out: { d: '2011-04-19T03:44:01.103Z', at: '2011-04-19T03:44:01.103Z' },
    },
    {
      title: 'seconds with a fraction',
      config: 'match => ["d", "UNIX"]',
      in: { d: '1326149001.132' },
      out: { d: '1326149001.132', '@timestamp': '2012-01-09T22:43:21.132Z' },
    },
    {
      title: 'milliseconds',
      config: 'match => ["d", "UNIX_MS"]',
      in: { d: 1366125117000 },
      out: { d: 1366125117000, '@timestamp': '2013-04-16T15:11:57.000Z' },
    },
    {
      title: 'TAI64N',
      config: 'match => ["d", "TAI64N"]',
      in: { d: '@4000000050d506482dbdf024' },
      out: { d: '@4000000050d506482dbdf024', '@timestamp': '2012-12-22T01:00:46.767Z' },
    },
    {
      title: "the event's own zone",
      config: 'match => ["d", "yyyy-MM-dd HH:mm"] timezone => "%{tz}"',
      in: { d: '2024-07-01 12:00', tz: 'America/New_York' },
      out: { d: '2024-07-01 12:00', tz: 'America/New_York', '@timestamp': '2024-07-01T16:00:00.000Z' },
    },
    {
      title: 'another language',
      config: 'match => ["d", "dd MMMM yyyy"] locale => "de" timezone => "UTC"',
      in: { d: '03 März 2020' },
      out: { d: '03 März 2020', '@timestamp': '2020-03-03T00:00:00.000Z' },
    },
    {
      title: 'no such date',
      config: 'match => ["d", "yyyy-MM-dd"] target => "at"',
      in: { d: '2023-02-30' },
      out: { d: '2023-02-30', tags: ['_dateparsefailure'] },
    },
    {
      title: 'a field that is not there',
      config: 'match => ["d", "UNIX"] target => "at"',
      in: { a: 1 },
      out: { a: 1 },
    },
  ],
  create(options, context) {
    const [field, ...formats] = options.match
    const source = field === undefined ? undefined : parseFieldPath(field)
    if (source === undefined || formats.length === 0)
      throw fail('plugin.option_invalid', {
        option: 'match',
        expected: 'a list of a field and one or more formats',
        value: options.match.join(', '),
      })
    const now = (): number => context.clock.now()
    const compile = (zone: string | undefined): DateParser[] =>
      formats.map((format) => compileFormat(format, { zone, locale: options.locale, now }))
    const { timezone } = options
    const dynamic = timezone !== undefined && isDynamic(timezone)
    const zone = dynamic ? 'UTC' : timezone
    // Formats such as UNIX need no zone; a wrong one is still a mistake.
    compileFormat('ISO8601', { zone, locale: undefined, now })
    const fixed = compile(zone)
    const parsersOf = dynamic ? zoneParsers(timezone, compile) : () => fixed
    return {
      filter(batch) {
        for (const event of batch) {
          const value = event.get(source)
          if (value === undefined || value === null) continue
          const micros = firstDate(Array.isArray(value) ? (value[0] ?? null) : value, parsersOf(event))
          if (micros === undefined) {
            for (const tag of options.tag_on_failure) event.tag(tag)
            continue
          }
          event.set(options.target, new Timestamp(micros))
          context.matched(event)
        }
        return batch
      },
      why(event) {
        const value = event.get(source)
        if (value === undefined || value === null) return `there is no field '${field}'`
        const first = Array.isArray(value) ? (value[0] ?? null) : value
        if (firstDate(first, parsersOf(event)) !== undefined) return undefined
        return `${stringifyJson(first)} is none of '${formats.join("', '")}'`
      },
    }
  },
})

function firstDate(value: Value, parsers: readonly DateParser[] | undefined): number | undefined {
  for (const parse of parsers ?? []) {
    const micros = parse(value)
    if (micros !== undefined) return micros
  }
  return undefined
}

/** Parsers by the zone that an event names; undefined where there is no such zone. */
function zoneParsers(
  timezone: string,
  compile: (zone: string) => DateParser[],
): (event: Event) => readonly DateParser[] | undefined {
  const zoneOf = compileSprintf(timezone)
  const known = new Map<string, DateParser[] | undefined>()
  return (event) => {
    const zone = zoneOf(event)
    if (known.has(zone)) return known.get(zone)
    let parsers: DateParser[] | undefined
    try {
      parsers = compile(zone)
    } catch {
      // An event's zone is data: a wrong one fails the event, not the pipeline.
    }
    if (known.size >= ZONES_LIMIT) known.clear()
    known.set(zone, parsers)
    return parsers
  }
}

interface FormatOptions {
  readonly zone: string | undefined
  readonly locale: string | undefined
  readonly now: () => number
}

function compileFormat(format: string, options: FormatOptions): DateParser {
  switch (format) {
    case 'UNIX':
      return parseUnix
    case 'UNIX_MS':
      return parseUnixMillis
    case 'TAI64N':
      return (value) => parseTai64n(printValue(value))
    default:
  }
  try {
    const parse = format === 'ISO8601' ? compileIso8601Parser(options.zone) : compileJodaParser(format, options)
    return (value) => parse(typeof value === 'string' ? value : printValue(value))
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw explain(error, format, options)
  }
}

function explain(error: RangeError, format: string, { zone, locale }: FormatOptions): Error {
  if (/time ?zone/i.test(error.message))
    return fail('plugin.option_invalid', {
      option: 'timezone',
      expected: 'the name of a time zone such as Europe/Rome',
      value: zone ?? '',
    })
  if (/locale|language tag/i.test(error.message))
    return fail('plugin.option_invalid', {
      option: 'locale',
      expected: 'a language such as en or de_DE',
      value: locale ?? '',
    })
  return fail('plugin.option_invalid', {
    option: 'match',
    expected: `made of date formats (${error.message})`,
    value: format,
  })
}

/** Whole seconds end where 32 bits do, as in Logstash: what is larger is most likely milliseconds. */
const LAST_SECOND = 2 ** 31 - 1

function parseUnix(value: Value): number | undefined {
  const text = value instanceof Double ? String(value.value) : printValue(value).trim()
  const match = /^(-?)(\d{1,13})(?:\.(\d*))?$/.exec(text)
  if (match === null) return undefined
  const [, sign, seconds, fraction] = match
  if (fraction === undefined && Number(seconds) > LAST_SECOND) return undefined
  const millis = Number(seconds) * 1000 + Number((fraction ?? '').slice(0, 3).padEnd(3, '0'))
  return inRange((sign === '-' ? -millis : millis) * 1000)
}

function parseUnixMillis(value: Value): number | undefined {
  const text = value instanceof Double ? String(value.value) : printValue(value).trim()
  return /^-?\d{1,16}$/.test(text) ? inRange(Number(text) * 1000) : undefined
}

/** D. J. Bernstein's labels: `@`, 16 hexadecimal digits of seconds from 2^62, 8 of nanoseconds; TAI was 10 s ahead in 1970. */
function parseTai64n(text: string): number | undefined {
  const match = /^@?([0-9a-f]{16})([0-9a-f]{8})$/i.exec(text.trim())
  if (match === null) return undefined
  const seconds = Number(BigInt(`0x${match[1]!}`) - 2n ** 62n) - 10
  const millis = Math.floor(Number.parseInt(match[2]!, 16) / 1_000_000)
  return inRange((seconds * 1000 + millis) * 1000)
}

/** What a Date can hold; a moment beyond has no ISO form. */
function inRange(micros: number): number | undefined {
  return Math.abs(micros) <= 8.64e18 && Number.isSafeInteger(micros / 1000) ? micros : undefined
}
