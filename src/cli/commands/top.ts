import type { Command } from 'commander'
import { serverOption } from '../options.ts'
import { printable } from '../printable.ts'
import { ServerClient } from '../server-client.ts'
import { table } from '../table.ts'
import { checked } from './alerts.ts'

interface TopOptions {
  readonly url: string
  readonly once?: boolean
  readonly interval: string
}

interface Worked {
  readonly id: string
  readonly name: string
  readonly place?: string
  readonly events: { readonly in?: number; readonly out?: number; readonly duration_in_millis?: number }
  readonly failures?: number
}

interface Stats {
  readonly pipelines: Readonly<
    Record<
      string,
      {
        readonly events: { readonly in: number; readonly filtered: number; readonly out: number }
        readonly plugins: Readonly<Record<'inputs' | 'filters' | 'outputs', readonly Worked[]>>
        readonly queue: { readonly events_count: number; readonly queue_size_in_bytes: number }
        readonly failure?: string
      }
    >
  >
}

export function registerTop(program: Command): void {
  program
    .command('top')
    .summary('what pipelines and plugins of a running server do')
    .description(
      'Shows events a second, time and failures of every plugin, again and again; once where it is no terminal.',
    )
    .addOption(serverOption())
    .option('--once', 'show the figures since the start, and end')
    .option('--interval <seconds>', 'how often', '2')
    .action(async ({ url, once, interval }: TopOptions) => {
      const server = new ServerClient(url)
      const ask = async (): Promise<Stats> =>
        checked(await server.request('GET', '/_node/stats/pipelines')) as unknown as Stats
      if (once === true || !process.stdout.isTTY) {
        for (const line of show(await ask(), undefined, 1)) console.log(line)
        return
      }
      const seconds = Math.max(0.2, Number(interval) || 2)
      for (let before = await ask(); ;) {
        await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
        const now = await ask()
        process.stdout.write(`\u001B[2J\u001B[H${show(now, before, seconds).join('\n')}\n`)
        before = now
      }
    })
}

/** Rates since `before`, or sums where there is none. */
function show({ pipelines }: Stats, before: Stats | undefined, seconds: number): string[] {
  const number = (value: number): string => Math.round(value).toLocaleString('en')
  const unit = before === undefined ? '' : '/s'
  const rows = Object.entries(pipelines).flatMap(([id, { events, plugins, queue, failure }]) => {
    const old = before?.pipelines[id]
    const rate = (now = 0, then = 0): string => number((now - then) / seconds)
    const own = [id, '', rate(events.in, old?.events.in), rate(events.out, old?.events.out), '', '']
    const state = failure === undefined ? `${number(queue.events_count)} wait` : `failed: ${failure}`
    return [
      [...own, state],
      ...(['inputs', 'filters', 'outputs'] as const).flatMap((kind) =>
        plugins[kind].map((plugin) => {
          const then = old?.plugins[kind].find((one) => one.id === plugin.id)
          const { in: given, out, duration_in_millis: millis } = plugin.events
          return [
            `  ${plugin.name}`,
            plugin.place ?? '',
            given === undefined ? '' : rate(given, then?.events.in),
            rate(out, then?.events.out),
            millis === undefined ? '' : number((millis - (then?.events.duration_in_millis ?? 0)) / seconds),
            plugin.failures === undefined ? '' : number(plugin.failures),
            '',
          ]
        }),
      ),
    ]
  })
  return table(['PIPELINE', 'PLACE', `IN${unit}`, `OUT${unit}`, `MS${unit}`, 'FAILED', 'STATE'], rows).map(printable)
}
