import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { CommandError, EXIT } from '../exit.ts'
import { printable } from '../printable.ts'
import { serverOption } from '../options.ts'
import { ServerClient } from '../server-client.ts'

const CAPTURE = fileURLToPath(new URL('../../content/captures/nmap-p1-500.tcpdump.txt', import.meta.url))
const POLL_MILLIS = 25

interface Options {
  readonly url: string
  readonly to?: string
  readonly file?: string
  readonly wait: string
}

interface Alarms {
  readonly alarms: readonly Alarm[]
  readonly throttledRuns: number
}

interface Alarm {
  readonly sequence: number
  readonly subject: string
  readonly text: string
  readonly path?: string
  /** `alert` is of detection; what a watch told has none. */
  readonly kind?: 'alert'
}

interface Status {
  readonly lastAlarm: number
  readonly throttledRuns: number
  readonly inputs: readonly {
    readonly plugin: string
    readonly type?: string
    readonly host: string
    readonly port: number
  }[]
}

export function registerAlarm(program: Command): void {
  program
    .command('alarm')
    .summary('send a recorded scan to a running server and show the alarm')
    .description(
      'Sends a recorded port scan, its times moved to now, into the tcp input of a running Vedetta, as tcpdump | nc would; ' +
        'waits for the alarm and prints it with the milliseconds it took. Needs no root, no nmap and no mail server.',
    )
    .addOption(serverOption())
    .option('--to <host:port>', 'the tcp input; found by asking the server where it is not given')
    .option('--file <file>', 'lines of tcpdump -n -tttt to send instead of the recorded scan')
    .option(
      '--wait <seconds>',
      'how long to wait for the alarm; a watch that has just told of a scan is throttled',
      '60',
    )
    .action(async (options: Options) => {
      process.exitCode = await sendAlarm(options)
    })
}

async function sendAlarm(options: Options): Promise<number> {
  const seconds = Number(options.wait)
  if (!(seconds > 0 && seconds <= 86_400))
    throw new CommandError(`'--wait' must be a number of seconds, got '${options.wait}'`, EXIT.usage)
  const server = new ServerClient(options.url)
  const answer = await server.request('GET', '/_vedetta/status')
  if (answer.status !== 200)
    throw new CommandError(`what answers at ${server.address} is not Vedetta; name it with --url`, EXIT.unreachable)
  const status = answer.body as Status
  const { host, port } = options.to === undefined ? tcpdumpInput(status) : parseAddress(options.to)
  const lines = retime(readCapture(options.file ?? CAPTURE), new Date())

  const started = performance.now()
  await send(host, port, lines)
  console.error(`sent ${lines.length} lines to ${host}:${port}`)

  const deadline = started + seconds * 1000
  let throttleTold = false
  let seen = status.lastAlarm
  while (performance.now() < deadline) {
    const { body } = await server.request('GET', `/_vedetta/alarms?after=${status.lastAlarm}`)
    const { alarms, throttledRuns } = body as Alarms
    for (const { kind, subject, text } of alarms.filter(({ sequence }) => sequence > seen))
      if (kind === 'alert') console.error(printable(`ALERT ${subject}: ${text}`))
    seen = Math.max(seen, ...alarms.map(({ sequence }) => sequence))
    const alarm = alarms.find(({ kind }) => kind !== 'alert')
    if (alarm !== undefined) {
      const took = Math.round(performance.now() - started)
      console.log(printable(alarm.subject))
      console.log(printable(alarm.text.trimEnd()))
      console.log(`alarm after ${took} ms${alarm.path === undefined ? '' : `, written to ${alarm.path}`}`)
      return EXIT.done
    }
    if (throttledRuns > status.throttledRuns && !throttleTold) {
      throttleTold = true
      console.error(
        'the watch saw the scan but is throttled, because it told of one moments ago; waiting until it may tell again',
      )
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS))
  }
  const reason = throttleTold
    ? 'the watch saw the scan and is still throttled; wait longer, see: vedetta watch list'
    : await whyNone(server, lines.length)
  console.error(`vedetta: no alarm within ${options.wait} s: ${reason}`)
  return EXIT.failed
}

/** What the way of the lines says about an alarm that does not come. */
async function whyNone(server: ServerClient, sent: number): Promise<string> {
  const { body: listed } = await server.request('POST', '/_watcher/_query/watches', { size: 0 })
  if ((listed as { count?: number } | null)?.count === 0) return 'the server has no watch; see path.watches'

  const { body: records } = await server.request('POST', '/.watcher-history-*/_search?ignore_unavailable=true', {
    size: 1,
    query: {
      bool: { filter: [{ term: { state: 'failed' } }, { range: { 'result.execution_time': { gte: 'now-1m' } } }] },
    },
  })
  const failed = (records as { hits?: { hits: { _source: { watch_id: string; messages?: string[] } }[] } }).hits
    ?.hits[0]
  if (failed !== undefined)
    return `the watch '${failed._source.watch_id}' fails: ${(failed._source.messages ?? []).join(': ')}`

  const { body: counted } = await server.request('POST', '/logstash-*/_count?ignore_unavailable=true', {
    query: { range: { '@timestamp': { gte: 'now-5m' } } },
  })
  const count = (counted as { count?: number }).count ?? 0
  if (count === 0)
    return `none of the ${sent} lines is in logstash-* with a time of the last minutes; the server's log may say why`
  return `${count} events of the last minutes are stored, and no watch was met; see: vedetta watch history`
}

function tcpdumpInput(status: Status): { host: string; port: number } {
  const listeners = status.inputs.filter((input) => input.plugin === 'tcp')
  const input = listeners.find((candidate) => candidate.type === 'tcpdump') ?? listeners[0]
  if (input === undefined) throw new CommandError('the running server has no tcp input; name one with --to HOST:PORT')
  return { host: input.host === '0.0.0.0' || input.host === '::' ? '127.0.0.1' : input.host, port: input.port }
}

function parseAddress(text: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text)
  if (match === null) throw new CommandError(`--to must be HOST:PORT, got '${text}'`, EXIT.usage)
  return { host: match[1] ?? match[2]!, port: Number(match[3]) }
}

function readCapture(file: string): string[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new CommandError(`'${file}' cannot be read: ${(error as Error).message}`, EXIT.usage)
  }
  return text.split('\n').filter((line) => line !== '')
}

const TIME = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{3})(\d{3})/

/**
 * Moves the times at the start of tcpdump's lines so that the last one is `now`, keeping the distances between them.
 * Times are local, as tcpdump prints them; a line without a time stays as it is.
 */
export function retime(lines: readonly string[], now: Date): string[] {
  const timeOf = (line: string): number | undefined => {
    const match = TIME.exec(line)
    if (match === null) return undefined
    const [year, month, day, hour, minute, second, millis] = match.slice(1, 8).map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    return new Date(year, month - 1, day, hour, minute, second, millis).getTime()
  }
  const last = Math.max(...lines.map((line) => timeOf(line) ?? -Infinity))
  if (last === -Infinity) return [...lines]
  const shift = now.getTime() - last
  return lines.map((line) => {
    const time = timeOf(line)
    return time === undefined
      ? line
      : line.replace(TIME, (_, ...parts: string[]) => `${localTime(new Date(time + shift))}${parts[7]}`)
  })
}

function localTime(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return `${day} ${time}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

function send(host: string, port: number, lines: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port }, () => socket.end(lines.map((line) => `${line}\n`).join('')))
    socket.once('error', (error) =>
      reject(
        new CommandError(`the tcp input at ${host}:${port} cannot be reached: ${error.message}`, EXIT.unreachable),
      ),
    )
    socket.once('finish', resolve)
  })
}
