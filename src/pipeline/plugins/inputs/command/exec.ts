import { hostname } from 'node:os'
import { fail } from '../../../../diagnostic/index.ts'
import { double, fieldPath, type Event, type FieldPath, type Value } from '../../../../event/index.ts'
import { option, type as types } from '../../../../settings/index.ts'
import { defineInput, type Batch } from '../../define.ts'
import { cronLine, follow } from '../../cron-line.ts'
import { Child, exitText } from './child.ts'

/** What a command may say at most: its whole output is one piece for the codec. */
const MOST_BYTES = 20 * 2 ** 20

export const exec = defineInput({
  name: 'exec',
  summary:
    'The output of a command that is run again and again: the whole of it is one event, unless the codec divides it.',
  defaultCodec: 'plain',
  options: {
    command: option(types.string, { describe: 'The command line, for `/bin/sh`.', required: true }),
    interval: option(types.number({ min: 0 }), {
      describe: 'Seconds from one start to the next; this or `schedule` is needed.',
    }),
    schedule: option(cronLine, {
      describe: 'When it is run, as a line of cron: `*/10 * * * *`, or `0 6 * * * America/Chicago`.',
    }),
  },
  examples: [
    'exec { command => "uptime" interval => 30 }',
    'exec { command => "df -k" schedule => "0 6 * * * Europe/Rome" }',
  ],
  create(options, context) {
    const { command, interval, schedule } = options
    if (interval === undefined && schedule === undefined)
      throw fail('plugin.option_needs', { option: 'command', needed: "interval' or 'schedule" })
    if (interval !== undefined && schedule !== undefined)
      throw fail('plugin.options_exclude', { option: 'interval', other: 'schedule' })
    const legacy = context.ecs === 'disabled'
    const host = hostname()
    const setField = fieldSetter(legacy)
    const aborter = new AbortController()
    let child: Child | undefined
    let running: Promise<void> = Promise.resolve()
    let leave = (): void => {}

    const run = async (emit: (batch: Batch) => Promise<void>): Promise<void> => {
      const began = context.clock.monotonic()
      child = await Child.shell(command)
      // A stop that came in between did not know of it.
      if (aborter.signal.aborted) void child.stop(context.clock)
      const pieces: Buffer[] = []
      let length = 0
      for await (const piece of child.stdout) {
        length += (piece as Buffer).length
        if (length <= MOST_BYTES) pieces.push(piece as Buffer)
      }
      const exit = await child.exit
      if (aborter.signal.aborted) return
      const millis = context.clock.monotonic() - began
      if (exit.code !== 0)
        context.logger.warn(
          { plugin: 'exec', ...exit },
          `exec input: '${command}' ended ${exitText(exit)}${child.complaint === '' ? '' : `: ${child.complaint}`}`,
        )
      const decoder = context.codec.decoder()
      const events = [...decoder.decode(Buffer.concat(pieces)), ...decoder.flush()]
      for (const event of events) {
        if (length > MOST_BYTES) event.tag('_linetoobig')
        setField.host(event, host)
        setField.command(event, command)
        if (exit.code !== null) setField.exit(event, exit.code)
        if (legacy) event.metadata['duration'] = double(millis / 1000)
        else event.set(ELAPSED, Math.round(millis * 1e6))
        context.decorate(event)
      }
      if (events.length > 0) await emit({ events })
    }
    const attempt = (emit: (batch: Batch) => Promise<void>): Promise<void> =>
      run(emit).catch((error: Error) =>
        context.logger.error({ plugin: 'exec' }, `exec input: '${command}' cannot be run: ${error.message}`),
      )
    return {
      ended: new Promise(() => {}),
      async start(emit) {
        if (schedule !== undefined) {
          const timer = follow(schedule, context.clock, () => (running = attempt(emit)))
          leave = () => timer.cancel()
          return
        }
        running = (async () => {
          while (!aborter.signal.aborted) {
            const began = context.clock.monotonic()
            await attempt(emit)
            const rest = interval! * 1000 - (context.clock.monotonic() - began)
            if (rest < 0)
              context.logger.warn({ plugin: 'exec' }, `exec input: '${command}' takes longer than its interval`)
            await context.clock.sleep(Math.max(0, rest), aborter.signal)
          }
        })()
      },
      async stop() {
        aborter.abort()
        leave()
        await child?.stop(context.clock)
        await running
      },
    }
  },
})

const ELAPSED = fieldPath('[@metadata][input][exec][process][elapsed_time]')

/** Sets a field unless the event brought it. */
type Setter = (event: Event, value: Value) => void

function fieldSetter(legacy: boolean): { host: Setter; command: Setter; exit: Setter } {
  const setter =
    (path: FieldPath): Setter =>
    (event, value) => {
      if (!event.has(path)) event.set(path, value)
    }
  return {
    host: setter(fieldPath(legacy ? 'host' : '[host][name]')),
    command: setter(fieldPath(legacy ? 'command' : '[process][command_line]')),
    exit: setter(fieldPath(legacy ? '[@metadata][exit_status]' : '[process][exit_code]')),
  }
}
