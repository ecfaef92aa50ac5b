import { Event, newObject, Timestamp, type FieldPath, type Value, type ValueObject } from '../../../../event/index.ts'
import { ipv4 } from '../../../../packet/index.ts'
import type { PluginContext } from '../../define.ts'
import { ipfixField, NETFLOW_9_FIELDS, type FlowField, type FlowFields } from './fields.ts'
import { Templates, type Template, type TemplateField } from './templates.ts'
import { flowValue } from './values.ts'

export interface FlowOptions {
  readonly target: FieldPath
  readonly versions: readonly number[]
  readonly cacheSeconds: number
  readonly includeFlowsetId: boolean
  readonly netflowFields: FlowFields
  readonly ipfixFields: ReadonlyMap<number, FlowFields>
}

/** What the records of one packet have in common. */
interface PacketHeader {
  readonly version: 9 | 10
  readonly sender: string
  /** The source id or observation domain: numbers of templates mean something only within it. */
  readonly domain: number
  readonly seconds: number
  readonly sequence: number
  readonly uptime: number
}

const V5_HEADER = 24
const V5_RECORD = 48
const V5_MOST = 30
const V9_HEADER = 20
const IPFIX_HEADER = 16
const VARIABLE = 0xffff
const TELL_MILLIS = 10_000
/** Different complaints within this time. */
const MOST_KINDS = 100
/** Seconds from the epoch of NTP to that of Unix. */
const NTP_EPOCH = 2_208_988_800

const SCOPES = ['', 'scope_system', 'scope_interface', 'scope_line_card', 'scope_netflow_cache', 'scope_template']

/**
 * Reads packets of NetFlow version 5, version 9 (RFC 3954) and IPFIX (RFC 7011). What is not well formed is left out, and told
 * now and then; what comes before its template cannot be read.
 */
export class FlowReader {
  private readonly options: FlowOptions
  private readonly context: PluginContext
  private readonly templates: Templates
  private readonly told = new Map<string, number>()

  constructor(options: FlowOptions, context: PluginContext) {
    this.options = options
    this.context = context
    this.templates = new Templates(context.clock, options.cacheSeconds)
  }

  /** The events of the packet that a datagram is; as in Logstash what follows it there is not looked at. */
  readDatagram(bytes: Buffer, sender: string): Event[] {
    const events: Event[] = []
    if (bytes.length >= 2 && this.packet(bytes, sender, events) === undefined)
      this.tell('invalid', `netflow codec: a packet from ${sender} is cut off`)
    return events
  }

  /** The events of whole packets that follow each other, and how many bytes they have; the rest is not complete. */
  read(bytes: Buffer, sender: string): { events: Event[]; used: number } {
    const events: Event[] = []
    let at = 0
    while (bytes.length - at >= 2) {
      const packet = bytes.subarray(at)
      const length = this.packet(packet, sender, events)
      if (length === undefined) break
      at += length
    }
    return { events, used: at }
  }

  /** The length of the packet, or undefined where more bytes are needed. */
  private packet(bytes: Buffer, sender: string, events: Event[]): number | undefined {
    const version = bytes.readUInt16BE(0)
    if (version !== 5 && version !== 9 && version !== 10) {
      this.tell('version', `netflow codec: ${bytes.length} bytes from ${sender} are no NetFlow version 5, 9 or IPFIX`)
      return bytes.length
    }
    const wanted = this.options.versions.includes(version)
    if (!wanted) this.tell(`v${version}`, `netflow codec: packets of version ${version} are not in 'versions'`)
    if (version === 5) return this.version5(bytes, wanted, events)
    if (version === 10) return this.ipfix(bytes, sender, wanted, events)
    return this.version9(bytes, sender, wanted, events)
  }

  private version5(bytes: Buffer, wanted: boolean, events: Event[]): number | undefined {
    if (bytes.length < V5_HEADER) return undefined
    const count = bytes.readUInt16BE(2)
    if (count < 1 || count > V5_MOST) {
      this.tell('invalid', `netflow codec: a packet of version 5 has ${count} records, not 1 to ${V5_MOST}`)
      return bytes.length
    }
    const length = V5_HEADER + count * V5_RECORD
    if (bytes.length < length) return undefined
    if (!wanted) return length
    const uptime = bytes.readUInt32BE(4)
    const seconds = bytes.readUInt32BE(8)
    const micros = Math.floor(bytes.readUInt32BE(12) / 1000)
    const sampling = bytes.readUInt16BE(22)
    for (let at = V5_HEADER; at < length; at += V5_RECORD) {
      const flow = newObject()
      flow['version'] = 5
      flow['flow_seq_num'] = bytes.readUInt32BE(16)
      flow['engine_type'] = bytes[20]!
      flow['engine_id'] = bytes[21]!
      flow['sampling_algorithm'] = sampling >> 14
      flow['sampling_interval'] = sampling & 0x3fff
      flow['flow_records'] = count
      flow['ipv4_src_addr'] = ipv4(bytes, at)
      flow['ipv4_dst_addr'] = ipv4(bytes, at + 4)
      flow['ipv4_next_hop'] = ipv4(bytes, at + 8)
      flow['input_snmp'] = bytes.readUInt16BE(at + 12)
      flow['output_snmp'] = bytes.readUInt16BE(at + 14)
      flow['in_pkts'] = bytes.readUInt32BE(at + 16)
      flow['in_bytes'] = bytes.readUInt32BE(at + 20)
      flow['first_switched'] = switchedAt(uptime - bytes.readUInt32BE(at + 24), seconds, micros)
      flow['last_switched'] = switchedAt(uptime - bytes.readUInt32BE(at + 28), seconds, micros)
      flow['l4_src_port'] = bytes.readUInt16BE(at + 32)
      flow['l4_dst_port'] = bytes.readUInt16BE(at + 34)
      flow['tcp_flags'] = bytes[at + 37]!
      flow['protocol'] = bytes[at + 38]!
      flow['src_tos'] = bytes[at + 39]!
      flow['src_as'] = bytes.readUInt16BE(at + 40)
      flow['dst_as'] = bytes.readUInt16BE(at + 42)
      flow['src_mask'] = bytes[at + 44]!
      flow['dst_mask'] = bytes[at + 45]!
      events.push(this.event(seconds * 1_000_000 + micros, flow))
    }
    return length
  }

  private version9(bytes: Buffer, sender: string, wanted: boolean, events: Event[]): number | undefined {
    if (bytes.length < V9_HEADER) return undefined
    const header: PacketHeader = {
      version: 9,
      sender,
      uptime: bytes.readUInt32BE(4),
      seconds: bytes.readUInt32BE(8),
      sequence: bytes.readUInt32BE(12),
      domain: bytes.readUInt32BE(16),
    }
    // A packet does not say how long it is: it ends with its bytes, or where the header of another begins.
    let at = V9_HEADER
    while (bytes.length - at >= 4) {
      const id = bytes.readUInt16BE(at)
      const length = bytes.readUInt16BE(at + 2)
      if (id === 9 && bytes.length - at >= V9_HEADER) return at
      // Zeros are padding.
      if (length < 4) break
      if (at + length > bytes.length) {
        this.tell('invalid', `netflow codec: a packet of version 9 from ${sender} is cut off`)
        break
      }
      if (wanted) this.set(header, id, bytes.subarray(at + 4, at + length), events)
      at += length
    }
    return bytes.length
  }

  private ipfix(bytes: Buffer, sender: string, wanted: boolean, events: Event[]): number | undefined {
    if (bytes.length < IPFIX_HEADER) return undefined
    const length = bytes.readUInt16BE(2)
    if (length < IPFIX_HEADER) {
      this.tell(
        'invalid',
        `netflow codec: a message of IPFIX from ${sender} has ${length} bytes, fewer than its header`,
      )
      return bytes.length
    }
    if (bytes.length < length) return undefined
    const header: PacketHeader = {
      version: 10,
      sender,
      uptime: 0,
      seconds: bytes.readUInt32BE(4),
      sequence: bytes.readUInt32BE(8),
      domain: bytes.readUInt32BE(12),
    }
    if (!wanted) return length
    for (let at = IPFIX_HEADER; length - at >= 4;) {
      const size = bytes.readUInt16BE(at + 2)
      if (size < 4 || at + size > length) {
        this.tell('invalid', `netflow codec: a message of IPFIX from ${sender} has a set that is not well formed`)
        break
      }
      this.set(header, bytes.readUInt16BE(at), bytes.subarray(at + 4, at + size), events)
      at += size
    }
    return length
  }

  private set(header: PacketHeader, id: number, body: Buffer, events: Event[]): void {
    const [templates, options] = header.version === 9 ? [0, 1] : [2, 3]
    if (id === templates) this.readTemplates(header, body, false)
    else if (id === options) this.readTemplates(header, body, true)
    else if (id >= 256) this.records(header, id, body, events)
    else this.tell('invalid', `netflow codec: a packet from ${header.sender} has a set of the unknown kind ${id}`)
  }

  private readTemplates(header: PacketHeader, body: Buffer, withScope: boolean): void {
    const short = withScope ? 6 : 4
    let at = 0
    while (body.length - at >= 4) {
      const id = body.readUInt16BE(at)
      if (id < 256) return
      const counts = this.counts(header, body, at, withScope)
      if (counts === undefined) {
        // A template without fields is taken back (RFC 7011, section 8.1).
        if (header.version === 10) this.templates.delete(keyOf(header, id))
        at += 4
        continue
      }
      at += short
      const fields: TemplateField[] = []
      for (let n = 0; n < counts.all; n++) {
        if (body.length - at < 4) return
        const read = this.templateField(header, body, at, n < counts.scope)
        if (read === undefined) return
        at += read.size
        if (read.field !== undefined) fields.push(read.field)
      }
      this.templates.set(keyOf(header, id), fields)
    }
  }

  /** How many fields a template has, and how many of them are its scope. */
  private counts(
    header: PacketHeader,
    body: Buffer,
    at: number,
    withScope: boolean,
  ): { all: number; scope: number } | undefined {
    const first = body.readUInt16BE(at + 2)
    if (!withScope) return first === 0 ? undefined : { all: first, scope: 0 }
    if (first === 0 || body.length - at < 6) return undefined
    const second = body.readUInt16BE(at + 4)
    return header.version === 9
      ? { all: (first >> 2) + (second >> 2), scope: first >> 2 }
      : { all: first, scope: Math.min(first, second) }
  }

  private templateField(
    header: PacketHeader,
    body: Buffer,
    at: number,
    scope: boolean,
  ): { size: number; field: TemplateField | undefined } | undefined {
    const id = body.readUInt16BE(at)
    const written = body.readUInt16BE(at + 2)
    const variable = written === VARIABLE
    const length = variable ? 0 : written
    if (header.version === 9) {
      if (written === 0) return { size: 4, field: undefined }
      const known: FlowField | undefined = scope
        ? SCOPES[id] === undefined
          ? undefined
          : { name: SCOPES[id], kind: 'u' }
        : (this.options.netflowFields.get(id) ?? NETFLOW_9_FIELDS.get(id))
      return { size: 4, field: this.fieldOf(known, length, `${id}`) }
    }
    const enterprise = (id & 0x8000) !== 0
    if (enterprise && body.length - at < 8) return undefined
    const number = enterprise ? body.readUInt32BE(at + 4) : 0
    const element = id & 0x7fff
    const known = this.options.ipfixFields.get(number)?.get(element) ?? ipfixField(number, element, variable)
    return {
      size: enterprise ? 8 : 4,
      // A fixed length of zero has no bytes and no value.
      field: written === 0 ? undefined : this.fieldOf(known, length, `${number}:${element}`),
    }
  }

  private fieldOf(known: FlowField | undefined, length: number, id: string): TemplateField {
    if (known === undefined) {
      this.tell(`field ${id}`, `netflow codec: field ${id} is not known; records are read without it`)
      return { name: undefined, kind: '-', length }
    }
    return { name: known.kind === '-' ? undefined : known.name, kind: known.kind, length }
  }

  private records(header: PacketHeader, id: number, body: Buffer, events: Event[]): void {
    const template = this.templates.get(keyOf(header, id))
    if (template === undefined) {
      this.tell(
        'template',
        `netflow codec: records ${id} from ${header.sender} (${header.domain}) cannot be read before their template comes`,
      )
      return
    }
    if (template.shortest === 0) return
    let at = 0
    while (body.length - at >= template.shortest) {
      const flow = newObject()
      flow['version'] = header.version
      if (header.version === 9) flow['flow_seq_num'] = header.sequence
      if (header.version === 9 || this.options.includeFlowsetId) flow['flowset_id'] = id
      const end = readRecord(header, template, body, at, flow)
      if (end === undefined) return
      at = end
      events.push(this.event(header.seconds * 1_000_000, flow))
    }
  }

  private event(micros: number, flow: ValueObject): Event {
    const event = Event.at(micros)
    event.set(this.options.target, flow)
    return event
  }

  private tell(kind: string, message: string): void {
    const now = this.context.clock.monotonic()
    const isTold = (one: string): boolean => now - (this.told.get(one) ?? -Infinity) < TELL_MILLIS
    if (isTold(kind)) return
    // Kinds may come from senders, who can make up any number of them.
    if (this.told.size >= MOST_KINDS) {
      for (const one of this.told.keys()) if (!isTold(one)) this.told.delete(one)
      if (this.told.size >= MOST_KINDS) {
        if (isTold('more')) return
        ;[kind, message] = ['more', 'netflow codec: what else is wrong with its packets is not told for a while']
      }
    }
    this.told.set(kind, now)
    this.context.logger.warn({ plugin: 'netflow' }, message)
  }
}

/** Where the record ends, or undefined where the bytes do not hold it. */
function readRecord(
  header: PacketHeader,
  template: Template,
  body: Buffer,
  start: number,
  flow: ValueObject,
): number | undefined {
  let at = start
  for (const { name, kind, length: fixed } of template.fields) {
    let length = fixed
    if (length === 0) {
      if (at >= body.length) return undefined
      length = body[at++]!
      if (length === 255) {
        if (body.length - at < 2) return undefined
        length = body.readUInt16BE(at)
        at += 2
      }
    }
    if (at + length > body.length) return undefined
    if (name !== undefined) flow[name] = fieldValue(header, name, flowValue(body.subarray(at, at + length), kind))
    at += length
  }
  return at
}

function keyOf(header: PacketHeader, id: number): string {
  return `${header.version}|${header.sender}|${header.domain}|${id}`
}

function fieldValue(header: PacketHeader, name: string, value: Value): Value {
  if (header.version === 9)
    return typeof value === 'number' && (name === 'first_switched' || name === 'last_switched')
      ? switchedAt(header.uptime - value, header.seconds, 1_000_000)
      : value
  const unit = /^flow(?:Start|End)(Seconds|Milliseconds|Microseconds|Nanoseconds)$/.exec(name)?.[1]
  if (unit === undefined || (typeof value !== 'number' && typeof value !== 'bigint')) return value
  if (unit === 'Seconds') return iso(Number(value) * 1_000_000)
  if (unit === 'Milliseconds') return iso(Number(value) * 1000)
  // Micro- and nanoseconds are times of NTP: seconds and their fraction (RFC 7011, section 6.1.9).
  const ntp = BigInt(value)
  const nanos = Number(((ntp & 0xffff_ffffn) * 1_000_000_000n) >> 32n)
  const whole = iso((Number(ntp >> 32n) - NTP_EPOCH) * 1_000_000 + Math.floor(nanos / 1000))
  return nanos % 1000 === 0 ? whole : whole.replace(/\.\d+Z$/, `.${String(nanos).padStart(9, '0')}Z`)
}

/**
 * The time of a moment that was `ago` milliseconds before the packet's, as Logstash computes it: the whole second of the difference
 * is rounded down, and where the rest needs a second to be borrowed none is taken, so that times of version 9, and some of
 * version 5, are one second late. The same events have the same times.
 */
function switchedAt(ago: number, seconds: number, packetMicros: number): Value {
  const rest = packetMicros - (ago - Math.floor(ago / 1000) * 1000) * 1000
  return iso((seconds - Math.floor(ago / 1000)) * 1_000_000 + (rest < 0 ? rest + 1_000_000 : rest))
}

function iso(micros: number): string {
  return Math.abs(micros) < 8.64e18 ? new Timestamp(micros).toString() : String(micros)
}
