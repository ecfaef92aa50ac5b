import { hostname } from 'node:os'
import { Event, fieldPath } from '../../../event/index.ts'
import { option, type as types } from '../../../settings/index.ts'
import { defineInput } from '../define.ts'

export const heartbeat = defineInput({
  name: 'heartbeat',
  summary: 'An event at a fixed interval, to see that events arrive.',
  defaultCodec: 'plain',
  options: {
    interval: option(types.number({ min: 0.001 }), { describe: 'Seconds between events.', default: 60 }),
    count: option(types.number({ integer: true, min: -1 }), {
      describe: 'How many events there are; -1 is without end.',
      default: -1,
    }),
    message: option(types.string, {
      describe:
        'The message. Without the names of ECS, `epoch` and `sequence` are the older form of `sequence`; they are no message.',
      default: 'ok',
    }),
    sequence: option(types.oneOf('none', 'epoch', 'sequence'), {
      describe:
        'What `clock` holds, under ECS `[event][sequence]`: nothing, the time in seconds, or a number that counts from 1.',
    }),
    threads: option(types.number({ integer: true, min: 1 }), {
      describe: 'Threads.',
      ignored: 'one heart beats',
    }),
  },
  examples: ['heartbeat { interval => 10 type => "heartbeat" }'],
  create(options, context) {
    const clockField = fieldPath(context.ecs === 'disabled' ? 'clock' : '[event][sequence]')
    const hostField = fieldPath(context.ecs === 'disabled' ? 'host' : '[host][name]')
    const selector = options.message === 'epoch' || options.message === 'sequence' ? options.message : undefined
    const kind = options.sequence ?? (context.ecs === 'disabled' ? selector : undefined)
    const aborter = new AbortController()
    const host = hostname()
    let running: Promise<void> = Promise.resolve()
    let finish: () => void
    const ended = new Promise<void>((resolve) => {
      finish = resolve
    })
    const beat = (n: number): Event => {
      const now = context.clock.now()
      const event = Event.at(Math.floor(now * 1000))
      if (kind === 'epoch') event.set(clockField, Math.floor(now / 1000))
      else if (kind === 'sequence') event.set(clockField, n)
      if (selector === undefined) event.data['message'] = options.message
      event.set(hostField, host)
      context.decorate(event)
      return event
    }
    return {
      ended,
      async start(emit) {
        running = (async () => {
          for (let n = 1; options.count === -1 || n <= options.count; n++) {
            if (n > 1) await context.clock.sleep(options.interval * 1000, aborter.signal)
            if (aborter.signal.aborted) return
            await emit({ events: [beat(n)] })
          }
          finish()
        })().catch((error: Error) => context.logger.error({ plugin: 'heartbeat' }, error.message))
      },
      async stop() {
        aborter.abort()
        await running
      },
    }
  },
})
