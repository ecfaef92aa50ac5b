import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../free-port.ts'
import { pipelineServices } from '../pipeline-fixture.ts'
import { systemClock } from '../../src/clock/index.ts'
import { type Diagnostic } from '../../src/diagnostic/index.ts'
import { resolvePipeline } from '../../src/pipeline/runtime/load.ts'
import { Pipeline } from '../../src/pipeline/runtime/pipeline.ts'
import { temporaryFolder } from '../plugin-fixture.ts'
import { ROOT } from './command.ts'

const DOC = readFileSync(join(ROOT, 'docs', 'ten-servers.md'), 'utf8')

/** A code block of the page, by the name in its first line. */
function recipe(name: string): string {
  const block = [...DOC.matchAll(/^```\w*\n# (\S+)\n([^]*?)^```/gm)].find(([, path]) => path!.endsWith(name))
  if (block === undefined) throw new Error(`the page has no ${name}`)
  return block[2]!
}

const has = (program: string, ...parameters: string[]): boolean => {
  try {
    execFileSync(program, parameters, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
const hasRsyslog = has('rsyslogd', '-v')
const hasSyslogNg = has('syslog-ng', '--version')

/** The recipes of the page as they are written, but for names of machines, folders and ports of this run. */
describe('the recipes of ten-servers.md', () => {
  const folder = temporaryFolder()
  const tls = join(folder.path, 'tls')
  const stored = join(folder.path, 'stored.ndjson')
  const children: ChildProcess[] = []
  const ports = new Map<string, number>()
  let pipeline: Pipeline | undefined

  const adapt = (text: string): string => {
    let adapted = text
      .replaceAll('/etc/vedetta/tls', tls)
      .replaceAll(/(["\s([])vedetta\.example\.net(?=[":\s])/g, '$1localhost')
      .replaceAll('0.0.0.0', '127.0.0.1')
      .replaceAll('StreamDriverPermittedPeers="localhost"', 'StreamDriverPermittedPeers="vedetta.example.net"')
    for (const [port, own] of ports) adapted = adapted.replaceAll(port, String(own))
    return adapted
  }
  const start = async (text: string, id: string): Promise<Pipeline> => {
    const problems: Diagnostic[] = []
    const configuration = resolvePipeline({ id, sources: [{ name: id, text }] }, () => undefined, problems)
    expect(problems).toEqual([])
    const services = pipelineServices({ store: undefined, dataPath: join(folder.path, id) })
    const made = new Pipeline(id, configuration, services)
    await made.start()
    return made
  }
  const run = (program: string, parameters: string[]): void => {
    const child = spawn(program, parameters, { stdio: ['ignore', 'ignore', 'pipe'] })
    child.stderr!.on('data', (bytes: Buffer) => process.stderr.write(bytes))
    children.push(child)
  }
  /** The stored event with the text, once it is there. */
  const event = async (text: string): Promise<Record<string, unknown>> => {
    for (let i = 0; i < 4000; i++) {
      const line = readStored().find((one) => one.includes(text))
      if (line !== undefined) return JSON.parse(line) as Record<string, unknown>
      await systemClock.sleep(25)
    }
    throw new Error(`'${text}' did not arrive`)
  }
  const readStored = (): string[] => {
    try {
      return readFileSync(stored, 'utf8').split('\n')
    } catch {
      return []
    }
  }
  const say = async (port: number, line: string): Promise<void> => {
    for (let i = 0; i < 4000; i++) {
      const socket = connect(port, '127.0.0.1')
      const connected = await Promise.race([
        once(socket, 'connect').then(() => true),
        once(socket, 'error').then(() => false),
      ]).catch(() => false)
      if (connected) {
        socket.end(`${line}\n`)
        await once(socket.resume(), 'close')
        return
      }
      await systemClock.sleep(25)
    }
    throw new Error(`nobody listens on ${port}`)
  }

  beforeAll(async () => {
    mkdirSync(tls)
    // The server's certificate names localhost besides: that is where it is in this run.
    const script = recipe('certificates.sh').replace(
      '"subjectAltName=DNS:$name"',
      '"subjectAltName=DNS:$name,DNS:localhost"',
    )
    execFileSync('bash', ['-ec', script], { cwd: tls, stdio: 'ignore' })
    for (const port of ['6514', '6515', '5044']) ports.set(port, await freePort())
    const text = adapt(recipe('sensors.conf'))
    const output = `output { file { path => "${stored}" codec => json_lines } }`
    pipeline = await start(text.replace('output { elasticsearch { } }', output), 'sensors')
  })

  afterAll(async () => {
    for (const child of children) {
      if (child.exitCode !== null) continue
      const ended = once(child, 'close')
      child.kill('SIGTERM')
      await ended
    }
    await pipeline?.stop()
    folder[Symbol.dispose]()
  })

  test.skipIf(!hasRsyslog)('a real rsyslog delivers over TLS, also what it had while Vedetta was away', async () => {
    const port = await freePort()
    const work = join(folder.path, 'rsyslog')
    mkdirSync(work)
    const conf = join(work, 'rsyslog.conf')
    writeFileSync(
      conf,
      `global(workDirectory="${work}")\nmodule(load="imtcp")\ninput(type="imtcp" port="${port}" address="127.0.0.1")\n${adapt(recipe('60-vedetta.conf'))}`,
    )
    run('rsyslogd', ['-n', '-f', conf, '-i', join(work, 'pid')])
    await say(port, '<38>Oct 11 22:14:15 web1 sshd[4711]: Failed password for root from 203.0.113.9 port 22 ssh2')
    expect(await event('203.0.113.9')).toMatchObject({
      message: 'Failed password for root from 203.0.113.9 port 22 ssh2',
      program: 'sshd',
      pid: '4711',
      logsource: 'web1',
      priority: 38,
      facility_label: 'security/authorization',
      severity_label: 'Informational',
    })
  })

  test.skipIf(!hasSyslogNg)('a real syslog-ng delivers over TLS', async () => {
    const port = await freePort()
    const work = join(folder.path, 'syslog-ng')
    mkdirSync(work)
    const conf = join(work, 'syslog-ng.conf')
    const source = `source s_src { network(ip("127.0.0.1") port(${port}) transport("tcp") keep-hostname(yes)); };`
    writeFileSync(conf, `@version: 3.38\n${source}\n${adapt(recipe('conf.d/vedetta.conf'))}`)
    const files = ['-R', join(work, 'persist'), '-c', join(work, 'ctl'), '-p', join(work, 'pid')]
    run('syslog-ng', ['-F', '--no-caps', '-f', conf, ...files])
    await say(port, '<38>Oct 11 22:14:15 web2 sshd[4712]: Failed password for root from 203.0.113.10 port 22 ssh2')
    expect(await event('203.0.113.10')).toMatchObject({
      message: 'Failed password for root from 203.0.113.10 port 22 ssh2',
      program: 'sshd',
      pid: '4712',
      logsource: 'web2',
      priority: 38,
    })
  })

  test('what a machine without syslog sends, its journal in place of which standard lines come', async () => {
    const written = adapt(recipe('journal.conf'))
    expect(written).toContain('journald { seekto => "head" ecs_compatibility => "v8" }')
    const text = written.replace(/input \{.*\}/, 'input { generator { count => 1 message => "from the journal" } }')
    const sender = await start(text, 'journal')
    expect(await event('from the journal')).toMatchObject({ message: 'from the journal' })
    await sender.stop()
  })

  test('who shows no certificate is not heard', async () => {
    const port = ports.get('6514')!
    const client = spawn(
      'openssl',
      ['s_client', '-connect', `127.0.0.1:${port}`, '-CAfile', join(tls, 'ca.pem'), '-quiet'],
      {
        stdio: ['pipe', 'ignore', 'ignore'],
      },
    )
    client.stdin.on('error', () => undefined)
    client.stdin.end('<38>Oct 11 22:14:15 x y: nobody knows me\n')
    await once(client, 'close')
    await systemClock.sleep(50)
    expect(readStored().join('')).not.toContain('nobody knows me')
  })
})
