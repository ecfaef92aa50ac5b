import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { fail } from '../../../diagnostic/index.ts'
import { Event } from '../../../event/index.ts'
import { CaptureReader, packetFields, type Packet } from '../../../packet/index.ts'
import { option, type } from '../../../settings/index.ts'
import { defineInput, type Batch } from '../define.ts'

const BATCH = 500

export const pcap = defineInput({
  name: 'pcap',
  summary:
    'Packets of a capture, pcap or pcapng, from a file, a pipe or standard input; it ends where the capture ends.',
  defaultCodec: 'plain',
  options: {
    path: option(type.string, {
      required: true,
      describe: 'The capture: a file, a named pipe, or `-` for standard input, as `tcpdump -U -w -` writes it.',
    }),
  },
  examples: ['pcap { path => "-" }', 'pcap { path => "/var/tmp/scan.pcap" }'],
  readsStandardInput: ({ path }) => path === '-',
  create(options, context) {
    let source: Readable | undefined
    let stopping = false
    let work: Promise<void> = Promise.resolve()
    let finish: () => void
    const ended = new Promise<void>((resolve) => {
      finish = resolve
    })
    const read = async (from: Readable, emit: (batch: Batch) => Promise<void>): Promise<void> => {
      const capture = new CaptureReader()
      try {
        for await (const chunk of from) {
          const packets = capture.push(chunk as Buffer)
          for (let at = 0; at < packets.length; at += BATCH) {
            const events = packets.slice(at, at + BATCH).map(eventOf)
            for (const event of events) context.decorate(event)
            await emit({ events })
          }
          if (stopping) break
        }
        capture.end()
      } catch (error) {
        if (!stopping) context.logger.error({ plugin: 'pcap', path: options.path }, (error as Error).message)
      }
      finish()
    }
    return {
      ended,
      async start(emit) {
        if (options.path !== '-')
          await stat(options.path).catch((error: NodeJS.ErrnoException) => {
            throw fail('plugin.file_unreadable', {
              option: 'path',
              path: options.path,
              reason: error.code ?? error.message,
            })
          })
        source = options.path === '-' ? process.stdin : createReadStream(options.path)
        work = read(source, emit)
      },
      async stop() {
        stopping = true
        source?.destroy()
        await work
      },
    }
  },
})

function eventOf(packet: Packet): Event {
  return Event.at(Math.round(packet.time * 1000), packetFields(packet))
}
