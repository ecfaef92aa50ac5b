import {
  fieldPath,
  parseFieldPath,
  parseIsoTimestamp,
  printValue,
  type Event,
  type FieldPath,
  type Value,
} from '../../../../event/index.ts'
import { fail } from '../../../../diagnostic/index.ts'
import type { OptionSchema, OptionsOf } from '../../../../settings/index.ts'
import { parseRubyInteger } from '../../../grok/index.ts'
import type { Filter, FilterContext, FilterSpec, InputContext } from '../../define.ts'
import { date } from '../../filters/date.ts'
import { grok } from '../../filters/grok.ts'
import { parseRfc5424, type Rfc5424Message } from './rfc5424.ts'

export interface RelaySettings {
  readonly format: 'rfc3164' | 'rfc5424' | 'auto'
  readonly grokPattern: string | undefined
  readonly syslogField: string
  readonly timezone: string | undefined
  readonly locale: string | undefined
  readonly useLabels: boolean
  readonly facilityLabels: readonly string[]
  readonly severityLabels: readonly string[]
}

const FAILURE = '_grokparsefailure_sysloginput'
/** What RFC 3164 (section 4.3.3) gives a message without a priority: user-level, notice. */
const DEFAULT_PRIORITY = 13
/** A date filter would leave an event without the field alone; this input says that it had no time. */
const NO_DATE = '_dateparsefailure'

/** The fields of syslog by the names of one generation. */
interface Names {
  readonly priority: FieldPath
  readonly facility: FieldPath
  readonly severity: FieldPath
  readonly facilityLabel: FieldPath
  readonly severityLabel: FieldPath
}

const LEGACY: Names = {
  priority: fieldPath('priority'),
  facility: fieldPath('facility'),
  severity: fieldPath('severity'),
  facilityLabel: fieldPath('facility_label'),
  severityLabel: fieldPath('severity_label'),
}

const ECS: Names = {
  priority: fieldPath('[log][syslog][priority]'),
  facility: fieldPath('[log][syslog][facility][code]'),
  severity: fieldPath('[log][syslog][severity][code]'),
  facilityLabel: fieldPath('[log][syslog][facility][name]'),
  severityLabel: fieldPath('[log][syslog][severity][name]'),
}

const ORIGINAL = fieldPath('[event][original]')
const SERVICE = fieldPath('[service][type]')
const HOST_NAME = fieldPath('[host][hostname]')
const PROCESS_NAME = fieldPath('[process][name]')
const PROCESS_ID = fieldPath('[process][pid]')
const SYSLOG = fieldPath('[log][syslog]')

/** Reads the messages that events hold, as a relay of RFC 3164 would, and RFC 5424 where it is asked to. */
export class SyslogRelay {
  private readonly settings: RelaySettings
  private readonly legacy: boolean
  private readonly names: Names
  private readonly field: FieldPath
  private readonly grok: Filter
  private readonly date: Filter
  private readonly matched = new Set<Event>()
  private readonly dated = new Set<Event>()

  constructor(settings: RelaySettings, context: InputContext) {
    this.settings = settings
    this.legacy = context.ecs === 'disabled'
    this.names = this.legacy ? LEGACY : ECS
    const field = parseFieldPath(settings.syslogField)
    if (field === undefined)
      throw fail('plugin.option_invalid', {
        option: 'syslog_field',
        expected: 'a field reference',
        value: settings.syslogField,
      })
    this.field = field
    const filterContext = (matched: (event: Event) => void): FilterContext => ({
      ...context,
      patternPaths: [],
      matched,
    })
    const pattern =
      settings.grokPattern ??
      (this.legacy ? '<%{POSINT:priority}>%{SYSLOGLINE}' : '<%{POSINT:[log][syslog][priority]:int}>%{SYSLOGLINE}')
    this.grok = grok.create(
      {
        ...defaultsOf(grok),
        match: [[field, [pattern]]],
        overwrite: [settings.syslogField],
        tag_on_failure: [FAILURE],
        ecs_compatibility: context.ecs,
      },
      filterContext((event) => void this.matched.add(event)),
    )
    this.date = date.create(
      {
        ...defaultsOf(date),
        match: ['timestamp', 'MMM dd HH:mm:ss', 'MMM  d HH:mm:ss', 'MMM d HH:mm:ss', 'ISO8601'],
        timezone: settings.timezone,
        locale: settings.locale,
      },
      filterContext((event) => void this.dated.add(event)),
    )
  }

  /** Reads the events in place; none is left out. */
  async relay(events: readonly Event[]): Promise<void> {
    const rest: Event[] = []
    for (const event of events) {
      if (!this.legacy) {
        const text = event.get(this.field)
        if (text !== undefined) event.set(ORIGINAL, text)
        if (!event.has(SERVICE)) event.set(SERVICE, 'system')
      }
      if (this.settings.format === 'rfc3164' || !this.readRfc5424(event)) rest.push(event)
    }
    if (rest.length === 0) return
    if (this.settings.format === 'rfc5424') for (const event of rest) this.unknown(event)
    else await this.readByPattern(rest)
  }

  private async readByPattern(events: Event[]): Promise<void> {
    // One batch after the other uses the filter, but batches of several connections may overlap.
    const batch = await this.grok.filter(events)
    const { matched } = this
    const read: Event[] = []
    for (const event of batch) {
      if (!matched.delete(event)) {
        this.unknown(event, false)
        continue
      }
      const priority = event.get(this.names.priority)
      this.setPriority(event, Array.isArray(priority) ? DEFAULT_PRIORITY : toInteger(priority))
      if (this.legacy) {
        const iso = event.data['timestamp8601']
        if (iso !== undefined) event.data['timestamp'] = iso
      }
      if (event.data['timestamp'] === undefined) event.tag(NO_DATE)
      else read.push(event)
    }
    await this.readDates(read)
    if (!this.legacy) for (const event of read) delete event.data['timestamp']
  }

  /** Times of one batch are mostly the same few: each is read once. */
  private async readDates(events: readonly Event[]): Promise<void> {
    const firsts = new Map<Value | undefined, Event>()
    for (const event of events) {
      const text = event.data['timestamp']
      if (!firsts.has(text)) firsts.set(text, event)
    }
    await this.date.filter([...firsts.values()])
    const { dated } = this
    for (const event of events) {
      const first = firsts.get(event.data['timestamp'])!
      if (first === event) continue
      if (dated.has(first)) event.data['@timestamp'] = first.data['@timestamp']!
      else event.tag(NO_DATE)
    }
    for (const first of firsts.values()) dated.delete(first)
  }

  private unknown(event: Event, tag = true): void {
    if (tag) event.tag(FAILURE)
    this.setPriority(event, DEFAULT_PRIORITY)
  }

  private readRfc5424(event: Event): boolean {
    const text = event.get(this.field)
    const message = typeof text === 'string' ? parseRfc5424(text) : undefined
    if (message === undefined) return false
    event.set(this.field, message.message)
    this.setPriority(event, message.priority)
    if (message.timestamp !== undefined) {
      const time = parseIsoTimestamp(message.timestamp)
      if (time === undefined) event.tag(NO_DATE)
      else event.data['@timestamp'] = time
    }
    if (this.legacy) setLegacy(event, message)
    else setEcs(event, message)
    return true
  }

  private setPriority(event: Event, priority: number): void {
    const { names, settings } = this
    const facility = Math.floor(priority / 8)
    const severity = priority - facility * 8
    event.set(names.priority, priority)
    event.set(names.severity, severity)
    event.set(names.facility, facility)
    if (!settings.useLabels) return
    const facilityLabel = settings.facilityLabels[facility]
    const severityLabel = settings.severityLabels[severity]
    if (facilityLabel !== undefined) event.set(names.facilityLabel, facilityLabel)
    if (severityLabel !== undefined) event.set(names.severityLabel, severityLabel)
  }
}

/** The names that the pattern of RFC 3164 gives, and those of what only RFC 5424 has. */
function setLegacy(event: Event, message: Rfc5424Message): void {
  const { data } = event
  if (message.timestamp !== undefined) data['timestamp'] = message.timestamp
  if (message.hostname !== undefined) data['logsource'] = message.hostname
  if (message.appName !== undefined) data['program'] = message.appName
  if (message.procId !== undefined) data['pid'] = message.procId
  if (message.msgId !== undefined) data['msgid'] = message.msgId
  if (message.structuredData !== undefined) data['structured_data'] = message.structuredData
}

function setEcs(event: Event, message: Rfc5424Message): void {
  const { hostname, appName, procId } = message
  if (hostname !== undefined) event.set(HOST_NAME, hostname)
  if (appName !== undefined) event.set(PROCESS_NAME, appName)
  if (procId !== undefined && /^\d{1,15}$/.test(procId)) event.set(PROCESS_ID, Number(procId))
  const syslog = event.get(SYSLOG) as Record<string, unknown>
  const more = {
    version: message.version,
    hostname,
    appname: appName,
    procid: procId,
    msgid: message.msgId,
    structured_data: message.structuredData,
  }
  for (const [name, value] of Object.entries(more)) if (value !== undefined) syslog[name] = value
}

/** As Ruby's `to_i`; nothing is 0. */
function toInteger(value: ReturnType<Event['get']>): number {
  if (value === undefined || value === null) return 0
  return Number(parseRubyInteger(printValue(value)))
}

function defaultsOf<S extends OptionSchema>(spec: FilterSpec<S>): OptionsOf<S> {
  return Object.fromEntries(
    Object.entries(spec.options).map(([name, { default: value }]) => [name, value]),
  ) as OptionsOf<S>
}
