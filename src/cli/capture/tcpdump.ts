import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { networkInterfaces } from 'node:os'
import type { Readable } from 'node:stream'
import type { Clock } from '../../clock/index.ts'
import { CommandError } from '../exit.ts'

/**
 * The first packet of a TCP connection: SYN without ACK. ECN bits may be set beside it, which an exact
 * comparison (`tcp[13] == 2`) would miss. pcap's `tcp[...]` reads IPv4 alone; over IPv6 the flags are byte 53
 * where no extension header comes between.
 */
export const SYN_FILTER = '(tcp[13] & 0x12 == 2) or (ip6 and ip6[6] == 6 and ip6[53] & 0x12 == 2)'

// Without immediate mode the kernel holds packets back for up to a second. With it each packet takes a slot of the
// snapshot's length, so that tcpdump's own (256 kB in a ring of 2 MB) leave 32 slots, which a scan overruns at once:
// 512 bytes in 16 MB make some 28,000.
const PROMPT = ['--immediate-mode', '-s', '512', '-B', '16384']

const FIRST_MILLIS = 1000
const LONGEST_MILLIS = 30_000
const HEALTHY_MILLIS = 60_000

type Child = ChildProcessByStdio<null, Readable, Readable>

export interface TcpdumpOptions {
  readonly program: string
  readonly device: string
  readonly filter: readonly string[]
}

/** Runs tcpdump, gives its lines on, and starts it again when it dies. */
export class Tcpdump {
  private readonly options: TcpdumpOptions
  private readonly clock: Clock
  private readonly say: (message: string) => void
  private readonly aborter = new AbortController()
  private child: Child | undefined
  private everRan = false

  constructor(options: TcpdumpOptions, clock: Clock, say: (message: string) => void) {
    this.options = options
    this.clock = clock
    this.say = say
  }

  /**
   * Resolves after {@link stop}.
   * @throws CommandError where it can never capture: not installed, not permitted, no such interface, bad filter.
   */
  async run(onBytes: (chunk: Buffer) => void, onCut: () => void): Promise<void> {
    let wait = FIRST_MILLIS
    while (!this.aborter.signal.aborted) {
      const started = this.clock.monotonic()
      const reason = await this.once(onBytes)
      onCut()
      if (this.aborter.signal.aborted) return
      if (this.clock.monotonic() - started > HEALTHY_MILLIS) wait = FIRST_MILLIS
      this.say(`tcpdump ended (${reason}); it is started again in ${wait / 1000} s`)
      await this.clock.sleep(wait, this.aborter.signal)
      wait = Math.min(wait * 2, LONGEST_MILLIS)
    }
  }

  stop(): void {
    this.aborter.abort()
    this.child?.kill('SIGTERM')
  }

  private once(onBytes: (chunk: Buffer) => void): Promise<string> {
    const { program, device, filter } = this.options
    const flags = ['-i', device, '-l', '-n', '-tttt', ...PROMPT, '--', ...filter]
    return new Promise((resolve, reject) => {
      const child = spawn(program, flags, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } })
      this.child = child
      let said = ''
      child.stdout.on('data', onBytes)
      child.stderr.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString()).slice(-4000)
        if (!this.everRan && /listening on /.test(said)) {
          this.everRan = true
          this.say(`capturing on ${device}: ${filter.join(' ')}`)
        }
      })
      child.on('error', (error: NodeJS.ErrnoException) => reject(this.spawnError(error)))
      child.on('close', (status, signal) => {
        this.child = undefined
        const missed = /(\d+) packets? dropped by kernel/.exec(said)
        if (missed !== null && missed[1] !== '0') this.say(`${missed[1]} packets were dropped by the kernel`)
        const fatal = this.everRan || this.aborter.signal.aborted ? undefined : this.refusal(said)
        if (fatal !== undefined) reject(fatal)
        else resolve(lastLine(said) || (signal ?? `status ${status}`))
      })
    })
  }

  private spawnError(error: NodeJS.ErrnoException): CommandError {
    const { program } = this.options
    if (error.code === 'ENOENT')
      return new CommandError(
        `${program} is not installed: 'apt-get install tcpdump' installs it, --tcpdump PATH names another place`,
      )
    return new CommandError(`cannot run ${program}: ${error.code ?? error.message}`)
  }

  /** What a first start that failed says about the next: some things do not get better by trying again. */
  private refusal(said: string): CommandError | undefined {
    const { device, program } = this.options
    const words = lastLine(said)
    if (/permission|not permitted|CAP_NET_RAW/i.test(said))
      return new CommandError(
        `may not capture on ${device}: it needs root or CAP_NET_RAW; run it with sudo, or once ` +
          `'setcap cap_net_raw,cap_net_admin=eip "$(command -v ${program})"' (${words})`,
      )
    if (/No such device|SIOCGIFHWADDR|doesn't exist/i.test(said))
      return new CommandError(
        `there is no interface '${device}'; there are: ${['any', ...Object.keys(networkInterfaces())].join(', ')}`,
      )
    if (/syntax error|parse|expression|filter|unknown host/i.test(said))
      return new CommandError(`tcpdump refuses the filter '${this.options.filter.join(' ')}': ${words}`)
    return undefined
  }
}

function lastLine(text: string): string {
  const lines = text.trim().split('\n')
  return (lines.at(-1) ?? '').replace(/^tcpdump: |^\(|\)$/g, '')
}
