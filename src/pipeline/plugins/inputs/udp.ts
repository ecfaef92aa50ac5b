import type { RemoteInfo } from 'node:dgram'
import { fail } from '../../../diagnostic/index.ts'
import { fieldPath, newObject, parseFieldPath, type Event } from '../../../event/index.ts'
import { option, type as types } from '../../../settings/index.ts'
import { defineInput } from '../define.ts'
import { DatagramListener, type Datagram } from './datagram-listener.ts'
import { listenerAddress } from './listener-address.ts'
import { plainAddress } from './tcp-fields.ts'

const SOURCE = fieldPath('[@metadata][input][udp][source]')

export const udp = defineInput({
  name: 'udp',
  summary: 'Datagrams over UDP, each decoded on its own.',
  defaultCodec: 'plain',
  options: {
    host: option(types.string, { describe: 'The address to listen on; without it `inputs.host`.' }),
    port: option(types.port, { describe: 'The port to listen on.', required: true }),
    buffer_size: option(types.number({ integer: true, min: 1 }), {
      describe: 'Bytes of the longest datagram; the rest of a longer one is cut off.',
      default: 65_536,
    }),
    receive_buffer_bytes: option(types.number({ integer: true, min: 1 }), {
      describe: "Bytes of the kernel's buffer; the kernel may allow less (`net.core.rmem_max`).",
    }),
    queue_size: option(types.number({ integer: true, min: 1 }), {
      describe: 'Datagrams that wait for the pipeline, 64 MB at most; what finds no room is dropped, counted and told.',
      default: 20_000,
    }),
    workers: option(types.number({ integer: true, min: 1 }), {
      describe: 'Workers.',
      ignored: 'datagrams keep their order',
    }),
    source_ip_fieldname: option(types.string, {
      describe: "The field of the sender's address; `host`, or under ECS `[host][ip]`.",
    }),
  },
  examples: ['udp { port => 5140 type => "syslog" }'],
  create(options, context) {
    const legacy = context.ecs === 'disabled'
    const name = options.source_ip_fieldname ?? (legacy ? 'host' : '[host][ip]')
    const sourceField = parseFieldPath(name)
    if (sourceField === undefined)
      throw fail('plugin.option_invalid', { option: 'source_ip_fieldname', expected: 'a field reference', value: name })
    // Said when the input is made, so that `check` says it too.
    const host = listenerAddress('udp', options.host, options.port, context)
    let listener: DatagramListener | undefined

    /** A datagram is whole: a decoder of its own, flushed at once. */
    const decode = ({ bytes, sender }: Datagram): Event[] => {
      const ip = plainAddress(sender.address)
      const decoder = context.codec.decoder({ sender: ip, datagrams: true })
      const events = [...decoder.decode(bytes.subarray(0, options.buffer_size)), ...decoder.flush()]
      for (const event of events) {
        if (!event.has(sourceField)) event.set(sourceField, ip)
        if (!legacy) event.set(SOURCE, sourceOf(ip, sender))
        context.decorate(event)
      }
      return events
    }
    return {
      ended: new Promise(() => {}),
      async start(emit) {
        listener = new DatagramListener(
          {
            plugin: 'udp',
            host,
            port: options.port,
            queueSize: options.queue_size,
            receiveBufferBytes: options.receive_buffer_bytes,
          },
          context,
          async (datagrams) => {
            const events = datagrams.flatMap(decode)
            if (events.length > 0) await emit({ events })
          },
        )
        await listener.listen()
      },
      async stop() {
        await listener?.stop()
      },
    }
  },
})

function sourceOf(ip: string, sender: RemoteInfo) {
  const source = newObject()
  source['ip'] = ip
  source['port'] = sender.port
  return source
}
