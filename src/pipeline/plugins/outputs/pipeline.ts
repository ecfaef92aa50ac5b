import { option, type as types } from '../../../settings/index.ts'
import { defineOutput } from '../define.ts'

const RETRY_MILLIS = 1000
/** As many as a pipeline has on their way: fewer would make the receiver wait for the sender. */
const CONCURRENCY = 4

export const pipeline = defineOutput({
  name: 'pipeline',
  summary: 'Sends events to other pipelines of this process, by the address of their `pipeline` input.',
  defaultCodec: 'plain',
  options: {
    send_to: option(types.list(types.string), {
      describe: 'Addresses; each gets a copy of every event, `@metadata` with it.',
      required: true,
    }),
    ensure_delivery: option(types.boolean, {
      describe: 'Wait for a pipeline that is not there; without it, its events are dropped.',
      default: true,
    }),
  },
  examples: ['pipeline { send_to => ["firewalls"] }', 'pipeline { send_to => "archive" ensure_delivery => false }'],
  create(options, context) {
    const aborter = new AbortController()
    const { signal } = aborter
    const told = new Set<string>()

    async function deliver(address: string, batch: Parameters<typeof context.bus.send>[1]): Promise<void> {
      while (!(await context.bus.send(address, batch))) {
        if (!options.ensure_delivery) return
        if (signal.aborted) throw new Error(`no pipeline took the events for '${address}'`)
        if (!told.has(address))
          context.logger.warn({ address }, `no running pipeline listens on '${address}'; the events wait for it`)
        told.add(address)
        await context.clock.sleep(RETRY_MILLIS, signal)
      }
      told.delete(address)
    }

    return {
      concurrency: CONCURRENCY,
      // A receiver changes its events: each gets copies, made before the first of them begins.
      async write(batch) {
        const sends = options.send_to.map((address) => [address, batch.map((event) => event.clone())] as const)
        await Promise.all(sends.map(([address, events]) => deliver(address, events)))
      },
      async close() {
        aborter.abort()
      },
    }
  },
})
