import type { TLSSocket } from 'node:tls'
import {
  fieldPath,
  isObject,
  newObject,
  parseIsoTimestamp,
  parseJson,
  printValue,
  type Event,
  type FieldPath,
  type Value,
  type ValueObject,
} from '../../../../event/index.ts'
import { eventFromFields, textEvent } from '../../codecs/json-events.ts'
import { ORIGINAL } from '../../codecs/line.ts'
import type { Decoder, InputContext } from '../../define.ts'
import { subjectOf } from '../tcp-fields.ts'
import type { Frame } from './frames.ts'

export interface Enrichment {
  readonly codec: boolean
  readonly source: boolean
  readonly peer: boolean
  readonly hostname: boolean
}

/** What is known of the writer of a connection. */
interface Writer {
  readonly ip: string
  /** Absent without TLS. */
  readonly tls: { readonly verified: boolean; protocol: string; subject: string; cipher: string } | undefined
}

export function writerOf(ip: string, socket: object): Writer {
  if (!('getPeerCertificate' in socket)) return { ip, tls: undefined }
  const tls = socket as TLSSocket
  const subject = subjectOf(tls).subject
  return {
    ip,
    tls: {
      verified: tls.authorized && subject !== undefined,
      protocol: tls.getProtocol() ?? '',
      subject: subject ?? '',
      cipher: tls.getCipher().standardName,
    },
  }
}

interface Names {
  readonly hostName: FieldPath
  readonly hostIp: FieldPath
  readonly protocol: FieldPath
  readonly subject: FieldPath
  readonly cipher: FieldPath
}

const STATUS = fieldPath('[@metadata][tls_peer][status]')
const BEAT_HOSTNAME = fieldPath('[beat][hostname]')
const AGENT_HOSTNAME = fieldPath('[agent][hostname]')

const LEGACY: Names = {
  hostName: fieldPath('host'),
  hostIp: fieldPath('[@metadata][ip_address]'),
  protocol: fieldPath('[@metadata][tls_peer][protocol]'),
  subject: fieldPath('[@metadata][tls_peer][subject]'),
  cipher: fieldPath('[@metadata][tls_peer][cipher_suite]'),
}

const ECS: Names = {
  hostName: fieldPath('[@metadata][input][beats][host][name]'),
  hostIp: fieldPath('[@metadata][input][beats][host][ip]'),
  protocol: fieldPath('[@metadata][input][beats][tls][version_protocol]'),
  subject: fieldPath('[@metadata][input][beats][tls][client][subject]'),
  cipher: fieldPath('[@metadata][input][beats][tls][cipher]'),
}

/** Makes events of what a Beat sends, of one connection. */
export class BeatsEvents {
  private readonly context: InputContext
  private readonly enrich: Enrichment
  private readonly writer: Writer
  private readonly names: Names
  private readonly codecTag: string
  /** Absent for the plugin's own codec, which needs no bytes. */
  private readonly decoder: Decoder | undefined
  private readonly keepOriginal: boolean

  constructor(context: InputContext, enrich: Enrichment, writer: Writer) {
    this.context = context
    this.enrich = enrich
    this.writer = writer
    this.names = context.ecs === 'disabled' ? LEGACY : ECS
    this.codecTag = `beats_input_codec_${context.codec.name}_applied`
    this.decoder = context.codecGiven ? context.codec.decoder({ sender: writer.ip }) : undefined
    this.keepOriginal = context.ecs !== 'disabled' && enrich.codec
  }

  /** The events of one frame: one, as a rule. What is no JSON object is kept as text, with the tag `_jsonparsefailure`. */
  of(frame: Exclude<Frame, { kind: 'window' }>): Event[] {
    const micros = Math.floor(this.context.clock.now() * 1000)
    if (frame.kind === 'data') return this.ofFields(frame.fields, micros)
    const text = frame.payload.toString('utf8')
    let value: Value
    try {
      value = parseJson(text)
    } catch {
      value = null
    }
    if (isObject(value)) return this.ofFields(value, micros)
    const event = textEvent(text, micros)
    event.tag('_jsonparsefailure')
    this.finish(event)
    return [event]
  }

  private ofFields(fields: ValueObject, micros: number): Event[] {
    // `line` is what logstash-forwarder, the first shipper of this protocol, has.
    const name = present(fields['message']) ? 'message' : present(fields['line']) ? 'line' : undefined
    if (name === undefined) {
      const event = eventFromFields(fields, micros)
      this.finish(event)
      if (this.enrich.codec) event.tag('beats_input_raw_event')
      return [event]
    }
    const events = this.decode(printValue(fields[name]!), micros)
    for (const event of events) {
      merge(event, fields, name)
      this.finish(event)
      if (this.enrich.codec) event.tag(this.codecTag)
    }
    return events
  }

  private decode(text: string, micros: number): Event[] {
    if (this.decoder !== undefined) return [...this.decoder.decode(Buffer.from(text)), ...this.decoder.flush()]
    const event = textEvent(text, micros)
    if (this.keepOriginal) event.set(ORIGINAL, text)
    return [event]
  }

  private finish(event: Event): void {
    const { enrich, names, writer } = this
    if (enrich.source) event.set(names.hostIp, writer.ip)
    if (enrich.hostname || (enrich.source && names === ECS)) {
      const host = event.get(AGENT_HOSTNAME) ?? event.get(BEAT_HOSTNAME)
      if (present(host) && !present(event.get(names.hostName))) event.set(names.hostName, host)
    }
    if (enrich.peer && writer.tls !== undefined) {
      const { verified, protocol, subject, cipher } = writer.tls
      event.set(STATUS, verified ? 'verified' : 'unverified')
      if (verified) {
        event.set(names.protocol, protocol)
        event.set(names.subject, subject)
        event.set(names.cipher, cipher)
      }
    }
    this.context.decorate(event)
  }
}

/** What the shipper sent beside the text; an object that the codec made too is joined with its own. */
function merge(event: Event, fields: ValueObject, text: string): void {
  const { data } = event
  for (const name in fields) {
    const value = fields[name]!
    if (name === text) continue
    if (name === '@timestamp') {
      const time = typeof value === 'string' ? parseIsoTimestamp(value) : undefined
      if (time !== undefined) data[name] = time
    } else if (name === '@metadata') {
      if (isObject(value)) Object.assign(event.metadata, value)
    } else {
      const before = data[name]
      data[name] =
        before !== undefined && isObject(before) && isObject(value) ? Object.assign(newObject(), before, value) : value
    }
  }
}

function present(value: Value | undefined): value is Exclude<Value, null> {
  return value !== undefined && value !== null
}
