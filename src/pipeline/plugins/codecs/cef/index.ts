import { isUtf8 } from 'node:buffer'
import { fail } from '../../../../diagnostic/index.ts'
import {
  compileSprintf,
  Event,
  fieldPath,
  isObject,
  parseFieldPath,
  printValue,
  stringifyJson,
  Timestamp,
  type FieldPath,
} from '../../../../event/index.ts'
import { option, type as types, type OptionsOf } from '../../../../settings/index.ts'
import { defineCodec, type Codec, type PluginContext } from '../../define.ts'
import { escapeInvalidUtf8 } from '../charset.ts'
import { textEvent } from '../json-events.ts'
import { splitBytes } from '../byte-lines.ts'
import { sizeLimit } from '../size-limit.ts'
import { escapeHeader, escapeValue, scanExtension, splitHeader, unescapeValue } from './extension.ts'
import { extensionFields, HEADER_FIELDS, LEGACY_NAMES, type CefField } from './fields.ts'
import { cefTimeParser } from './time.ts'

const OPTIONS = {
  vendor: option(types.string, { describe: 'Vendor in the header, with `%{field}`.', default: 'Elasticsearch' }),
  product: option(types.string, { describe: 'Product in the header, with `%{field}`.', default: 'Logstash' }),
  version: option(types.string, { describe: 'Version in the header, with `%{field}`.', default: '1.0' }),
  signature: option(types.string, { describe: 'Signature id in the header, with `%{field}`.', default: 'Logstash' }),
  name: option(types.string, { describe: 'Name in the header, with `%{field}`.', default: 'Logstash' }),
  severity: option(types.string, {
    describe: 'Severity in the header, with `%{field}`; what is no integer from 0 to 10 is written as 6.',
    default: '6',
  }),
  fields: option(types.list(types.string), { describe: 'Fields that are written as the extension.', default: [] }),
  reverse_mapping: option(types.boolean, {
    describe: 'Write the short keys of the specification in place of the full names.',
    default: false,
  }),
  delimiter: option(types.string, { describe: 'What ends an event; `\\r` and `\\n` mean the characters.' }),
  raw_data_field: option(types.string, { describe: 'The field that gets the text as it came.' }),
  device: option(types.oneOf('observer', 'host'), {
    describe: 'Under ECS, whether the device observed the event or the event happened on it.',
    default: 'observer',
  }),
  default_timezone: option(types.string, {
    describe: "Zone of times without one, a name or an offset; the machine's unless given.",
  }),
  locale: option(types.string, { describe: 'Language of month names, such as `en_GB` or `de`.' }),
  decode_size_limit_bytes: sizeLimit,
} as const

type CefOptions = OptionsOf<typeof OPTIONS>

export const cef = defineCodec({
  name: 'cef',
  summary: "ArcSight's Common Event Format, both ways.",
  options: OPTIONS,
  examples: [
    {
      title: 'header and extension',
      config: '',
      in: [
        'CEF:0|security|threatmanager|1.0|100|trojan successfully stopped|10|src=10.0.0.192 dst=12.121.122.82 spt=1232',
      ],
      out: [
        {
          cefVersion: '0',
          deviceVendor: 'security',
          deviceProduct: 'threatmanager',
          deviceVersion: '1.0',
          deviceEventClassId: '100',
          name: 'trojan successfully stopped',
          severity: '10',
          sourceAddress: '10.0.0.192',
          destinationAddress: '12.121.122.82',
          sourcePort: '1232',
        },
      ],
    },
    {
      title: 'after a header of syslog, under ECS',
      config: 'ecs_compatibility => v8 delimiter => "\\n"',
      in: ['Jan 1 host CEF:0|v|p|1|7|n|3|msg=two words rt=1500000000000 cs1Label=', 'zone\n'],
      out: [
        {
          '@timestamp': '2017-07-14T02:40:00.000Z',
          cef: { version: '0', name: 'n', device_custom_string_1: { label: 'zone' } },
          observer: { vendor: 'v', product: 'p', version: '1' },
          event: { code: '7', severity: '3' },
          log: { syslog: { header: 'Jan 1 host' } },
          message: 'two words',
        },
      ],
    },
    {
      title: 'no CEF',
      config: '',
      in: ['hello'],
      out: [{ message: 'hello', tags: ['_cefparsefailure'] }],
    },
  ],
  create(options, context) {
    const own = options.delimiter?.replaceAll('\\r', '\r').replaceAll('\\n', '\n')
    const decode = cefReader(options, context)
    const write = cefWriter(options, context)
    const limit = options.decode_size_limit_bytes
    const codec = (delimiter: string | undefined): Codec => ({
      name: 'cef',
      decoder:
        delimiter === undefined
          ? () => ({ decode: (chunk) => [decode(chunk, chunk.length > limit)], flush: () => [] })
          : () => splitBytes(delimiter, limit, (line, cut) => (line.length === 0 ? undefined : decode(line, cut))),
      streaming: (framing) => codec(own ?? framing?.delimiter ?? '\n'),
      encode: (event) => write(event) + (own ?? ''),
    })
    return codec(own === '' ? undefined : own)
  },
})

const SYSLOG = { plain: 'syslog', ecs: '[log][syslog][header]' } as const

function cefReader(options: CefOptions, context: PluginContext): (bytes: Buffer, cut: boolean) => Event {
  const ecs = context.ecs !== 'disabled'
  const headers = HEADER_FIELDS[ecs ? 'ecs' : 'plain'].map(fieldPath)
  const syslog = fieldPath(SYSLOG[ecs ? 'ecs' : 'plain'])
  const raw = options.raw_data_field === undefined ? undefined : pathOption('raw_data_field', options.raw_data_field)
  const known = new Map<string, { path: FieldPath; time: boolean }>()
  for (const field of extensionFields(options.device)) {
    if (ecs) {
      const target = { path: fieldPath(field.ecs), time: field.time }
      for (const name of [field.name, field.key, LEGACY_NAMES[field.name]])
        if (name !== undefined) known.set(name, target)
    } else if (field.key !== undefined) {
      known.set(field.key, { path: fieldPath(field.name), time: false })
    }
  }
  const parseTime = timeParser(options, context)

  const read = (text: string, micros: number): Event | undefined => {
    const event = Event.at(micros)
    if (raw !== undefined) event.set(raw, text)
    // Some connectors put the whole in quotes.
    const { fields, rest } = splitHeader(text.startsWith('"') ? text.slice(1, -1) : text, headers.length)
    const version = /^(?:(.*)\s)?(?:CEF:)(\S*)$/s.exec(fields[0] ?? '')
    if (version === null) return undefined
    event.set(headers[0]!, version[2]!)
    for (let i = 1; i < fields.length; i++) event.set(headers[i]!, fields[i]!)
    if (version[1] !== undefined) event.set(syslog, version[1])

    const times: [FieldPath, string][] = []
    let zone: string | undefined
    for (const [key, written] of scanExtension(rest.trim())) {
      const value = unescapeValue(written)
      const field = known.get(key)
      if (ecs && (key === 'dtz' || key === 'deviceTimeZone')) zone = value
      if (field?.time === true) times.push([field.path, value])
      else event.set(field?.path ?? pathOfKey(key), value)
    }
    for (const [path, value] of times) {
      const time = parseTime(value, zone)
      if (time === undefined) return undefined
      event.set(path, new Timestamp(time))
    }
    return event
  }
  return (bytes, cut) => {
    const micros = Math.floor(context.clock.now() * 1000)
    const kept = cut ? bytes.subarray(0, options.decode_size_limit_bytes) : bytes
    const valid = isUtf8(kept)
    const text = valid ? kept.toString('utf8') : escapeInvalidUtf8(kept)
    const event = valid ? read(text, micros) : undefined
    if (event !== undefined && !cut) return event
    const failed = textEvent(text, micros)
    failed.tag(cut ? '_linetoobig' : '_cefparsefailure')
    return failed
  }
}

function timeParser(options: CefOptions, context: PluginContext): ReturnType<typeof cefTimeParser> {
  const { default_timezone: zone, locale } = options
  const now = (): number => context.clock.now()
  try {
    cefTimeParser({ zone, locale: undefined, now })
  } catch {
    throw fail('plugin.option_invalid', {
      option: 'default_timezone',
      expected: 'a time zone such as "Europe/Rome" or "+02:00"',
      value: zone ?? '',
    })
  }
  try {
    return cefTimeParser({ zone, locale, now })
  } catch {
    throw fail('plugin.option_invalid', {
      option: 'locale',
      expected: 'a language such as "en_GB" or "de"',
      value: locale ?? '',
    })
  }
}

/** `name[0]` is the element of a list; what is no field reference is a name as it is. */
function pathOfKey(key: string): FieldPath {
  const indexed = /^([^[\]]+)((?:\[\d+\])+)$/.exec(key)
  return (
    parseFieldPath(indexed === null ? key : `[${indexed[1]!}]${indexed[2]!}`) ?? {
      text: key,
      metadata: false,
      keys: [key],
    }
  )
}

function pathOption(name: string, text: string): FieldPath {
  const path = parseFieldPath(text)
  if (path !== undefined) return path
  throw fail('plugin.option_invalid', { option: name, expected: 'a field reference', value: text })
}

const HEADER_DEFAULTS = ['Elasticsearch', 'Logstash', '1.0', 'Logstash', 'Logstash'] as const

function cefWriter(options: CefOptions, context: PluginContext): (event: Event) => string {
  const { vendor, product, version, signature, name } = options
  const header = [vendor, product, version, signature, name].map((text) => sprintfOption(text))
  const severity = sprintfOption(options.severity)
  const keys = writtenKeys(options, context.ecs !== 'disabled')
  const fields = options.fields.map((field) => ({
    path: parseFieldPath(field) ?? { text: field, metadata: false, keys: [field] },
    key: keys.get(field) ?? keys.get(cleanKey(field)) ?? cleanKey(field),
  }))
  return (event) => {
    const parts = header.map((text, i) => escapeHeader(text(event)) || HEADER_DEFAULTS[i]!)
    const extension: string[] = []
    for (const { path, key } of fields) {
      const value = event.get(path)
      if (value === undefined || value === null) continue
      const text = Array.isArray(value) || isObject(value) ? stringifyJson(value) : printValue(value)
      extension.push(`${key}=${value instanceof Timestamp ? text : escapeValue(text)}`)
    }
    return ['CEF:0', ...parts, severityOf(severity(event)), extension.join(' ')].join('|')
  }
}

function sprintfOption(text: string): (event: Event) => string {
  try {
    return compileSprintf(text)
  } catch (error) {
    throw fail('plugin.option_invalid', {
      option: 'fields of the header',
      expected: `texts with valid references (${(error as Error).message})`,
      value: text,
    })
  }
}

/** How fields are called when they are written. */
function writtenKeys(options: CefOptions, ecs: boolean): ReadonlyMap<string, string> {
  const keys = new Map<string, string>()
  const put = (from: string | undefined, field: CefField): void => {
    if (from === undefined || keys.has(from)) return
    keys.set(from, options.reverse_mapping ? (field.key ?? field.name) : field.name)
  }
  for (const field of extensionFields(options.device)) {
    if (ecs) put(field.ecs, field)
    if (options.reverse_mapping) {
      put(field.name, field)
      put(LEGACY_NAMES[field.name], field)
    }
  }
  return keys
}

function cleanKey(field: string): string {
  return field.replace(/[^a-zA-Z0-9]/g, '')
}

function severityOf(text: string): string {
  const trimmed = text.trim()
  const number = /^\d+(?:\.0+)?$/.test(trimmed) ? Number(trimmed) : NaN
  return number >= 0 && number <= 10 ? String(number) : '6'
}
