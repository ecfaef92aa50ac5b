import { Option, type Command } from 'commander'
import type { Finding } from '../../alert/index.ts'
import { CommandError, EXIT } from '../exit.ts'
import { collect } from '../options.ts'
import { printable } from '../printable.ts'

interface ReplayOptions {
  readonly output: 'text' | 'ndjson'
  readonly ports: string
  readonly hosts: string
  readonly allow: readonly string[]
  readonly rules: readonly string[]
  readonly pipeline: readonly string[]
}

export function registerReplay(program: Command): void {
  program
    .command('replay')
    .summary('judge a capture or a file of events as if it passed now')
    .description(
      'Reads a capture (pcap, pcapng), lines of tcpdump -n -tttt or events as NDJSON, and judges them by the scan and login ' +
        'detectors, and by Sigma rules where some are named, in the time of the events. Each alert is a line: when it opens, as it grows and when it ends. Needs no server.',
    )
    .argument('<file>', 'the file; - reads standard input')
    .addOption(new Option('-o, --output <form>', 'form of an alert').choices(['text', 'ndjson']).default('text'))
    .option('--ports <count>', 'ports of one host at which a source fails within a minute that are a scan', '15')
    .option('--hosts <count>', 'hosts at which a source fails on one port within a minute that are a scan', '25')
    .option('--allow <network...>', 'addresses and networks that may scan')
    .option('--rules <path>', 'Sigma rules: a file, or a folder; may be repeated', collect, [])
    .option('--pipeline <path>', 'processing pipelines for the rules; may be repeated', collect, [])
    .action(async (file: string, options: ReplayOptions) => {
      const { findingLine, openInput, replay } = await import('../actions/replay.ts')
      const { rulesDetector } = await import('../actions/rule.ts')
      const settings = {
        ports: countOf('--ports', options.ports),
        hosts: countOf('--hosts', options.hosts),
        allowed: options.allow ?? [],
      }
      try {
        const tell = (finding: Finding): void => {
          const { phase, severity, rule, reason, time } = finding
          console.log(
            options.output === 'ndjson'
              ? findingLine(finding)
              : printable(`${new Date(time).toISOString()} ${phase} ${severity} ${rule.name}: ${reason}`),
          )
        }
        const rules = options.rules.length === 0 ? [] : [rulesDetector(options.rules, options)]
        const counted = await replay(openInput(file), settings, tell, rules)
        console.error(
          `${counted.packets} packets, ${counted.events} events, ${counted.unread} not read, ${counted.findings} lines of alerts`,
        )
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR')
          throw new CommandError(`'${file}' cannot be read: ${code}`, EXIT.usage)
        throw error
      }
    })
}

function countOf(name: string, text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 3 || count > 500)
    throw new CommandError(`'${name}' must be an integer from 3 to 500, got '${text}'`, EXIT.usage)
  return count
}
