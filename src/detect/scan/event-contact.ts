import type { SeenEvent } from '../detector.ts'
import type { ValueObject } from '../../event/index.ts'
import { packetOfFields, parseNetfilterLine, parseTcpdumpLine, type Transport } from '../../packet/index.ts'
import type { Contact } from './contact.ts'
import { OUTCOME } from './outcome.ts'
import { contactOfPacket } from './packet-contact.ts'
import { endsOfRecord, hasTag, protocolNumberOf, transportNamed, valueAt, type RecordEnds } from './record-fields.ts'
import { verdictOf } from './record-verdict.ts'

/** What a stored event says of who asked whom; undefined for one that says nothing of it. */
export function contactOfEvent(event: SeenEvent): Contact | undefined {
  const { fields, time } = event
  const packet = packetOfFields(fields, time)
  if (packet !== undefined) return ofEvent(contactOfPacket(packet), event)
  const ends = endsOfRecord(fields)
  // The line itself has the flags as well, and what marks the tools.
  if (ends === undefined || fields['SRC'] !== undefined || fields['iptables'] !== undefined) {
    const contact = contactOfLine(fields, time)
    if (ends === undefined || contact !== undefined) return ofEvent(contact, event)
  }
  return contactOfRecord(event, ends)
}

function ofEvent(contact: Contact | undefined, event: SeenEvent): Contact | undefined {
  return contact === undefined ? undefined : { ...contact, time: event.time, evidence: evidenceOf(event) }
}

function evidenceOf({ index, id }: SeenEvent): NonNullable<Contact['evidence']> {
  return id === undefined ? { index } : { index, id }
}

function contactOfRecord(event: SeenEvent, ends: RecordEnds): Contact | undefined {
  const { fields, time } = event
  const transport = transportOfRecord(fields, ends)
  const verdict = transport === undefined ? undefined : verdictOf(fields, transport, ends)
  if (transport === undefined || verdict === undefined) return undefined
  const { source, destination, sourcePort, port } = ends
  const { outcome, technique, answer = false, open = false, data = false, oneWay } = verdict
  return {
    time,
    source: answer ? destination : source,
    destination: answer ? source : destination,
    sourcePort: answer ? port : sourcePort,
    port: answer ? sourcePort : portFor(transport, ends, fields),
    transport,
    technique,
    outcome,
    answer,
    open,
    data,
    oneWay,
    tool: undefined,
    sequence: undefined,
    evidence: evidenceOf(event),
  }
}

function transportOfRecord(fields: ValueObject, { protocol }: RecordEnds): Transport | undefined {
  if (protocol !== undefined) return transportNamed(protocol)
  return hasTag(fields, 'tcp_connection_started') ? 'tcp' : undefined
}

/** What is asked for: hosts that are asked whether they are there have no ports, and of a protocol its number counts. */
function portFor(transport: Transport, { port, protocol = '' }: RecordEnds, fields: ValueObject): number {
  if (transport === 'icmp' || transport === 'arp') return -1
  return transport === 'ip' ? protocolNumberOf(fields, protocol) : port
}

/** Nothing that begins otherwise is a line of tcpdump. */
const TIME_FIRST = /^ *\d/

function contactOfLine(fields: ValueObject, time: number): Contact | undefined {
  const message = fields['message'] ?? valueAt(fields, 'event', 'original')
  if (typeof message !== 'string') return undefined
  if (TIME_FIRST.test(message)) {
    const packet = parseTcpdumpLine(message, time)
    if (packet !== undefined) return contactOfPacket(packet)
  }
  const logged = parseNetfilterLine(message, time)
  const contact = logged === undefined ? undefined : contactOfPacket(logged.packet)
  if (contact === undefined || logged!.passed || contact.answer || contact.outcome !== OUTCOME.unknown) return contact
  return { ...contact, outcome: OUTCOME.failed }
}
