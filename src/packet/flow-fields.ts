import { Timestamp, toValue, type ValueObject } from '../event/index.ts'
import { communityId } from './community-id.ts'
import { stateOf, type Flow } from './flow-table.ts'
import { networkType } from './packet-fields.ts'

/** The fields of a flow's event, in ECS; what ECS has no name for is in `vedetta.flow`. */
export function flowFields(flow: Flow): ValueObject {
  const { sent, received, first, last } = flow
  const community = communityId(flow)
  const time = (millis: number): Timestamp => Timestamp.fromMillis(millis)
  return toValue({
    event: {
      kind: 'event',
      category: ['network'],
      type: flow.ended === 'active' ? ['connection'] : ['connection', 'end'],
      dataset: 'vedetta.flow',
      action: 'flow',
      start: time(first),
      end: time(last),
      duration: Math.round((last - first) * 1e6),
    },
    source: { ip: flow.source, ...portOf(flow.sourcePort), packets: sent.packets, bytes: sent.bytes },
    destination: {
      ip: flow.destination,
      ...portOf(flow.destinationPort),
      packets: received.packets,
      bytes: received.bytes,
    },
    network: {
      transport: flow.transport,
      ...(flow.transport === 'arp' ? {} : { iana_number: String(flow.protocol) }),
      type: networkType(flow),
      packets: sent.packets + received.packets,
      bytes: sent.bytes + received.bytes,
      ...(community === undefined ? {} : { community_id: community }),
    },
    vedetta: {
      flow: {
        state: stateOf(flow),
        history: flow.history,
        ended: flow.ended,
        ...(flow.transport === 'tcp' ? { flags: sent.flags } : {}),
      },
    },
  }) as ValueObject
}

function portOf(port: number): { port?: number } {
  return port < 0 ? {} : { port }
}
