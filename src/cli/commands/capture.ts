import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { systemClock } from '../../clock/index.ts'
import { LineQueue } from '../capture/line-queue.ts'
import { Peer, type PeerAddress } from '../capture/peer.ts'
import { SYN_FILTER, Tcpdump } from '../capture/tcpdump.ts'
import { EndSignal, statusOf } from '../end-signal.ts'
import { CommandError, EXIT } from '../exit.ts'

/** Bytes of lines held while the peer is away: some 400,000 connections. */
const HELD_BYTES = 64 * 2 ** 20
const TELL_MILLIS = 5000
const FLUSH_MILLIS = 3000

interface CaptureOptions {
  readonly interface: string
  readonly to: string
  readonly tlsCa?: string
  readonly tcpdump: string
}

/** `vedetta capture`: what `tcpdump | nc` does, kept running. */
export function registerCapture(program: Command): void {
  program
    .command('capture')
    .description('capture packets and send tcpdump lines to a tcp input')
    .argument('[filter...]', 'a filter of tcpdump; by default the first packet of each TCP connection, IPv4 and IPv6')
    .requiredOption('-i, --interface <name>', "the interface, 'lo' and 'any' among them")
    .option('--to <host:port>', 'the tcp input to send to', '127.0.0.1:5001')
    .option('--tls-ca <file>', 'use TLS and check the peer against this authority (PEM)')
    .option('--tcpdump <path>', 'the tcpdump to run', 'tcpdump')
    .addHelpText(
      'after',
      `\nUp to ${HELD_BYTES / 2 ** 20} MB of lines are held while the peer is away; what finds no room is counted and told.`,
    )
    .action((filter: string[], options: CaptureOptions) => capture(filter, options))
}

async function capture(filter: readonly string[], options: CaptureOptions): Promise<void> {
  const say = (message: string): void => void process.stderr.write(`vedetta capture: ${message}\n`)
  const queue = new LineQueue(HELD_BYTES)
  const peer = new Peer(peerAddress(options), queue, systemClock, say)
  const tcpdump = new Tcpdump(
    { program: options.tcpdump, device: options.interface, filter: filter.length > 0 ? filter : [SYN_FILTER] },
    systemClock,
    say,
  )
  const aborter = new AbortController()
  const ending = new EndSignal((signal) => {
    process.exitCode = statusOf(signal)
    aborter.abort()
    tcpdump.stop()
  })
  const telling = tellDrops(queue, say, aborter.signal)
  const sending = peer.run()
  try {
    await tcpdump.run(
      (chunk) => {
        queue.push(chunk)
        peer.kick()
      },
      () => queue.cut(),
    )
  } finally {
    aborter.abort()
    await peer.stop(FLUSH_MILLIS)
    await Promise.all([sending, telling])
    ending.forget()
  }
  const left = queue.waitingLines
  if (left > 0) say(`${left} lines could not be sent`)
}

async function tellDrops(queue: LineQueue, say: (message: string) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await systemClock.sleep(TELL_MILLIS, signal)
    const dropped = queue.takeDropped()
    if (dropped > 0) say(`${dropped} lines were dropped: more than ${HELD_BYTES / 2 ** 20} MB are waiting for the peer`)
  }
}

function peerAddress(options: CaptureOptions): PeerAddress {
  const match = /^(?:\[([0-9a-fA-F:.%\w]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(options.to)
  const port = Number(match?.[3])
  if (match === null || port < 1 || port > 65_535)
    throw new CommandError(
      `'--to' must be HOST:PORT, such as "sentinel:5001" or "[::1]:5001", got '${options.to}'`,
      EXIT.usage,
    )
  const host = (match[1] ?? match[2])!
  if (options.tlsCa === undefined) return { host, port }
  try {
    return { host, port, authority: readFileSync(options.tlsCa, 'utf8') }
  } catch (error) {
    throw new CommandError(
      `'--tls-ca' names ${options.tlsCa}, which cannot be read: ${(error as NodeJS.ErrnoException).code}`,
    )
  }
}
