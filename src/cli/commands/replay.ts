import { existsSync } from 'node:fs'
import { Option, type Command } from 'commander'
import type { Finding } from '../../alert/index.ts'
import { systemClock } from '../../clock/index.ts'
import { CommandError, EXIT } from '../exit.ts'
import { collect, serverOption } from '../options.ts'
import { printable } from '../printable.ts'

interface ReplayOptions {
  readonly output: 'text' | 'ndjson'
  readonly ports: string
  readonly hosts: string
  readonly allow: readonly string[]
  readonly rules: readonly string[]
  readonly pipeline: readonly string[]
  readonly url: string
  readonly from?: string
  readonly to?: string
  readonly tune?: boolean
}

export function registerReplay(program: Command): void {
  program
    .command('replay')
    .summary('judge a capture or a file of events as if it passed now')
    .description(
      'Reads a capture (pcap, pcapng), lines of tcpdump -n -tttt or of netfilter in a log, or events as NDJSON, and judges them by the scan and login ' +
        'detectors, and by Sigma rules where some are named, in the time of the events; the same goes for stored documents, in their order. Each alert is a line: when it opens, as it grows and when it ends. Files need no server.',
    )
    .argument('<source>', 'a file, - for standard input, or indices of the running server: names and wildcards')
    .addOption(serverOption())
    .option('--from <time>', 'nothing before it: ISO 8601, or now-7d')
    .option('--to <time>', 'nothing from it on')
    .addOption(new Option('-o, --output <form>', 'form of an alert').choices(['text', 'ndjson']).default('text'))
    .option('--ports <count>', 'ports of one host at which a source fails within a minute that are a scan', '15')
    .option('--hosts <count>', 'hosts at which a source fails on one port within a minute that are a scan', '25')
    .option('--allow <network...>', 'addresses and networks that may scan')
    .option('--rules <path>', 'Sigma rules: a file, or a folder; may be repeated', collect, [])
    .option('--pipeline <path>', 'processing pipelines for the rules; may be repeated', collect, [])
    .option(
      '--tune',
      'instead of alerts a table of how many there would have been, and how many a day, at other thresholds; of rules with one alert or more',
    )
    .action(async (source: string, options: ReplayOptions) => {
      const { createJudge, findingLine, openInput, replay, replayIndices } = await import('../actions/replay.ts')
      const { ServerClient } = await import('../server-client.ts')
      const { soundRules } = await import('../actions/rule.ts')
      const { Tuning, tunedLines } = await import('../actions/replay-tune.ts')
      const { createSigmaDetector } = await import('../../detect/sigma/index.ts')
      const settings = {
        ports: countOf('--ports', options.ports),
        hosts: countOf('--hosts', options.hosts),
        allowed: options.allow ?? [],
      }
      const { timeGiven } = await import('../actions/replay-events.ts')
      const moment = (name: string, text: string | undefined, otherwise: number): number => {
        const time = text === undefined ? otherwise : timeGiven(text, systemClock.now())
        if (time === undefined)
          throw new CommandError(
            `'${name}' must be a time such as 2026-11-24T08:00:00Z or now-7d, got '${text}'`,
            EXIT.usage,
          )
        return time
      }
      const range = { from: moment('--from', options.from, -Infinity), to: moment('--to', options.to, Infinity) }
      try {
        const tell = (finding: Finding): void => {
          const { phase, severity, rule, reason, time } = finding
          console.log(
            options.output === 'ndjson'
              ? findingLine(finding)
              : printable(`${new Date(time).toISOString()} ${phase} ${severity} ${rule.name}: ${reason}`),
          )
        }
        const { rules, pipelines } =
          options.rules.length === 0 ? { rules: [], pipelines: [] } : soundRules(options.rules, options)
        const tuning = options.tune === true ? new Tuning(settings, rules, pipelines) : undefined
        const judges = tuning?.judges ?? [
          createJudge({ scan: settings }, tell, rules.length === 0 ? [] : [createSigmaDetector(rules, { pipelines })]),
        ]
        const counted = isFile(source)
          ? await replay(openInput(source), judges, range)
          : await replayIndices(new ServerClient(options.url), source, judges, range)
        if (tuning !== undefined) {
          const rows = tuning.rows(counted)
          const lines = options.output === 'ndjson' ? rows.map((row) => JSON.stringify(row)) : tunedLines(rows)
          for (const line of lines) console.log(printable(line))
        }
        console.error(
          `${counted.packets} packets, ${counted.events} events, ${counted.unread} not read${tuning === undefined ? `, ${counted.findings} lines of alerts` : ''}`,
        )
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR')
          throw new CommandError(`'${source}' cannot be read: ${code}`, EXIT.usage)
        throw error
      }
    })
}

/** Names of indices have neither slashes nor the endings of files. */
function isFile(source: string): boolean {
  return source === '-' || existsSync(source) || /[/\\]|\.(?:pcap|pcapng|cap|ndjson|jsonl?|txt|log)$/i.test(source)
}

function countOf(name: string, text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 3 || count > 500)
    throw new CommandError(`'${name}' must be an integer from 3 to 500, got '${text}'`, EXIT.usage)
  return count
}
