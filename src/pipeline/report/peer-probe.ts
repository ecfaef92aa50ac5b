import { lookup } from 'node:dns/promises'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, TLSSocket } from 'node:tls'
import type { Clock } from '../../clock/index.ts'
import type { Peer } from '../plugins/peer.ts'

export interface ProbeOutcome {
  readonly answers: boolean
  /** Without credentials. */
  readonly said: string
}

/** Looks whether somebody answers, within `millis`: a connection is made, TLS spoken, and what may be asked is asked. It never rejects. */
export async function probe(peer: Peer, clock: Clock, millis: number): Promise<ProbeOutcome> {
  const late = new AbortController()
  const timer = clock.after(millis, () => late.abort())
  try {
    return { answers: true, said: await answerOf(peer, late.signal) }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reason = code === 'ABORT_ERR' || late.signal.aborted ? `no answer within ${millis / 1000} s` : undefined
    return { answers: false, said: reason ?? REASONS[code ?? ''] ?? code ?? message }
  } finally {
    timer.cancel()
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection is refused',
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name cannot be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  EPROTO: 'it does not speak TLS',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
}

async function answerOf(peer: Peer, signal: AbortSignal): Promise<string> {
  if (peer.datagrams === true) {
    if (isIP(peer.host) === 0) await aborted(lookup(peer.host), signal)
    return 'its name is known; nobody answers datagrams'
  }
  return peer.ask === undefined ? connection(peer, signal) : question(peer, peer.ask, signal)
}

function connection(peer: Peer, signal: AbortSignal): Promise<string> {
  const { host, port, path, tls } = peer
  const place = path === undefined ? { host, port } : { path }
  return new Promise((resolve, reject) => {
    const name = isIP(host) === 0 ? { servername: host } : {}
    const socket: Socket = tls === undefined ? connect(place) : connectTls({ ...name, ...tls, ...place })
    const end = (): void => void socket.destroy(new Error('late'))
    signal.addEventListener('abort', end, { once: true })
    socket.once('error', reject)
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      resolve(`answers${secured(socket)}`)
      signal.removeEventListener('abort', end)
      socket.destroy()
    })
  })
}

function secured(socket: Socket | null): string {
  if (!(socket instanceof TLSSocket)) return ''
  const until = socket.getPeerCertificate().valid_to as string | undefined
  return `, ${socket.getProtocol()}${until === undefined ? '' : `, certificate until ${new Date(until).toISOString().slice(0, 10)}`}`
}

function question(peer: Peer, { path, headers }: NonNullable<Peer['ask']>, signal: AbortSignal): Promise<string> {
  const { host, port, tls } = peer
  return new Promise((resolve, reject) => {
    const options = { host, port, path, headers, signal, agent: false as const }
    const request = tls === undefined ? httpRequest(options) : httpsRequest({ ...options, ...tls })
    request.once('error', reject)
    request.once('response', (response) => {
      const { statusCode: status = 0, socket } = response
      response.destroy()
      if (status === 401 || status === 403) reject(new Error(`it refuses the user (${status})`))
      else resolve(`answers ${status}${secured(socket)}`)
    })
    request.end()
  })
}

function aborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    promise.then(resolve, reject)
  })
}
