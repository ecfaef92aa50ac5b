import { option, type as types } from '../../../settings/index.ts'
import { defineInput, type Batch } from '../define.ts'

export const pipeline = defineInput({
  name: 'pipeline',
  summary: 'Events of other pipelines of this process: those that their `pipeline` outputs send to its address.',
  defaultCodec: 'plain',
  options: {
    address: option(types.string, { describe: 'The name that outputs send to; one input has it.', required: true }),
  },
  examples: ['pipeline { address => "firewalls" }'],
  create(options, context) {
    let leave: () => void = () => {}
    let stopped = false
    return {
      ended: new Promise(() => {}),
      async start(emit: (batch: Batch) => Promise<void>) {
        leave = await context.bus.listen(options.address, (events) => {
          if (stopped) return Promise.resolve(false)
          for (const event of events) context.decorate(event)
          return new Promise((resolve, reject) => {
            emit({ events: [...events], ack: () => resolve(true), lost: () => resolve(false) }).catch(reject)
          })
        })
        if (stopped) leave()
      },
      async stop() {
        stopped = true
        leave()
      },
    }
  },
})
