import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from '../free-port.ts'
import { EngineUnavailable } from './artifacts.ts'
import { findProgram, librariesOf, unpackDebian } from './debian.ts'

export interface Memcached extends AsyncDisposable {
  readonly port: number
  /** A line of the text protocol; the answer is what came until the connection went quiet. */
  say(...lines: string[]): Promise<string>
}

/** @throws EngineUnavailable where memcached is neither installed nor to be had. */
export async function startMemcached(port?: number): Promise<Memcached> {
  const installed = findProgram('memcached')
  const folder = installed === undefined ? await unpackDebian('memcached', ['memcached', 'libevent-2.1-7']) : ''
  const command = installed ?? join(folder, 'usr/bin/memcached')
  const at = port ?? (await freePort())
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const env = installed === undefined ? { ...process.env, LD_LIBRARY_PATH: librariesOf(folder) } : process.env
  const child = spawn(command, ['-l', '127.0.0.1', '-p', String(at), '-U', '0', '-m', '16', ...user], {
    env,
    stdio: 'ignore',
  })
  await ready(child, at)
  return {
    port: at,
    say: (...lines) => ask(at, lines),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

async function ready(child: ChildProcess, port: number): Promise<void> {
  let failed = false
  child.on('error', () => (failed = true))
  for (let i = 0; i < 200; i++) {
    if (failed || child.exitCode !== null) throw new EngineUnavailable('memcached does not start')
    try {
      await ask(port, ['version'])
      return
    } catch {
      await wait(25)
    }
  }
  throw new EngineUnavailable('memcached does not answer')
}

async function ask(port: number, lines: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write([...lines, 'quit', ''].join('\r\n'))
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  return answer
}
