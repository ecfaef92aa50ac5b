import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { retime } from '../../src/cli/commands/alarm.ts'
import { ROOT } from './command.ts'

/** The addresses of the recorded scan too. */
export const HOST = '10.77.0.1'
export const ATTACKERS = ['10.77.0.2', '10.77.0.3'] as const
export const INTERFACE = 'eth0'

const RECORDED = join(ROOT, 'src', 'content', 'captures', 'nmap-p1-500.tcpdump.txt')
const PREFIX = 'vedetta-e2e-'
const NEEDED = ['ip', 'tcpdump', 'nc', 'nmap', 'curl']

export interface Child {
  readonly process: ChildProcess
  /** What it has written to standard output and standard error so far. */
  output(): string
  /** Resolves with the match when the output has it; rejects when the process ends before. */
  says(what: RegExp): Promise<RegExpExecArray>
  /** Sends a signal to it and its children, and waits for its end. */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

/** A monitored host, and somebody who can reach it. */
export interface Network {
  /** Why there are no namespaces and a recorded capture stands for tcpdump and nmap; undefined where they are real. */
  readonly recordedBecause: string | undefined
  /** The port that a program on the host is to take for the one it would take on a machine of its own. */
  port(usual: number): number
  /** Starts a program on the host. */
  spawn(argv: readonly string[], environment?: Readonly<Record<string, string>>): Child
  /** A JSON request to the host's own port 9200; rejects for anything but 2xx. */
  request(method: string, path: string, body?: string): Promise<unknown>
  /** Sends text to a port of the host from the host itself, as nc does. */
  send(port: number, text: string): Promise<void>
  /** Starts what reads packets on the host and resolves when it does; where there are no packets it is left out. */
  capture(argv: readonly string[], ready: RegExp): Promise<Child | undefined>
  /** Ends every tcpdump on the host as Ctrl-C does: what it holds back is written. */
  interruptTcpdump(): void
  /** `nmap HOST -p1-500` from the attacker's address, without asking for names: there is no name server. `form` is of the recorded lines: what `-i any` adds. */
  scan(attacker: string, form?: 'plain' | 'any'): Promise<void>
  /** The host asks for 100 ports of its own, over lo. */
  scanItself(): Promise<void>
  close(): Promise<void>
}

/** Two network namespaces joined by a veth pair, or where that is not permitted the recorded capture. */
export function openNetwork(): Network {
  const missing = NEEDED.filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0)
  if (missing.length > 0) return new RecordedNetwork(`${missing.join(', ')} not installed`)
  if (process.getuid?.() !== 0) return new RecordedNetwork('this user may not make network namespaces')
  removeLeftOvers()
  try {
    return new NamespaceNetwork()
  } catch (error) {
    const said = (error as { stderr?: Buffer }).stderr?.toString().trim()
    return new RecordedNetwork(said === undefined || said === '' ? (error as Error).message : said)
  }
}

class NamespaceNetwork implements Network {
  readonly recordedBecause = undefined
  private readonly host = `${PREFIX}${process.pid}-host`
  private readonly scanner = `${PREFIX}${process.pid}-scanner`

  constructor() {
    try {
      for (const name of [this.host, this.scanner]) ip('netns', 'add', name)
      const peer = ['peer', 'name', INTERFACE, 'netns', this.scanner]
      ip('link', 'add', INTERFACE, 'netns', this.host, 'type', 'veth', ...peer)
      ip('-n', this.host, 'addr', 'add', `${HOST}/24`, 'dev', INTERFACE)
      for (const address of ATTACKERS) ip('-n', this.scanner, 'addr', 'add', `${address}/24`, 'dev', INTERFACE)
      for (const name of [this.host, this.scanner])
        for (const device of ['lo', INTERFACE]) ip('-n', name, 'link', 'set', device, 'up')
    } catch (error) {
      removeNamespace(this.host)
      removeNamespace(this.scanner)
      throw error
    }
  }

  port(usual: number): number {
    return usual
  }

  spawn(argv: readonly string[], environment?: Readonly<Record<string, string>>): Child {
    return start(inside(this.host, argv), environment)
  }

  async request(method: string, path: string, body?: string): Promise<unknown> {
    const data = body === undefined ? [] : ['-H', 'content-type: application/json', '--data-binary', '@-']
    const argv = ['curl', '-sS', '-f', '-X', method, ...data, `http://localhost:9200${path}`]
    return JSON.parse(await finish(inside(this.host, argv), body))
  }

  async send(port: number, text: string): Promise<void> {
    await finish(inside(this.host, ['nc', '-N', 'localhost', String(port)]), text)
  }

  async capture(argv: readonly string[], ready: RegExp): Promise<Child> {
    const child = this.spawn(argv)
    await child.says(ready)
    return child
  }

  interruptTcpdump(): void {
    for (const pid of pidsIn(this.host))
      if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'tcpdump') process.kill(pid, 'SIGINT')
  }

  async scan(attacker: string): Promise<void> {
    const source = attacker === ATTACKERS[0] ? [] : ['-S', attacker, '-e', INTERFACE]
    await finish(inside(this.scanner, ['nmap', '-n', HOST, '-p1-500', ...source]))
  }

  async scanItself(): Promise<void> {
    await finish(inside(this.host, ['nmap', '-n', '127.0.0.1', '-p6001-6100']))
  }

  async close(): Promise<void> {
    removeNamespace(this.host)
    removeNamespace(this.scanner)
  }
}

class RecordedNetwork implements Network {
  readonly recordedBecause: string
  private readonly ports = new Map<number, number>()

  constructor(reason: string) {
    this.recordedBecause = reason
  }

  port(usual: number): number {
    const known = this.ports.get(usual) ?? freePort()
    this.ports.set(usual, known)
    return known
  }

  spawn(argv: readonly string[], environment?: Readonly<Record<string, string>>): Child {
    return start(argv, environment)
  }

  async request(method: string, path: string, body?: string): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.port(9200)}${path}`, {
      method,
      ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return response.json()
  }

  async send(port: number, text: string): Promise<void> {
    const socket = connect({ host: '127.0.0.1', port: this.port(port) }, () => socket.end(text))
    socket.resume()
    await once(socket, 'close')
  }

  capture(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  interruptTcpdump(): void {}

  async scan(attacker: string, form: 'plain' | 'any' = 'plain'): Promise<void> {
    const lines = readFileSync(RECORDED, 'utf8').trim().split('\n')
    const now = retime(lines, new Date()).map((line) => line.replace(ATTACKERS[0], attacker))
    const sent = form === 'any' ? now.map((line) => line.replace(' IP ', ` ${INTERFACE}  In  IP `)) : now
    await this.send(5001, `${sent.join('\n')}\n`)
  }

  async scanItself(): Promise<void> {
    const line = (port: number): string =>
      `2026-11-24 02:19:44.800166 IP 127.0.0.1.38785 > 127.0.0.1.${port}: Flags [S], seq 1, win 1024, length 0`
    const lines = Array.from({ length: 100 }, (_, i) => line(6001 + i))
    await this.send(5001, `${retime(lines, new Date()).join('\n')}\n`)
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

function inside(namespace: string, argv: readonly string[]): string[] {
  return ['ip', 'netns', 'exec', namespace, ...argv]
}

function start(argv: readonly string[], environment: Readonly<Record<string, string>> = {}): Child {
  const [program, ...args] = argv as [string, ...string[]]
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
    // A process group of its own, so that a shell's pipeline ends whole.
    detached: true,
  })
  let output = ''
  let ended = false
  let look = (): void => {}
  const closed = new Promise<number | null>((resolve) => {
    child.once('close', (status) => {
      ended = true
      look()
      resolve(status)
    })
  })
  child.once('error', (error) => (output += error.message))
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      look()
    })
  return {
    process: child,
    output: () => output,
    says: (what) =>
      new Promise((resolve, reject) => {
        look = () => {
          const match = what.exec(output)
          if (match !== null) resolve(match)
          else if (ended) reject(new Error(`${argv.join(' ')} ended: ${output}`))
        }
        look()
      }),
    end(signal = 'SIGKILL') {
      try {
        if (child.pid !== undefined && !ended) process.kill(-child.pid, signal)
      } catch {
        // It has ended by itself.
      }
      return closed
    },
  }
}

function finish(argv: readonly string[], input = ''): Promise<string> {
  const [program, ...args] = argv as [string, ...string[]]
  return new Promise((resolve, reject) => {
    const child = spawn(program, args)
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.once('error', reject)
    child.once('close', (status) => {
      if (status === 0) resolve(stdout)
      else reject(new Error(`${argv.join(' ')} ended with ${status}: ${stderr}`))
    })
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

function ip(...args: string[]): string {
  return execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString()
}

/** A run that was killed leaves its namespaces, and the programs in them. */
function removeLeftOvers(): void {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' })
  for (const [name, pid] of stdout.matchAll(new RegExp(`^${PREFIX}(\\d+)-\\w+`, 'gm')))
    if (!isRunning(Number(pid))) removeNamespace(name)
}

function removeNamespace(name: string): void {
  for (const pid of pidsIn(name)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended meanwhile.
    }
  }
  spawnSync('ip', ['netns', 'delete', name])
}

function pidsIn(namespace: string): number[] {
  const { stdout } = spawnSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' })
  return stdout.split('\n').filter(Boolean).map(Number)
}

function isRunning(pid: number): boolean {
  return readdirSync('/proc').includes(String(pid))
}

/** Synchronous, because ports are named in settings; another process may take it, which has not been seen. */
function freePort(): number {
  const program =
    "const s=require('net').createServer().listen(0,'127.0.0.1',()=>{process.stdout.write(String(s.address().port));s.close()})"
  return Number(execFileSync(process.execPath, ['-e', program]).toString())
}
