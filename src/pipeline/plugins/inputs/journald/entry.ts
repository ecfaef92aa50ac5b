import {
  Event,
  fieldPath,
  isObject,
  newObject,
  parseJson,
  type Value,
  type ValueObject,
} from '../../../../event/index.ts'
import type { EcsCompatibility } from '../../define.ts'

/** An entry of the journal, as `journalctl -o json` prints it, with its fields as text. */
export interface Entry {
  readonly cursor: string
  /** Microseconds since the epoch. */
  readonly micros: number
  readonly fields: ValueObject
}

/** Reads a line of `journalctl -o json`; undefined where it is none. */
export function parseEntry(line: string): Entry | undefined {
  let value: Value
  try {
    value = parseJson(line)
  } catch {
    return undefined
  }
  if (!isObject(value)) return undefined
  const { __CURSOR: cursor, __REALTIME_TIMESTAMP: micros, __MONOTONIC_TIMESTAMP: _boot, ...rest } = value
  if (typeof cursor !== 'string' || typeof micros !== 'string' || !/^\d{1,16}$/.test(micros)) return undefined
  const fields = newObject()
  for (const [name, field] of Object.entries(rest)) fields[name] = fieldText(field)
  return { cursor, micros: Number(micros), fields }
}

/** A field is text, a list of bytes where it is not UTF-8, or a list of those where an entry has it several times. */
function fieldText(value: Value): Value {
  if (!Array.isArray(value)) return value
  if (value.length > 0 && value.every((one) => typeof one === 'number')) return Buffer.from(value).toString('utf8')
  return value.map(fieldText)
}

/** Makes the event of an entry by the names of one generation. */
export function entryEvent(entry: Entry, ecs: EcsCompatibility, host: string, lowercase: boolean): Event {
  return ecs === 'disabled' ? legacyEvent(entry, host, lowercase) : ecsEvent(entry, host)
}

/** The journal's own names, the text as `message` besides. */
function legacyEvent(entry: Entry, host: string, lowercase: boolean): Event {
  const event = Event.at(entry.micros)
  const { data } = event
  for (const [name, value] of Object.entries(entry.fields)) data[lowercase ? name.toLowerCase() : name] = value
  const message = entry.fields['MESSAGE']
  if (message !== undefined) data['message'] = message
  data['host'] = entry.fields['_HOSTNAME'] ?? host
  data['cursor'] = entry.cursor
  return event
}

/** Where fields of the journal go, as Filebeat has it; all others go below `journald`. */
const ECS: ReadonlyMap<string, ReturnType<typeof fieldPath>> = new Map(
  Object.entries({
    MESSAGE: 'message',
    _HOSTNAME: '[host][hostname]',
    _MACHINE_ID: '[host][id]',
    _BOOT_ID: '[host][boot][id]',
    _EXE: '[process][executable]',
    _CMDLINE: '[process][command_line]',
    _UID: '[user][id]',
    _GID: '[user][group][id]',
    _SYSTEMD_UNIT: '[systemd][unit]',
    _SYSTEMD_USER_UNIT: '[systemd][user_unit]',
    _SYSTEMD_SLICE: '[systemd][slice]',
    _SYSTEMD_CGROUP: '[systemd][cgroup]',
    _SYSTEMD_INVOCATION_ID: '[systemd][invocation_id]',
    _SYSTEMD_SESSION: '[systemd][session]',
    _SYSTEMD_OWNER_UID: '[systemd][owner_uid]',
    _TRANSPORT: '[systemd][transport]',
    SYSLOG_IDENTIFIER: '[log][syslog][appname]',
    CODE_FILE: '[log][origin][file][name]',
    CODE_FUNC: '[log][origin][function]',
  }).map(([name, field]) => [name, fieldPath(field)]),
)

const JOURNALD = fieldPath('[journald]')
const CURSOR = fieldPath('[@metadata][input][journald][cursor]')
const HOST_NAME = fieldPath('[host][name]')
const PROCESS_NAME = fieldPath('[process][name]')
const PROCESS_ID = fieldPath('[process][pid]')
const CODE_LINE = fieldPath('[log][origin][file][line]')
const SEVERITY = fieldPath('[log][syslog][severity][code]')
const FACILITY = fieldPath('[log][syslog][facility][code]')
const PRIORITY = fieldPath('[log][syslog][priority]')

/** Read into fields that are numbers. */
const NUMBERS = ['PRIORITY', 'SYSLOG_FACILITY', 'SYSLOG_PID', '_PID', 'CODE_LINE'] as const

function ecsEvent(entry: Entry, host: string): Event {
  const event = Event.at(entry.micros)
  const { fields } = entry
  const others = newObject()
  for (const [name, value] of Object.entries(fields)) {
    const path = ECS.get(name)
    if (path !== undefined) event.set(path, value)
    else if (!(NUMBERS as readonly string[]).includes(name)) others[name.toLowerCase().replace(/^_+/, '')] = value
  }
  if (Object.keys(others).length > 0) event.set(JOURNALD, others)
  event.set(HOST_NAME, fields['_HOSTNAME'] ?? host)
  event.set(CURSOR, entry.cursor)
  const name = fields['SYSLOG_IDENTIFIER'] ?? fields['_COMM']
  if (name !== undefined) event.set(PROCESS_NAME, name)
  const numbers = Object.fromEntries(NUMBERS.map((one) => [one, toNumber(fields[one])]))
  const pid = numbers['SYSLOG_PID'] ?? numbers['_PID']
  if (pid !== undefined) event.set(PROCESS_ID, pid)
  if (numbers['CODE_LINE'] !== undefined) event.set(CODE_LINE, numbers['CODE_LINE'])
  const severity = numbers['PRIORITY']
  const facility = numbers['SYSLOG_FACILITY']
  if (severity !== undefined) event.set(SEVERITY, severity)
  if (facility !== undefined) event.set(FACILITY, facility)
  if (severity !== undefined && facility !== undefined) event.set(PRIORITY, facility * 8 + severity)
  return event
}

function toNumber(value: Value | undefined): number | undefined {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined
}
