import { Event, Timestamp } from '../../../event/index.ts'
import {
  flowFields,
  FlowTable,
  packetOfFields,
  parseTcpdumpLine,
  type Flow,
  type Packet,
} from '../../../packet/index.ts'
import { option, type } from '../../../settings/index.ts'
import { defineFilter } from '../define.ts'

/** Flows are looked through for ended ones so often, in the packets' time. */
const SWEEP_MILLIS = 1_000

export const flows = defineFilter({
  name: 'flows',
  summary:
    'Makes flows of packets, which come from the pcap input or as lines of `tcpdump -n -tttt` in `message`: who spoke with whom, how much, and how it ended. Other events pass.',
  options: {
    idle_timeout: option(type.number({ min: 1 }), {
      default: 60,
      describe: 'Seconds without a packet after which a flow has ended.',
    }),
    active_timeout: option(type.number({ min: 1 }), {
      default: 300,
      describe: 'Seconds after which a flow that goes on is told so far.',
    }),
    max_flows: option(type.number({ integer: true, min: 1 }), {
      default: 100_000,
      describe: 'Flows at once; of more, the one that was silent longest is told and forgotten.',
    }),
    keep_packets: option(type.boolean, {
      default: false,
      describe:
        'Whether the packets go on too. They are acknowledged when they are counted, not when their flow is stored.',
    }),
  },
  examples: [
    {
      title: 'an unanswered question, told when the lines end',
      config: '',
      in: {
        message: '2026-11-24 08:00:00.000000 IP 192.0.2.7.40000 > 10.0.0.5.22: Flags [S], seq 1, win 1024, length 0',
      },
      out: {
        event: {
          kind: 'event',
          category: ['network'],
          type: ['connection', 'end'],
          dataset: 'vedetta.flow',
          action: 'flow',
          start: '2026-11-24T08:00:00.000Z',
          end: '2026-11-24T08:00:00.000Z',
          duration: 0,
        },
        source: { ip: '192.0.2.7', port: 40_000, packets: 1, bytes: 0 },
        destination: { ip: '10.0.0.5', port: 22, packets: 0, bytes: 0 },
        network: {
          transport: 'tcp',
          iana_number: '6',
          type: 'ipv4',
          packets: 1,
          bytes: 0,
          community_id: '1:wMKpwJOCF29B3YyQULVRf4C0RNU=',
        },
        tags: ['network', 'tcp_connection_started'],
        vedetta: { flow: { state: 'S0', history: 'S', ended: 'end', flags: 2 } },
      },
    },
  ],
  create(options, context) {
    const table = new FlowTable({
      idleMillis: options.idle_timeout * 1000,
      activeMillis: options.active_timeout * 1000,
      capacity: options.max_flows,
    })
    /** Of the packets, and how far it is behind the clock: an old capture is read in its own time. */
    let newest = -Infinity
    let behind = 0
    let swept = -Infinity

    const told = (all: readonly Flow[]): Event[] =>
      all.map((flow) => {
        const event = eventOf(flow)
        context.matched(event)
        return event
      })

    return {
      periodic: true,
      filter(batch) {
        const result: Event[] = []
        for (const event of batch) {
          const packet = packetOf(event)
          if (packet === undefined) {
            result.push(event)
            continue
          }
          if (packet.time > newest) {
            newest = packet.time
            behind = context.clock.now() - newest
          }
          if (options.keep_packets) result.push(event)
          result.push(...told(table.add(packet)))
        }
        if (newest - swept >= SWEEP_MILLIS) {
          swept = newest
          result.push(...told(table.expire(newest)))
        }
        return result
      },
      flush: (final) => told(final ? table.drain() : table.expire(context.clock.now() - behind)),
    }
  },
})

function packetOf({ data }: Event): Packet | undefined {
  const time = data['@timestamp']
  const millis = time instanceof Timestamp ? time.micros / 1000 : 0
  const whole = packetOfFields(data, millis)
  if (whole !== undefined) return whole
  const { message } = data
  return typeof message === 'string' && /^ *\d/.test(message) ? parseTcpdumpLine(message, millis) : undefined
}

function eventOf(flow: Flow): Event {
  const event = Event.at(Math.round(flow.first * 1000), flowFields(flow))
  event.tag('network')
  if (flow.transport === 'tcp' && flow.history.includes('S')) event.tag('tcp_connection_started')
  return event
}
