import { compileSprintf } from '../../../event/index.ts'
import { fail } from '../../../diagnostic/index.ts'
import { option, type } from '../../../settings/index.ts'
import { defineFilter } from '../define.ts'

export const sleep = defineFilter({
  name: 'sleep',
  summary: 'Waits, to limit a rate or to replay events in the time they took.',
  options: {
    time: option(type.string, {
      describe:
        'Seconds to wait at an event; may have references. With `replay`, how many times faster than the original.',
    }),
    every: option(type.number({ integer: true, min: 1 }), { default: 1, describe: 'Waits at every so many events.' }),
    replay: option(type.boolean, {
      default: false,
      describe: "Whether the distances of the events' times are waited for.",
    }),
  },
  examples: [{ title: 'a wait of no time', config: 'time => 0', in: { a: 1 }, out: { a: 1 } }],
  create(options, context) {
    if (options.time === undefined && !options.replay)
      throw fail('plugin.option_needs', { option: 'sleep', needed: 'time' })
    const timeOf = compileSprintf(options.time ?? '1')
    const stop = new AbortController()
    let count = 0
    let last: number | undefined
    return {
      async filter(batch) {
        for (const event of batch) {
          const seconds = Number.parseFloat(timeOf(event))
          const time = Number.isFinite(seconds) ? seconds : 0
          count++
          let millis = 0
          if (options.replay) {
            const now = event.timestamp?.micros ?? 0
            if (last !== undefined && time > 0) millis = (now - last) / 1000 / time
            last = now
          } else if (count >= options.every) {
            count = 0
            millis = time * 1000
          }
          if (millis > 0) await context.clock.sleep(millis, stop.signal)
          context.matched(event)
        }
        return batch
      },
      close: () => stop.abort(),
    }
  },
})
