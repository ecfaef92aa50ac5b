/** Processors of dates. */
import { Double, type Value } from '../../event/index.ts'
import { fail } from '../../diagnostic/index.ts'
import { dateFormat, parseZone, type Zone } from '../../search/dsl/index.ts'
import { textTemplate, type ProcessorSpec } from '../processor.ts'

type Reader = (text: string, zone: Zone) => number | undefined

/** ISO8601, UNIX, UNIX_MS, TAI64N, or a pattern of Java's. @returns microseconds since the epoch */
function readerOf(format: string): Reader {
  switch (format) {
    case 'ISO8601': {
      const iso = dateFormat('strict_date_optional_time||date_optional_time')
      return (text, zone) => iso.parse(text.trim(), zone)
    }
    case 'UNIX':
      return (text) => (/^-?\d+(\.\d+)?$/.test(text) ? Math.round(Number(text) * 1e6) : undefined)
    case 'UNIX_MS':
      return (text) => (/^-?\d+$/.test(text) ? Number(text) * 1000 : undefined)
    case 'TAI64N':
      return (text) => {
        const match = /^@?([\da-f]{16})([\da-f]{8})$/i.exec(text)
        if (match === null) return undefined
        // The label's second 2^62 is 1970 in TAI, ten seconds before UTC's.
        const seconds = BigInt(`0x${match[1]}`) - (1n << 62n) - 10n
        return Number(seconds) * 1e6 + Math.floor(Number.parseInt(match[2]!, 16) / 1000)
      }
    default: {
      const pattern = dateFormat(format)
      return (text, zone) => pattern.parse(text, zone)
    }
  }
}

function zoneOf(name: string): Zone {
  try {
    return parseZone(name)
  } catch {
    throw fail('ingest.failed', { reason: `Unknown time-zone ID: ${name}` })
  }
}

function textOf(value: Value): string {
  return value instanceof Double ? String(value.value) : String(value)
}

const date: ProcessorSpec = {
  name: 'date',
  summary: 'Reads a date, by the first of several formats that fits, into @timestamp.',
  create(config) {
    const field = config.text('field')
    const target = config.text('target_field', '@timestamp')
    const formats = config.list('formats')
    if (formats === undefined) throw fail('ingest.parse', { reason: '[formats] required property is missing' })
    const timezone = textTemplate(config.text('timezone', 'UTC'))
    const locale = config.text('locale', 'ENGLISH')
    if (!/^(en|english|root|und)([-_].*)?$/i.test(locale))
      throw fail('ingest.unsupported', {
        reason: `[locale] ${locale} is not supported: names of months are read in English`,
      })
    const output = config.text('output_format', "yyyy-MM-dd'T'HH:mm:ss.SSSXXX")
    const readers = formats.map((format) => ({ format, read: readerOf(format) }))
    const written = dateFormat(output)
    return (document) => {
      const text = textOf(document.get(field))
      const zone = zoneOf(timezone(document))
      for (const { read } of readers) {
        const micros = read(text, zone)
        if (micros === undefined) continue
        document.set(target, written.format(Math.floor(micros / 1000), zone))
        return
      }
      throw fail('ingest.failed', { reason: `unable to parse date [${text}]` })
    }
  },
}

const ROUNDINGS = ['y', 'M', 'w', 'd', 'h', 'm', 's'] as const

const dateIndexName: ProcessorSpec = {
  name: 'date_index_name',
  summary: 'Chooses the index by the date of a field.',
  create(config) {
    const field = config.text('field')
    const prefix = textTemplate(config.text('index_name_prefix', ''))
    const rounding = textTemplate(config.text('date_rounding'))
    const formats = config.list('date_formats') ?? ["yyyy-MM-dd'T'HH:mm:ss.SSSXX"]
    const zone = zoneOf(config.text('timezone', 'UTC'))
    const nameFormat = textTemplate(config.text('index_name_format', 'yyyy-MM-dd'))
    config.text('locale', 'ENGLISH')
    const readers = formats.map(readerOf)
    return (document) => {
      const text = textOf(document.get(field))
      const micros = readers.map((read) => read(text, zone)).find((value) => value !== undefined)
      if (micros === undefined) throw fail('ingest.failed', { reason: `unable to parse date [${text}]` })
      const unit = rounding(document)
      if (!ROUNDINGS.some((known) => known === unit))
        throw fail('ingest.failed', { reason: `[date_rounding] must be one of ${ROUNDINGS.join(', ')}, got [${unit}]` })
      const shown = dateFormat(nameFormat(document)).format(Math.floor(micros / 1000), zone)
      document.set('_index', `<${prefix(document)}{${shown}||/${unit}{${nameFormat(document)}|${zone.name}}}>`)
    }
  },
}

export const DATES: readonly ProcessorSpec[] = [date, dateIndexName]
