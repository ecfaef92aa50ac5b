import { fail } from '../../../diagnostic/index.ts'
import { isDynamic, type Event } from '../../../event/index.ts'
import { option, type as types, type OptionsOf } from '../../../settings/index.ts'
import { defineOutput, type Output, type OutputContext } from '../define.ts'
import { Datagrams } from './datagrams.ts'
import { address } from './stream-client.ts'
import { template } from './template.ts'

const OPTIONS = {
  host: option(types.string, { describe: 'The address or name of the receiver.', required: true }),
  port: option(types.string, { describe: 'The port of the receiver, with `%{field}`.', required: true }),
  retry_count: option(types.number({ integer: true, min: 0 }), {
    describe: 'How often a datagram that could not be sent is tried again before it is dropped.',
    default: 0,
  }),
  retry_backoff_ms: option(types.number({ integer: true, min: 0 }), {
    describe: 'Milliseconds before another attempt.',
    default: 10,
  }),
} as const

export const udp = defineOutput({
  name: 'udp',
  summary: 'Sends each event as a datagram over UDP, which promises nothing about its arrival.',
  defaultCodec: 'json',
  options: OPTIONS,
  examples: [
    'udp { host => "192.0.2.10" port => 514 codec => line { format => "%{message}" } }',
    'udp { host => "192.0.2.10" port => "%{[target][port]}" }',
  ],
  peers: ({ host, port }) => (/^\d+$/.test(port) ? [{ host, port: Number(port), datagrams: true }] : []),
  create: (options, context) => new UdpOutput(options, context),
})

class UdpOutput implements Output {
  private readonly options: OptionsOf<typeof OPTIONS>
  private readonly context: OutputContext
  private readonly portOf: (event: Event) => number | undefined
  private readonly aborter = new AbortController()
  private readonly datagrams: Datagrams

  constructor(options: OptionsOf<typeof OPTIONS>, context: OutputContext) {
    this.options = options
    this.context = context
    this.datagrams = new Datagrams(context.logger)
    const { port } = options
    if (isDynamic(port)) {
      const text = template('port', port)
      this.portOf = (event) => portNumber(text(event))
    } else {
      const fixed = portNumber(port)
      if (fixed === undefined)
        throw fail('plugin.option_invalid', { option: 'port', expected: 'a port from 1 to 65535', value: port })
      this.portOf = () => fixed
    }
  }

  async write(batch: readonly Event[]): Promise<void> {
    for (const event of batch) {
      const port = this.portOf(event)
      if (port === undefined) {
        this.context.deadLetter(event, `udp output: the event's 'port' is no port from 1 to 65535`)
        continue
      }
      await this.send(Buffer.from(this.context.codec.encode(event)), port)
    }
  }

  async close(): Promise<void> {
    this.aborter.abort()
    this.datagrams.close()
  }

  private async send(bytes: Buffer, port: number): Promise<void> {
    const { host, retry_count, retry_backoff_ms } = this.options
    for (let attempt = 0; ; attempt++) {
      try {
        await this.datagrams.send(bytes, host, port)
        return
      } catch (error) {
        if (attempt < retry_count && !this.aborter.signal.aborted) {
          await this.context.clock.sleep(retry_backoff_ms, this.aborter.signal)
          continue
        }
        this.context.logger.error(
          { plugin: 'udp', host, port, code: (error as NodeJS.ErrnoException).code },
          `udp output: a datagram of ${bytes.length} bytes to ${address(host, port)} is dropped: ${(error as Error).message}`,
        )
        return
      }
    }
  }
}

function portNumber(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text.trim()) ? Number(text) : 0
  return port >= 1 && port <= 65_535 ? port : undefined
}
