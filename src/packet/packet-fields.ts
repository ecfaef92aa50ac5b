import { isObject, toValue, type Value, type ValueObject } from '../event/index.ts'
import { communityId } from './community-id.ts'
import type { Ends, Packet, Transport } from './packet.ts'

const DATASET = 'vedetta.packet'

/** The fields of a packet's event, in ECS; what ECS has no name for is in `vedetta.packet`. */
export function packetFields(packet: Packet): ValueObject {
  const { icmp, flags } = packet
  const community = communityId(packet)
  return toValue({
    event: { kind: 'event', category: ['network'], type: ['info'], dataset: DATASET },
    source: { ip: packet.source, ...(packet.sourcePort < 0 ? {} : { port: packet.sourcePort }) },
    destination: { ip: packet.destination, ...(packet.destinationPort < 0 ? {} : { port: packet.destinationPort }) },
    network: {
      transport: packet.transport,
      ...(packet.transport === 'arp' ? {} : { iana_number: String(packet.protocol) }),
      type: networkType(packet),
      bytes: packet.bytes,
      ...(community === undefined ? {} : { community_id: community }),
    },
    vedetta: {
      packet: {
        payload: packet.payload,
        fragment: packet.fragment,
        ...(packet.transport === 'arp' ? { operation: packet.protocol } : {}),
        ...(packet.ttl === undefined ? {} : { ttl: packet.ttl }),
        ...(packet.ipId === undefined ? {} : { ip_id: packet.ipId }),
        ...(flags < 0 ? {} : { flags, window: packet.window, sequence: packet.sequence, options: packet.options }),
        ...(icmp === undefined ? {} : { icmp }),
      },
    },
  }) as ValueObject
}

/** What ECS calls the type of a network. */
export function networkType({ transport, source }: Ends): string {
  if (transport === 'arp') return 'arp'
  return source.includes(':') ? 'ipv6' : 'ipv4'
}

/** The packet that an event of {@link packetFields} was made of; undefined for any other. */
export function packetOfFields(fields: ValueObject, time: number): Packet | undefined {
  const { event, source, destination, network, vedetta } = fields
  if (!isObject(event) || event['dataset'] !== DATASET) return undefined
  const packet = isObject(vedetta) ? vedetta['packet'] : undefined
  if (!isObject(source) || !isObject(destination) || !isObject(network) || !isObject(packet)) return undefined
  const icmp = packet['icmp']
  return {
    time,
    source: String(source['ip']),
    destination: String(destination['ip']),
    sourcePort: numberOf(source['port']) ?? -1,
    destinationPort: numberOf(destination['port']) ?? -1,
    transport: String(network['transport']) as Transport,
    protocol: numberOf(network['iana_number'] ?? packet['operation']) ?? 255,
    bytes: numberOf(network['bytes']) ?? 0,
    payload: numberOf(packet['payload']) ?? 0,
    flags: numberOf(packet['flags']) ?? -1,
    window: numberOf(packet['window']),
    sequence: numberOf(packet['sequence']),
    options: packet['options'] as Packet['options'],
    ttl: numberOf(packet['ttl']),
    ipId: numberOf(packet['ip_id']),
    fragment: packet['fragment'] === true,
    ...(isObject(icmp) ? { icmp: icmp as unknown as NonNullable<Packet['icmp']> } : {}),
  }
}

function numberOf(value: Value | undefined): number | undefined {
  const number = typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}
