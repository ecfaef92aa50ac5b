import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { CommandError, EXIT } from '../exit.ts'
import { ServerClient } from '../server-client.ts'

const CAPTURE = fileURLToPath(new URL('../../content/captures/nmap-p1-500.tcpdump.txt', import.meta.url))
const POLL_MILLIS = 25

interface Options {
  readonly url: string
  readonly to?: string
  readonly file: string
  readonly wait: string
}

interface Alarm {
  readonly sequence: number
  readonly subject: string
  readonly text: string
  readonly path?: string
}

interface Status {
  readonly lastAlarm: number
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
    .option('--url <url>', 'the running server', process.env['VEDETTA_URL'] ?? 'http://127.0.0.1:9200')
    .option('--to <host:port>', 'the tcp input; found by asking the server where it is not given')
    .option('--file <file>', 'lines of tcpdump -n -tttt to send instead of the recorded scan', CAPTURE)
    .option('--wait <seconds>', 'how long to wait for the alarm', '60')
    .action(async (options: Options) => {
      process.exitCode = await sendAlarm(options)
    })
}

async function sendAlarm(options: Options): Promise<number> {
  const server = new ServerClient(options.url)
  const status = (await server.request('GET', '/_vedetta/status')).body as Status
  const { host, port } = options.to === undefined ? tcpdumpInput(status) : parseAddress(options.to)
  const lines = retime(readCapture(options.file), new Date())

  const started = performance.now()
  await send(host, port, lines)
  console.error(`sent ${lines.length} lines to ${host}:${port}`)

  const deadline = started + Number(options.wait) * 1000
  let throttleTold = false
  while (performance.now() < deadline) {
    const { body } = await server.request('GET', `/_vedetta/alarms?after=${status.lastAlarm}`)
    const { alarms, throttled } = body as { alarms: readonly Alarm[]; throttled: number }
    const alarm = alarms[0]
    if (alarm !== undefined) {
      const took = Math.round(performance.now() - started)
      console.log(alarm.subject)
      console.log(alarm.text.trimEnd())
      console.log(`alarm after ${took} ms${alarm.path === undefined ? '' : `, written to ${alarm.path}`}`)
      return EXIT.done
    }
    if (throttled > 0 && !throttleTold) {
      throttleTold = true
      console.error(
        'the watch saw the scan but is throttled, because it told of one moments ago; waiting until it may tell again',
      )
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS))
  }
  console.error(`vedetta: no alarm within ${options.wait} s; see: vedetta watch history, and the pipelines' log`)
  return EXIT.failed
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
