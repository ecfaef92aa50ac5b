/** The whole system as built, in a process and a data folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

// This file runs from .cache/bench/bench/system.
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))
const MAIN = join(ROOT, 'dist', 'cli', 'main.js')

export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

export class System implements AsyncDisposable {
  readonly tcpPort: number
  readonly httpPort: number
  private readonly folder: string
  private readonly child: ChildProcess
  private readonly agent = new Agent({ keepAlive: true })

  private constructor(folder: string, child: ChildProcess, tcpPort: number, httpPort: number) {
    this.folder = folder
    this.child = child
    this.tcpPort = tcpPort
    this.httpPort = httpPort
  }

  /** `NODE_ARGS` in the environment are given to node, such as `--cpu-prof`. */
  static async start(): Promise<System> {
    const folder = await mkdtemp(join(tmpdir(), 'vedetta-bench-'))
    const [tcpPort, httpPort] = [await freePort(), await freePort()]
    const pipelines = join(folder, 'pipelines.yml')
    const shipped = await readFile(join(ROOT, 'dist', 'content', 'pipelines', 'tcpdump.conf'), 'utf8')
    await writeFile(
      join(folder, 'tcpdump.conf'),
      shipped.replace('port => 5001', `host => "127.0.0.1" port => ${tcpPort}`),
    )
    await writeFile(pipelines, '- pipeline.id: tcpdump\n  path.config: tcpdump.conf\n')
    const settings = {
      'path.data': join(folder, 'data'),
      'path.pipelines': folder,
      'http.port': httpPort,
      'log.level': 'warn',
    }
    const child = spawn(
      process.execPath,
      [
        ...(process.env['NODE_ARGS'] ?? '').split(' ').filter((arg) => arg !== ''),
        MAIN,
        'start',
        ...Object.entries(settings).flatMap(([name, value]) => ['-E', `${name}=${value}`]),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const listens = new Promise<void>((resolve, reject) => {
      let said = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        if ((said += text).includes('Vedetta listens')) resolve()
      })
      child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${said}`)))
    })
    await listens
    return new System(folder, child, tcpPort, httpPort)
  }

  request(method: string, path: string, body?: string, type = 'application/json'): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) }
      const { agent, httpPort: port } = this
      const call = request({ host: '127.0.0.1', port, method, path, agent, headers }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.on('end', () =>
          resolve({ status: response.statusCode!, body: JSON.parse(text) as Record<string, unknown> }),
        )
        response.on('error', reject)
      })
      call.on('error', reject)
      call.end(body)
    })
  }

  /** Documents that a search finds. */
  async count(): Promise<number> {
    const { status, body } = await this.request('GET', '/logstash-tcpdump-*/_count')
    return status === 200 ? (body['count'] as number) : 0
  }

  /** The most memory that was ever resident, in MB. */
  async peakMegabytes(): Promise<number> {
    const text = await readFile(`/proc/${this.child.pid}/status`, 'utf8')
    return Number(/VmHWM:\s+(\d+) kB/.exec(text)![1]) / 1024
  }

  /** Seconds of processor time so far, all threads. */
  async cpuSeconds(): Promise<number> {
    const fields = (await readFile(`/proc/${this.child.pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ')
    return (Number(fields[11]) + Number(fields[12])) / 100
  }

  async stop(): Promise<void> {
    this.agent.destroy()
    if (this.child.exitCode !== null) return
    this.child.kill('SIGTERM')
    await once(this.child, 'exit')
  }

  /** Bytes in the store's folder. */
  async bytesOnDisk(): Promise<number> {
    let bytes = 0
    const entries = await readdir(join(this.folder, 'data', 'store'), { withFileTypes: true, recursive: true })
    for (const entry of entries) if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size
    return bytes
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await rm(this.folder, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** The seed's query: who opened connections to how many ports of whom in the last 30 seconds. */
export const SEED_QUERY = JSON.stringify({
  size: 0,
  query: {
    bool: {
      must: [{ match: { tags: 'tcp_connection_started' } }, { range: { '@timestamp': { gte: 'now-30s' } } }],
    },
  },
  aggs: {
    by_src_ip: {
      terms: { field: 'src_ip' },
      aggs: {
        by_target_ip: {
          terms: { field: 'dst_ip', order: { unique_port_count: 'desc' } },
          aggs: { unique_port_count: { cardinality: { field: 'dst_port' } } },
        },
      },
    },
  },
})

export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN
}
