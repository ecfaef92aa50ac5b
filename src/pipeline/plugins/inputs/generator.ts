import { hostname } from 'node:os'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fieldPath, type Event } from '../../../event/index.ts'
import { option, type as types } from '../../../settings/index.ts'
import { defineInput, type Batch } from '../define.ts'

const SEQUENCE = fieldPath('[event][sequence]')
const HOST_NAME = fieldPath('[host][name]')
const BATCH = 500

export const generator = defineInput({
  name: 'generator',
  summary: 'Events of its own making, for tests and measurements.',
  defaultCodec: 'plain',
  options: {
    count: option(types.number({ integer: true, min: 0 }), {
      describe: 'How many times each line is given; 0 is without end.',
      default: 0,
    }),
    lines: option(types.list(types.string), { describe: 'The lines, in this order, in place of `message`.' }),
    message: option(types.string, {
      describe: 'The line where `lines` is not given. `stdin` reads one line from standard input and repeats it.',
      default: 'Hello world!',
    }),
    threads: option(types.number({ integer: true, min: 1 }), {
      describe: 'How many times the whole is given, side by side.',
      default: 1,
    }),
  },
  readsStandardInput: ({ message, lines }) => lines === undefined && message === 'stdin',
  examples: ['generator { count => 3 lines => ["one", "two"] }'],
  create(options, context) {
    const host = hostname()
    const aborter = new AbortController()
    let running: Promise<void> = Promise.resolve()
    let finish: () => void
    const ended = new Promise<void>((resolve) => {
      finish = resolve
    })
    const decorate = (event: Event, sequence: number): void => {
      if (context.ecs === 'disabled') {
        event.data['host'] ??= host
        event.data['sequence'] = sequence
      } else {
        if (!event.has(HOST_NAME)) event.set(HOST_NAME, host)
        event.set(SEQUENCE, sequence)
      }
      context.decorate(event)
    }
    const run = async (lines: readonly Buffer[], emit: (batch: Batch) => Promise<void>): Promise<void> => {
      const decoder = context.codec.decoder()
      let events: Event[] = []
      for (let n = 0; (options.count === 0 || n < options.count) && !aborter.signal.aborted; n++) {
        for (const line of lines) {
          for (const event of [...decoder.decode(line), ...decoder.flush()]) {
            decorate(event, n)
            events.push(event)
          }
        }
        if (events.length >= BATCH) {
          await emit({ events })
          events = []
          // A pipeline that always has room must not keep sockets and timers from their turn.
          await nextTurn()
        }
      }
      if (events.length > 0) await emit({ events })
    }
    return {
      ended,
      async start(emit) {
        const texts = options.lines ?? [options.message === 'stdin' ? await firstLineOfStdin() : options.message]
        const lines = texts.map((text) => Buffer.from(text))
        running = Promise.all(Array.from({ length: options.threads }, () => run(lines, emit)))
          .catch((error: Error) => context.logger.error({ plugin: 'generator' }, error.message))
          .then(() => finish())
      },
      async stop() {
        aborter.abort()
        await running
      },
    }
  },
})

async function firstLineOfStdin(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin) {
    text += String(chunk)
    if (text.includes('\n')) break
  }
  return text.split('\n')[0]!
}
