import { hostname } from 'node:os'
import { fieldPath, type Event } from '../../../../event/index.ts'
import { option, type as types } from '../../../../settings/index.ts'
import { defineInput, type Batch } from '../../define.ts'
import { Child, exitText } from './child.ts'

/** As long as Logstash waits before it runs a command again that has ended. */
const AGAIN_MILLIS = 10_000

export const pipe = defineInput({
  name: 'pipe',
  summary: 'Lines of a command that goes on running; where it ends it is run again after ten seconds.',
  defaultCodec: 'plain',
  options: {
    command: option(types.string, { describe: 'The command line, for `/bin/sh`.', required: true }),
  },
  examples: ['pipe { command => "tail -F /var/log/messages" }'],
  create({ command }, context) {
    const legacy = context.ecs === 'disabled'
    const hostField = fieldPath(legacy ? 'host' : '[host][name]')
    const commandField = fieldPath(legacy ? 'command' : '[process][command_line]')
    const codec = context.codec.streaming?.() ?? context.codec
    const host = hostname()
    const aborter = new AbortController()
    let child: Child | undefined
    let running: Promise<void> = Promise.resolve()

    const run = async (emit: (batch: Batch) => Promise<void>): Promise<void> => {
      const send = async (events: Event[]): Promise<void> => {
        if (events.length === 0) return
        for (const event of events) {
          if (!event.has(hostField)) event.set(hostField, host)
          if (!event.has(commandField)) event.set(commandField, command)
          context.decorate(event)
        }
        await emit({ events })
      }
      child = await Child.shell(command)
      // A stop that came in between did not know of it.
      if (aborter.signal.aborted) void child.stop(context.clock)
      let late: Promise<void> = Promise.resolve()
      const decoder = codec.decoder({
        late: (events) => {
          late = late
            .then(() => send(events))
            .catch((error: Error) => context.logger.error({ plugin: 'pipe' }, error.message))
        },
      })
      for await (const bytes of child.stdout) {
        await late
        await send(decoder.decode(bytes as Buffer))
      }
      await late
      await send(decoder.flush())
      const exit = await child.exit
      if (aborter.signal.aborted) return
      context.logger.warn(
        { plugin: 'pipe', ...exit },
        `pipe input: '${command}' ended ${exitText(exit)}${child.complaint === '' ? '' : `: ${child.complaint}`}; it is run again in 10 s`,
      )
    }
    return {
      ended: new Promise(() => {}),
      async start(emit) {
        running = (async () => {
          while (!aborter.signal.aborted) {
            try {
              await run(emit)
            } catch (error) {
              context.logger.error(
                { plugin: 'pipe' },
                `pipe input: '${command}' cannot be run: ${(error as Error).message}`,
              )
            }
            await context.clock.sleep(AGAIN_MILLIS, aborter.signal)
          }
        })()
      },
      async stop() {
        aborter.abort()
        await child?.stop(context.clock)
        await running
      },
    }
  },
})
