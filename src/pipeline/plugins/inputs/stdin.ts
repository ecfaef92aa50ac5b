import { hostname } from 'node:os'
import { fieldPath, type Event } from '../../../event/index.ts'
import { defineInput, type Batch } from '../define.ts'

const HOST_NAME = fieldPath('[host][hostname]')

export const stdin = defineInput({
  name: 'stdin',
  summary: 'Lines from standard input; it ends where they end.',
  defaultCodec: 'line',
  options: {},
  readsStandardInput: () => true,
  examples: ['stdin { }', 'stdin { codec => json_lines }'],
  create(_options, context) {
    const codec = context.codec.streaming?.() ?? context.codec
    const host = hostname()
    let work: Promise<void> = Promise.resolve()
    let stopping = false
    let finish: () => void
    const ended = new Promise<void>((resolve) => {
      finish = resolve
    })
    const send = async (events: Event[], emit: (batch: Batch) => Promise<void>): Promise<void> => {
      if (events.length === 0) return
      for (const event of events) {
        if (context.ecs === 'disabled') event.data['host'] ??= host
        else if (!event.has(HOST_NAME)) event.set(HOST_NAME, host)
        context.decorate(event)
      }
      await emit({ events })
    }
    let leave = (): void => {}
    return {
      ended,
      async start(emit) {
        const decoder = codec.decoder({
          late: (events) => {
            work = work
              .then(() => send(events, emit))
              .catch((error: Error) => context.logger.error({ plugin: 'stdin' }, error.message))
          },
        })
        const onData = (chunk: Buffer): void => {
          process.stdin.pause()
          work = work
            .then(() => send(decoder.decode(chunk), emit))
            .catch((error: Error) => context.logger.error({ plugin: 'stdin' }, error.message))
            .then(() => void (stopping || process.stdin.resume()))
        }
        const onEnd = (): void => {
          work = work
            .then(() => send(decoder.flush(), emit))
            .catch((error: Error) => context.logger.error({ plugin: 'stdin' }, error.message))
            .then(() => finish())
        }
        leave = () => process.stdin.off('data', onData).off('end', onEnd).off('error', onEnd).pause()
        process.stdin.on('data', onData).once('end', onEnd).once('error', onEnd)
      },
      async stop() {
        if (stopping) return work
        stopping = true
        leave()
        await work
      },
    }
  },
})
